// A new activity: which team, what, where, when, who can do what; insured where it may be dangerous.
import { call, now, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h, notice } from "./dom.js";
import { locate } from "./place.js";
import { t } from "./words.js";

const KINDS = ["community_service", "care", "civility", "environment", "traffic", "night_patrol", "peace_building", "health", "training", "relief", "other"];
const DANGEROUS = ["traffic", "night_patrol", "relief"]; // the server decides; the form only asks at once
const PLACES = ["area", "station", "point", "online"];
const REPEATS = { none: null, daily: "FREQ=DAILY", weekly: "FREQ=WEEKLY" };
const ZONE = ":00+08:00"; // what organisers type is Beijing time

export async function show(place) {
  const teams = await teamsRun();
  if (teams.length === 0) return fill(place, h("p", {}, t("no_team_run")));
  fill(place, h("h2", {}, t("run_new")), form(teams));
}

// The teams that one coordinates, and those of the areas that one is staff of.
async function teamsRun() {
  const { items } = await call("GET", "/v1/teams/mine");
  const mine = items.filter(({ is_coordinator, state }) => is_coordinator && state === "active").map(({ team_id, team_name }) => [team_id, team_name]);
  const { grants } = await call("GET", "/v1/accounts/me/grants");
  const codes = [...new Set(grants.filter(({ role }) => ["community_staff", "district_officer"].includes(role)).flatMap(({ area_codes }) => area_codes))];
  const pages = await Promise.all(codes.map((area) => call("GET", `/v1/teams?${new URLSearchParams({ area, limit: 100 })}`)));
  return [...new Map([...mine, ...pages.flatMap((page) => page.items.map(({ id, name }) => [id, name]))])];
}

const select = (pairs) => h("select", { required: true }, pairs.map(([value, label]) => h("option", { value }, label)));
const check = (label) => {
  const box = h("input", { type: "checkbox" });
  return { box, label: h("label", { class: "check" }, box, label) };
};
const field = (key, attributes = {}) => {
  const input = h("input", { maxlength: 100, ...attributes });
  return { input, label: h("label", {}, t(key), input) };
};

function form(teams) {
  const id = uuid();
  const team = select(teams);
  const kind = select(KINDS.map((name) => [name, t(`activity_${name}`)]));
  const title = field("new_title", { required: true });
  const content = h("textarea", { maxlength: 2000 });
  const risks = field("new_risks", { maxlength: 200 });
  const where = placePart();
  const starts = field("new_starts", { type: "datetime-local", required: true });
  const ends = field("new_ends", { type: "datetime-local", required: true });
  const repeat = select(Object.keys(REPEATS).map((name) => [name, t(`repeat_${name}`)]));
  const times = field("repeat_times", { type: "number", min: 2, max: 50, value: 4 });
  const roles = rolesPart();
  const mode = select(["first_come", "approval"].map((name) => [name, t(`mode_${name}`)]));
  const insured = insurancePart(kind);
  const send = h("button", { type: "submit", class: "strong wide" }, t("keep_draft"));
  const whole = h(
    "form",
    {},
    h("label", {}, t("new_team"), team),
    h("label", {}, t("new_kind"), kind),
    title.label,
    h("label", {}, t("new_content"), content),
    where.part,
    starts.label,
    ends.label,
    h("label", {}, t("repeat"), repeat),
    times.label,
    roles.part,
    h("label", {}, t("new_mode"), mode),
    risks.label,
    insured.part,
    send,
  );
  times.label.hidden = true;
  repeat.addEventListener("change", () => (times.label.hidden = repeat.value === "none"));
  whole.addEventListener("submit", (event) => {
    event.preventDefault();
    const rule = REPEATS[repeat.value];
    const body = () => ({
      id,
      team_id: team.value,
      kind: kind.value,
      title: title.input.value.trim(),
      content: content.value.trim(),
      risks: risks.input.value.trim(),
      place: where.read(),
      mode: mode.value,
      ...(rule && { rrule: `${rule};COUNT=${times.input.value}` }),
      ...insured.read(),
      shifts: [{ starts_at: starts.input.value + ZONE, ends_at: ends.input.value + ZONE, roles: roles.read() }],
    });
    attempt(async () => {
      await call("POST", "/v1/activities", { body: body() });
      location.hash = "activities";
      setTimeout(() => notice("done", t("draft_kept"), { kind: "good" }));
    }, send);
  });
  return whole;
}

// Where: the team's area, a station found by its name, where one stands now, or online.
function placePart() {
  const kind = select(PLACES.map((name) => [name, t(`place_is_${name}`)]));
  const text = field("place_words", { maxlength: 200 });
  const more = h("div");
  let station = null;
  let position = null;
  const turn = () => {
    station = position = null;
    fill(more, kind.value === "station" && stationPart((found) => (station = found)), kind.value === "point" && pointPart((found) => (position = found)));
  };
  kind.addEventListener("change", turn);
  const read = () => {
    if (kind.value === "station" && !station) throw new Error(t("station_needed"));
    if (kind.value === "point" && !position) throw new Error(t("point_needed"));
    return { kind: kind.value, text: text.input.value.trim() || (station ? station.name : ""), ...(station && { station_id: station.id }), ...(position && { position }) };
  };
  return { part: h("fieldset", {}, h("legend", {}, t("new_place")), kind, more, text.label), read };
}

function stationPart(choose) {
  const text = h("input", { type: "search", maxlength: 50 });
  const rows = h("div", { role: "status" });
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

function pointPart(choose) {
  const told = h("p", { role: "status" });
  const here = button(t("point_here"), () => attempt(async () => {
    const { lat, lon, coord_type } = await locate();
    choose({ lat, lon, coord_type });
    fill(told, t("point_is", { lat: lat.toFixed(4), lon: lon.toFixed(4) }));
  }, here), { picture: "place" });
  return [here, told];
}

// One role or several, each with its places and what it asks for.
function rolesPart() {
  const rows = [];
  const list = h("div");
  const add = (name) => {
    const called = field("role_name", { required: true, maxlength: 60, value: name });
    const places = field("role_places", { type: "number", min: 1, max: 2000, required: true, value: 10 });
    const adults = check(t("needs_adult"));
    const insurance = check(t("needs_insurance"));
    const paper = select([["", t("paper_kind_none")], ["first_aid", t("paper_kind_first_aid")]]);
    paper.required = false;
    rows.push({ called, places, adults, insurance, paper });
    list.append(h("fieldset", {}, h("legend", {}, t("role")), called.label, places.label, adults.label, insurance.label, h("label", {}, t("role_paper"), paper)));
  };
  add(t("role_default"));
  const read = () =>
    rows.map(({ called, places, adults, insurance, paper }) => ({
      name: called.input.value.trim(),
      places: places.input.valueAsNumber,
      adults_only: adults.box.checked,
      needs_insurance: insurance.box.checked,
      ...(paper.value && { qualification: paper.value }),
    }));
  return { part: [list, button(t("role_add"), () => add(""))], read };
}

// Insurance is asked for where the kind is dangerous or the organiser says so.
function insurancePart(kind) {
  const dangerous = check(t("is_dangerous"));
  const today = new Date(now() + 8 * 3600e3).toISOString().slice(0, 10);
  const parts = { insurer: field("insurer", { maxlength: 60 }), policy_number: field("policy_number", { maxlength: 60 }), insured_from: field("insured_from", { type: "date", value: today }), insured_to: field("insured_to", { type: "date", value: today }) };
  const fields = h("fieldset", {}, h("legend", {}, t("insurance")), h("p", { class: "quiet" }, t("insurance_hint")), Object.values(parts).map(({ label }) => label));
  const isAsked = () => dangerous.box.checked || DANGEROUS.includes(kind.value);
  const turn = () => {
    fields.hidden = !isAsked();
    for (const { input } of Object.values(parts)) input.required = isAsked();
  };
  dangerous.box.addEventListener("change", turn);
  kind.addEventListener("change", turn);
  turn();
  const read = () => {
    const given = Object.fromEntries(Object.entries(parts).map(([name, { input }]) => [name, input.value.trim()]));
    return { is_dangerous: isAsked(), ...(isAsked() && { insurance: given }) };
  };
  return { part: [dangerous.label, fields], read };
}
