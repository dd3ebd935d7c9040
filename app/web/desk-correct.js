// Putting a case right: where it is, what it is about, whose it is, and why it waits.
import { areaChoice } from "./area-choice.js";
import { why } from "./account.js";
import { call, now, uuid } from "./api.js";
import "./case-words.js";
import { Chart } from "./chart.js";
import { areaName, categories, formOf, nameOf, part, reasonField } from "./desk-parts.js";
import { fill, h } from "./dom.js";
import { t, timeOf } from "./words.js";

const PATIENCE_MS = 300; // a hand that moves the map is not done yet
const ZOOM = 16;
const [MIDDLE, FAR] = [{ lat: 36, lon: 104 }, 4]; // the country, where nothing nearer is known
const MOST_GRIDS = 100;
const DATUMS = ["wgs84", "gcj02", "bd09"];

const correct = ({ item }, what, body) => call("POST", `/v1/reports/cases/${item.id}/${what}`, { body: { version: item.version, ...body }, key: uuid() });
const label = (key, ...inputs) => h("label", {}, t(key), inputs);
const dayOr = (at) => (at ? timeOf(at, now()) : t("case_no_due"));

const FORMS = { move_pin: pin, change_category: category, hand_to: handTo, note_delay: delay };

// The folds of what the server says may be put right.
export const corrections = (desk) => desk.acts.filter((act) => FORMS[act]).map((act) => part(`act_${act}`, () => FORMS[act](desk)));

// The cross in the middle of the map says where; so do coordinates, in any datum. Who answers there is said before.
async function pin(desk) {
  const { item, point } = desk;
  const { items: grids } = await call("GET", `/v1/areas/grids?${new URLSearchParams({ area: item.area_code, limit: MOST_GRIDS })}`);
  // A case that only an address places has no point: the map begins at its division, nothing is filled in.
  const start = point ?? { ...(grids.length ? middle(grids[0].polygon) : MIDDLE) };
  const at = (value) => h("input", { inputmode: "decimal", required: true, maxlength: 12, value: point ? value.toFixed(6) : "" });
  const [lat, lon] = [at(start.lat), at(start.lon)];
  const datum = h("select", {}, DATUMS.map((each) => h("option", { value: each }, t(`datum_${each}`))));
  const where = h("p", { class: "summary", role: "status" });
  const place = () => ({ lat: Number(lat.value), lon: Number(lon.value), coord_type: datum.value });
  let waiting = null;
  const ask = () => {
    clearTimeout(waiting);
    if (!lat.value || !lon.value) return;
    waiting = setTimeout(async () => fill(where, await whose(place()).catch(why)), PATIENCE_MS);
  };
  const canvas = h("canvas", { tabindex: "0", role: "img", "aria-label": t("pin_hint") });
  const shown = { ...start };
  const chart = new Chart(canvas, {
    ontap: () => {},
    onmove: () => {
      const { view } = chart ?? {};
      if (!view || (Math.abs(view.lat - shown.lat) < 1e-7 && Math.abs(view.lon - shown.lon) < 1e-7)) return;
      Object.assign(shown, view);
      [lat.value, lon.value, datum.value] = [view.lat.toFixed(6), view.lon.toFixed(6), "wgs84"];
      ask();
    },
  });
  chart.show([...grids.flatMap(outline), ...(point ? [dot(item, point)] : [])], grids.map(({ name, polygon }) => ({ name, ...middle(polygon) })));
  chart.go({ ...start, zoom: point || grids.length ? ZOOM : FAR });
  const typed = () => {
    if (datum.value === "wgs84" && lat.value && lon.value && Number.isFinite(place().lat + place().lon)) {
      Object.assign(shown, place());
      chart.go(place());
    }
    ask();
  };
  for (const each of [lat, lon, datum]) each.addEventListener("change", typed);
  const zoom = (sign, steps) => h("button", { type: "button", "aria-label": t(steps > 0 ? "pin_closer" : "pin_wider"), onclick: () => chart.zoomBy(steps) }, sign);
  ask();
  const reason = reasonField();
  const move = async () => {
    const moved = await correct(desk, "pin", { position: place(), reason: reason.value.trim() });
    return t("pin_moved", { area: await areaName(moved.area_code) });
  };
  return formOf("act_move_pin", [
    h("p", { class: "quiet" }, t("pin_hint")),
    h("div", { class: "chart" }, canvas, h("div", { class: "cross", "aria-hidden": "true" }), h("div", { class: "zoom" }, zoom("+", 1), zoom("−", -1))),
    h("div", { class: "row" }, label("pin_lat", lat), label("pin_lon", lon)),
    label("pin_datum", datum), where, reason,
  ], (go) => desk.attempt(move, go));
}

// Who answers for a place: its grid and community, or whoever has it now where no grid is drawn.
async function whose(position) {
  const { items } = await call("GET", `/v1/areas/locate?${new URLSearchParams(position)}`);
  if (!items.length) return t("pin_no_grid");
  const [{ name, community_code: community, assigned_by: by }] = items;
  return t(by === "nearest" ? "pin_near" : "pin_in", { grid: name, area: await areaName(community) });
}

const rings = ({ type, coordinates }) => (type === "MultiPolygon" ? coordinates.map(([ring]) => ring) : [coordinates[0]]);
const outline = ({ polygon }) => rings(polygon).map((ring) => ({ geometry: { type: "Polygon", coordinates: [ring] }, properties: { center: ring[0] } }));
const dot = ({ state }, { lat, lon }) => ({ geometry: { type: "Point", coordinates: [lon, lat] }, properties: { state } });

function middle(polygon) {
  const [ring] = rings(polygon);
  const mean = (index) => ring.reduce((sum, corner) => sum + corner[index], 0) / ring.length;
  return { lon: mean(0), lat: mean(1) };
}

// What was promised is counted anew; both promises are told.
async function category(desk) {
  const known = [...(await categories()).values()].filter(({ id }) => id !== desk.item.category_id);
  const choice = h("select", { required: true }, h("option", { value: "" }), known.map((each) => h("option", { value: each.id }, nameOf(each, each.id))));
  const secret = h("p", { class: "notice warn", hidden: true }, t("category_secret"));
  choice.addEventListener("change", () => (secret.hidden = !known.find(({ id }) => id === choice.value)?.is_confidential));
  const reason = reasonField();
  const change = async () => {
    const changed = await correct(desk, "category", { category_id: choice.value, reason: reason.value.trim() });
    return t("category_changed", { before: dayOr(desk.item.due_at), after: dayOr(changed.due_at), first: dayOr(changed.original_due_at) });
  };
  return formOf("act_change_category", [h("p", {}, t("case_due", { when: dayOr(desk.item.due_at) })), label("category_new", choice), secret, reason], (go) => desk.attempt(change, go));
}

// No grid has placed it: an officer says which of their areas answers; nobody hands a case to another's.
async function handTo(desk) {
  const { grants } = await call("GET", "/v1/accounts/me/grants");
  const own = grants.filter(({ role }) => role === "district_officer").flatMap(({ area_codes: codes }) => codes);
  const reason = reasonField();
  const chosen = h("p", { role: "status" });
  let area = null;
  const use = (found) => {
    area = found;
    fill(chosen, t("hand_to_this", { area: found.name }));
  };
  const hand = async () => {
    await correct(desk, "hand-to", { area_code: area.code, reason: reason.value.trim() });
    return t("pin_moved", { area: area.name });
  };
  const form = formOf("act_hand_to", [chosen, reason], (go) => (area ? desk.attempt(hand, go) : fill(chosen, t("hand_to_whom"))));
  return [areaChoice(use, own), form];
}

function delay(desk) {
  const reason = reasonField("delay_reason");
  const note = async () => {
    await correct(desk, "note-delay", { reason: reason.value.trim() });
    return t("delay_noted");
  };
  return formOf("act_note_delay", [h("p", { class: "quiet" }, t("delay_hint")), reason], (go) => desk.attempt(note, go));
}
