// The clerk's desk: what burns first, many at once with undo, one case with its story and its next step.
import { accountButton, askToSignIn, why } from "./account.js";
import { account, call, now, Refusal, uuid } from "./api.js";
import { failures } from "./desk-batch.js";
import { decide } from "./desk-case.js";
import { asked, finder, stored } from "./desk-filters.js";
import { listen } from "./desk-live.js";
import { across, confidential, groupCard, late, together } from "./desk-lists.js";
import "./desk-words.js";
import { busy, button, byId, fill, h, icon, notice, speak } from "./dom.js";
import { language, t, timeOf } from "./words.js";

const REFRESH_MS = 30000;
const UNDO_MS = 10 * 60000; // the server takes a batch back for ten minutes
const POLL_MS = 700;
const MOST_COUNTED = 1000; // the server counts no further
const SHOWN = 100; // a weekend's reports at once
const STEPS = [["desk_days", 86400e3], ["desk_hours", 3600e3], ["desk_minutes", 60e3]];
const NONE = { items: [], next_cursor: null };
// What a clerk looks for: the filter that finds it, or a list of its own.
const VIEWS = new Map([
  ["report_submitted", { filter: { states: "submitted" } }],
  ["report_accepted", { filter: { states: "accepted" } }],
  ["report_returned", { filter: { states: "returned" } }],
  ["report_resolved", { filter: { states: "resolved" } }],
  ["desk_late", { filter: { is_overdue: true } }],
  ["desk_threefold", { list: late }],
  ["desk_mine", { filter: { is_mine: true } }],
  ["desk_pins", { filter: { is_pin_missing: true } }],
  ["desk_open", { filter: {} }],
  ["desk_groups", { list: () => together({ text }), show: showGroups }],
  ["desk_updates", { list: () => NONE, show: showUpdates }], // what riders added
  ["desk_across", { list: across, hint: "desk_across_hint" }],
  ["desk_secret", { list: confidential, hint: "desk_secret_hint" }],
]);

let view = "report_submitted";
let text = "";
let kept = []; // filters of one's own, each with its count
let own = null; // the filter that is looked at, kept or not
let glances = new Map(); // photos and working days, by case
let page = NONE;
let listed = VIEWS.get(view); // what the page is of: another may be asked for and not be there yet
let counts = {};
let lists = {}; // is_trusted: named for confidential cases, is_neighbour: beside a boundary street; nobody else has these lists
let waiting = { items: [], total: 0 }; // what riders added and nobody has seen to
let names = new Map(); // of categories
const chosen = new Map(); // the version of each that was before the clerk's eyes when it was ticked
let reading = 0; // which look at the list is the latest
let latest = null;
// Made once: what is being typed survives whatever is drawn anew around it.
const search = h("input", { type: "search", maxlength: 50 });
const reason = h("input", { maxlength: 500 });

const find = finder((filter) => { look(null, filter); }, async (dropped) => {
  if (dropped && own?.id === dropped) look("report_submitted");
  kept = await stored();
  showViews();
});

const looked = () => (own ? { filter: own.filter } : VIEWS.get(view));
const query = (more) => new URLSearchParams(asked({ limit: SHOWN, ...looked().filter, ...(text && { text }), ...more }));
// A page of what is looked at, from the beginning or from where the last one ended.
const readPage = (cursor) => (looked().list ? looked().list(cursor) : call("GET", `/v1/reports/cases?${query({ cursor })}`));
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

// Of two looks at once the later one counts, whichever answer comes first.
function read() {
  latest = readAs(++reading);
  return latest;
}

async function readAs(turn) {
  if (!(await account())) return fill(byId("cases"), h("p", {}, t("desk_only")), button(t("sign_in"), askToSignIn, { class: "find again" }));
  const at = looked();
  const [cases, counted, updates, filters] = await Promise.all([
    readPage(),
    call("GET", "/v1/reports/cases/counts"),
    call("GET", "/v1/reports/updates?limit=50"),
    stored(),
  ]);
  if (turn !== reading) return latest;
  [page, listed, counts, lists, waiting, kept] = [cases, at, counted.states, counted, updates, filters];
  keepChoice();
  show();
  await readGlances(page.items);
}

// The photos come after the words: the list stands at once.
async function readGlances(items) {
  if (items.length === 0) return;
  const { items: found } = await call("GET", `/v1/reports/cases/glances?${new URLSearchParams(items.map(({ id }) => ["id", id]))}`);
  // A photo keeps its address while it holds, so that it is not fetched at each look.
  for (const each of found) glances.set(each.id, each);
  // As the list says it now: it may have been read anew meanwhile.
  for (const item of page.items) if (items.some(({ id }) => id === item.id)) document.querySelector(`[data-case="${item.id}"]`)?.replaceWith(row(item));
}

// A tick stays with what was ticked: whoever changes a case under it is told of, and not decided over.
const choose = ({ id, version }) => chosen.has(id) || chosen.set(id, version);

function keepChoice() {
  const versions = new Map(page.items.map(({ id, version }) => [id, version]));
  for (const [id, seen] of chosen) versions.has(id) ? chosen.set(id, seen ?? versions.get(id)) : chosen.delete(id);
}

// Opens a case. What clerks change there themselves they have seen: a tick goes on with the version after it.
const open = (id) =>
  decide(id, () => {
    if (chosen.has(id)) chosen.set(id, null);
    return read();
  });

async function look(key, filter = null) {
  [view, own] = [key, filter];
  chosen.clear();
  if (looked().list || filter) {
    text = "";
    search.value = "";
  }
  await attempt(read);
}

async function readMore() {
  const turn = reading;
  const next = await readPage(page.next_cursor);
  if (turn !== reading) return; // another list stands there
  page = { items: [...page.items, ...next.items], next_cursor: next.next_cursor };
  show();
  await readGlances(next.items);
}

async function readNames() {
  const { groups } = await call("GET", "/v1/categories", { signedIn: false });
  names = new Map(groups.flatMap((group) => group.categories).map((each) => [each.id, each]));
}

function show() {
  showViews();
  (listed.show || showRows)();
  showDecision();
}

function showRows() {
  const rows = page.items.map(row);
  const more = page.next_cursor && button(t("desk_more"), () => attempt(readMore, more), { class: "wide" });
  // What is there to be read is not decided by the dozen.
  fill(byId("cases"), listed.hint && h("p", { class: "notice" }, t(listed.hint)), rows.length ? [!listed.hint && all(), h("ol", { class: "results" }, rows)] : h("p", {}, t("desk_none")), more);
}

// What lies together is looked at as a list, where all of it can be decided at once.
function showGroups() {
  const cards = page.groups.map((group) => {
    const name = titleOf(group.category_id);
    const open = () => look(null, { name, filter: { category_ids: [group.category_id], ids: group.report_ids } });
    return groupCard(group, { name, picture: names.get(group.category_id)?.icon, due: left(group.next_due_at), open });
  });
  fill(byId("cases"), cards.length ? h("ol", { class: "results" }, cards) : h("p", {}, t("desk_none")));
}

function showUpdates() {
  const opens = ({ report_id: id }) => () => attempt(() => open(id));
  const rows = waiting.items.map((each) =>
    h("li", { class: "card case" }, button(`${each.number} ${titleOf(each.category_id)}`, opens(each), { class: "plain name", picture: names.get(each.category_id)?.icon }),
      h("p", { class: "facts-line" }, each.is_still_there && h("b", { class: "warn-ink" }, t("desk_still_there")), h("span", {}, t(`report_${each.state}`)), h("span", { class: "quiet" }, timeOf(each.at, now()))),
      h("p", { class: "quiet" }, each.text)));
  fill(byId("cases"), rows.length ? h("ol", { class: "results" }, rows) : h("p", {}, t("desk_none")));
}

function showViews() {
  for (const [input, label] of [[search, "desk_search"], [reason, "desk_reason"]]) {
    input.setAttribute("aria-label", t(label));
    input.setAttribute("placeholder", t(label));
  }
  const shown = [...VIEWS].filter(([, { list }]) => (lists.is_trusted || list !== confidential) && (lists.is_neighbour || list !== across));
  const tabs = shown.map(([key, { filter }]) => {
    const count = key === "desk_updates" ? waiting.total : filter?.states && total(filter.states);
    const label = count == null ? t(key) : `${t(key)} ${count}`;
    return button(label, () => look(key), { "aria-pressed": String(!own && view === key) });
  });
  for (const each of kept) {
    const count = each.count >= MOST_COUNTED ? t("desk_counted", { n: each.count }) : each.count;
    const use = () => Promise.all([look(null, each), attempt(() => find.show(each))]);
    // One that the server cannot read finds nothing, rather than more than was asked for.
    tabs.push(button(each.is_readable === false ? `${each.name} ?` : `${each.name} ${count}`, use, { class: "kept", disabled: each.is_readable === false, "data-filter": each.id, "aria-pressed": String(own?.id === each.id) }));
  }
  const [drawn] = byId("filters").children;
  if (drawn) return fill(drawn, tabs); // the search beside it keeps its cursor
  fill(byId("filters"), h("div", { class: "tabs" }, tabs), search, find.fold);
}

const titleOf = (id) => names.get(id)?.[`name_${language()}`] ?? id;

function all() {
  const box = h("input", { type: "checkbox", checked: page.items.every(({ id }) => chosen.has(id)) });
  box.addEventListener("change", () => {
    page.items.forEach((item) => (box.checked ? choose(item) : chosen.delete(item.id)));
    show();
  });
  return h("label", { class: "pick" }, box, t("desk_all"));
}

function row(item) {
  const category = names.get(item.category_id);
  const box = !listed.hint && h("input", { type: "checkbox", checked: chosen.has(item.id), "aria-label": item.number });
  if (box) box.addEventListener("change", () => {
    box.checked ? choose(item) : chosen.delete(item.id);
    showDecision();
  });
  const same = page.items.filter(({ category_id: id, lat, lon }) => id === item.category_id && near({ lat, lon }, item));
  const together = () => (same.forEach(choose), show());
  const opener = button(`${item.number} ${titleOf(item.category_id)}`, () => attempt(() => open(item.id), opener), { class: "plain name", picture: category && category.icon });
  const facts = [
    item.urgency !== "normal" && h("b", { class: item.urgency === "emergency" ? "bad-ink" : "warn-ink" }, t(`urgency_${item.urgency}`)),
    left(item.next_due_at, glances.get(item.id)?.working_days_left),
    h("span", {}, t(`report_${item.state}`)),
    item.late_since && h("b", { class: "bad-ink" }, t("desk_late_since", { when: timeOf(item.late_since, now()) })),
    !listed.hint && same.length > 1 && button(t("desk_together", { n: same.length }), together, { class: "plain together" }),
    item.flags.includes("pin_missing") && h("b", { class: "warn-ink" }, t("flag_pin_missing")),
    item.is_trust_low && h("b", { class: "warn-ink" }, t("flag_low")),
  ];
  return h("li", { class: `card case ${item.urgency}`, "data-case": item.id },
    glimpse(item),
    h("div", { class: "line" }, box, opener), h("p", { class: "facts-line" }, facts),
    h("p", { class: "quiet" }, [item.address, item.description].filter(Boolean).join(" · ")));
}

// What is seen of a case without opening it.
function glimpse({ id }) {
  const { thumb, photo_count: n } = glances.get(id) || {};
  if (!thumb) return null;
  return h("img", { src: thumb, alt: t("desk_photos", { n }), title: t("desk_photos", { n }), class: "glimpse", width: 96, height: 96, loading: "lazy", decoding: "async" });
}

// Some 25 m, as the server groups them.
const near = (one, other) => one.lat !== null && Math.hypot(one.lat - other.lat, (one.lon - other.lon) * Math.cos((one.lat * Math.PI) / 180)) < 25 / 111200;

function left(due, days) {
  if (!due) return null;
  const ms = Date.parse(due) - now();
  const [unit, size] = STEPS.find(([, step]) => Math.abs(ms) >= step) || ["desk_minutes", 60e3];
  // Beyond a day an office counts in days on which it works.
  const isInDays = unit === "desk_days" && days;
  const time = isInDays ? t("desk_working_days", { n: Math.abs(days) }) : t(unit, { n: Math.round(Math.abs(ms) / size) });
  return h("span", { class: ms < 0 ? "bad-ink" : "good-ink" }, t(ms < 0 ? "desk_late_by" : "desk_due_in", { time }));
}

// Many at once

function showDecision() {
  const bar = byId("decide");
  bar.hidden = chosen.size === 0;
  if (bar.hidden) return fill(bar);
  const act = (move, label) => button(t(label), (event) => attempt(() => many(move), event.currentTarget), { class: move === "accept" ? "strong" : null });
  const moves = h("div", { class: "row" }, act("accept", "desk_accept"), act("dispatch", "desk_proposed_units"), act("reject", "desk_reject"));
  fill(bar, h("b", {}, t("desk_chosen", { n: chosen.size })), reason, moves);
}

async function many(move) {
  const said = reason.value.trim();
  if (move === "reject" && !said) return notice("failed", t("desk_reason_needed"), { kind: "warn" });
  const cases = page.items.filter(({ id }) => chosen.has(id)).map(({ id, version }) => ({ report_id: id, version: chosen.get(id) ?? version }));
  const batch = await call("POST", "/v1/reports/batches", { body: { id: uuid(), move, cases, reason: said } });
  notice("batch", t("desk_working", { n: cases.length }), { picture: "waiting" });
  chosen.clear();
  reason.value = "";
  await done(batch, page.items);
}

async function done(batch, cases) {
  let progress = batch;
  while (!progress.done_at) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    progress = await call("GET", `/v1/reports/batches/${batch.id}`);
    const finished = progress.items.filter(({ state }) => state !== "waiting").length;
    notice("batch", `${t("desk_working", { n: progress.items.length })} ${finished}/${progress.items.length}`, { picture: "waiting" });
  }
  const well = progress.counts.done || 0;
  const failed = progress.items.length - well;
  const faster = [...new Set(progress.items.map(({ editor }) => editor).filter(Boolean))].join("、");
  const undo = button(t("desk_undo"), () => attempt(() => takeBack(batch.id), undo));
  const told = failures(progress, cases, { open: (id) => attempt(() => open(id)), again: (ids) => attempt(() => chooseAgain(ids)) });
  const said = t("desk_done", { done: well, failed }) + (faster && ` ${t("desk_faster", { names: faster })}`);
  notice("batch", said, { kind: failed ? "warn" : "good", action: [well > 0 && undo, told] });
  setTimeout(() => undo.remove(), UNDO_MS);
  await read();
}

// Those that stand in the list as they are now, to be decided anew.
async function chooseAgain(ids) {
  await read();
  for (const item of page.items) if (ids.includes(item.id)) choose(item);
  show();
}

async function takeBack(id) {
  await call("POST", `/v1/reports/batches/${id}/undo`);
  notice("batch", t("desk_undone"), { kind: "good" });
  await read();
}

// Reads anew unless the clerk is in the middle of something: nothing moves under a finger.
const isFree = () => !document.hidden && chosen.size === 0 && !byId("case").open && page.items.length <= SHOWN;
const refresh = () => isFree() && attempt(read);

// A case that the address names is opened: messages lead here.
async function openNamed() {
  const [id] = /^[0-9a-f-]{36}$/.exec(location.hash.slice(1)) ?? [];
  if (id && (await account())) await attempt(() => open(id));
}

async function start() {
  speak(() => (show(), attempt(() => find.show(own))));
  search.addEventListener("change", () => {
    text = search.value.trim();
    if (text && looked().list && view !== "desk_groups") [view, own] = ["desk_open", null]; // lists that are not searched
    attempt(read);
  });
  await accountButton(() => attempt(read).then(openNamed));
  await Promise.all([attempt(readNames), attempt(read)]);
  show();
  addEventListener("hashchange", openNamed);
  await openNamed();
  setInterval(refresh, REFRESH_MS);
  await attempt(() => listen(refresh));
}

start();
