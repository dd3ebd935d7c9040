// What an area's staff does for volunteering: found a team, appoint people for a term, end an appointment early.
import { call, now, uuid } from "./api.js";
import { areaChoice } from "./area-choice.js";
import { button, fill, h, notice } from "./dom.js";
import { asking, check, field, folded, select } from "./forms.js";
import { readPage } from "./paging.js";
import { localOf } from "./shifts.js";
import { t } from "./words.js";

const TEAM_KINDS = ["pioneer_riders", "red_stewards", "party_members", "community", "youth", "professional", "other"];
const OFFICES = ["part_time_grid_member", "food_safety_supervisor", "civility_demonstrator", "road_safety_supervisor"];
const SHOWN = 50;
const YEAR_MS = 365 * 86400e3;

const dayOf = (at) => localOf(new Date(at).toISOString()).slice(0, 10);

export async function founding(told, areas, done) {
  const pages = await Promise.all(areas.map((area) => call("GET", `/v1/teams/organisations?${new URLSearchParams({ area, limit: 100 })}`, { signedIn: false })));
  const bodies = pages.flatMap((page) => page.items).filter(({ ended_at }) => !ended_at);
  if (bodies.length === 0) return fill(told, h("p", {}, t("bodies_none")));
  const id = uuid();
  const body = select(bodies.map((each) => [each.id, each.name]));
  const name = field("team_name", { required: true });
  const kind = select(TEAM_KINDS.map((each) => [each, t(`team_kind_${each}`)]));
  const about = h("textarea", { maxlength: 2000 });
  const open = check(t("team_open"), true);
  const found = async () => {
    const { area_code } = bodies.find((each) => each.id === body.value);
    const given = { id, organisation_id: body.value, name: name.input.value.trim(), kind: kind.value, area_code, about: about.value.trim(), takes_requests: open.box.checked, founded_on: dayOf(now()) };
    await call("POST", "/v1/teams", { body: given, key: id });
    await done();
    notice("done", t("team_founded"), { kind: "good" });
  };
  fill(told, asking("team_found", [h("label", {}, t("team_body"), body), name.label, h("label", {}, t("team_kind"), kind), h("label", {}, t("team_about"), about), open.label], found));
}

export async function appointing(told, areas) {
  const again = () => appointing(told, areas);
  const list = h("div");
  const items = await readPage(list, (each) => appointed(each, again), "/v1/appointments", { limit: SHOWN });
  fill(told, folded(t("appoint"), await appointForm(areas, again)), items.length === 0 && h("p", {}, t("appointed_nobody")), list);
}

function appointed({ id, kind, display_name: name, issuing_body: who, valid_from: from, valid_to: to }, again) {
  const why = field("revoke_why", { required: true, maxlength: 200 });
  const revoke = () => call("POST", `/v1/appointments/${id}/revoke`, { body: { reason: why.input.value.trim() } }).then(again);
  return h(
    "div",
    { class: "person", "data-appointment": id },
    h("div", { class: "card-head" }, h("b", {}, name), h("span", {}, t(`appointed_${kind}`))),
    h("p", { class: "quiet" }, t("appointed_by", { who, from, to })),
    folded(t("revoke"), asking("revoke", why.label, revoke, { strong: false })),
  );
}

// Without an account one is made for the number; whoever signs in with it has it.
async function appointForm(areas, again) {
  const named = await Promise.all(areas.map((code) => call("GET", `/v1/areas/${code}`, { signedIn: false })));
  const id = uuid();
  const kind = select(OFFICES.map((each) => [each, t(`appointed_${each}`)]));
  const phone = field("appoint_phone", { type: "tel", required: true, maxlength: 20 });
  const name = field("appoint_name", { maxlength: 40 });
  const who = field("appoint_body", { required: true });
  const area = select(named.map(({ code, name: called }) => [code, called]));
  const use = ({ code, name: called }) => {
    if (![...area.options].some(({ value }) => value === code)) area.append(h("option", { value: code }, called));
    area.value = code;
    area.focus();
  };
  const from = field("appoint_from", { type: "date", required: true, value: dayOf(now()) });
  const to = field("appoint_to", { type: "date", required: true, value: dayOf(now() + YEAR_MS) });
  const form = asking("appoint", [h("label", {}, t("appoint_as"), kind), phone.label, name.label, who.label, h("label", {}, t("appoint_where"), area), from.label, to.label], async () => {
    const called = name.input.value.trim();
    const body = { id, kind: kind.value, phone: phone.input.value.trim(), ...(called && { display_name: called }), issuing_body: who.input.value.trim(), area_code: area.value, valid_from: from.input.value, valid_to: to.input.value };
    await call("POST", "/v1/appointments", { body, key: id });
    await again();
    notice("done", t("appointed_done"), { kind: "good" });
  });
  return [form, folded(t("appoint_below"), areaChoice(use, areas))];
}
