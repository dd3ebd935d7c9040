// A page in parts: the hash says which is open, and each part's module is fetched when it is opened first.
import { askToSignIn } from "./account.js";
import { account } from "./api.js";
import { attempt } from "./attempt.js";
import { button, byId, fill, h } from "./dom.js";
import { t } from "./words.js";

// `parts` names modules with a `show(element)`; the first is open without a hash. `title` makes the word of a
// part's button, `locked` is said to who has not signed in, and `open` needs no sign-in.
export function tabs(parts, { title, locked, open = [] }) {
  const names = Object.keys(parts);
  let pane = {}; // {name, element}: what comes late for another part is written where nobody sees it

  // What stands behind a slash is for the part itself.
  const name = () => names.find((each) => each === location.hash.slice(1).split("/")[0]) ?? names[0];

  async function show() {
    const own = name();
    fill(byId("tabs"), names.map((each) => button(title(each), () => (location.hash = each), { "aria-pressed": String(each === own) })));
    const isIn = open.includes(own) || (await account());
    if (name() !== own) return; // another part was opened meanwhile, and shows itself
    if (!isIn) {
      pane = {};
      return fill(byId("view"), h("p", {}, t(locked)), button(t("sign_in"), askToSignIn, { class: "find again" }));
    }
    if (pane.name !== own) {
      pane = { name: own, element: h("div") };
      fill(byId("view"), pane.element);
    }
    const { element } = pane;
    await attempt(async () => (await parts[own]()).show(element));
  }

  return { name, show };
}
