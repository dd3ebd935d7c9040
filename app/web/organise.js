// The page of who runs activities: today's shifts with their code and their people, activities, a new one.
import { accountButton } from "./account.js";
import { notice, speak } from "./dom.js";
import "./organise-words.js";
import { tabs } from "./tabs.js";
import { t } from "./words.js";

const { show } = tabs(
  {
    shifts: () => import("./organise-shifts.js"),
    activities: () => import("./organise-activities.js"),
    new: () => import("./organise-new.js"),
  },
  { title: (name) => t(`run_${name}`), locked: "organise_only" },
);

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
