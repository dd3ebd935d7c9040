// Choosing a handling unit by its name: the first ones at once, of a long list those that contain what is typed.
import { call } from "./api.js";
import { attempt } from "./attempt.js";
import "./desk-words.js";
import { fill, h } from "./dom.js";
import { t } from "./words.js";

const MOST = 100; // as many as the server names at once

// `area` leaves only units that may handle its cases; `any` is the word for none of them. Returns the `input`,
// the `parts` to show, and `named`: what the unit is called that was chosen before.
export async function unitChoice(label, { area, chosen, any } = {}) {
  const read = (more) => call("GET", `/v1/units?${new URLSearchParams({ limit: MOST, ...(area && { for_area: area }), ...more })}`);
  const first = await read();
  const input = h("select", { required: !any });
  let own = chosen && (first.items.find(({ id }) => id === chosen) ?? (await call("GET", `/v1/units/${chosen}`).catch(() => null)));
  const { name: named } = own || {};
  let found = [];

  function draw(items) {
    const isAbsent = own && items.every(({ id }) => id !== own.id);
    found = isAbsent ? [own, ...items] : items; // what was chosen stays to be chosen
    fill(input, any && h("option", { value: "" }, any), found.map(({ id, name }) => h("option", { value: id, selected: id === own?.id }, name)));
  }

  input.addEventListener("change", () => (own = found.find(({ id }) => id === input.value)));
  draw(first.items);
  return { input, named, parts: [first.next_cursor && search(read, draw), h("label", {}, t(label), input)] };
}

// A field that asks for the units whose name contains what is typed; of two answers the later question's counts.
function search(read, draw) {
  const words = h("input", { type: "search", maxlength: 40, "aria-label": t("desk_unit_name"), placeholder: t("desk_unit_name") });
  let asked = "";
  const look = () => {
    const q = words.value.trim();
    if (q === asked) return;
    asked = q;
    attempt(async () => {
      const { items } = await read(q && { q });
      if (q === asked) draw(items);
    });
  };
  words.addEventListener("change", look);
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it looks, and does not send the form around it
    look();
  });
  return words;
}
