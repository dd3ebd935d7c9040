// An officer's page of numbers: what became of a month's cases, and how messages got through.
import { accountButton } from "./account.js";
import { speak } from "./dom.js";
import "./figures-words.js";
import { tabs } from "./tabs.js";
import { t } from "./words.js";

const { show } = tabs(
  {
    cases: () => import("./figures-cases.js"),
    messages: () => import("./figures-messages.js"),
  },
  { title: (name) => t(`figures_${name}`), locked: "figures_only" },
);

async function start() {
  speak(() => {
    show();
    showAccount();
  });
  const showAccount = await accountButton(show);
  addEventListener("hashchange", show);
  await show();
}

start();
