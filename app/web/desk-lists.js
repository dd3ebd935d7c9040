// Lists of the desk that no filter makes: what took three times as long, what lies together, what two people read.
import { call } from "./api.js";
import "./desk-words.js";
import { button, h } from "./dom.js";
import { t } from "./words.js";

const LIMIT = 100;

const paged = (more) => new URLSearchParams(Object.entries({ limit: LIMIT, ...more }).filter(([, value]) => value));

// Worst first.
export async function late(cursor) {
  const { items, next_cursor: next } = await call("GET", `/v1/reports/cases/late?${paged({ cursor })}`);
  return { items: items.map(({ case: item, late_since: since }) => ({ ...item, late_since: since })), next_cursor: next };
}

// Those that the clerk is named for.
export const confidential = (cursor) => call("GET", `/v1/reports/confidential?${paged({ cursor })}`);

// Of others, on a boundary street: to read, not to decide.
export const across = (cursor) => call("GET", `/v1/reports/cases/across?${paged({ cursor })}`);

export async function together({ text }) {
  const { groups } = await call("GET", `/v1/reports/cases/together?${paged({ text })}`);
  return { items: [], next_cursor: null, groups };
}

// Cases of one category in one place; `open` shows those that the server names.
export function groupCard({ category_id: id, count, urgency, report_ids: ids }, { name, picture, due, open }) {
  const label = ids.length < count ? t("desk_group_first", { n: ids.length }) : t("desk_group_open");
  const tone = { emergency: "bad-ink", urgent: "warn-ink" }[urgency];
  const facts = [tone && h("b", { class: tone }, t(`urgency_${urgency}`)), due, h("span", {}, t("desk_group", { n: count }))];
  return h("li", { class: `card case ${urgency}`, "data-group": id },
    h("div", { class: "line" }, button(name, open, { class: "plain name", picture })),
    h("p", { class: "facts-line" }, facts), button(label, open, { class: "wide" }));
}
