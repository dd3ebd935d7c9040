// Reports of one hazard: what was merged with a case, what else lies at its place, and putting together or apart.
import { call, now, uuid } from "./api.js";
import "./case-words.js";
import { categories, formOf, nameOf, part, reasonField } from "./desk-parts.js";
import { button, fill, h } from "./dom.js";
import { t, timeOf } from "./words.js";

const SHOWN = 12; // with their photos
const MERGEABLE = ["submitted", "accepted"];
const NO_PARENT = ["rejected", "withdrawn", "duplicate"];

const post = (id, what, body) => call("POST", `/v1/reports/cases/${id}/${what}`, { body, key: uuid() });

// `related` is what the server says belongs to the case or recurs at its place.
export function merging(desk, related) {
  const { item, possible, acts } = desk;
  const { parent, children, recurrences } = related;
  const others = recurrences.filter(({ id, parent_id: of }) => id !== parent?.id && of !== item.id);
  const count = children.length + others.length + (parent ? 1 : 0);
  const mayJoin = possible.includes("mark_duplicate") && !item.is_confidential;
  const mayTake = acts.includes("merge_into");
  if (!count && !mayJoin && !mayTake) return null;
  return part("merge", async () => {
    const names = await categories();
    return [
      parent && [h("h3", {}, t("merge_parent")), row(desk, parent, names)],
      children.length > 0 && [h("h3", {}, t("merge_children", { n: children.length })), children.map((child) => row(desk, child, names, mayTake && apart(desk, child)))],
      h("h3", {}, t("merge_near")),
      others.length > SHOWN && h("p", { class: "quiet" }, t("merge_more", { n: others.length - SHOWN })),
      choice(desk, others.slice(0, SHOWN), names, { mayJoin, mayTake }),
    ];
  }, t("merge_count", { n: count }));
}

function row(desk, other, names, ...more) {
  const pictures = h("div", { class: "pictures" });
  call("GET", `/v1/reports/cases/${other.id}/photos`).then(({ photos }) => fill(pictures, photos.filter(({ thumb }) => thumb).slice(0, 2).map(({ thumb }) => h("img", { src: thumb, alt: "", loading: "lazy" })))).catch(() => {});
  const see = button(`${other.number} ${nameOf(names.get(other.category_id), other.category_id)}`, () => desk.open(other.id), { class: "plain name" });
  const facts = [t(`report_${other.state}`), timeOf(other.submitted_at, now()), other.address].filter(Boolean).join(" · ");
  return h("div", { class: "other", "data-other": other.id }, pictures, h("div", {}, see, h("p", { class: "quiet" }, facts), other.description && h("p", {}, other.description), more));
}

// A child lives again by itself.
function apart(desk, child) {
  const work = async () => {
    await post(child.id, "revive", { version: child.version });
    return t("merge_undone", { number: child.number });
  };
  const go = button(t("merge_undo"), () => desk.attempt(work, go));
  return go;
}

function choice(desk, others, names, { mayJoin, mayTake }) {
  const list = h("div", {}, others.length ? null : h("p", {}, t("merge_none")));
  const known = new Map();
  const add = (other, checked = false) => {
    if (known.has(other.id)) return known.get(other.id).box.click();
    const fits = (mayJoin && !NO_PARENT.includes(other.state)) || (mayTake && MERGEABLE.includes(other.state));
    const box = h("input", { type: "checkbox", name: other.id, checked, "aria-label": other.number });
    known.set(other.id, { box, other });
    list.append(row(desk, other, names, fits && h("label", { class: "pick" }, box, t("merge_pick"))));
  };
  others.forEach((other) => add(other));
  if (!mayJoin && !mayTake) return list;
  const reason = reasonField();
  const said = h("p", { role: "status", class: "bad-ink" });
  const chosen = () => [...known.values()].filter(({ box }) => box.checked).map(({ other }) => other);
  const take = async () => {
    const { merged, left } = await post(desk.item.id, "children", { report_ids: chosen().map(({ id }) => id), reason: reason.value.trim() });
    return t("merge_done", { n: merged.length, left: left.length });
  };
  const join = async () => {
    const [other] = chosen();
    await post(desk.item.id, "mark-duplicate", { version: desk.item.version, parent_id: other.id, reason: reason.value.trim() });
    return t("merge_joined", { number: other.number });
  };
  const check = (isRight, key, work, go) => {
    fill(said, isRight ? null : t(key));
    if (isRight && form.reportValidity()) desk.attempt(work, go);
  };
  const parts = [list, byNumber(desk, add), reason, said];
  const form = mayTake ? formOf("merge_take", parts, (go) => check(chosen().length > 0, "merge_pick_some", take, go)) : h("form", { "data-form": "merge_join" }, parts);
  const into = button(t("merge_join"), () => check(chosen().length === 1, "merge_pick_one", join, into));
  if (mayJoin) form.append(into);
  return form;
}

// One that lies farther off, or was reported longer ago.
function byNumber(desk, add) {
  const number = h("input", { maxlength: 20, "aria-label": t("merge_number"), placeholder: t("merge_number") });
  const told = h("span", { role: "status", class: "bad-ink" });
  const look = async () => {
    const { items } = await call("GET", `/v1/reports/cases?${new URLSearchParams({ text: number.value.trim(), limit: 1 })}`);
    const [found] = items;
    if (!found || found.id === desk.item.id) return fill(told, t("desk_none"));
    fill(told);
    number.value = "";
    return add(found, true);
  };
  const find = button(t("merge_find"), () => number.value.trim() && look().catch((error) => fill(told, error.message)));
  number.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it looks, and sends nothing
    find.click();
  });
  return [h("div", { class: "find-one" }, number, find), told];
}
