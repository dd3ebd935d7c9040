// The manager's page: how many are inside, closing and reopening, what works, shelter, codes.
import "./manage-words.js";
import { accountButton, askToSignIn, why } from "./account.js";
import { account, call, instant, now, Offline, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { opening } from "./cards.js";
import { doorPart } from "./door.js";
import { download } from "./download.js";
import { button, byId, fill, h, icon, notice, speak } from "./dom.js";
import { faultCamera, isOffice, tell as tellPhotos } from "./manage-photos.js";
import { flush, post, watchOutbox } from "./outbox.js";
import { keepShell } from "./shell.js";
import * as store from "./store.js";
import { sayWaiting } from "./waiting.js";
import { ageOf, t, timeOf } from "./words.js";

const STATES = { works: "good", broken: "closed", short: "warn" };
const REASONS = ["repair", "power", "event", "other"];
const ZONE = ":00+08:00"; // what managers type is Beijing time, whatever their phone is set to

let station = null; // as the server last told it
let counter = null;
let live = null;
let picked = null; // the amenity whose states are shown
const album = h("div", { role: "status" }); // its photos, once somebody wants to see them

const at = (path = "") => `/v1/stations/${station.id}${path}`;
const chosenId = () => location.hash.slice(1);

// Which station

async function showStations() {
  station = counter = null;
  album.isOpen = false;
  fill(album);
  if (live) live.close();
  live = null;
  byId("station").hidden = true;
  if (!(await account())) return fill(byId("stations"), h("p", {}, t("staff_only")), button(t("sign_in"), askToSignIn, { class: "find again" }));
  const { grants } = await call("GET", "/v1/accounts/me/grants");
  const areas = grants.filter(({ station_id: station, unit_id: unit }) => !station && !unit).flatMap(({ area_codes: codes }) => (codes.length > 0 ? codes : [""]));
  const ids = new Set(grants.map(({ station_id: id }) => id).filter(Boolean));
  const own = await Promise.all([...ids].map(read));
  if (grants.length === 0) return fill(byId("stations"), h("p", {}, t("no_stations")));
  const [waiting, lists] = [h("section", { id: "waiting" }), h("section")];
  fill(byId("stations"), waiting, h("h2", {}, t("my_stations")), list(own), areas.map(search), lists);
  if (isOffice(grants)) attempt(async () => (await import("./manage-waiting.js")).tell(waiting));
  if (isOffice(grants)) attempt(async () => (await import("./manage-lists.js")).tell(lists, showStations));
  if (own.length === 1 && areas.length === 0) open(own[0].id);
}

const read = (id) => call("GET", `/v1/stations/${id}?coord_type=wgs84`);
const list = (rows) => h("ul", { class: "list" }, rows.map(({ id, name }) => h("li", {}, button(name, () => open(id), { picture: "place" }))));

// An office looks after more stations than fit a list: it finds them by name.
function search(area) {
  const text = h("input", { type: "search", maxlength: 50 });
  const rows = h("div", { role: "status" });
  const name = h("span", {}, area);
  const form = h("form", { role: "search" }, h("label", {}, t("find_station"), " ", name, text), rows);
  // An office knows its own name better than its number; without a network the number stands.
  if (area) call("GET", `/v1/areas/${area}`).then((known) => fill(name, known.name), () => {});
  const find = async () => {
    const query = new URLSearchParams({ coord_type: "wgs84", limit: 20, ...(area && { area }), ...(text.value && { q: text.value }) });
    fill(rows, list((await call("GET", `/v1/stations?${query}`)).stations));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(find);
  });
  attempt(find);
  return form;
}

const open = (id) => {
  location.hash = id;
};

async function showChosen() {
  if (!chosenId() || !(await account())) return showStations();
  try {
    station = await read(chosenId());
    counter = await call("GET", at("/occupancy"));
    await store.put("values", "managed", { station, counter, saved_at: now() });
    notice("managed", "");
  } catch (error) {
    if (!(error instanceof Offline) || !(await useKept())) throw error;
  }
  fill(byId("stations"));
  show();
  listen();
}

// In a cellar without a network, taps still count: on what the phone saw last.
async function useKept() {
  const kept = await store.get("values", "managed");
  if (!kept || kept.station.id !== chosenId()) return false;
  ({ station, counter } = kept);
  notice("managed", t("as_kept", { age: ageOf(kept.saved_at, now()) }), { kind: "warn", picture: "offline" });
  return true;
}

async function refreshStation() {
  station = await read(station.id);
  show();
}

// The number

async function refreshCounter() {
  counter = await call("GET", at("/occupancy"));
  await showCounter();
}

// What the server counted, and the taps that it has not seen yet on top.
async function shownNumber() {
  const unsent = (await store.all("outbox")).filter((item) => item.station === station.id && item.tap).sort((a, b) => a.at - b.at);
  const add = (inside, { tap }) => (tap.kind === "headcount" ? tap.value : Math.max(0, inside + tap.value));
  return unsent.reduce(add, counter.inside);
}

async function showCounter() {
  const place = byId("inside");
  if (!place) return;
  fill(place, String(await shownNumber()));
  const { headcount_at, headcount_by } = counter;
  fill(byId("counted"), headcount_at && t("counted", { who: headcount_by || "", age: ageOf(headcount_at, now()) }));
}

async function tapCounter(kind, value) {
  const tap = { id: uuid(), kind, value, captured_at: instant() };
  const request = { method: "POST", path: `/v1/stations/${station.id}/occupancy/corrections`, body: tap };
  await post({ id: tap.id, kind: "request", station: station.id, tap, ...request });
}

// The stream says that something changed; how many are inside is for the keepers, so it is asked for.
function listen() {
  if (live) live.close();
  live = new EventSource(`/v1/live/stations/${station.id}`);
  live.addEventListener("state", () => attempt(refreshCounter));
  live.onopen = () => showLive(true);
  live.onerror = () => showLive(false);
}

function showLive(isLive) {
  live.isUp = isLive;
  if (byId("live")) fill(byId("live"), icon(isLive ? "good" : "offline"), t(isLive ? "live" : "not_live"));
}

// The page

function show() {
  if (!station) return;
  byId("station").hidden = false;
  fill(
    byId("station"),
    h("h2", {}, station.name),
    h("ul", { class: "facts" }, opening(openState(station.opening))),
    numberPart(),
    h("section", { id: "flags" }),
    closingPart(),
    amenityPart(),
    photosPart(),
    shelterPart(),
    codesPart(),
    doorPart(at, attempt),
    pointsPart(),
    button(t("other_station"), () => open(""), { class: "plain" }),
  );
  showCounter();
  attempt(showFlags);
  if (live) showLive(live.isUp);
}

const openState = ({ is_open, ...rest }) => ({ ...rest, state: is_open === null ? "unknown" : is_open ? "open" : "closed" });

// What riders found at the door in the last day, as counts.
async function showFlags() {
  const { flags } = await call("GET", at("/flags"));
  const told = ({ kind, count, last_at }) =>
    h("li", {}, t("flagged", { what: t(`flag_${kind}`), n: count, age: ageOf(last_at, now()) }));
  fill(byId("flags"), flags.length > 0 && h("h3", {}, t("flags")), h("ul", { class: "facts" }, flags.map(told)));
}

function numberPart() {
  const many = h("input", { type: "number", inputmode: "numeric", min: 0, max: 10000, required: true });
  const set = h("form", { class: "set" }, h("label", {}, t("headcount"), many), h("button", { type: "submit" }, t("set_to")));
  set.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => tapCounter("headcount", many.valueAsNumber));
    set.reset();
  });
  return [
    h("h3", {}, t("inside"), station.seats != null && h("span", { class: "quiet" }, ` · ${t("of_seats", { n: station.seats })}`)),
    h(
      "div",
      { class: "number" },
      button("−1", () => attempt(() => tapCounter("delta", -1)), { "aria-label": t("one_less") }),
      h("output", { id: "inside", "aria-live": "polite" }),
      button("+1", () => attempt(() => tapCounter("delta", 1)), { class: "strong", "aria-label": t("one_more") }),
    ),
    h("p", { id: "live", class: "status", role: "status" }),
    h("p", { id: "counted", class: "status" }),
    set,
  ];
}

function closingPart() {
  const { closures } = station;
  const running = closures.map((closure) => {
    const values = { from: timeOf(closure.starts_at, now()), to: closure.ends_at && timeOf(closure.ends_at, now()), reason: closure.reason };
    const words = t(closure.ends_at ? "closed_from_to" : "closed_from", values);
    const reopen = button(t("reopen"), () => attempt(() => call("DELETE", at(`/closures/${closure.id}`)).then(refreshStation), reopen), { class: "strong" });
    return h("div", { class: "notice bad" }, icon("closed"), h("span", {}, words), reopen);
  });
  const starts = h("input", { type: "datetime-local" });
  const ends = h("input", { type: "datetime-local" });
  const reason = h("select", {}, REASONS.map((name) => h("option", { value: t(`reason_${name}`) }, t(`reason_${name}`))));
  const send = h("button", { type: "submit", class: "strong" }, icon("closed"), t("close_now"));
  const form = h(
    "form",
    {},
    h("label", {}, t("from"), starts),
    h("label", {}, t("until"), ends, h("span", { class: "quiet" }, t("until_reopened"))),
    h("label", {}, t("reason"), reason),
    send,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const id = uuid();
    const body = { id, reason: reason.value, ...(starts.value && { starts_at: starts.value + ZONE }), ...(ends.value && { ends_at: ends.value + ZONE }) };
    attempt(() => keep({ id, method: "POST", path: at("/closures"), body }), send);
  });
  return [h("h3", {}, t("closing")), running, h("details", {}, h("summary", {}, t("close_when")), form)];
}

// Anything but a number: kept and sent like a tap, so that a cellar without a network loses nothing.
const keep = (request) => post({ kind: "request", station: station.id, ...request });

function amenityPart() {
  if (station.amenities.length === 0) return null;
  const cells = station.amenities.flatMap(({ amenity, state }) => {
    const words = `${t(`amenity_${amenity}`)}${state === "works" ? "" : ` · ${t(`state_${state}`)}`}`;
    const toggle = () => {
      picked = picked === amenity ? null : amenity;
      show();
      byId("picker") && byId("picker").querySelector("button").focus();
    };
    const cell = button(words, toggle, { picture: amenity, class: state === "works" ? "" : "off", "aria-expanded": String(picked === amenity) });
    return picked === amenity ? [cell, picker(amenity, state)] : [cell];
  });
  return [h("h3", {}, t("amenities")), h("p", { class: "quiet" }, t("amenity_hint")), h("div", { class: "states" }, cells)];
}

function picker(amenity, present) {
  const say = async (body) => {
    picked = null;
    await attempt(() => keep({ method: "POST", path: at(`/amenities/${amenity}/state`), body }));
    show();
  };
  const choose = (state) => () => say({ state });
  const photograph = (photo_id) => say({ state: present === "works" ? "broken" : present, photo_id });
  const choice = ([state, picture]) => button(t(`state_${state}`), choose(state), { picture, "aria-pressed": String(state === present) });
  return h("div", { id: "picker", class: "row picker", role: "group", "aria-label": t(`amenity_${amenity}`) }, Object.entries(STATES).map(choice), faultCamera(photograph));
}

// Fetched when somebody wants to see them; they stay open when the page is drawn anew.
function photosPart() {
  const details = h("details", { id: "photos", open: album.isOpen }, h("summary", {}, t("photos_open")), album);
  details.addEventListener("toggle", () => {
    if (details.isConnected) album.isOpen = details.open;
    if (details.isConnected && details.open) attempt(() => tellPhotos(album, station));
  });
  return [h("h3", {}, t("photos")), details];
}

function shelterPart() {
  const { shelter } = station;
  const title = h("h3", {}, t("shelter"));
  if (shelter) {
    const end = button(t("shelter_off"), () => attempt(() => call("DELETE", at("/shelter")).then(refreshStation), end), { class: "strong" });
    const words = t("shelter_until", { time: timeOf(shelter.until, now()), reason: shelter.reason });
    return [title, h("div", { class: "notice warn" }, icon("umbrella"), h("span", {}, words), end)];
  }
  const hours = h("input", { type: "number", inputmode: "numeric", min: 1, max: 720, value: 12, required: true });
  const seats = h("input", { type: "number", inputmode: "numeric", min: 0, max: 10000, value: station.seats });
  const reason = h("input", { maxlength: 200, required: true, value: t("shelter_reason") });
  const send = h("button", { type: "submit", class: "strong" }, icon("umbrella"), t("shelter_on"));
  const form = h("form", {}, h("label", {}, t("shelter_hours"), hours), h("label", {}, t("shelter_seats"), seats), h("label", {}, t("reason"), reason), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const until = new Date(now() + hours.valueAsNumber * 3600e3).toISOString();
    const body = { until, reason: reason.value, ...(seats.value && { seats: seats.valueAsNumber }) };
    attempt(() => call("POST", at("/shelter"), { body }).then(refreshStation), send);
  });
  return [title, h("details", {}, h("summary", {}, t("shelter_hint")), form)];
}

function codesPart() {
  const told = h("div", { role: "status" });
  const tablet = button(t("tablet_code"), () => attempt(letTabletIn, tablet), { picture: "qr" });
  const paper = button(t("printed_code"), () => attempt(print, paper), { picture: "qr" });
  const letTabletIn = async () => {
    const { link } = await call("POST", at("/screens"), { body: { label: t("tablet_code") } });
    fill(told, h("p", {}, t("tablet_hint")), h("a", { class: "button wide", href: link, target: "_blank", rel: "noopener" }, link));
  };
  return [h("h3", {}, t("codes")), h("div", { class: "row" }, tablet, paper), told];
}

// Most stations have no points: what they need is fetched when it is opened.
function pointsPart() {
  const told = h("div");
  const details = h("details", {}, h("summary", {}, t("station_points_hint")), told);
  details.addEventListener("toggle", () => details.open && attempt(async () => (await import("./manage-points.js")).tell(told, station.id)));
  return [h("h3", {}, t("station_points")), details];
}

async function print() {
  const { printed_codes: papers } = await call("GET", at("/printed-codes"));
  const valid = papers.find(({ revoked_at }) => !revoked_at);
  const { id } = valid || (await call("POST", at("/printed-codes"), { key: uuid() }));
  await download(at(`/printed-codes/${id}.pdf`), `${station.name}.pdf`);
}

watchOutbox(sayWaiting);
watchOutbox(async ({ taken, answer, refused }) => {
  if (taken) notice("failed", "");
  if (!station) return;
  if (taken && taken.tap && taken.station === station.id) counter = answer;
  await showCounter(); // a tap counts from the moment it is kept
  if (taken && !taken.tap) await attempt(refreshStation);
  if (refused) await attempt(refreshCounter);
});

async function start() {
  speak(() => {
    show();
    showAccount();
    if (!station) attempt(showStations);
  });
  const showAccount = await accountButton(() => attempt(showChosen));
  for (const event of ["hashchange", "online"]) addEventListener(event, () => attempt(showChosen));
  await attempt(showChosen);
  flush();
  keepShell();
}

start();
