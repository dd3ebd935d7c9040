// The teams that one runs: who asks to come in, who belongs, codes by which people come in, hours typed for a member.
import { call, now, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { tag } from "./cards.js";
import { button, fill, h, notice } from "./dom.js";
import { asking, field, folded, lazy } from "./forms.js";
import { localOf } from "./shifts.js";
import { staffAreas, teamsRun } from "./teams-run.js";
import { t, timeOf } from "./words.js";

const SHOWN = 50;
const DAY_MS = 86400e3;

export async function show(place) {
  const [teams, areas] = await Promise.all([teamsRun(), staffAreas()]);
  if (teams.length === 0 && areas.length === 0) return fill(place, h("p", {}, t("no_team_run")));
  const parts = teams.map(([id, name]) => {
    const part = lazy(name, (told) => tell(told, id));
    part.className = "card";
    part.dataset.team = id;
    return part;
  });
  const offices = () => import("./organise-offices.js");
  const bodies = () => import("./organise-bodies.js");
  fill(
    place,
    h("h2", {}, t("run_teams")),
    areas.length > 0 && [
      lazy(t("team_found"), async (told) => (await offices()).founding(told, areas, () => show(place))),
      lazy(t("appointments"), async (told) => (await offices()).appointing(told, areas)),
      lazy(t("bodies"), async (told) => (await bodies()).bodies(told, areas)),
      lazy(t("units"), async (told) => (await bodies()).reporting(told, areas)),
    ],
    h("div", { class: "list" }, parts),
  );
  if (parts.length === 1) parts[0].open = true;
}

async function tell(told, id) {
  const { items, next_cursor: next } = await call("GET", `/v1/teams/${id}/members?limit=${SHOWN}`);
  const again = () => tell(told, id);
  const asks = items.filter(({ state }) => state === "requested");
  const members = items.filter(({ state }) => state === "active");
  const list = h("div", {}, members.map((each) => member(each, id, again)));
  fill(
    told,
    asks.length > 0 && [h("h3", {}, t("team_asks", { n: asks.length })), asks.map((each) => request(each, again))],
    invitePart(id),
    lazy(t("invitations"), (place) => invitations(place, id)),
    h("h3", {}, t("team_members")),
    list,
    next && moreButton(list, id, next, again),
  );
}

function moreButton(list, id, cursor, again) {
  const read = async () => {
    const { items, next_cursor: next } = await call("GET", `/v1/teams/${id}/members?${new URLSearchParams({ limit: SHOWN, cursor })}`);
    list.append(...items.map((each) => (each.state === "requested" ? request(each, again) : member(each, id, again))));
    more.replaceWith(next ? moreButton(list, id, next, again) : "");
  };
  const more = button(t("more"), () => attempt(read, more), { class: "wide" });
  return more;
}

function request({ id, display_name: name, asked_at }, again) {
  const decide = (lets_in, reason) => call("POST", `/v1/teams/members/${id}/decide`, { body: { lets_in, reason } }).then(again);
  const yes = button(t("accept"), () => attempt(() => decide(true, ""), yes), { class: "strong wide" });
  const why = field("decline_why", { maxlength: 200 });
  const head = h("div", { class: "card-head" }, h("b", {}, name), h("span", { class: "quiet" }, timeOf(asked_at, now())));
  return h("div", { class: "person", "data-member": id }, head, yes, folded(t("decline"), asking("decline", why.label, () => decide(false, why.input.value.trim()), { strong: false })));
}

function member({ id, display_name: name, is_coordinator, shares_phone }, teamId, again) {
  const told = h("p", { role: "status" });
  const dial = async () => {
    const { phone } = await call("POST", `/v1/teams/members/${id}/phone`);
    fill(told, h("a", { class: "button wide", href: `tel:${phone}` }, phone));
  };
  const phone = shares_phone && button(t("member_phone"), () => attempt(dial, phone), { class: "wide" });
  const turn = () => call("PUT", `/v1/teams/members/${id}/coordinator`, { body: { is_coordinator: !is_coordinator } }).then(again);
  const lead = button(t(is_coordinator ? "coordinator_no" : "coordinator_yes"), () => attempt(turn, lead), { class: "wide" });
  const why = field("remove_why", { maxlength: 200, required: true });
  const remove = asking("member_remove", why.label, () => call("POST", `/v1/teams/members/${id}/remove`, { body: { reason: why.input.value.trim() } }).then(again), { strong: false });
  const summary = h("summary", {}, name, is_coordinator && tag(t("coordinator_is")));
  return h("details", { class: "person", "data-member": id }, summary, phone, told, folded(t("hours_type"), hoursForm(teamId, id)), lead, folded(t("member_remove"), remove));
}

// Hours that nothing else evidences: with a reason, for a second person, and marked for ever.
function hoursForm(teamId, member_id) {
  let id = uuid();
  const today = localOf(new Date(now()).toISOString()).slice(0, 10);
  const day = field("hours_day", { type: "date", required: true, max: today, value: today });
  const minutes = field("hours_minutes_many", { type: "number", inputmode: "numeric", min: 1, max: 1440, required: true });
  const what = field("hours_what", { required: true });
  const why = field("hours_why", { required: true, maxlength: 200 });
  return asking("hours_send", [h("p", { class: "quiet" }, t("hours_hint")), day.label, minutes.label, what.label, why.label], async () => {
    const body = { id, member_id, served_on: day.input.value, minutes: minutes.input.valueAsNumber, activity: what.input.value.trim(), reason: why.input.value.trim() };
    await call("POST", `/v1/ledger/teams/${teamId}/recordings`, { body, key: id });
    id = uuid(); // the next one is another
    for (const { input } of [minutes, why]) input.value = "";
    notice("done", t("hours_sent"), { kind: "good" });
    scrollTo(0, 0);
  });
}

// The code is told once: read out, or its link is sent as somebody sends such things.
function invitePart(teamId) {
  let id = uuid();
  const told = h("div", { role: "status" });
  const many = field("invite_many", { type: "number", min: 1, max: 1000, required: true, value: 1 });
  const days = field("invite_days", { type: "number", min: 1, max: 60, required: true, value: 7 });
  const form = asking("invite_make", [many.label, days.label], async () => {
    const expires_at = new Date(now() + days.input.valueAsNumber * DAY_MS - 60e3).toISOString();
    const { code } = await call("POST", `/v1/teams/${teamId}/invitations`, { body: { id, most_uses: many.input.valueAsNumber, expires_at } });
    id = uuid();
    const href = `${location.origin}/volunteer#teams/${code}`;
    fill(told, h("p", { class: "exact" }, code), h("p", {}, t("invite_say")), h("p", { class: "address" }, h("a", { href }, href)));
  });
  return folded(t("invite"), form, told);
}

async function invitations(told, teamId) {
  const { items } = await call("GET", `/v1/teams/${teamId}/invitations`);
  const back = (id) => call("DELETE", `/v1/teams/${teamId}/invitations/${id}`).then(() => invitations(told, teamId));
  const row = ({ id, uses, most_uses, expires_at, revoked_at }) => {
    const isOpen = !revoked_at && uses < most_uses && Date.parse(expires_at) > now();
    const close = isOpen && button(t("invite_close"), () => attempt(() => back(id), close), { class: "wide" });
    return h("div", { class: "person" }, h("p", {}, t("invite_used", { n: uses, all: most_uses, time: timeOf(expires_at, now()) }), revoked_at && ` · ${t("invite_closed")}`), close);
  };
  fill(told, items.length === 0 ? h("p", {}, t("invitations_none")) : items.map(row));
}
