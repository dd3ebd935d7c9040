// The clerk's desk: what burns first, many at once with undo, one case with its story and its next step.
import { accountButton, askToSignIn, why } from "./account.js";
import { account, call, now, Refusal, uuid } from "./api.js";
import { decide } from "./desk-case.js";
import { listen } from "./desk-live.js";
import "./desk-words.js";
import { busy, button, byId, fill, h, icon, notice, speak } from "./dom.js";
import { language, t, timeOf } from "./words.js";

const REFRESH_MS = 30000;
const UNDO_MS = 10 * 60000; // the server takes a batch back for ten minutes
const POLL_MS = 700;
const SHOWN = 100; // a weekend's reports at once
const STEPS = [["desk_days", 86400e3], ["desk_hours", 3600e3], ["desk_minutes", 60e3]];
// What a clerk looks for, and the filter that finds it.
const VIEWS = new Map([
  ["report_submitted", { states: "submitted" }],
  ["report_accepted", { states: "accepted" }],
  ["report_returned", { states: "returned" }],
  ["report_resolved", { states: "resolved" }],
  ["desk_late", { is_overdue: true }],
  ["desk_mine", { is_mine: true }],
  ["desk_open", {}],
  ["desk_updates", null], // what riders added: a list of its own
]);

let view = "report_submitted";
let text = "";
let page = { items: [], next_cursor: null };
let counts = {};
let waiting = { items: [], total: 0 }; // what riders added and nobody has seen to
let names = new Map(); // of categories
const chosen = new Set();
// Made once: what is being typed survives whatever is drawn anew around it.
const search = h("input", { type: "search", maxlength: 50 });
const reason = h("input", { maxlength: 500 });

const query = (more = {}) => new URLSearchParams({ limit: SHOWN, ...VIEWS.get(view), ...(text && { text }), ...more });
const total = (state) => Object.values(counts[state] || {}).reduce((sum, count) => sum + count, 0);

async function attempt(work, element) {
  try {
    await (element ? busy(element, work) : work());
    notice("failed", "");
  } catch (error) {
    notice("failed", why(error), { kind: "bad" });
    // Somebody was faster, or a case went to another desk: what is not here any more is not chosen either.
    if (error instanceof Refusal && [404, 409].includes(error.status)) await read();
  }
}

// What is there

async function read() {
  if (!(await account())) return fill(byId("cases"), h("p", {}, t("desk_only")), button(t("sign_in"), askToSignIn, { class: "find again" }));
  const none = { items: [], next_cursor: null };
  const [cases, counted, updates] = await Promise.all([
    VIEWS.get(view) ? call("GET", `/v1/reports/cases?${query()}`) : none,
    call("GET", "/v1/reports/cases/counts"),
    call("GET", "/v1/reports/updates?limit=50"),
  ]);
  [page, counts, waiting] = [cases, counted.states, updates];
  for (const id of chosen) if (!page.items.some((item) => item.id === id)) chosen.delete(id);
  show();
}

async function readMore() {
  const next = await call("GET", `/v1/reports/cases?${query({ cursor: page.next_cursor })}`);
  page = { items: [...page.items, ...next.items], next_cursor: next.next_cursor };
  show();
}

async function readNames() {
  const { groups } = await call("GET", "/v1/categories", { signedIn: false });
  names = new Map(groups.flatMap((group) => group.categories).map((each) => [each.id, each]));
}

function show() {
  showViews();
  if (!VIEWS.get(view)) return showUpdates();
  const rows = page.items.map(row);
  const more = page.next_cursor && button(t("desk_more"), () => attempt(readMore, more), { class: "wide" });
  fill(byId("cases"), rows.length ? [all(), h("ol", { class: "results" }, rows)] : h("p", {}, t("desk_none")), more);
  showDecision();
}

function showUpdates() {
  const open = ({ report_id: id, category_id: category }) => () => attempt(() => decide(id, names.get(category), read));
  const rows = waiting.items.map((each) =>
    h("li", { class: "card case" }, button(`${each.number} ${titleOf(each.category_id)}`, open(each), { class: "plain name", picture: names.get(each.category_id)?.icon }),
      h("p", { class: "facts-line" }, each.is_still_there && h("b", { class: "warn-ink" }, t("desk_still_there")), h("span", {}, t(`report_${each.state}`)), h("span", { class: "quiet" }, timeOf(each.at, now()))),
      h("p", { class: "quiet" }, each.text)));
  fill(byId("cases"), rows.length ? h("ol", { class: "results" }, rows) : h("p", {}, t("desk_none")));
  showDecision();
}

function showViews() {
  for (const [input, label] of [[search, "desk_search"], [reason, "desk_reason"]]) {
    input.setAttribute("aria-label", t(label));
    input.setAttribute("placeholder", t(label));
  }
  const tabs = [...VIEWS].map(([key, wanted]) => {
    const count = wanted ? wanted.states && total(wanted.states) : waiting.total;
    const label = count == null ? t(key) : `${t(key)} ${count}`;
    return button(label, () => ((view = key), chosen.clear(), attempt(read)), { "aria-pressed": String(view === key) });
  });
  const [drawn] = byId("filters").children;
  if (drawn) return fill(drawn, tabs); // the search beside it keeps its cursor
  fill(byId("filters"), h("div", { class: "tabs" }, tabs), search);
}

const titleOf = (id) => names.get(id)?.[`name_${language()}`] ?? id;

function all() {
  const box = h("input", { type: "checkbox", checked: page.items.every(({ id }) => chosen.has(id)) });
  box.addEventListener("change", () => {
    page.items.forEach(({ id }) => (box.checked ? chosen.add(id) : chosen.delete(id)));
    show();
  });
  return h("label", { class: "pick" }, box, t("desk_all"));
}

function row(item) {
  const category = names.get(item.category_id);
  const box = h("input", { type: "checkbox", checked: chosen.has(item.id), "aria-label": item.number });
  box.addEventListener("change", () => {
    box.checked ? chosen.add(item.id) : chosen.delete(item.id);
    showDecision();
  });
  const same = page.items.filter(({ category_id: id, lat, lon }) => id === item.category_id && near({ lat, lon }, item));
  const together = () => (same.forEach(({ id }) => chosen.add(id)), show());
  const open = button(`${item.number} ${titleOf(item.category_id)}`, () => attempt(() => decide(item.id, category, read), open), { class: "plain name", picture: category && category.icon });
  const facts = [
    item.urgency !== "normal" && h("b", { class: item.urgency === "emergency" ? "bad-ink" : "warn-ink" }, t(`urgency_${item.urgency}`)),
    left(item.next_due_at),
    h("span", {}, t(`report_${item.state}`)),
    same.length > 1 && button(t("desk_together", { n: same.length }), together, { class: "plain together" }),
    item.is_trust_low && h("b", { class: "warn-ink" }, t("flag_low")),
  ];
  return h("li", { class: `card case ${item.urgency}`, "data-case": item.id },
    h("div", { class: "line" }, box, open), h("p", { class: "facts-line" }, facts),
    h("p", { class: "quiet" }, [item.address, item.description].filter(Boolean).join(" · ")));
}

// Some 25 m, as the server groups them.
const near = (one, other) => one.lat !== null && Math.hypot(one.lat - other.lat, (one.lon - other.lon) * Math.cos((one.lat * Math.PI) / 180)) < 25 / 111200;

function left(due) {
  if (!due) return null;
  const ms = Date.parse(due) - now();
  const [unit, size] = STEPS.find(([, step]) => Math.abs(ms) >= step) || ["desk_minutes", 60e3];
  const time = t(unit, { n: Math.round(Math.abs(ms) / size) });
  return h("span", { class: ms < 0 ? "bad-ink" : "good-ink" }, t(ms < 0 ? "desk_late_by" : "desk_due_in", { time }));
}

// Many at once

function showDecision() {
  const bar = byId("decide");
  bar.hidden = chosen.size === 0;
  if (bar.hidden) return;
  const act = (move, label) => button(t(label), (event) => attempt(() => many(move), event.currentTarget), { class: move === "accept" ? "strong" : null });
  const moves = h("div", { class: "row" }, act("accept", "desk_accept"), act("dispatch", "desk_proposed_units"), act("reject", "desk_reject"));
  fill(bar, h("b", {}, t("desk_chosen", { n: chosen.size })), reason, moves);
}

async function many(move) {
  const said = reason.value.trim();
  if (move === "reject" && !said) return notice("failed", t("desk_reason_needed"), { kind: "warn" });
  const cases = page.items.filter(({ id }) => chosen.has(id)).map(({ id, version }) => ({ report_id: id, version }));
  const batch = await call("POST", "/v1/reports/batches", { body: { id: uuid(), move, cases, reason: said } });
  notice("batch", t("desk_working", { n: cases.length }), { picture: "waiting" });
  chosen.clear();
  reason.value = "";
  await done(batch);
}

async function done(batch) {
  let progress = batch;
  while (!progress.done_at) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    progress = await call("GET", `/v1/reports/batches/${batch.id}`);
  }
  const well = progress.counts.done || 0;
  const failed = progress.items.length - well;
  const faster = [...new Set(progress.items.map(({ editor }) => editor).filter(Boolean))].join("、");
  const undo = button(t("desk_undo"), () => attempt(() => takeBack(batch.id), undo));
  const said = t("desk_done", { done: well, failed }) + (faster && ` ${t("desk_faster", { names: faster })}`);
  notice("batch", said, { kind: failed ? "warn" : "good", action: well > 0 && undo });
  setTimeout(() => undo.remove(), UNDO_MS);
  await read();
}

async function takeBack(id) {
  await call("POST", `/v1/reports/batches/${id}/undo`);
  notice("batch", t("desk_undone"), { kind: "good" });
  await read();
}

// Reads anew unless the clerk is in the middle of something: nothing moves under a finger.
const isFree = () => !document.hidden && chosen.size === 0 && !byId("case").open && page.items.length <= SHOWN;
const refresh = () => isFree() && attempt(read);

async function start() {
  speak(show);
  search.addEventListener("change", () => {
    text = search.value.trim();
    attempt(read);
  });
  await accountButton(() => attempt(read));
  await Promise.all([attempt(readNames), attempt(read)]);
  show();
  setInterval(refresh, REFRESH_MS);
  await attempt(() => listen(refresh));
}

start();
