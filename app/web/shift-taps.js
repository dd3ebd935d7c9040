// Signing in and out of a shift: a tap is written down with its time and code first, and sent when it can be.
import { askToSignIn } from "./account.js";
import { account, call, instant, now, Offline, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { button, byId, fill, h, icon, notice } from "./dom.js";
import { isMeant } from "./forms.js";
import { postWith, watchOutbox } from "./outbox.js";
import { freshFix } from "./place.js";
import * as store from "./store.js";
import { sayWaiting } from "./waiting.js";
import { t, timeOf } from "./words.js";

const SLOT_MS = 15e3;
const HOUR_MS = 3600e3;
const EARLY_MS = 15 * 60e3; // before the planned end
const PLACED = ["booked", "no_show"];

let scanned = null; // {shift_id, code, captured_at}

// Keeps a scanned code with its time and takes it out of the address: no history and no reload repeats it.
export function readScan() {
  const match = location.pathname.match(/^\/volunteer(\/c\/([0-9a-f-]{36})\/[^/]+\/[^/]+)$/);
  if (!match) return;
  scanned = { shift_id: match[2], code: match[1], captured_at: instant() };
  history.replaceState(null, "", "/volunteer#mine");
}

// A code as somebody typed it: two digits that tell its moment and sixteen letters, or a whole link.
export function readTyped(text, shiftId) {
  if (text.includes("/c/")) return text.trim();
  const match = text.toLowerCase().replace(/[\s-]/g, "").match(/^(\d\d)([a-z2-7]{16})$/);
  if (!match) return null;
  const present = Math.floor(now() / SLOT_MS);
  const behind = (((present - Number(match[1])) % 100) + 100) % 100;
  return `/c/${shiftId}/${present - (behind > 50 ? behind - 100 : behind)}/${match[2]}`;
}

let reading = 0; // an older reading must not overwrite what was kept since it was asked for

// One's places, and who is where: as the server says, else as this phone kept it.
export async function loadShifts() {
  const mine = ++reading;
  try {
    const [{ items, next_cursor: more }, { attendances }] = await Promise.all([
      call("GET", "/v1/activities/sign-ups/mine?limit=50"),
      call("GET", "/v1/attendance/mine"),
    ]);
    const kept = { items, attendances, more, saved_at: now() };
    if (mine === reading) await store.put("values", "shifts", kept);
    notice("kept", "");
    return withTaps(kept);
  } catch (error) {
    const kept = error instanceof Offline && (await store.get("values", "shifts"));
    if (!kept) throw error;
    notice("kept", t("shifts_kept", { time: timeOf(kept.saved_at, now()) }), { kind: "warn", picture: "offline" });
    return withTaps(kept);
  }
}

// What the server answered to a tap, in case that nothing else comes from it before the network goes.
async function keep(answer) {
  reading += 1;
  const kept = await store.get("values", "shifts");
  if (!kept) return;
  const others = kept.attendances.filter(({ sign_up_id: id }) => id !== answer.sign_up_id);
  await store.put("values", "shifts", { ...kept, attendances: [answer, ...others] });
}

// Each place with its presence: {in_at, out_at, minutes, isWaiting}, what was not sent yet included.
async function withTaps({ items, attendances, more }) {
  const me = await account();
  const taps = (await store.all("outbox")).filter(({ kind, account: by }) => kind === "shift" && (!by || by === me?.id));
  const rows = items.map((item) => {
    const there = { ...attendances.find(({ sign_up_id: id }) => id === item.id) };
    for (const { record } of taps.filter(({ record: { shift_id: id } }) => id === item.shift_id)) {
      there[`${record.kind}_at`] ??= record.captured_at;
      there.isWaiting = true;
    }
    return { ...item, there };
  });
  return { rows, more };
}

// Whether one may sign in ("in") or out ("out") now, by the phone's corrected clock.
export function nextTap({ state, starts_at, ends_at, there }) {
  if (!PLACED.includes(state) || there.out_at) return null;
  if (there.in_at) return now() < Date.parse(ends_at) + 24 * HOUR_MS ? "out" : null;
  return now() >= Date.parse(starts_at) - HOUR_MS && now() <= Date.parse(ends_at) ? "in" : null;
}

// Leaving early may count nothing and cannot be taken back: the button asks, and is tapped again.
export function isSure(element, { ends_at }, kind) {
  return kind === "in" || now() > Date.parse(ends_at) - EARLY_MS || isMeant(element, t("tap_out_early", { time: timeOf(ends_at, now()) }));
}

// `kind` is "in" or "out"; without a code the position must do.
export async function tapShift({ shift_id, title }, kind, { code, captured_at = instant() } = {}) {
  const id = uuid();
  const item = (fix) => {
    const tap = { id, kind, captured_at, ...(code && { code }), ...(fix && { fix }) };
    const live = { method: "POST", path: `/v1/attendance/shifts/${shift_id}/taps`, body: tap };
    return { id, kind: "shift", name: title, live, record: { ...tap, shift_id } };
  };
  const isBack = await postWith(item(), async () => {
    const fix = await freshFix();
    return (code || fix) && item(fix);
  });
  if (isBack) notice("tap", t("tap_needs"), { kind: "warn" });
}

// What was scanned, as one big button: which shift it is, and whether to sign in or out.
export async function showScan() {
  const place = byId("scanned");
  if (!scanned) return fill(place);
  const seen = t("code_seen", { time: timeOf(scanned.captured_at, now()) });
  if (!(await account()))
    return fill(place, banner("info", seen), button(t("sign_in"), askToSignIn, { class: "find again" }));
  const { rows } = (await attempt(loadShifts)) || { rows: [] };
  const row = rows.find(({ shift_id: id, state }) => id === scanned?.shift_id && PLACED.includes(state));
  if (!scanned) return;
  if (!row) return fill(place, banner("warn", t("no_place_here")), button(t("close"), forget, { class: "plain" }));
  const kind = row.there.out_at ? null : row.there.in_at ? "out" : "in";
  if (!kind) return fill(place, banner("good", t("already_out", { title: row.title })), button(t("close"), forget, { class: "plain" }));
  const use = async () => {
    const { code, captured_at } = scanned;
    await tapShift(row, kind, { code, captured_at });
    forget();
  };
  const tap = button(`${t(`tap_${kind}`)} · ${row.title}`, () => isSure(tap, row, kind) && attempt(use, tap), { class: "find again", picture: kind === "in" ? "enter" : "leave" });
  fill(place, banner("info", seen), tap);
}

const banner = (kind, words) => h("div", { class: `notice ${kind}` }, icon(kind === "info" ? "qr" : kind), h("span", {}, words));

function forget() {
  scanned = null;
  showScan();
}

// Tells what became of taps, and has `changed` show the rest: only when there is something new, as the field
// that somebody is typing into is written anew by it.
export function watchTaps(changed) {
  let before = 0;
  watchOutbox(sayWaiting);
  watchOutbox(async ({ waiting, taken, answer, refused }) => {
    if (taken && taken.kind === "shift") {
      await keep(answer);
      const isOut = taken.record.kind === "out";
      notice("tap", isOut ? t("tapped_out", { n: answer.minutes ?? 0 }) : t("tapped_in", { time: timeOf(answer.in_at, now()) }), { kind: "good" });
    }
    const isNews = waiting !== before || taken || refused;
    before = waiting;
    if (isNews) changed();
  });
}
