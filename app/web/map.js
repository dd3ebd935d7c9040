// The public map: which published cases lie where, one of them with its story, and the same as a list.
import { why } from "./account.js";
import { call, now } from "./api.js";
import { Chart } from "./chart.js";
import { busy, button, byId, fill, h, notice, speak } from "./dom.js";
import "./map-words.js";
import { locate } from "./place.js";
import "./report-words.js";
import { keepShell } from "./shell.js";
import { ageOf, distanceOf, language, t, timeOf } from "./words.js";

const PATIENCE_MS = 250; // a hand that moves the map is not done yet
const MOST_LISTED = 30;
const DEGREE_M = 111195;
const PLACE_ZOOM = 12;
const DONE = ["closed"];
const OPEN = ["submitted", "accepted", "dispatched", "in_progress", "returned", "suspended", "resolved"];

const chart = new Chart(byId("chart"), { onmove: later, ontap: tapped });
const wanted = { category: "", states: "" };
let categories = [];
let seats = [];
let seen = { drawn: "points", features: [], next_cursor: null };
let waiting = null;
let asked = 0;
let opened = ""; // the number of the case that is open; it stands in the address, to be sent to somebody

const said = (thing) => thing[`name_${language()}`];

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(look, PATIENCE_MS);
}

function remember() {
  const { lat, lon, zoom } = chart.view;
  history.replaceState(null, "", `#${lat.toFixed(4)},${lon.toFixed(4)},${zoom}${opened && `,${opened}`}`);
}

// Asks for what is seen; an answer that a newer question has overtaken is dropped.
async function look() {
  const { zoom } = chart.view;
  remember();
  const query = new URLSearchParams({ bbox: chart.box.map((each) => each.toFixed(5)), zoom, coord_type: "wgs84" });
  if (wanted.category) query.append("category", wanted.category);
  for (const state of { open: OPEN, done: DONE }[wanted.states] || []) query.append("state", state);
  const mine = ++asked;
  try {
    const answer = await call("GET", `/v1/reports/map?${query}`, { signedIn: false });
    if (mine !== asked) return;
    seen = answer;
    notice("map", "");
  } catch (error) {
    if (mine === asked) notice("map", why(error), { kind: "warn", action: button(t("retry"), look) });
  }
  show();
}

function show() {
  chart.show(seen.features, seats.map(({ lat, lon, ...names }) => ({ lat, lon, name: names[language()] })));
  const n = seen.features.length;
  const many = seen.drawn === "cells" ? "map_cells" : seen.next_cursor ? "map_more" : "map_points";
  fill(byId("summary"), n ? t(many, { n }) : t("map_none"));
  const rows = seen.drawn === "cells" ? [...seen.features].sort((one, other) => sizeOf(other) - sizeOf(one)).map(cellRow) : seen.features.map(pointRow);
  fill(byId("list"), rows.slice(0, MOST_LISTED));
}

const sizeOf = ({ properties }) => properties.count || 0;

function cellRow(feature) {
  const { count, fewer_than, center } = feature.properties;
  const size = count ? t("map_count", { n: count }) : t("map_few", { n: fewer_than });
  return h("li", {}, button([h("b", {}, size), ` · ${whereIs(center)}`], () => tapped(feature)));
}

function pointRow(feature) {
  const { number, category_id, state, submitted_at } = feature.properties;
  const kind = categories.find(({ id }) => id === category_id);
  const words = [kind && said(kind), t(`report_${state}`), number, ageOf(submitted_at, now())].filter(Boolean).join(" · ");
  const dot = state === "closed" ? "dot done" : ["submitted", "accepted"].includes(state) ? "dot" : "dot moving";
  return h("li", {}, h("button", { type: "button", onclick: () => tapped(feature) }, h("span", { class: dot }), h("span", {}, words)));
}

// "12 km from …", by the nearest of the places that the page knows.
function whereIs([lon, lat]) {
  const far = (seat) => Math.hypot(seat.lat - lat, (seat.lon - lon) * Math.cos((lat * Math.PI) / 180)) * DEGREE_M;
  const [nearest] = [...seats].sort((one, other) => far(one) - far(other));
  if (!nearest) return `${lat.toFixed(2)}, ${lon.toFixed(2)}`;
  return t("map_from", { place: nearest[language()], distance: distanceOf(far(nearest)) });
}

function tapped(feature) {
  if (feature.geometry.type === "Polygon") {
    const [lon, lat] = feature.properties.center;
    return chart.go({ lat, lon, zoom: chart.view.zoom + 2 });
  }
  chart.chosen = feature;
  chart.draw();
  return open(feature.properties.number);
}

async function open(number) {
  const panel = byId("case");
  let found;
  try {
    found = await call("GET", `/v1/reports/public/${number}?coord_type=wgs84`, { signedIn: false });
  } catch (error) {
    return notice("case", why(error), { kind: "warn" });
  }
  opened = number;
  remember();
  const pictures = found.photos.filter(({ large }) => large).map(({ large }) => h("img", { src: large, alt: "" }));
  const told = found.steps.map((step) => h("li", {}, h("b", {}, t(`report_${step.state}`)), ` ${timeOf(step.at, now())}`, step.text && h("p", {}, step.text)));
  panel.onclose = () => {
    opened = "";
    remember();
    chart.chosen = null;
    chart.draw();
  };
  fill(
    panel,
    h("h2", { id: "case-title" }, `${found[`category_${language()}`]} · ${t(`report_${found.state}`)}`),
    h("p", { class: "quiet" }, [found.number, found.address, timeOf(found.submitted_at, now())].filter(Boolean).join(" · ")),
    found.text && h("p", {}, found.text),
    found.unit && h("p", {}, t("map_unit", { unit: found.unit })),
    found.due_at && h("p", {}, t("map_due", { time: timeOf(found.due_at, now()) })),
    pictures,
    h("ol", { class: "timeline" }, told),
    button(t("close"), () => panel.close(), { class: "wide" }),
  );
  panel.showModal();
}

function filters() {
  const pick = (label, value, choices, onpick) => {
    const select = h("select", {}, choices.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
    select.addEventListener("change", () => onpick(select.value));
    return h("label", {}, t(label), select);
  };
  const kinds = categories.map((each) => [each.id, said(each)]);
  const places = seats.map((seat, rank) => [String(rank), seat[language()]]);
  const change = (name) => (value) => {
    wanted[name] = value;
    look();
  };
  fill(
    byId("filters"),
    pick("map_category", wanted.category, [["", t("map_every")], ...kinds], change("category")),
    pick("map_states", wanted.states, [["", t("map_every")], ["open", t("map_open")], ["done", t("map_done")]], change("states")),
    pick("map_place", "", [["", t("map_whole")], ...places, ["here", t("map_mine")]], goTo),
  );
  fill(
    byId("zoom"),
    h("button", { type: "button", "aria-label": t("map_closer"), onclick: () => chart.zoomBy(1) }, "+"),
    h("button", { type: "button", "aria-label": t("map_wider"), onclick: () => chart.zoomBy(-1) }, "−"),
  );
}

async function goTo(place) {
  if (place === "") return chart.go({ lat: 37.2, lon: 102.5, zoom: 5 });
  if (place !== "here") return chart.go({ ...seats[place], zoom: PLACE_ZOOM });
  try {
    const { lat, lon } = await busy(byId("summary"), locate);
    notice("place", "");
    chart.go({ lat, lon, zoom: 15 });
  } catch (error) {
    notice("place", error.message, { kind: "warn" });
  }
}

const redraw = () => {
  filters();
  show();
};

async function start() {
  speak(redraw);
  const [place, number] = location.hash.slice(1).split(",NF");
  const [lat, lon, zoom] = place.split(",").map(Number);
  Number.isInteger(zoom) && Number.isFinite(lat + lon) ? chart.go({ lat, lon, zoom }) : goTo("");
  redraw();
  keepShell();
  seats = await (await fetch("/web/places.json")).json();
  const { groups } = await call("GET", "/v1/categories", { signedIn: false });
  categories = groups.flatMap((group) => group.categories).filter(({ is_confidential }) => !is_confidential);
  redraw();
  if (/^\d+$/.test(number)) await open(`NF${number}`);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.draw());
start().catch((error) => notice("map", why(error), { kind: "warn", action: button(t("retry"), () => location.reload()) }));
