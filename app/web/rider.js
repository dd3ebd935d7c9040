// The rider's page: one tap, and the nearest stations that are open.
import { accountButton, why } from "./account.js";
import { call, deviceId, now, Offline } from "./api.js";
import { card } from "./cards.js";
import { busy, button, byId, fill, h, icon, notice, speak } from "./dom.js";
import { flush, post } from "./outbox.js";
import { locate } from "./place.js";
import { keepShell } from "./shell.js";
import { checkIn, refreshVisit, showVisit } from "./visits.js";
import { ageOf, t } from "./words.js";

const SHOWN = 10;
const MOST = 50; // among so many of the nearest, those that never close are looked for
const REACH_M = 30000; // at night the next open door may be in another prefecture: the next to open is told instead
const CHIPS = {
  hot_water: { picture: "hot_water", amenity: "hot_water" },
  seat: { picture: "seats" },
  charging: { picture: "phone_charging", amenity: "phone_charging" },
  always: { picture: "always" },
};

let place = null; // where to look from: {lat, lon, coord_type}
let found = null; // the last answer or the kept list, to show it again in the other language
const wanted = new Set();

const directory = () => import("./directory.js"); // after the answer, or instead of it
const say = (text) => fill(byId("summary"), text);
const wantedAmenities = () => [...wanted].map((name) => CHIPS[name].amenity).filter(Boolean);
const others = ({ next_to_open, nearest_24h }) => Object.entries({ next_to_open, nearest_24h }).filter(([, row]) => row);
const neverCloses = ({ open }) => open.state === "open" && !open.closes_at;

async function findHere() {
  say(t("locating"));
  try {
    place = await busy(byId("find"), locate);
  } catch (error) {
    say("");
    notice("place", error.message, { kind: "warn" });
    byId("elsewhere").open = true;
    return;
  }
  await look();
}

async function look() {
  if (!place) return;
  for (const subject of ["place", "visit"]) notice(subject, "");
  say(t("asking"));
  try {
    found = await busy(byId("find"), ask);
  } catch (error) {
    return say(t("failed", { why: why(error) }));
  }
  show();
  byId("summary").focus();
  const [first] = found.answer ? [...found.answer.stations, ...others(found.answer).map(([, row]) => row)] : [];
  if (first) (await directory()).refresh(first.id).catch(() => {}); // for the next time without a network
}

async function ask() {
  const query = new URLSearchParams({ lat: place.lat, lon: place.lon, coord_type: place.coord_type, limit: wanted.has("always") ? MOST : SHOWN, max_distance_m: REACH_M });
  for (const amenity of wantedAmenities()) query.append("amenities", amenity);
  if (wanted.has("seat")) query.set("min_free", 1);
  try {
    const answer = await call("GET", `/v1/stations/nearby?${query}`, { signedIn: false });
    if (wanted.has("always")) answer.stations = answer.stations.filter(neverCloses);
    return { answer };
  } catch (error) {
    if (!(error instanceof Offline)) throw error;
    // The kept positions are WGS-84, and only the server converts.
    const can = place.coord_type === "wgs84";
    return { kept: can && (await (await directory()).nearestKept(place, { amenities: wantedAmenities(), limit: SHOWN })) };
  }
}

function show() {
  if (!found) return;
  writeFind();
  found.answer ? showAnswer(found.answer) : showKept(found.kept);
}

const on = {
  checkIn: (station, element) => busy(element, () => checkIn(station)),
  async flag(station, kind, element) {
    const body = { kind, client_id: await deviceId() };
    await busy(element, () => post({ kind: "flag", name: station.name, method: "POST", path: `/v1/stations/${station.id}/flags`, body }));
    element.setAttribute("aria-pressed", "true");
  },
};

function showAnswer(answer) {
  const { stations, coord_type } = answer;
  notice("cached", "");
  say(t(["found_none", "found_one"][stations.length] || "found", { n: stations.length }));
  // Where no door in reach is open
  const next = others(answer);
  const first = next.flatMap(([title, station]) => [h("li", {}, h("h3", {}, t(title))), card(station, { nearest: true, coord_type, on })]);
  const open = stations.map((station, rank) => card(station, { nearest: rank === 0 && !next.length, coord_type, on }));
  fill(byId("results"), [...first, ...open]);
}

function showKept(kept) {
  const words = kept ? t("cached", { age: ageOf(kept.saved_at, now()) }) : t("cached_none");
  notice("cached", words, { kind: "warn", picture: "offline", action: button(t("retry"), look) });
  say("");
  fill(byId("results"), (kept ? kept.stations : []).map((station, rank) => card(station, { nearest: rank === 0, on })));
}

function writeChips() {
  const chip = ([name, { picture }]) =>
    button(t(`filter_${name}`), () => toggle(name), { picture, "aria-pressed": String(wanted.has(name)), "data-chip": name });
  fill(byId("chips"), Object.entries(CHIPS).map(chip));
}

function toggle(name) {
  wanted.has(name) ? wanted.delete(name) : wanted.add(name);
  byId("chips").querySelector(`[data-chip="${name}"]`).setAttribute("aria-pressed", String(wanted.has(name)));
  look();
}

function writeFind() {
  fill(byId("find"), icon("place"), h("span", {}, t(found ? "find_again" : "find")));
  byId("find").classList.toggle("again", Boolean(found));
}

function write() {
  writeFind();
  writeChips();
  writeElsewhere();
}

// For who gives no position: fetched when asked for.
async function writeElsewhere() {
  if (!byId("elsewhere").open) return;
  const { offer } = await import("./elsewhere.js");
  const use = (chosen) => {
    place = chosen;
    byId("elsewhere").open = false;
    look();
  };
  offer(byId("places"), { use, refuse: (words) => notice("place", words, { kind: "warn" }) });
}

async function start() {
  speak(() => {
    write();
    show();
    showVisit();
    showAccount();
  });
  write();
  byId("find").addEventListener("click", findHere);
  byId("elsewhere").addEventListener("toggle", writeElsewhere);
  addEventListener("online", () => found && !found.answer && look());
  const showAccount = await accountButton(() => refreshVisit().catch(showVisit));
  if (location.pathname.startsWith("/c/")) await (await import("./scanned.js")).readScannedCode();
  refreshVisit().catch(showVisit);
  flush();
  keepShell();
  import("./unread.js").then(({ showUnread }) => showUnread());
}

start();
