// One station as a card: what a rider must know before turning the handlebar, in the order of need.
import { now } from "./api.js";
import { button, h, icon } from "./dom.js";
import { ageOf, distanceOf, hoursOf, t, timeOf } from "./words.js";

const FLAGS = { was_closed: "closed", was_full: "seats", no_hot_water: "hot_water" };
const FIRST_AMENITIES = ["hot_water", "phone_charging", "ebike_charging", "microwave", "toilet", "heating", "ac"];
const SHOWN_AMENITIES = 6;
export const MAP_DATUMS = { wgs84: "wgs84", gcj02: "gaode" };

// `station` is a row of the server's answer, or one that the phone kept; `on` does what the buttons say.
export function card(station, { nearest, coord_type = "wgs84", on }) {
  const isKept = Boolean(station.hours);
  const checkIn = button(t("check_in"), () => on.checkIn(station, checkIn), { picture: "enter", class: "strong" });
  return h(
    "li",
    { class: nearest ? "card nearest" : "card" },
    h("div", { class: "card-head" }, h("h2", {}, station.name), h("span", { class: "distance" }, distanceOf(station.distance_m))),
    h("p", { class: "kind" }, t(`kind_${station.kind}`), station.is_invented && tag(t("invented"))),
    h("ul", { class: "facts" }, isKept ? usually(station) : [opening(station.open), seats(station.occupancy)], where(station), entry(station)),
    amenities(station.amenities),
    h("div", { class: "row" }, checkIn, mapLink(station, MAP_DATUMS[coord_type])),
    isKept ? phoneLink(station.phone) : more(station, nearest, on),
  );
}

export const tag = (words) => h("span", { class: "tag" }, words);
const fact = (picture, tone, ...words) => h("li", { class: tone }, icon(picture), h("span", {}, ...words.filter(Boolean)));

// Open, closing soon, closed or not certain: never by colour alone, each has its sign and its words.
export function opening({ state, closes_at, opens_at, closing_soon, provisional }) {
  const doubt = provisional && h("span", { class: "quiet" }, ` · ${t("hours_provisional")}`);
  const line = (picture, tone, words) => fact(picture, `fact-open ${tone}`, words, doubt);
  if (state === "open" && closing_soon) return line("soon", "warn-ink", t("closing_soon", { time: timeOf(closes_at, now()) }));
  if (state === "open" && closes_at) return line("open", "good-ink", t("open_until", { time: timeOf(closes_at, now()) }));
  if (state === "open") return line("open", "good-ink", t("open_always"));
  if (state === "closed" && opens_at) return line("closed", "bad-ink", t("closed_until", { time: timeOf(opens_at, now()) }));
  if (state === "closed") return line("closed", "bad-ink", t("closed"));
  return line("unsure", "warn-ink", t("hours_unknown"));
}

export function seats({ level, free_seats: free, seats: all, observed_at }) {
  if (level === "unknown" || level === "not_accepting") return fact("seats", "quiet", t(`level_${level}`));
  const count = free != null && t("free_seats", { free, seats: all });
  const words = [count, t(`level_${level}`)].filter(Boolean).join(" · ");
  const age = observed_at && h("span", { class: "quiet" }, ` · ${ageOf(observed_at, now())}`);
  return fact("seats", { few: "warn-ink", full: "bad-ink" }[level] || "good-ink", h("b", {}, words), age);
}

// What the phone kept says nothing of now, unless staff had announced that it is closed.
function usually({ hours, closed }) {
  const shut = closed.find(([from, to]) => Date.parse(from) <= now() && (!to || Date.parse(to) > now()));
  return [
    shut && fact("closed", "fact-open bad-ink", shut[1] ? t("closed_until", { time: timeOf(shut[1], now()) }) : t("closed")),
    fact("soon", "", t("cached_hours", { hours: hoursOf(hours) })),
  ];
}

function where({ floor_text, indoor_note, address }) {
  const inside = [floor_text, indoor_note].filter(Boolean).join(" · ");
  if (!inside && !address) return null;
  return fact(inside ? "floor" : "place", "", inside && h("b", {}, inside), inside && address && " · ", address);
}

function entry({ entry_requirements: needs }) {
  if (needs.length === 0) return null;
  return fact("key", "warn-ink", t("entry", { what: needs.map((need) => t(`entry_${need}`)).join(" + ") }));
}

// The server's answer lists what works; a kept row says of each thing whether it works.
function amenities(given) {
  const pairs = Array.isArray(given) ? given.map((name) => [name, "works"]) : Object.entries(given);
  const rank = ([name]) => (FIRST_AMENITIES.indexOf(name) + 1 || 99);
  const all = pairs.sort((a, b) => rank(a) - rank(b)).map(([name, state]) => amenity(name, state));
  const rest = all.slice(SHOWN_AMENITIES);
  const others = h("li", { class: "others" }, button(`+${rest.length}`, () => others.replaceWith(...rest), { "aria-label": t("more") }));
  return h("ul", { class: "amenities" }, all.slice(0, SHOWN_AMENITIES), rest.length > 0 && others);
}

export function amenity(name, state) {
  const word = t(`amenity_${name}`);
  if (state === "works") return h("li", {}, icon(name), word);
  return h("li", { class: "off" }, icon(name), h("s", {}, word), t(`state_${state}`));
}

// A link that the rider taps; its datum is said, because a guess is a wrong street. The map knows no BD-09.
export function mapLink({ lat, lon, name }, coordinate) {
  if (!coordinate || lat === null) return null;
  const query = new URLSearchParams({ position: `${lon},${lat}`, name, coordinate, callnative: "1" });
  const href = `https://uri.amap.com/marker?${query}`;
  return h("a", { class: "button", href, target: "_blank", rel: "noopener noreferrer" }, icon("navigate"), t("navigate"));
}

export const phoneLink = (phone) => phone && h("a", { class: "button wide", href: `tel:${phone}` }, icon("phone"), `${t("phone")} ${phone}`);

function flags(station, on) {
  const taps = Object.entries(FLAGS).map(([kind, picture]) => {
    const tap = button(t(`flag_${kind}`), () => on.flag(station, kind, tap), { picture });
    return tap;
  });
  return [h("p", { class: "wrong" }, t("wrong")), h("div", { class: "row" }, taps)];
}

// The rest is fetched when somebody wants it; the nearest station shows its flags at once.
function more(station, nearest, on) {
  const told = h("div", { role: "status" });
  const element = h("details", {}, h("summary", {}, t("more")), told, !nearest && flags(station, on));
  element.addEventListener("toggle", () => element.open && !told.firstChild && import("./details.js").then(({ tell }) => tell(told, station.id)));
  return [nearest && flags(station, on), element];
}
