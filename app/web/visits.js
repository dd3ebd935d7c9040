// Checking in and out. A tap is written down with its time and code first; a sign-in may follow.
import { askToSignIn, why } from "./account.js";
import { account, call, now, uuid } from "./api.js";
import { busy, button, byId, fill, h, icon, notice } from "./dom.js";
import { keep, post, watchOutbox } from "./outbox.js";
import { freshFix } from "./place.js";
import * as store from "./store.js";
import { t, timeOf } from "./words.js";

export async function checkIn(station, { code, captured_at = instant() } = {}) {
  const id = uuid();
  const item = (fix) => {
    const body = { id, captured_at, ...(fix && { fix }), ...(code && { code }) };
    const live = { method: "POST", path: `/v1/stations/${station.id}/checkins`, body };
    return { id, kind: "record", name: station.name, live, record: { kind: "check_in", station_id: station.id, ...body } };
  };
  await keep(item()); // a phone may die while it looks where it is
  await post(item(await freshFix()));
  if (await account()) return;
  notice("visit", t("check_in_kept", { time: timeOf(captured_at, now()) }), { picture: "waiting" });
  askToSignIn();
}

async function checkOut(visit) {
  const id = uuid();
  const tap = { captured_at: instant() };
  await store.remove("values", "visit");
  await showVisit();
  await post({
    id,
    kind: "record",
    live: { method: "POST", path: `/v1/checkins/${visit.id}/end`, body: tap },
    record: { kind: "check_out", id, visit_id: visit.id, ...tap },
  });
}

export const instant = () => new Date(now()).toISOString();

// What the server says of the newest visit; it may have ended meanwhile.
export async function refreshVisit() {
  if (await account()) {
    const [newest] = (await call("GET", "/v1/checkins/mine?limit=1")).items;
    if (newest && !newest.ended_at) await keepVisit(newest);
    else await store.remove("values", "visit");
  }
  await showVisit();
}

async function keepVisit({ id, station_id, captured_at }, name) {
  const known = name || (await keptName(station_id)) || (await nameOf(station_id));
  await store.put("values", "visit", { id, station_id, name: known, captured_at });
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
  inside = await import("./inside.js");
  inside.follow(told, visit.station_id);
}

watchOutbox(async ({ waiting, taken, answer, refused, error }) => {
  const text = waiting && t(waiting === 1 ? "waiting_one" : "waiting", { n: waiting });
  notice("outbox", text, { kind: "warn", picture: "waiting" });
  if (refused) return notice("visit", t("not_taken", { why: why(error) }), { kind: "bad" });
  if (!taken || taken.kind !== "record") return taken && taken.kind === "flag" && notice("visit", t("flag_thanks"), { kind: "good" });
  if (taken.record.kind === "check_in") {
    await keepVisit(answer, taken.name);
    notice("visit", "");
  } else notice("visit", t("checked_out"), { kind: "good" });
  await showVisit();
});
