// The page of who runs activities: today's shifts with their code and their people, activities, a new one.
import { accountButton, askToSignIn } from "./account.js";
import { account } from "./api.js";
import { attempt } from "./attempt.js";
import { button, byId, fill, h, notice, speak } from "./dom.js";
import "./organise-words.js";
import { t } from "./words.js";

const TABS = {
  shifts: () => import("./organise-shifts.js"),
  activities: () => import("./organise-activities.js"),
  new: () => import("./organise-new.js"),
};

let pane = {}; // {name, element}: what comes late for another tab is written where nobody sees it

const tab = () => (TABS[location.hash.slice(1)] ? location.hash.slice(1) : "shifts");

async function show() {
  const name = tab();
  byId("tabs").classList.add("three");
  fill(byId("tabs"), Object.keys(TABS).map((each) => button(t(`run_${each}`), () => (location.hash = each), { "aria-pressed": String(each === name) })));
  const who = await account();
  if (tab() !== name) return; // another tab was opened meanwhile, and shows itself
  if (!who) {
    pane = {};
    return fill(byId("view"), h("p", {}, t("organise_only")), button(t("sign_in"), askToSignIn, { class: "find again" }));
  }
  if (pane.name !== name) {
    pane = { name, element: h("div") };
    fill(byId("view"), pane.element);
  }
  const { element } = pane;
  await attempt(async () => (await TABS[name]()).show(element));
}

async function start() {
  speak(() => {
    show();
    showAccount();
  });
  const showAccount = await accountButton(show);
  addEventListener("hashchange", () => {
    ["done", "failed", "list"].forEach((subject) => notice(subject, ""));
    show();
  });
  await show();
}

start();
