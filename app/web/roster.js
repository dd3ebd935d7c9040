// The duty roster of an office: who would be called now, where nobody would, and the turns of seven days.
import { accountButton, askToSignIn } from "./account.js";
import { account, call, now, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { button, byId, fill, h, icon, notice, speak } from "./dom.js";
import { asking, field, folded, isMeant, select } from "./forms.js";
import "./roster-words.js";
import { instantOf, localOf } from "./shifts.js";
import { staffAreas } from "./teams-run.js";
import { t, timeOf } from "./words.js";

const TURN_MS = 12 * 3600e3;

let own = []; // {code, name} of the areas that one keeps a roster of
let code = "";
let people = [];

const clock = (at) => timeOf(at, now());
const spanOf = ({ starts_at, ends_at }) => `${clock(starts_at)} – ${clock(ends_at)}`;
const nameOf = (id) => people.find((each) => each.id === id)?.name;
const namesOf = (list) => list.map(({ name }) => name).join("、");

async function read() {
  fill(byId("mine"));
  if (!(await account())) return fill(byId("roster"), h("p", {}, t("roster_only")), button(t("sign_in"), askToSignIn, { class: "find again" }));
  const [{ shifts: mine }, areas] = await Promise.all([call("GET", "/v1/duty/shifts/mine"), staffAreas()]);
  showMine(mine);
  own = await Promise.all(areas.map((each) => call("GET", `/v1/areas/${each}`, { signedIn: false })));
  if (own.length === 0) return fill(byId("roster"));
  if (!own.some((each) => each.code === code)) code = own[0].code;
  const at = `/v1/duty/rosters/${code}`;
  const [roster, found] = await Promise.all([call("GET", at), call("GET", `${at}/people`)]);
  people = found.people;
  show(roster);
}

function showMine(turns) {
  const line = (turn) => h("li", {}, h("b", {}, spanOf(turn)), " ", t(turn.rank ? `rank_${turn.rank}` : "roster_deputy"));
  fill(byId("mine"), h("h2", {}, t("roster_mine")), turns.length > 0 ? h("ul", {}, turns.map(line)) : h("p", {}, t("roster_mine_none")));
}

function show({ now: rungs, is_anybody_on_duty: isAnybody, shifts, gaps, overlaps }) {
  const place = select(own.map((each) => [each.code, each.name]), code);
  place.addEventListener("change", () => ((code = place.value), attempt(read)));
  const turns = shifts.filter(({ cancelled_at: off }) => !off);
  fill(
    byId("roster"),
    h("label", {}, t("roster_area"), place),
    !isAnybody && h("div", { class: "notice bad" }, icon("bad"), h("span", {}, t("roster_nobody_at_all"))),
    h("h3", {}, t("roster_now")),
    h("ol", { class: "list" }, rungs.map(rung)),
    h("h3", {}, t("roster_gaps")),
    gaps.length === 0 && h("p", { class: "good-ink" }, t("roster_no_gaps")),
    h("ul", { class: "list" }, gaps.map(gap)),
    h("h3", {}, t("roster_week")),
    turns.length === 0 && h("p", {}, t("roster_none")),
    h("ul", { class: "list" }, turns.map((turn) => card(turn, overlaps))),
    folded(t("roster_add"), form({ starts_at: new Date(now()).toISOString() })),
  );
}

function rung({ rung: rank, after_s: after, people: called }) {
  const when = after === 0 ? t("roster_at_once") : t("roster_after", { n: Math.round(after / 60) });
  return h("li", {}, h("b", {}, t(`rank_${rank}`)), h("span", { class: "quiet" }, ` · ${when} · `), h("span", { class: called.length > 0 ? null : "bad-ink" }, namesOf(called) || t("roster_nobody")));
}

function gap(stretch) {
  const part = folded(t("roster_fill"), form(stretch));
  return h("li", { class: "card" }, h("b", { class: "bad-ink" }, t(`rank_${stretch.rank}`)), " ", spanOf(stretch), part);
}

const isWithin = (one, other) => Date.parse(one.starts_at) < Date.parse(other.ends_at) && Date.parse(other.starts_at) < Date.parse(one.ends_at);

function card(turn, overlaps) {
  const { name, rank, in_place_of_id: away } = turn;
  const twice = overlaps.filter((each) => each.rank === rank && isWithin(each, turn));
  const off = button(t("roster_cancel"), () => isMeant(off, t("roster_cancel_sure")) && attempt(() => cancel(turn), off), { class: "wide" });
  return h("li", { class: "card", "data-turn": turn.id },
    h("div", { class: "card-head" }, h("h3", {}, name || t("roster_gone")), h("b", {}, rank ? t(`rank_${rank}`) : t("roster_in_place_of", { name: nameOf(away) || t("roster_gone") }))),
    h("p", {}, spanOf(turn)),
    twice.map((each) => h("p", { class: "warn-ink" }, t("roster_twice", { people: namesOf(each.people) }), " ", spanOf(each))),
    folded(t("roster_change"), form(turn), off));
}

async function cancel({ id, version }) {
  await call("POST", `/v1/duty/shifts/${id}/cancel`, { body: { version } });
  await read();
  notice("done", t("roster_cancelled"), { kind: "good" });
}

// Who fills a long gap takes its first half day.
const until = ({ starts_at, ends_at, id }) => (id ? ends_at : new Date(Math.min(Date.parse(starts_at) + TURN_MS, Date.parse(ends_at ?? "9999-01-01"))).toISOString());

// Those who serve now, and whoever stands in the turn already: else the first in the list would take their place unseen.
const withOne = (id, name) => (!id || nameOf(id) ? people : [...people, { id, name: name || t("roster_gone") }]);

// A turn as it is, a gap to fill, or a new one; who is away is chosen as "in place of".
function form(turn) {
  const { id, version, account_id: who, rank, in_place_of_id: away, starts_at } = turn;
  const made = uuid(); // once a form: a tap after a lost answer is the same turn
  const person = select(withOne(who, turn.name).map((each) => [each.id, each.name]), who);
  const ranks = ["first", "backup"].map((each) => [each, t(`rank_${each}`)]);
  const as = select([...ranks, ...withOne(away).map((each) => [each.id, t("rank_deputy", { name: each.name })])], away || rank);
  const from = field("roster_from", { type: "datetime-local", required: true, value: localOf(starts_at) });
  const to = field("roster_until", { type: "datetime-local", required: true, value: localOf(until(turn)) });
  const save = async () => {
    const isRank = ["first", "backup"].includes(as.value);
    const given = { account_id: person.value, rank: isRank ? as.value : null, in_place_of_id: isRank ? null : as.value, starts_at: instantOf(from.input.value), ends_at: instantOf(to.input.value) };
    if (version) await call("PUT", `/v1/duty/shifts/${id}`, { body: { ...given, area_code: code, version } });
    else await call("POST", `/v1/duty/rosters/${code}/shifts`, { body: { id: made, ...given } });
    await read();
    notice("done", t("roster_saved"), { kind: "good" });
  };
  return asking("roster_save", [h("label", {}, t("roster_person"), person), h("label", {}, t("roster_rank"), as), from.label, to.label], save);
}

async function start() {
  speak(() => attempt(read));
  await accountButton(() => attempt(read));
  await attempt(read);
}

start();
