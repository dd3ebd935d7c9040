// The shifts that one runs: who signed up, who is there, the code to scan, the list of those without phones.
import { call, now, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { tag } from "./cards.js";
import { button, byId, fill, h, notice } from "./dom.js";
import { drawn } from "./qr.js";
import { asked, minutesOf, spanOf } from "./shifts.js";
import { t, timeOf } from "./words.js";

const SHOWN = 20;
const RETRY_MS = 3000;
const ZONE = "+08:00"; // what organisers type is Beijing time

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
    shift.roles.map((role) => h("div", { class: "role" }, h("div", { class: "card-head" }, h("span", {}, role.name), h("b", {}, t("places_taken", { n: role.places - role.free, all: role.places, waiting: role.waiting }))), asked(role))),
    code,
    people,
    !isOver && !shift.cancelled_at && cancelPart(shift),
  );
}

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
  const again = () => tell(told, shift);
  const there = new Map(people.map((each) => [each.sign_up_id, each]));
  const missing = items.filter(({ sign_up_id: id, state }) => state === "booked" && !there.get(id)?.out_at);
  fill(
    told,
    items.length === 0 && h("p", {}, t("people_none")),
    items.map((item) => person(item, there.get(item.sign_up_id), shift, again)),
    Date.parse(shift.starts_at) <= now() && missing.length > 0 && listPart(missing, shift, again),
  );
}

function person({ sign_up_id: id, display_name: name, state }, there, { starts_at }, again) {
  const decide = (accepts) => call("POST", `/v1/activities/sign-ups/${id}/decide`, { body: { accepts, reason: "" } }).then(again);
  const yes = state === "asked" && button(t("accept"), () => attempt(() => decide(true), yes), { class: "strong" });
  const no = state === "asked" && button(t("decline"), () => attempt(() => decide(false), no));
  const presence = there?.in_at && [t("in_at", { time: timeOf(there.in_at, now()), how: t(`provenance_${there.in_provenance}`) }), there.out_at && t("out_at", { time: timeOf(there.out_at, now()) }), there.minutes != null && minutesOf(there.minutes)];
  const canMiss = state === "booked" && !there?.in_at && Date.parse(starts_at) <= now();
  return h(
    "div",
    { class: "person", "data-person": id },
    h("div", { class: "card-head" }, h("b", {}, name), h("span", {}, t(`sign_up_${state}`))),
    presence && h("p", { class: "good-ink" }, presence.filter(Boolean).join(" · ")),
    yes && h("div", { class: "row" }, yes, no),
    canMiss && absentPart(id, again),
  );
}

function absentPart(id, again) {
  const note = h("input", { maxlength: 200 });
  const mark = h("button", { type: "submit" }, t("mark_absent"));
  const form = h("form", {}, h("p", { class: "quiet" }, t("absent_hint")), h("label", {}, t("absent_note"), note), mark);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => call("POST", `/v1/activities/sign-ups/${id}/no-show`, { body: { note: note.value.trim() } }).then(again), mark);
  });
  return h("details", {}, h("summary", {}, t("did_not_come")), form);
}

const localOf = (at) => new Date(Date.parse(at) + 8 * 3600e3).toISOString().slice(0, 16);

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
    const people = boxes.filter(({ box }) => box.checked).map(({ box }) => ({ id: ids.get(box.value), sign_up_id: box.value, in_at: `${from.value}:00${ZONE}`, out_at: `${to.value}:00${ZONE}` }));
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
  const reason = h("input", { maxlength: 200, required: true });
  const send = h("button", { type: "submit" }, t("cancel_shift"));
  const form = h("form", {}, h("label", {}, t("cancel_why"), reason), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => call("POST", `/v1/activities/shifts/${shift_id}/cancel`, { body: { reason: reason.value.trim() } }).then(() => show(place)), send);
  });
  return h("details", {}, h("summary", {}, t("cancel_shift")), form);
}
