// Writing to many: whom, what and when; first how many that are, then it goes out or to a second person.
import { accountButton, askToSignIn } from "./account.js";
import { account, call, now, uuid } from "./api.js";
import { attempt, cards, isAsking } from "./broadcast-cards.js";
import "./broadcast-words.js";
import { button, byId, fill, h, notice, speak } from "./dom.js";
import { t } from "./words.js";

const REFRESH_MS = 30000;
const ZONE_MS = 8 * 3600e3; // what officers type is Beijing time, whatever their computer is set to
const KINDS = ["area", "worker_kind", "station", "team"];
const WORKERS = ["food_rider", "courier", "truck_driver", "ride_hail_driver", "other"];
const DAYS = ["7", "30", "90"];
const DIGITS = [2, 4, 6, 9, 12]; // of divisions, from provinces down to communities
const AUDIENCE = ["kind", "path", "worker_kind", "station_id", "team_id", "days"];

const blank = () => ({
  id: uuid(), version: null, kind: "area", path: [own[0]?.code], worker_kind: "courier", station_id: "", team_id: "", days: "30",
  zh_title: "", zh_body: "", en_title: "", en_body: "", urgent: false, send_at: "", ends_at: "", ask: false,
});

let own = []; // the areas that the officer answers for
let given = null; // what is being written
let seen = null; // how many people that is, as the server last told it
const below = new Map(); // the divisions of a division

async function read() {
  own = (await account()) ? await ownAreas() : [];
  if (own.length === 0) {
    fill(byId("broadcasts"));
    return fill(byId("write"), h("p", {}, t("cast_only")), !(await account()) && button(t("sign_in"), askToSignIn, { class: "find again" }));
  }
  given ||= blank();
  await show();
  await list();
}

async function ownAreas() {
  const { grants } = await call("GET", "/v1/accounts/me/grants");
  const codes = grants.filter(({ role }) => role === "district_officer").flatMap(({ area_codes }) => area_codes);
  return Promise.all(codes.map((code) => call("GET", `/v1/areas/${code}`)));
}

async function list() {
  fill(byId("broadcasts"), h("h3", {}, t("cast_list")), await cards({ edit: (item) => attempt(() => change(item)), changed: list }));
}

// What is being written

function put(name, value) {
  given[name] = value;
  if (given.version === null) given.id = uuid(); // another text is another broadcast, also after a lost answer
  if (!AUDIENCE.includes(name)) return;
  seen = null;
  fill(byId("seen"));
}

// A field whose value is kept in `given`.
function field(label, name, element) {
  element.name = name;
  element.value = given[name];
  element.addEventListener("input", () => put(name, element.value));
  return h("label", {}, t(label), element);
}

const options = (pairs) => pairs.map(([value, text]) => h("option", { value }, text));
const choice = (label, name, pairs, attributes = {}) => field(label, name, h("select", attributes, options(pairs)));

async function show() {
  const form = h("form", {},
    h("h2", {}, t(given.version === null ? "cast_write" : "cast_edit_title")),
    h("fieldset", {}, h("legend", {}, t("cast_whom")), h("div", { class: "kinds" }, KINDS.map(kindButton)), await places(), await whom()),
    h("fieldset", {}, h("legend", {}, t("cast_what")), said(), english(), check("cast_urgent", "urgent")),
    h("fieldset", {}, h("legend", {}, t("cast_when")), h("div", { class: "pairs" }, time("cast_send_at", "send_at"), time("cast_ends_at", "ends_at"))),
    h("button", { type: "submit" }, t("cast_look")),
    given.version !== null && button(t("cast_drop"), () => attempt(begin)),
    h("div", { id: "seen", role: "status" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(look, event.submitter);
  });
  fill(byId("write"), form);
  if (seen) showSeen();
}

function kindButton(kind) {
  const tap = () => attempt(() => (put("kind", kind), show()));
  return button(t(`audience_${kind}`), tap, { "aria-pressed": String(given.kind === kind) });
}

// One list a level: the officer's own areas, and as far down as was chosen.
async function places() {
  const { path } = given;
  const levels = await Promise.all(path.map(divisions));
  const lists = [own, ...levels].filter((level) => level.length > 0);
  return h("div", { class: "pairs" }, lists.map((level, depth) => {
    const whole = depth > 0 ? [["", t("cast_all_of_it")]] : [];
    const select = h("select", { "data-level": depth }, options([...whole, ...level.map(({ code, name }) => [code, name])]));
    select.value = path[depth] || "";
    select.addEventListener("change", () => attempt(() => {
      put("path", [...path.slice(0, depth), select.value].filter(Boolean));
      given.station_id = given.team_id = "";
      return show();
    }));
    return h("label", {}, t(depth > 0 ? "cast_part" : "cast_place"), select);
  }));
}

async function divisions(code) {
  if (!below.has(code)) below.set(code, (await call("GET", `/v1/areas?parent=${code}&limit=100`)).items);
  return below.get(code);
}

const area = () => given.path.at(-1);

async function whom() {
  const days = choice("cast_days", "days", DAYS.map((n) => [n, t("cast_days_n", { n })]));
  if (given.kind === "area") return days;
  if (given.kind === "worker_kind") return [choice("cast_worker", "worker_kind", WORKERS.map((kind) => [kind, t(`worker_${kind}`)])), days];
  if (given.kind === "station") return [...stations(), days];
  const { items } = await call("GET", `/v1/teams?area=${area()}&limit=100`);
  return choice("cast_team", "team_id", [["", t("cast_choose")], ...items.map(({ id, name }) => [id, name])], { required: true });
}

// An area has more stations than fit a list: they are found by name.
function stations() {
  const name = h("input", { type: "search", maxlength: 50 });
  const place = h("div", {});
  const find = async () => {
    const query = new URLSearchParams({ coord_type: "wgs84", limit: 50, area: area(), ...(name.value && { q: name.value }) });
    const found = (await call("GET", `/v1/stations?${query}`)).stations;
    fill(place, choice("cast_station", "station_id", [["", t("cast_choose")], ...found.map(({ id, name: title }) => [id, title])], { required: true }));
  };
  name.addEventListener("change", () => attempt(find));
  attempt(find);
  return [h("label", {}, t("cast_find_station"), name), place];
}

const text = (label, name, attributes) => field(label, name, h("input", { maxlength: 60, ...attributes }));
const long = (label, name, attributes) => field(label, name, h("textarea", { maxlength: 2000, ...attributes }));
const time = (label, name) => field(label, name, h("input", { type: "datetime-local" }));
const said = () => [text("cast_zh_title", "zh_title", { required: true }), long("cast_zh_body", "zh_body", { required: true })];
const english = () =>
  h("details", { open: Boolean(given.en_title || given.en_body) }, h("summary", {}, t("cast_english")), text("cast_en_title", "en_title"), long("cast_en_body", "en_body"));

function check(label, name) {
  const box = h("input", { type: "checkbox" });
  box.checked = given[name];
  box.addEventListener("change", () => (put(name, box.checked), name === "ask" && showSeen()));
  return h("label", { class: "check" }, box, t(label));
}

// What the server is told

function audience() {
  const days = Number(given.days);
  const { kind, worker_kind, station_id, team_id } = given;
  return {
    area: { kind, area_code: area(), days },
    worker_kind: { kind, area_code: area(), worker_kind, days },
    station: { kind, station_id, days },
    team: { kind, team_id },
  }[kind];
}

const instant = (typed) => (typed ? `${typed}:00+08:00` : null);
const typedOf = (moment) => (moment ? new Date(Date.parse(moment) + ZONE_MS).toISOString().slice(0, 16) : "");

function written() {
  const { zh_title, zh_body, en_title, en_body, urgent, send_at, ends_at } = given;
  return {
    audience: audience(),
    zh: { title: zh_title, body: zh_body },
    en: { title: en_title.trim() ? en_title : zh_title, body: en_body.trim() ? en_body : zh_body },
    urgency: urgent ? "urgent" : "normal",
    send_at: instant(send_at),
    ends_at: instant(ends_at),
  };
}

async function look() {
  seen = await call("POST", "/v1/broadcasts/preview", { body: { audience: audience() } });
  showSeen();
  byId("seen").scrollIntoView({ block: "nearest" });
}

function showSeen() {
  const second = seen.needs_second_person;
  const label = second || given.ask ? "cast_submit_ask" : given.send_at ? "cast_submit_at" : "cast_submit_now";
  const whole = (work, element) => byId("write").firstChild.reportValidity() && attempt(work, element);
  const send = button(t(label), () => whole(submit, send), { class: "strong" });
  const keep = button(t("cast_keep"), () => whole(draft, keep));
  fill(byId("seen"),
    h("p", { class: "count" }, seen.people === 0 ? t("cast_nobody") : t("cast_people", { n: seen.people ?? t("cast_few") })),
    h("p", { class: "quiet" }, t("cast_lock", { text: t("other_language") === "English" ? seen.push_zh : seen.push_en })),
    second ? h("p", { class: "warn-ink" }, t("cast_second")) : check("cast_ask", "ask"),
    send, keep);
}

async function save() {
  const body = written();
  const kept = given.version === null
    ? await call("POST", "/v1/broadcasts", { body: { ...body, id: given.id } })
    : await call("PUT", `/v1/broadcasts/${given.id}`, { body: { ...body, version: given.version } });
  given.version = kept.version;
  return kept;
}

async function draft() {
  await save();
  notice("cast", t("cast_kept"), { kind: "good" });
  await begin();
}

async function submit() {
  const { id, version } = await save();
  const { state } = await call("POST", `/v1/broadcasts/${id}/submit`, { body: { version, ask_second_person: given.ask } });
  notice("cast", t(`cast_now_${state}`), { kind: "good" });
  await begin();
}

async function begin() {
  given = seen = null;
  await read();
  byId("notices").scrollIntoView({ block: "nearest" });
}

// Takes a broadcast that has not begun into the form; what is kept of it is a draft again.
async function change(item) {
  const { kind, area_code: code, worker_kind, station_id, team_id, days } = item.audience;
  const english_of = (part) => (item.en[part] === item.zh[part] ? "" : item.en[part]);
  const from = own.find((mine) => code.startsWith(mine.code)) || { code };
  given = {
    ...blank(), id: item.id, version: item.version, kind, days: String(days),
    path: [from.code, ...DIGITS.filter((n) => n > from.code.length && n <= code.length).map((n) => code.slice(0, n))],
    worker_kind: worker_kind || "courier", station_id: station_id || "", team_id: team_id || "",
    zh_title: item.zh.title, zh_body: item.zh.body, en_title: english_of("title"), en_body: english_of("body"),
    urgent: item.urgency === "urgent", send_at: typedOf(Date.parse(item.send_at) > now() ? item.send_at : null), ends_at: typedOf(item.ends_at),
  };
  seen = null;
  notice("cast", "");
  await show();
  byId("write").scrollIntoView();
}

async function start() {
  speak(() => attempt(read));
  await accountButton(() => attempt(read));
  await attempt(read);
  setInterval(() => !document.hidden && own.length && !isAsking(byId("broadcasts")) && attempt(list), REFRESH_MS);
}

start();
