// What the parts of one case are made of: a fold that is fetched when opened, names, drafts that outlive a conflict.
import { why } from "./account.js";
import { call } from "./api.js";
import "./case-words.js";
import { busy, fill, h } from "./dom.js";
import { folded } from "./forms.js";
import { language, t } from "./words.js";

const drafts = new Map(); // of one case at a time
const untouched = new WeakMap(); // how each control stood before anybody typed

// A form with one button; `submit` gets that button.
export function formOf(label, parts, submit) {
  const go = h("button", { type: "submit" }, t(label));
  const form = h("form", { "data-form": label }, parts, go);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(go);
  });
  return form;
}

// What is sent again after its answer was lost is the same thing: it is made once of what was typed.
export function once(make) {
  let said, made;
  return (typed) => {
    if (typed !== said) [said, made] = [typed, make(typed)];
    return made;
  };
}

// A fold of the case's page, which keeps its name so that it can be opened again after the case was read anew.
export function part(key, read, label = t(key)) {
  const told = h("div", { role: "status" });
  const details = folded(label, told);
  details.dataset.part = key;
  const open = async () => {
    if (!details.open || told.firstChild) return;
    try {
      fill(told, await busy(details, read));
      restore(told);
    } catch (error) {
      fill(told, h("p", { class: "bad-ink" }, why(error)));
    }
  };
  details.addEventListener("toggle", open);
  return details;
}

// A reason that the reporter reads.
export const reasonField = (key = "desk_reason", required = true) => h("textarea", { maxlength: 2000, required, "aria-label": t(key), placeholder: t(key) });

const stands = ({ type, checked, value }) => (type === "checkbox" ? checked : value);

// A form's controls by a name of their own, or their place among those without one: a list in it may grow meanwhile.
function controls(form) {
  const found = [...form.querySelectorAll("input:not([type=file]), textarea, select")];
  const unnamed = found.filter(({ name }) => !name);
  return found.map((each) => [`${form.dataset.form}/${each.name || unnamed.indexOf(each)}`, each]);
}

const forms = (root) => [...root.querySelectorAll("form[data-form]")].map(controls);

// What was typed stays typed, though somebody was faster and the case is read anew: a form that was touched, as a
// whole. The others show what is there now.
export function keepDrafts(root) {
  for (const form of forms(root)) {
    if (form.some(([, each]) => stands(each) !== untouched.get(each))) form.forEach(([key, each]) => drafts.set(key, stands(each)));
  }
}

export function restore(root) {
  for (const [key, each] of forms(root).flat()) {
    if (!untouched.has(each)) untouched.set(each, stands(each));
    if (!drafts.has(key)) continue;
    if (each.type === "checkbox") each.checked = drafts.get(key);
    else each.value = drafts.get(key);
  }
}

export const forgetDrafts = () => drafts.clear();

let catalogue = null;

// Categories by their ids, asked for once.
export function categories() {
  catalogue ??= call("GET", "/v1/categories", { signedIn: false }).then(({ groups }) => new Map(groups.flatMap((group) => group.categories).map((each) => [each.id, each])));
  return catalogue.catch((error) => {
    catalogue = null;
    throw error;
  });
}

export const nameOf = (category, id) => category?.[`name_${language()}`] ?? id;

// Steps that leave a case in its state, or say more than it.
const NAMED = ["move_pin", "change_category", "rehome", "extend", "note_delay", "note_progress", "publish", "unpublish", "hand_over", "undo", "confirm", "make_safe", "return", "reopen", "revive"];

export const stepName = ({ move, to_state: state }) => (NAMED.includes(move) ? t(`step_${move}`) : t(`report_${state}`));

const areas = new Map();

// What a division is called; its code where that is not to be had now.
export async function areaName(code) {
  if (!areas.has(code)) {
    const found = await call("GET", `/v1/areas/${code}`, { signedIn: false }).catch(() => null);
    if (!found) return code;
    areas.set(code, found.name);
  }
  return areas.get(code);
}

// A day of a form as the API takes it: the end of that day's work.
export const endOf = (day) => `${day}T18:00:00+08:00`;
