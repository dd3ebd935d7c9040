// The page of who runs activities: shifts with their code and people, activities, a new one, teams, hours.
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
    teams: () => import("./organise-teams.js"),
    hours: () => import("./organise-hours.js"),
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
