// One's own places: sign in and out, confirm, give back, ask for cover, object, say what one thought.
import { call, now } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h, icon, notice } from "./dom.js";
import { isMeant } from "./forms.js";
import { isSure, loadShifts, nextTap, readTyped, tapShift } from "./shift-taps.js";
import { minutesOf, spanOf } from "./shifts.js";
import { t, timeOf } from "./words.js";

const WAITING = ["asked", "waiting", "offered"];

let place = null;
let turn = 0; // of several readings at once the last one is shown

export async function show(element) {
  place = element;
  const mine = ++turn;
  const { rows, more } = await loadShifts();
  if (mine !== turn) return;
  const coming = rows.filter(isComing).sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at));
  const past = rows.filter((row) => !isComing(row));
  fill(
    place,
    h("h2", {}, t("my_places")),
    coming.length === 0 && h("p", {}, t("places_mine_none")),
    h("ul", { class: "list" }, coming.map(card)),
    past.length > 0 && h("details", {}, h("summary", {}, t("places_past", { n: past.length + (more ? "+" : "") })), h("ul", { class: "list" }, past.map(card))),
  );
}

const again = () => show(place);
const isOver = ({ ends_at }) => Date.parse(ends_at) <= now();
const isComing = (row) => nextTap(row) || (!isOver(row) && ["booked", ...WAITING].includes(row.state));

function card(row) {
  const kind = nextTap(row);
  return h(
    "li",
    { class: kind ? "card now" : "card", "data-place": row.id },
    h("h3", {}, row.title),
    h("p", {}, h("b", {}, spanOf(row))),
    h("p", {}, row.place_text),
    h("p", { class: "state" }, t(`sign_up_${row.state}`), row.reason && ` · ${row.reason}`),
    row.there.in_at && presence(row.there),
    kind && tapPart(row, kind),
    row.state === "offered" && offerPart(row),
    now() < Date.parse(row.starts_at) && backPart(row),
    row.state === "no_show" && absencePart(row),
    row.state === "booked" && isOver(row) && feedbackPart(row),
  );
}

function presence({ in_at, out_at, minutes, isWaiting }) {
  const words = out_at ? t("was_there", { from: timeOf(in_at, now()), to: timeOf(out_at, now()) }) : t("is_there", { time: timeOf(in_at, now()) });
  const counts = minutes != null && (minutes > 0 ? t("counted_minutes", { time: minutesOf(minutes) }) : t("too_short"));
  return h("p", { class: "line" }, icon(isWaiting ? "waiting" : "good"), h("span", {}, [words, counts, isWaiting && t("tap_waits")].filter(Boolean).join(" · ")));
}

// By the code that the organiser shows: scanned with the phone's camera, or typed; else by position.
function tapPart(row, kind) {
  const by = button(t(`tap_${kind}_here`), () => isSure(by, row, kind) && attempt(() => tapShift(row, kind), by), { class: "strong wide", picture: kind === "in" ? "enter" : "leave" });
  const text = h("input", { class: "letters", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: 300, required: true });
  let seen = null; // when the code was before somebody's eyes
  text.addEventListener("input", () => (seen ??= new Date(now()).toISOString()));
  const send = h("button", { type: "submit", class: "strong" }, t(`tap_${kind}`));
  const form = h("form", {}, h("label", {}, t("code_typed"), text), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = readTyped(text.value, row.shift_id);
    if (!code) return notice("tap", t("code_unreadable"), { kind: "warn" });
    if (isSure(send, row, kind)) attempt(() => tapShift(row, kind, { code, captured_at: seen }), send);
  });
  return [h("p", {}, icon("qr"), ` ${t("scan_hint")}`), by, h("details", {}, h("summary", {}, t("code_type")), form)];
}

function offerPart({ id, offer_ends_at }) {
  const take = button(t("offer_take"), () => attempt(() => call("POST", `/v1/activities/sign-ups/${id}/confirm`).then(again), take), { class: "strong wide" });
  return [h("p", { class: "warn-ink" }, t("offer_until", { time: timeOf(offer_ends_at, now()) })), take];
}

function backPart({ id, state, cover_asked_at }) {
  if (!["booked", ...WAITING].includes(state)) return null;
  const isSaid = () => state !== "booked" || isMeant(back, t("place_back_sure"));
  const back = button(t(state === "booked" ? "place_back" : "wait_back"), () => isSaid() && attempt(() => call("POST", `/v1/activities/sign-ups/${id}/withdraw`).then(again), back));
  const cover = state === "booked" && !cover_asked_at && button(t("cover_ask"), () => attempt(() => call("POST", `/v1/activities/sign-ups/${id}/ask-cover`).then(again), cover));
  return [cover_asked_at && h("p", {}, t("cover_asked")), h("div", { class: "row" }, back, cover)];
}

// Marked absent: by whom, and one's own word on it.
function absencePart({ id }) {
  const told = h("div", { role: "status" });
  const details = h("details", {}, h("summary", {}, t("absence_about")), told);
  details.addEventListener("toggle", () => details.open && attempt(() => tellAbsence(told, id)));
  return details;
}

async function tellAbsence(told, id) {
  const absence = await call("GET", `/v1/activities/sign-ups/${id}/no-show`);
  const { marked_by, marked_at, note, objection, is_struck, answer } = absence;
  const lines = [
    t("absent_by", { who: marked_by, time: timeOf(marked_at, now()) }),
    note,
    objection && t("objected", { text: objection }),
    is_struck != null && `${t(is_struck ? "absence_struck" : "absence_stands")} ${answer}`,
  ];
  fill(told, lines.filter(Boolean).map((line) => h("p", {}, line)), !objection && objectionForm(id, told));
}

function objectionForm(id, told) {
  const text = h("textarea", { maxlength: 2000, required: true });
  const send = h("button", { type: "submit", class: "strong" }, t("object"));
  const form = h("form", {}, h("label", {}, t("object_why"), text), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const say = () => call("POST", `/v1/activities/sign-ups/${id}/objection`, { body: { text: text.value.trim() } });
    attempt(() => say().then(() => tellAbsence(told, id)), send);
  });
  return form;
}

function feedbackPart({ id }) {
  const said = h("div", { class: "scores", role: "group", "aria-label": t("feedback") });
  const give = (score) => call("POST", `/v1/activities/sign-ups/${id}/feedback`, { body: { score } });
  const one = (score) => {
    const tap = button(String(score), () => attempt(() => give(score).then(() => fill(said, t("feedback_thanks"))), tap), { "aria-label": t("feedback_score", { n: score }) });
    return tap;
  };
  fill(said, [1, 2, 3, 4, 5].map(one));
  return h("details", {}, h("summary", {}, t("feedback")), h("p", { class: "quiet" }, t("feedback_hint")), said);
}
