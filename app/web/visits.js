// Checking in and out. A tap is written down with its time and code first; a sign-in may follow.
import { askToSignIn } from "./account.js";
import { account, call, instant, now, uuid } from "./api.js";
import { busy, button, byId, fill, h, icon, notice } from "./dom.js";
import { flush, keep, postWith, watchOutbox } from "./outbox.js";
import { freshFix } from "./place.js";
import * as store from "./store.js";
import { sayWaiting } from "./waiting.js";
import { t, timeOf } from "./words.js";

export async function checkIn(station, { code, captured_at = instant() } = {}) {
  const id = uuid();
  const item = (fix) => {
    const body = { id, captured_at, ...(fix && { fix }), ...(code && { code }) };
    const live = { method: "POST", path: `/v1/stations/${station.id}/checkins`, body };
    return { id, kind: "record", name: station.name, live, record: { kind: "check_in", station_id: station.id, ...body } };
  };
  const me = await account();
  await postWith(item(), async () => {
    if (me) await noteVisit({ id, station_id: station.id, captured_at }, station.name || (await keptName(station.id)));
    return item(await freshFix());
  });
  if (me) return;
  notice("visit", t("check_in_kept", { time: timeOf(captured_at, now()) }), { picture: "waiting" });
  askToSignIn();
}

async function checkOut(visit) {
  const id = uuid();
  const tap = { captured_at: instant() };
  await keep({
    id,
    kind: "record",
    live: { method: "POST", path: `/v1/checkins/${visit.id}/end`, body: tap },
    record: { kind: "check_out", id, visit_id: visit.id, ...tap },
  });
  await leave(visit.id);
  await flush();
}

// What the server says of the newest visit; it may have ended meanwhile.
export async function refreshVisit() {
  if ((await account()) && !(await isAhead())) {
    const [newest] = (await call("GET", "/v1/checkins/mine?limit=1")).items;
    if (await isAhead()) return;
    if (newest && !newest.ended_at) return arrive(newest);
    await store.remove("values", "visit");
  }
  await showVisit();
}

// Whether the phone knows of taps of this person that the server has not heard of.
async function isAhead() {
  const me = await account();
  return (await store.all("outbox")).some(({ kind, account: by }) => kind === "record" && (!by || by === me?.id));
}

async function arrive(visit, name) {
  await noteVisit(visit, name || (await keptName(visit.station_id)) || (await nameOf(visit.station_id)));
}

async function noteVisit({ id, station_id, captured_at }, name = "") {
  await store.put("values", "visit", { id, station_id, name, captured_at });
  await showVisit();
}

async function leave(visitId) {
  if ((await store.get("values", "visit"))?.id === visitId) await store.remove("values", "visit");
  await showVisit();
}

export const keptName = async (id) => ((await store.get("stations", id)) || {}).name;
export const nameOf = (id) => call("GET", `/v1/stations/${id}?coord_type=wgs84`, { signedIn: false }).then(({ name }) => name, () => "");

let inside = null; // fetched once somebody is

export async function showVisit() {
  const visit = await store.get("values", "visit");
  const place = byId("visit");
  place.hidden = !visit;
  if (!visit) return fill(place), inside && inside.leave();
  const since = t("visiting", { name: visit.name, time: timeOf(visit.captured_at, now()) });
  const leave = button(t("check_out"), () => busy(leave, () => checkOut(visit)), { picture: "leave", class: "strong" });
  const told = h("div");
  fill(place, h("div", { class: "line" }, icon("good"), h("b", {}, since)), told, h("p", { class: "quiet" }, t("visit_hint")), leave);
  inside ??= await import("./inside.js");
  inside.follow(told, visit.station_id);
}

watchOutbox(sayWaiting);
watchOutbox(async ({ taken, answer, refused }) => {
  if (refused?.record) return leave(refused.id);
  if (!taken || taken.kind !== "record") return taken && taken.kind === "flag" && notice("visit", t("flag_thanks"), { kind: "good" });
  const isOut = taken.record.kind === "check_out";
  notice("visit", isOut ? t("checked_out") : "", { kind: "good" });
  if (isOut) await leave(taken.record.visit_id);
  else await arrive(answer, taken.name);
});
