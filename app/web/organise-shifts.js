// The shifts that one runs: who signed up, who is there, the code to scan, the list of those without phones.
import { call, now, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { tag } from "./cards.js";
import { button, byId, fill, h, notice } from "./dom.js";
import { asking, check, field, folded } from "./forms.js";
import { drawn } from "./qr.js";
import { asked, instantOf, localOf, minutesOf, spanOf } from "./shifts.js";
import { t, timeOf } from "./words.js";

const SHOWN = 20;
const RETRY_MS = 3000;

let place = null;
let isOver = false;
let page = null;

export async function show(element) {
  place = element;
  page = await call("GET", `/v1/activities/run/shifts?${query()}`);
  write();
}

const query = (more = {}) => new URLSearchParams({ limit: SHOWN, over: isOver, ...more });

function write() {
  const turn = (over) => {
    isOver = over;
    return show(place);
  };
  const views = [false, true].map((over) => button(t(over ? "shifts_over" : "shifts_coming"), () => attempt(() => turn(over)), { "aria-pressed": String(over === isOver) }));
  const more = page.next_cursor && button(t("more"), () => attempt(readMore, more), { class: "wide" });
  fill(place, h("div", { class: "row" }, views), page.items.length === 0 && h("p", {}, t("shifts_none")), h("ul", { class: "list" }, page.items.map(card)), more);
}

async function readMore() {
  const next = await call("GET", `/v1/activities/run/shifts?${query({ cursor: page.next_cursor })}`);
  page = { items: [...page.items, ...next.items], next_cursor: next.next_cursor };
  write();
}

const isNear = ({ starts_at, ends_at }) => Date.parse(starts_at) - 3600e3 <= now() && now() <= Date.parse(ends_at) + 3600e3;

function card(shift) {
  const told = h("div", { role: "status" });
  const people = h("details", {}, h("summary", {}, t("people_signed")), told);
  people.addEventListener("toggle", () => people.open && attempt(() => tell(told, shift)));
  const code = isNear(shift) && !shift.cancelled_at && button(t("show_code"), () => attempt(() => showCode(shift), code), { class: "strong wide", picture: "qr" });
  return h(
    "li",
    { class: isNear(shift) ? "card now" : "card", "data-shift": shift.shift_id },
    h("h3", {}, shift.title, tag(t(`stage_${shift.cancelled_at ? "cancelled" : shift.state}`))),
    h("p", {}, h("b", {}, spanOf(shift))),
    h("p", {}, shift.place_text),
    shift.roles.map((role) => h("div", { class: "role" }, h("div", { class: "card-head" }, h("span", {}, role.name), h("b", { "data-role": role.id }, takenOf(role))), asked(role))),
    code,
    people,
    !isOver && !shift.cancelled_at && cancelPart(shift),
  );
}

const takenOf = ({ places, free, waiting }) => t("places_taken", { n: places - free, all: places, waiting });

// The code, as large as the screen, changing until it is closed; whoever cannot scan types the letters.
async function showCode({ shift_id, title }) {
  const dialog = byId("code");
  const qr = h("div", { class: "qr", role: "img", "aria-label": t("show_code") });
  const letters = h("p", { class: "letters" });
  const problem = h("p", { role: "status" });
  const turn = async () => {
    if (!dialog.open) return;
    let wait = RETRY_MS;
    try {
      const { svg, path, changes_in_s } = await call("GET", `/v1/attendance/shifts/${shift_id}/code`);
      const [, , , slot, token] = path.split("/");
      fill(qr, drawn(svg));
      fill(letters, `${String(slot % 100).padStart(2, "0")} ${token.match(/.{4}/g).join(" ")}`);
      fill(problem);
      wait = changes_in_s * 1000 + 50; // a little after the change, so that the answer is the new code
    } catch {
      fill(qr);
      fill(letters);
      fill(problem, t("code_offline"));
    }
    setTimeout(turn, wait);
  };
  fill(dialog, h("h2", { id: "code-title" }, title), qr, letters, problem, h("p", {}, t("code_say")), button(t("close"), () => dialog.close(), { class: "wide" }));
  dialog.showModal();
  const lock = await navigator.wakeLock?.request("screen").catch(() => null);
  dialog.addEventListener("close", () => lock?.release(), { once: true });
  await turn();
}

// Who signed up, and who is there

async function tell(told, shift) {
  const [{ items }, { people }] = await Promise.all([
    call("GET", `/v1/activities/shifts/${shift.shift_id}/sign-ups`),
    call("GET", `/v1/attendance/shifts/${shift.shift_id}`),
  ]);
  const again = async () => {
    await tell(told, shift);
    await recount(shift);
  };
  const there = new Map(people.map((each) => [each.sign_up_id, each]));
  const missing = items.filter(({ sign_up_id: id, state }) => state === "booked" && !there.get(id)?.out_at);
  fill(
    told,
    items.length === 0 && h("p", {}, t("people_none")),
    items.map((item) => person(item, there.get(item.sign_up_id), shift, again)),
    Date.parse(shift.starts_at) <= now() && missing.length > 0 && listPart(missing, shift, again),
  );
}

// What was decided changes how many places are taken.
async function recount({ activity_id, shift_id }) {
  const { shifts } = await call("GET", `/v1/activities/run/${activity_id}`);
  for (const role of shifts.find(({ id }) => id === shift_id).roles) fill(place.querySelector(`[data-role="${role.id}"]`), takenOf(role));
}

function person({ sign_up_id: id, display_name: name, state, concern, absence }, there, { starts_at }, again) {
  const presence = there?.in_at && [t("in_at", { time: timeOf(there.in_at, now()), how: t(`provenance_${there.in_provenance}`) }), there.out_at && t("out_at", { time: timeOf(there.out_at, now()) }), there.minutes != null && minutesOf(there.minutes)];
  const canMiss = state === "booked" && !absence && !there?.in_at && Date.parse(starts_at) <= now();
  return h(
    "div",
    { class: "person", "data-person": id },
    h("div", { class: "card-head" }, h("b", {}, name), h("span", {}, t(`person_${state}`))),
    presence && h("p", { class: "good-ink" }, presence.filter(Boolean).join(" · ")),
    concern && h("p", { class: "warn-ink" }, t(`concern_${concern}`)),
    (state === "asked" || (concern && state === "booked")) && decidePart(id, state, again),
    canMiss && absentPart(id, again),
    absence && absencePart(id, absence, again),
  );
}

// Who asked is let in or refused; whom the shift as it is now does not suit may be refused too. Both read why.
function decidePart(id, state, again) {
  const decide = (accepts, reason) => call("POST", `/v1/activities/sign-ups/${id}/decide`, { body: { accepts, reason } }).then(again);
  const reason = field("decline_why", { maxlength: 200 });
  const yes = state === "asked" && button(t("accept"), () => attempt(() => decide(true, ""), yes), { class: "strong wide" });
  return [yes, folded(t("decline"), asking("decline", reason.label, () => decide(false, reason.input.value.trim()), { strong: false }))];
}

function absentPart(id, again) {
  const note = field("absent_note", { maxlength: 200 });
  const mark = () => call("POST", `/v1/activities/sign-ups/${id}/no-show`, { body: { note: note.input.value.trim() } }).then(again);
  return folded(t("did_not_come"), asking("mark_absent", [h("p", { class: "quiet" }, t("absent_hint")), note.label], mark, { strong: false }));
}

// What was noted, what they say to it, and the answer of somebody else of the area's staff.
function absencePart(id, { note, objection, is_struck, answer }, again) {
  const text = h("textarea", { maxlength: 2000, required: true });
  const strikes = check(t("absent_strike"));
  const send = () => call("POST", `/v1/activities/sign-ups/${id}/answer`, { body: { strikes: strikes.box.checked, text: text.value.trim() } }).then(again);
  const isOpen = objection && is_struck == null;
  return [
    note && h("p", { class: "quiet" }, note),
    objection && h("p", { class: "warn-ink" }, t("objection_is", { text: objection })),
    is_struck != null && h("p", {}, `${t(is_struck ? "absent_struck" : "absent_stands")} ${answer}`),
    isOpen && folded(t("objection_answer"), asking("objection_answer", [h("p", { class: "quiet" }, t("objection_hint")), h("label", {}, t("answer_text"), text), strikes.label], send)),
  ];
}

// Those without phones, or who forgot to sign out: ticked, with the times that the organiser saw.
function listPart(missing, { shift_id, starts_at, ends_at }, again) {
  const boxes = missing.map(({ sign_up_id, display_name }) => {
    const box = h("input", { type: "checkbox", value: sign_up_id });
    return { box, label: h("label", { class: "check" }, box, display_name) };
  });
  const ids = new Map(missing.map(({ sign_up_id }) => [sign_up_id, uuid()]));
  const until = Math.min(now(), Date.parse(ends_at));
  const from = h("input", { type: "datetime-local", required: true, value: localOf(starts_at) });
  const to = h("input", { type: "datetime-local", required: true, value: localOf(new Date(until).toISOString()) });
  const send = h("button", { type: "submit", class: "strong" }, t("list_send"));
  const form = h("form", {}, h("p", { class: "quiet" }, t("list_hint")), boxes.map(({ label }) => label), h("label", {}, t("list_from"), from), h("label", {}, t("list_to"), to), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const people = boxes.filter(({ box }) => box.checked).map(({ box }) => ({ id: ids.get(box.value), sign_up_id: box.value, in_at: instantOf(from.value), out_at: instantOf(to.value) }));
    if (people.length === 0) return;
    attempt(async () => {
      const { outcomes } = await call("POST", `/v1/attendance/shifts/${shift_id}/list`, { body: { people } });
      const refused = outcomes.filter(({ status }) => status >= 300);
      notice("list", [t("listed", { n: outcomes.length - refused.length }), ...refused.map(({ detail }) => detail)].join(" · "), { kind: refused.length > 0 ? "warn" : "good" });
      await again();
    }, send);
  });
  return h("details", {}, h("summary", {}, t("list_title")), form);
}

function cancelPart({ shift_id }) {
  const reason = field("cancel_why", { maxlength: 200, required: true });
  const cancel = () => call("POST", `/v1/activities/shifts/${shift_id}/cancel`, { body: { reason: reason.input.value.trim() } }).then(() => show(place));
  return folded(t("cancel_shift"), asking("cancel_shift", reason.label, cancel, { strong: false }));
}
