// One's teams: come in by a code, ask, leave, show one's number; the calendar's secret address.
import { call, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { tag } from "./cards.js";
import { button, fill, h, notice } from "./dom.js";
import { isMeant, lazy } from "./forms.js";
import * as store from "./store.js";
import { t } from "./words.js";

const OPEN = ["requested", "active"];
const MOST_TEAMS = 50;

let place = null;

export async function show(element) {
  place = element;
  const area = await store.get("values", "area");
  const { items } = await call("GET", "/v1/teams/mine");
  const mine = items.filter(({ state }) => OPEN.includes(state));
  fill(
    place,
    h("h2", {}, t("tab_teams")),
    mine.length === 0 && h("p", {}, t("teams_none")),
    h("ul", { class: "list" }, mine.map(membership)),
    mine.some(({ is_coordinator, state }) => is_coordinator && state === "active") && h("a", { class: "button wide", href: "/organise" }, t("to_organise")),
    codePart(),
    nearPart(area, new Set(mine.map(({ team_id }) => team_id))),
    calendarPart(),
    h("h2", {}, t("offices")),
    lazy(t("appointments_mine"), async (told) => (await import("./volunteer-offices.js")).appointments(told)),
    lazy(t("reporting"), async (told) => (await import("./volunteer-offices.js")).reporting(told)),
  );
}

const again = () => show(place);

function membership({ id, team_name, state, is_coordinator, shares_phone }) {
  const share = h("input", { type: "checkbox", checked: shares_phone });
  share.addEventListener("change", () => attempt(() => call("PUT", `/v1/teams/memberships/${id}/shares-phone`, { body: { shares_phone: share.checked } }), share));
  const leave = button(t(state === "active" ? "team_leave" : "wait_back"), () => (state !== "active" || isMeant(leave, t("team_leave_sure"))) && attempt(() => call("POST", `/v1/teams/memberships/${id}/leave`).then(again), leave));
  return h(
    "li",
    { class: "card", "data-member": id },
    h("h3", {}, team_name, is_coordinator && tag(t("coordinator"))),
    h("p", { class: "state" }, t(`member_${state}`)),
    h("label", { class: "check" }, share, t("shares_phone")),
    leave,
  );
}

// Coming in by an invitation's code.
function codePart() {
  const id = uuid();
  const linked = location.hash.split("/")[1] ?? ""; // the link that a coordinator sent holds it
  const code = h("input", { class: "exact", autocomplete: "off", autocapitalize: "off", spellcheck: "false", minlength: 6, maxlength: 40, required: true, value: linked });
  const share = h("input", { type: "checkbox" });
  const send = h("button", { type: "submit", class: "strong" }, t("team_join"));
  const form = h("form", {}, h("label", {}, t("invitation_code"), code), h("label", { class: "check" }, share, t("shares_phone")), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { id, code: code.value.trim(), shares_phone: share.checked };
    const join = async () => {
      await call("POST", "/v1/teams/join", { body });
      history.replaceState(null, "", "#teams");
      await again();
      notice("done", t("team_joined"), { kind: "good" });
    };
    attempt(join, send);
  });
  return h("details", { open: Boolean(linked) }, h("summary", {}, t("invited")), form);
}

// The teams of the chosen area, to ask at.
function nearPart(area, mine) {
  const told = h("div", { role: "status" });
  const details = h("details", {}, h("summary", {}, area ? t("teams_in", { name: area.name }) : t("teams_all")), told);
  details.addEventListener("toggle", () => details.open && !told.firstChild && attempt(read));
  const read = async () => {
    const query = new URLSearchParams({ limit: MOST_TEAMS, ...(area && { area: area.code }) });
    const { items } = await call("GET", `/v1/teams?${query}`, { signedIn: false });
    fill(told, items.length === 0 && h("p", {}, t("teams_none_here")), h("ul", { class: "list" }, items.map((team) => teamCard(team, mine.has(team.id)))));
  };
  return details;
}

function teamCard({ id, name, kind, about, members, takes_requests }, isMine) {
  const wish = uuid();
  const ask = () => call("POST", `/v1/teams/${id}/requests`, { body: { id: wish }, key: wish }).then(again);
  const tap = button(t("team_ask"), () => attempt(ask, tap), { class: "strong" });
  return h(
    "li",
    { class: "card" },
    h("h3", {}, name),
    h("p", { class: "quiet" }, `${t(`team_kind_${kind}`)} · ${t("people", { n: members })}`),
    h("p", {}, about),
    isMine ? h("p", { class: "state good-ink" }, t("team_mine")) : takes_requests ? tap : h("p", { class: "quiet" }, t("team_by_invitation")),
  );
}

// The address is told once; making another closes the one before.
function calendarPart() {
  const told = h("div", { role: "status" });
  const make = button(t("calendar_make"), () => attempt(open, make), { class: "strong" });
  const revoke = button(t("calendar_close"), () => isMeant(revoke, t("calendar_close_sure")) && attempt(close, revoke));
  const open = async () => {
    const { path } = await call("POST", "/v1/activities/calendar");
    const href = location.origin + path;
    fill(told, h("p", {}, t("calendar_hint")), h("p", { class: "address" }, h("a", { href: href.replace(/^https?/, "webcal") }, href)));
  };
  const close = async () => {
    await call("DELETE", "/v1/activities/calendar");
    fill(told, h("p", {}, t("calendar_closed")));
  };
  return [h("h2", {}, t("calendar")), h("p", { class: "quiet" }, t("calendar_about")), h("div", { class: "row" }, make, revoke), told];
}
