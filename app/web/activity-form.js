// The parts of an activity as an organiser writes it: words, place, times with their roles, insurance.
import { call, now } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h } from "./dom.js";
import { check, field, folded, select } from "./forms.js";
import { locate } from "./place.js";
import { instantOf, localOf } from "./shifts.js";
import { t } from "./words.js";

export const KINDS = ["community_service", "care", "civility", "environment", "traffic", "night_patrol", "peace_building", "health", "training", "relief", "other"];
const DANGEROUS = ["traffic", "night_patrol", "relief"]; // the server decides; the form only asks at once
const PLACES = ["area", "station", "point", "online"];
const PAPERS = ["", "first_aid"];

// Each part has what to show and a `read`, filled in from an activity that there is already.

export function wordsPart({ title = "", content = "", service_objects = "", risks = "", withdraw_minutes = 180 } = {}) {
  const name = field("new_title", { required: true, value: title });
  const what = h("textarea", { maxlength: 2000 }, content);
  const whom = field("new_objects", { maxlength: 200, value: service_objects });
  const dangers = field("new_risks", { maxlength: 200, value: risks });
  const back = field("new_withdraw", { type: "number", min: 0, max: 168, step: "any", required: true, value: withdraw_minutes / 60 });
  const read = () => ({
    title: name.input.value.trim(),
    content: what.value.trim(),
    service_objects: whom.input.value.trim(),
    risks: dangers.input.value.trim(),
    withdraw_minutes: Math.round(back.input.valueAsNumber * 60),
  });
  return { part: [name.label, h("label", {}, t("new_content"), what), folded(t("more"), whom.label, dangers.label, back.label)], read };
}

// Where: the team's area, a station found by its name, where one stands now, or online.
export function placePart({ place_kind = "area", place_text = "", station_id = null, lat = null, lon = null } = {}) {
  const kind = select(PLACES.map((name) => [name, t(`place_is_${name}`)]), place_kind);
  const text = field("place_words", { maxlength: 200, value: place_text });
  const more = h("div");
  let station = station_id && { id: station_id, name: place_text };
  let position = lat != null && { lat, lon, coord_type: "wgs84" };
  const ask = () => fill(more, kind.value === "station" && stationPart(station, (found) => (station = found)), kind.value === "point" && pointPart(position, (found) => (position = found)));
  kind.addEventListener("change", () => {
    station = position = null;
    ask();
  });
  ask();
  const read = () => {
    if (kind.value === "station" && !station) throw new Error(t("station_needed"));
    if (kind.value === "point" && !position) throw new Error(t("point_needed"));
    const place = { kind: kind.value, text: text.input.value.trim() || (station ? station.name : "") };
    return { place: { ...place, ...(kind.value === "station" && { station_id: station.id }), ...(position && { position }) } };
  };
  return { part: h("fieldset", {}, h("legend", {}, t("new_place")), kind, more, text.label), read };
}

function stationPart(known, choose) {
  const text = h("input", { type: "search", maxlength: 50 });
  const rows = h("div", { role: "status" }, known && h("p", { class: "good-ink" }, known.name));
  const find = button(t("area_find"), () => attempt(async () => {
    const { stations } = await call("GET", `/v1/stations?${new URLSearchParams({ coord_type: "wgs84", limit: 8, q: text.value.trim() })}`);
    const take = (station) => {
      choose(station);
      fill(rows, h("p", { class: "good-ink" }, station.name));
    };
    fill(rows, stations.length === 0 ? t("area_none") : stations.map((station) => button(station.name, () => take(station), { class: "wide" })));
  }, find));
  return [h("label", {}, t("station_name"), text), find, rows];
}

function pointPart(known, choose) {
  const words = ({ lat, lon }) => t("point_is", { lat: lat.toFixed(4), lon: lon.toFixed(4) });
  const told = h("p", { role: "status" }, known && words(known));
  const here = button(t("point_here"), () => attempt(async () => {
    const { lat, lon, coord_type } = await locate();
    choose({ lat, lon, coord_type });
    fill(told, words({ lat, lon }));
  }, here), { picture: "place" });
  return [here, told];
}

// One time with its roles; of a shift that there is already both keep their ids.
export function shiftPart({ id, starts_at, ends_at, break_minutes = 0, roles } = {}) {
  const when = (key, at) => field(key, { type: "datetime-local", required: true, value: at && localOf(at) });
  const starts = when("new_starts", starts_at);
  const ends = when("new_ends", ends_at);
  const pause = field("new_break", { type: "number", min: 0, max: 600, required: true, value: break_minutes });
  const held = rolesPart(roles);
  const read = () => ({ ...(id && { id }), starts_at: instantOf(starts.input.value), ends_at: instantOf(ends.input.value), break_minutes: pause.input.valueAsNumber, roles: held.read() });
  return { part: [starts.label, ends.label, pause.label, held.part], read };
}

// One role or several, each with its places and what it asks for.
function rolesPart(roles = [{ name: t("role_default") }]) {
  const rows = [];
  const list = h("div");
  const add = ({ id, name = "", places = 10, adults_only = false, needs_insurance = false, qualification = "" }) => {
    const called = field("role_name", { required: true, maxlength: 60, value: name });
    const count = field("role_places", { type: "number", min: 1, max: 2000, required: true, value: places });
    const adults = check(t("needs_adult"), adults_only);
    const insurance = check(t("needs_insurance"), needs_insurance);
    const names = [...new Set([...PAPERS, qualification || ""])];
    const paper = select(names.map((each) => [each, t(`paper_kind_${each || "none"}`)]), qualification || "");
    paper.required = false;
    rows.push(() => ({
      ...(id && { id }),
      name: called.input.value.trim(),
      places: count.input.valueAsNumber,
      adults_only: adults.box.checked,
      needs_insurance: insurance.box.checked,
      ...(paper.value && { qualification: paper.value }),
    }));
    list.append(h("fieldset", {}, h("legend", {}, t("role")), called.label, count.label, adults.label, insurance.label, h("label", {}, t("role_paper"), paper)));
  };
  roles.forEach(add);
  return { part: [list, button(t("role_add"), () => add({}))], read: () => rows.map((read) => read()) };
}

// Insurance is asked for where the kind is dangerous, the organiser says so, or a role wants it.
export function insurancePart(kindOf, { is_dangerous = false, insurer = "", policy_number = "", insured_from = null, insured_to = null } = {}) {
  const today = localOf(new Date(now()).toISOString()).slice(0, 10);
  const dangerous = check(t("is_dangerous"), is_dangerous);
  const insured = check(t("is_insured"), Boolean(insurer));
  const parts = {
    insurer: field("insurer", { maxlength: 60, value: insurer }),
    policy_number: field("policy_number", { maxlength: 60, value: policy_number }),
    insured_from: field("insured_from", { type: "date", value: insured_from ?? today }),
    insured_to: field("insured_to", { type: "date", value: insured_to ?? today }),
  };
  const fields = h("fieldset", {}, h("legend", {}, t("insurance")), h("p", { class: "quiet" }, t("insurance_hint")), Object.values(parts).map(({ label }) => label));
  const isDangerous = () => dangerous.box.checked || DANGEROUS.includes(kindOf());
  const isAsked = () => isDangerous() || insured.box.checked;
  const turn = () => {
    fields.hidden = !isAsked();
    for (const { input } of Object.values(parts)) input.required = isAsked();
  };
  for (const { box } of [dangerous, insured]) box.addEventListener("change", turn);
  turn();
  const insurance = () => Object.fromEntries(Object.entries(parts).map(([name, { input }]) => [name, input.value.trim()]));
  const read = () => ({ is_dangerous: isDangerous(), ...(isAsked() && { insurance: insurance() }) });
  return { part: [dangerous.label, insured.label, fields], read, turn };
}
