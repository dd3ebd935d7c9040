// The volunteers' page: what there is to do, my places, my hours, my teams. Each part is fetched when it is opened.
import { accountButton, askToSignIn } from "./account.js";
import { account } from "./api.js";
import { attempt } from "./attempt.js";
import { button, byId, fill, h, notice, speak } from "./dom.js";
import { flush } from "./outbox.js";
import { keepShell } from "./shell.js";
import { readScan, showScan, watchTaps } from "./shift-taps.js";
import { t } from "./words.js";
import "./volunteer-words.js";

const TABS = {
  find: () => import("./volunteer-find.js"),
  mine: () => import("./volunteer-mine.js"),
  hours: () => import("./volunteer-hours.js"),
  teams: () => import("./volunteer-teams.js"),
};
const OPEN = new Set(["find"]); // needs no sign-in

let pane = {}; // {name, element}: what comes late for another tab is written where nobody sees it

const tab = () => (TABS[location.hash.slice(1)] ? location.hash.slice(1) : "find");

function writeTabs() {
  const one = (name) => button(t(`tab_${name}`), () => (location.hash = name), { "aria-pressed": String(name === tab()) });
  fill(byId("tabs"), Object.keys(TABS).map(one));
}

async function show() {
  writeTabs();
  const name = tab();
  const isIn = OPEN.has(name) || (await account());
  if (tab() !== name) return; // another tab was opened meanwhile, and shows itself
  if (!isIn) {
    pane = {};
    return fill(byId("view"), h("p", {}, t("sign_in_first")), button(t("sign_in"), askToSignIn, { class: "find again" }));
  }
  if (pane.name !== name) {
    pane = { name, element: h("div") };
    fill(byId("view"), pane.element);
  }
  const { element } = pane;
  await attempt(async () => (await TABS[name]()).show(element));
}

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
  watchTaps(() => tab() === "mine" && show());
  showScan();
  await show();
  flush();
  keepShell();
}

start();
