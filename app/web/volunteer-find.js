// What there is to do: short tasks near by, and shifts of an area with what they ask for.
import { askToSignIn } from "./account.js";
import { account, call, now, uuid } from "./api.js";
import { areaChoice } from "./area-choice.js";
import { attempt } from "./attempt.js";
import { mapLink, MAP_DATUMS, tag } from "./cards.js";
import { button, fill, h, notice } from "./dom.js";
import { locate } from "./place.js";
import { asked, minutesOf, spanOf } from "./shifts.js";
import * as store from "./store.js";
import { distanceOf, t, timeOf } from "./words.js";

const SHOWN = 20;
const DONE = ["withdrawn", "refused", "lapsed", "covered", "cancelled"];

let area = null; // {code, name}, remembered; null: everywhere
let tasks = []; // near the last fix
let page = null; // {items, next_cursor}
let own = new Map(); // one's own sign-ups that stand, by shift
const ids = new Map(); // a wish keeps its id until it is answered

export async function show(place) {
  area = (await store.get("values", "area")) || null;
  page = await call("GET", `/v1/activities?${query()}`, { signedIn: false });
  await readOwn();
  write(place);
}

const query = (more = {}) => new URLSearchParams({ limit: SHOWN, ...(area && { area: area.code }), ...more });

async function readOwn() {
  if (!(await account())) return (own = new Map());
  const { items } = await call("GET", "/v1/activities/sign-ups/mine?limit=50");
  own = new Map(items.filter(({ state }) => !DONE.includes(state)).map((item) => [item.shift_id, item]));
}

function write(place) {
  const near = button(t("find_near"), () => attempt(() => lookNear(place), near), { class: "find again", picture: "place" });
  const more = page.next_cursor && button(t("more"), () => attempt(() => readMore(place), more), { class: "wide" });
  fill(
    place,
    near,
    areaPart(place),
    tasks.length > 0 && [h("h2", {}, t("on_the_way")), h("p", { class: "quiet" }, t("on_the_way_hint")), h("ul", { class: "list" }, tasks.map((task) => taskCard(task, place)))],
    h("h2", {}, area ? t("activities_in", { name: area.name }) : t("activities_all")),
    page.items.length === 0 && h("p", {}, t("activities_none")),
    h("ul", { class: "list" }, page.items.map((item) => card(item, place))),
    more,
  );
}

// Where

async function lookNear(place) {
  const { lat, lon, coord_type } = await locate();
  const at = new URLSearchParams({ lat, lon, coord_type, limit: 1 });
  const { stations, next_to_open, nearest_24h } = await call("GET", `/v1/stations/nearby?${at}`, { signedIn: false });
  const [nearest] = [...stations, next_to_open, nearest_24h].filter(Boolean);
  if (nearest) {
    const { area_code } = await call("GET", `/v1/stations/${nearest.id}?coord_type=wgs84`, { signedIn: false });
    await choose(area_code.slice(0, 6));
  }
  tasks = [];
  if (await account()) tasks = (await call("POST", "/v1/activities/on-the-way/nearby", { body: { position: { lat, lon, coord_type } } })).items;
  await show(place);
}

async function choose(code) {
  const { name } = await call("GET", `/v1/areas/${code}`, { signedIn: false });
  await store.put("values", "area", { code, name });
}

function areaPart(place) {
  const use = (chosen) => attempt(async () => {
    await (chosen ? store.put("values", "area", chosen) : store.remove("values", "area"));
    await show(place);
  });
  return h("details", {}, h("summary", {}, t("area_other")), areaChoice(use), area && button(t("area_all"), () => use(null), { class: "wide" }));
}

async function readMore(place) {
  const next = await call("GET", `/v1/activities?${query({ cursor: page.next_cursor })}`, { signedIn: false });
  page = { items: [...page.items, ...next.items], next_cursor: next.next_cursor };
  write(place);
}

// One shift

function card(item, place) {
  const mine = own.get(item.shift_id);
  const told = h("div", { role: "status" });
  const details = h("details", {}, h("summary", {}, t("more")), told);
  details.addEventListener("toggle", () => details.open && !told.firstChild && attempt(() => tell(told, item, place)));
  return h(
    "li",
    { class: "card", "data-shift": item.shift_id },
    h("h3", {}, item.title, tag(t(`activity_${item.kind}`))),
    h("p", {}, h("b", {}, spanOf(item))),
    h("p", {}, item.place_kind === "online" ? t("place_online") : item.place_text),
    item.roles.map((role) => roleLine(role, item, mine, place)),
    details,
  );
}

function roleLine(role, item, mine, place) {
  const left = role.free > 0 ? t("places_left", { n: role.free, all: role.places }) : t("places_none", { n: role.waiting });
  const isMine = mine && mine.role_id === role.id;
  return h(
    "div",
    { class: "role" },
    h("div", { class: "card-head" }, h("span", {}, role.name), h("b", { class: role.free > 0 ? "good-ink" : "warn-ink" }, left)),
    asked(role),
    isMine ? h("p", { class: "state good-ink" }, t(`sign_up_${mine.state}`)) : !mine && signUpButton(role, item, place),
  );
}

function signUpButton({ id, free }, { mode }, place) {
  const label = mode === "approval" ? "sign_up_ask" : free > 0 ? "sign_up_take" : "sign_up_wait";
  const tap = button(t(label), () => attempt(() => signUp(id, place), tap), { class: "strong wide" });
  return tap;
}

async function signUp(role_id, place) {
  if (!(await account())) return askToSignIn();
  if (!ids.has(role_id)) ids.set(role_id, uuid());
  const id = ids.get(role_id);
  const { state } = await call("POST", "/v1/activities/sign-ups", { body: { id, role_id }, key: id });
  ids.delete(role_id);
  await show(place);
  said(state);
}

function said(state) {
  notice("done", t(`sign_up_${state}`), { kind: "good", action: h("a", { class: "button", href: "#mine" }, t("tab_mine")) });
  scrollTo(0, 0);
}

// What the organiser wrote, and who looks for cover; never whose place it is.
async function tell(told, { activity_id, shift_id }, place) {
  const activity = await call("GET", `/v1/activities/${activity_id}`, { signedIn: false });
  const shift = activity.shifts.find(({ id }) => id === shift_id);
  const { insurer, insured_from, insured_to } = activity;
  const lines = [
    activity.content,
    activity.service_objects && t("for_whom", { who: activity.service_objects }),
    activity.risks && t("risks_are", { what: activity.risks }),
    insurer && t("insured_by", { who: insurer, from: insured_from, to: insured_to }),
    t("withdraw_until", { time: timeOf(Date.parse(shift.starts_at) - activity.withdraw_minutes * 60e3, now()) }),
    t("presence_least", { n: activity.least_presence_percent }),
  ];
  const at = { ...activity, name: activity.title };
  fill(
    told,
    lines.filter(Boolean).map((line) => h("p", {}, line)),
    activity.lat != null && mapLink(at, MAP_DATUMS.wgs84),
    shift.covers.map(({ sign_up_id }) => coverButton(sign_up_id, place)),
  );
}

function coverButton(signUpId, place) {
  const id = uuid();
  const cover = async () => {
    if (!(await account())) return askToSignIn();
    const { state } = await call("POST", `/v1/activities/sign-ups/${signUpId}/cover`, { body: { id }, key: id });
    await show(place);
    said(state);
  };
  const tap = button(t("cover_take"), () => attempt(cover, tap), { class: "wide" });
  return tap;
}

// One task on the way; its role is what to sign up for.
function taskCard(task, place) {
  const take = button(t("task_take"), () => attempt(() => signUp(task.role_id, place), take), { class: "strong" });
  return h(
    "li",
    { class: "card" },
    h("div", { class: "card-head" }, h("h3", {}, task.title), h("span", { class: "distance" }, distanceOf(task.distance_m))),
    h("p", {}, task.content),
    h("p", {}, [task.place_text, task.minutes && t("takes", { time: minutesOf(task.minutes) }), t("task_until", { time: timeOf(task.open_until, now()) })].filter(Boolean).join(" · ")),
    h("div", { class: "row" }, take, task.lat != null && mapLink({ ...task, name: task.title }, MAP_DATUMS.wgs84)),
  );
}
