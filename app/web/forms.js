// What forms are made of: a field with its label, a choice, a tick, a form whose one button sets something going.
import { attempt } from "./attempt.js";
import { fill, h } from "./dom.js";
import { t } from "./words.js";

export function field(key, attributes = {}) {
  const input = h("input", { maxlength: 100, ...attributes });
  return { input, label: h("label", {}, t(key), input) };
}

export const select = (pairs, chosen) => h("select", { required: true }, pairs.map(([value, label]) => h("option", { value, selected: value === chosen }, label)));

export function check(label, checked = false) {
  const box = h("input", { type: "checkbox", checked });
  return { box, label: h("label", { class: "check" }, box, label) };
}

// A choice of several: a fold that tells what is chosen, or `any`, and a tick for each of them inside.
export function several(label, any, pairs, chosen = []) {
  const ticks = pairs.map(([value, name]) => ({ value, name, ...check(name, chosen.includes(value)) }));
  const ticked = () => ticks.filter(({ box }) => box.checked);
  const fold = folded("", h("div", { class: "ticks" }, ticks.map(({ label }) => label)));
  const tell = () => fill(fold.querySelector("summary"), h("span", {}, `${label}: ${ticked().map(({ name }) => name).join("、") || any}`));
  for (const { box, value } of ticks) box.value = value;
  fold.addEventListener("change", tell);
  tell();
  return { fold, said: () => ticked().map(({ value }) => value) };
}

// `work` runs when the form is sent; what goes wrong is said on the page.
export function asking(label, parts, work, { strong = true } = {}) {
  const send = h("button", { type: "submit", class: strong && "strong" }, t(label));
  const form = h("form", {}, parts, send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(work, send);
  });
  return form;
}

// What a wet sleeve must not do: the button asks, and is tapped again.
export function isMeant(element, words) {
  if (element.dataset.asked) return true;
  element.dataset.asked = "yes";
  fill(element, h("span", {}, words));
  return false;
}

export const folded = (label, ...parts) => h("details", {}, h("summary", {}, label), ...parts);

// A part that is fetched when it is opened first.
export function lazy(label, read) {
  const told = h("div", { role: "status" });
  const details = folded(label, told);
  details.addEventListener("toggle", () => details.open && !told.firstChild && attempt(() => read(told)));
  return details;
}
