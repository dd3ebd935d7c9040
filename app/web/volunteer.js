// The volunteers' page: what there is to do, my places, my hours, my teams, my points. Each part is fetched when it is opened.
import { accountButton } from "./account.js";
import { notice, speak } from "./dom.js";
import { flush } from "./outbox.js";
import { keepShell } from "./shell.js";
import { readScan, showScan, watchTaps } from "./shift-taps.js";
import { tabs } from "./tabs.js";
import { t } from "./words.js";
import "./volunteer-words.js";

const { name, show } = tabs(
  {
    find: () => import("./volunteer-find.js"),
    mine: () => import("./volunteer-mine.js"),
    hours: () => import("./volunteer-hours.js"),
    teams: () => import("./volunteer-teams.js"),
    points: () => import("./volunteer-points.js"),
  },
  { title: (each) => t(`tab_${each}`), locked: "sign_in_first", open: ["find"] },
);

async function start() {
  readScan();
  speak(() => {
    show();
    showScan();
    showAccount();
  });
  const showAccount = await accountButton(() => {
    show();
    showScan();
  });
  addEventListener("hashchange", () => {
    ["done", "failed"].forEach((subject) => notice(subject, ""));
    show();
  });
  addEventListener("online", () => show());
  watchTaps(() => name() === "mine" && show());
  showScan();
  await show();
  flush();
  keepShell();
}

start();
