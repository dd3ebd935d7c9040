// The inbox: what one was told, what may make the phone ring, and what is known of oneself.
import { accountButton } from "./account.js";
import { notice, speak } from "./dom.js";
import "./inbox-words.js";
import { keepShell } from "./shell.js";
import { tabs } from "./tabs.js";
import { t } from "./words.js";

const AGAIN_MS = 60e3;

const { name, show } = tabs(
  {
    list: () => import("./inbox-list.js"),
    settings: () => import("./inbox-settings.js"),
    me: () => import("./inbox-me.js"),
  },
  { title: (each) => t(`inbox_tab_${each}`), locked: "inbox_locked" },
);
const look = () => document.visibilityState === "visible" && name() === "list" && show();

async function start() {
  speak(() => {
    show();
    showAccount();
  });
  const showAccount = await accountButton(show);
  addEventListener("hashchange", () => {
    ["done", "failed"].forEach((subject) => notice(subject, ""));
    show();
  });
  for (const [target, event] of [[window, "online"], [document, "visibilitychange"]]) target.addEventListener(event, look);
  setInterval(look, AGAIN_MS);
  await show();
  keepShell();
}

start();
