// One's points: what they buy near by, what is kept and its code, where they come from. Nothing ranks anybody.
import { call, now, Offline, Refusal, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { tag } from "./cards.js";
import { button, fill, h, notice } from "./dom.js";
import { isMeant, lazy } from "./forms.js";
import { locate } from "./place.js";
import { ruleOf } from "./points-rules.js";
import * as store from "./store.js";
import { distanceOf, t, timeOf } from "./words.js";

const SHOWN = 20;
const NEAR = 50;

let place = null;
let balances = [];
let holds = [];
let offers = null; // null without a network
let near = null; // the county of one's last position
let distances = new Map(); // by station, once somebody asked
const ids = new Map(); // a wish keeps its id until it is answered

export async function show(element) {
  place = element;
  try {
    [{ balances }, { holds }] = await Promise.all([call("GET", "/v1/points/me"), call("GET", "/v1/points/me/holds")]);
    offers = await offersOf();
    await store.put("values", "points", { balances, holds, saved_at: now() });
    notice("kept", "");
  } catch (error) {
    const kept = error instanceof Offline && (await store.get("values", "points"));
    if (!kept) throw error;
    ({ balances, holds } = kept);
    offers = null;
    notice("kept", t("points_kept_offline", { time: timeOf(kept.saved_at, now()) }), { kind: "warn", picture: "offline" });
  }
  write();
}

const again = () => show(place);
const isOpen = ({ state }) => state === "open";

// Where one has points, where one looks for activities, and where one is.
async function offersOf() {
  const area = await store.get("values", "area");
  const codes = new Set([...balances.map(({ scheme_code: code }) => code), area && area.code, near].filter(Boolean));
  const pages = await Promise.all([...codes].map((code) => call("GET", `/v1/points/offers?area=${code}`, { signedIn: false })));
  return [...new Map(pages.flatMap((page) => page.offers).map((offer) => [offer.id, offer])).values()];
}

function write() {
  const past = holds.filter((each) => !isOpen(each));
  const open = holds.filter(isOpen);
  fill(
    place,
    h("h2", {}, t("tab_points")),
    balances.length === 0 && h("p", {}, t("points_none")),
    balances.map(balance),
    open.length > 0 && [h("h2", {}, t("points_kept")), h("ul", { class: "list" }, open.map(kept))],
    offers && [h("h2", {}, t("offers")), offersPart()],
    past.length > 0 && h("details", {}, h("summary", {}, t("points_past", { n: past.length })), h("ul", { class: "list" }, past.map(over))),
    lazy(t("statement"), statement),
  );
}

function balance({ scheme_code: code, scheme_name: name, available, held, expiring }) {
  return h(
    "div",
    { class: "balance", "data-scheme": code },
    h("p", { class: "total" }, t("points_count", { n: available }), h("small", {}, ` ${t("points_of", { name })}`)),
    held > 0 && h("p", {}, t("points_held", { n: held })),
    expiring && h("p", { class: "warn-ink" }, t("points_expire", { n: expiring.points, until: expiring.until })),
    lazy(t("points_how"), (told) => rules(told, code)),
  );
}

async function rules(told, code) {
  const { rules: all } = await call("GET", `/v1/points/schemes/${code}`, { signedIn: false });
  const today = new Date(now() + 8 * 3600e3).toISOString().slice(0, 10);
  const holding = all.filter(({ valid_from: from, valid_to: to }) => from <= today && (!to || today <= to));
  fill(told, holding.map((rule) => h("p", {}, ruleOf(rule))));
}

// What is kept, with the code that fetches it as large as the hand that shows it needs.
function kept({ id, offer_name: name, station_name: station, price, code, expires_at }) {
  const back = button(t("points_back"), () => isMeant(back, t("points_back_sure")) && attempt(() => call("POST", `/v1/points/holds/${id}/cancel`).then(again), back), { class: "wide" });
  return h(
    "li",
    { class: "card now", "data-hold": id },
    h("div", { class: "card-head" }, h("h3", {}, name), h("b", { class: "distance" }, t("points_count", { n: price }))),
    h("p", {}, `${station} · ${t("points_until", { time: timeOf(expires_at, now()) })}`),
    h("p", { class: "code" }, code.replace(/^.../, "$& ")),
    h("p", { class: "quiet" }, t("points_code_say")),
    back,
  );
}

function over({ offer_name: name, station_name: station, price, state, reason, ended_at }) {
  return h(
    "li",
    { class: "card" },
    h("div", { class: "card-head" }, h("h3", {}, name), h("b", { class: "distance" }, t("points_count", { n: price }))),
    h("p", {}, `${station} · ${t(`hold_${state}`)}${ended_at ? ` · ${timeOf(ended_at, now())}` : ""}`),
    reason && h("p", { class: "warn-ink" }, reason),
  );
}

// What stations give, the nearest first once somebody asks.

function offersPart() {
  const look = button(t("offers_near"), () => attempt(measure, look), { class: "find again", picture: "place" });
  const far = (offer) => distances.get(offer.station_id) ?? Infinity;
  const sorted = distances.size > 0 ? [...offers].sort((a, b) => far(a) - far(b)) : offers;
  return [look, offers.length === 0 && h("p", {}, t("offers_none")), h("ul", { class: "list" }, sorted.map(offerCard))];
}

async function measure() {
  const { lat, lon, coord_type } = await locate();
  const at = new URLSearchParams({ lat, lon, coord_type, limit: NEAR, open: "any" });
  const { stations } = await call("GET", `/v1/stations/nearby?${at}`, { signedIn: false });
  distances = new Map(stations.map(({ id, distance_m: metres }) => [id, metres]));
  if (stations.length > 0) near = (await call("GET", `/v1/stations/${stations[0].id}?coord_type=wgs84`, { signedIn: false })).area_code.slice(0, 6);
  offers = await offersOf();
  write();
}

function offerCard(offer) {
  const { id, name, kind, text, price, station_id, station_name: station, stock, per_person, ends_on, scheme_code: code } = offer;
  const short = price - (balances.find((each) => each.scheme_code === code)?.available ?? 0);
  const facts = [stock > 0 ? t("offer_left", { n: stock }) : t("offer_out"), per_person && t("offer_most", { n: per_person }), ends_on && t("offer_until", { day: ends_on })];
  const take = stock > 0 && short <= 0 && button(t("offer_keep"), () => attempt(() => keep(offer), take), { class: "strong wide" });
  return h(
    "li",
    { class: "card", "data-offer": id },
    h("div", { class: "card-head" }, h("h3", {}, name, tag(t(`offer_${kind}`))), h("b", { class: "distance" }, t("points_count", { n: price }))),
    h("p", {}, [station, distances.has(station_id) && distanceOf(distances.get(station_id))].filter(Boolean).join(" · ")),
    text && h("p", {}, text),
    h("p", { class: stock > 0 ? "quiet" : "warn-ink" }, facts.filter(Boolean).join(" · ")),
    stock > 0 && short > 0 && h("p", { class: "warn-ink" }, t("offer_short", { n: short })),
    take,
  );
}

async function keep({ id: offer_id }) {
  if (!ids.has(offer_id)) ids.set(offer_id, uuid());
  try {
    await call("POST", "/v1/points/holds", { body: { id: ids.get(offer_id), offer_id } });
  } catch (error) {
    if (error instanceof Refusal) ids.delete(offer_id);
    throw error;
  }
  ids.delete(offer_id);
  await again();
  notice("done", t("offer_kept"), { kind: "good" });
  scrollTo(0, 0);
}

// Where they came from and where they went, the newest first.
async function statement(told, cursor) {
  const query = new URLSearchParams({ limit: SHOWN, ...(cursor && { cursor }) });
  const { items, next_cursor: next } = await call("GET", `/v1/points/me/statement?${query}`);
  const more = next && button(t("more"), () => attempt(() => statement(told, next).then(() => more.remove()), more), { class: "wide" });
  told.append(...items.map(moved), ...[more].filter(Boolean));
  if (!told.firstChild) fill(told, h("p", {}, t("statement_none")));
}

function moved({ kind, points, source, about, expires_on, at }) {
  const words = [t(`moved_${kind}`), source && t(`source_${source}`), about].filter(Boolean).join(" · ");
  const sum = points > 0 ? `+${points}` : String(points).replace("-", "−");
  return h(
    "div",
    { class: "person" },
    h("div", { class: "card-head" }, h("span", {}, words), h("b", { class: points > 0 ? "good-ink" : "" }, sum)),
    h("p", { class: "quiet" }, [timeOf(at, now()), kind === "earn" && expires_on && t("offer_until", { day: expires_on })].filter(Boolean).join(" · ")),
  );
}
