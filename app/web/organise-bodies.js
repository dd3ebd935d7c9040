// What answers for teams and who speaks for it, and which units serve a community (双报到): for an area's staff.
import { call, uuid } from "./api.js";
import { areaSearch } from "./area-choice.js";
import { attempt } from "./attempt.js";
import { button, fill, h, notice } from "./dom.js";
import { asking, field, folded, isMeant, lazy, select } from "./forms.js";
import { readPage } from "./paging.js";
import { t } from "./words.js";

const KINDS = ["unit", "community", "party_org", "society", "company"];
const COMMUNITY = 5; // the level of a community among the divisions
const SHOWN = 100;
const BODIES = "/v1/teams/organisations";

const good = (key) => notice("done", t(key), { kind: "good" });

export async function bodies(told, areas) {
  const again = () => bodies(told, areas);
  const list = h("div");
  await Promise.all(areas.map((area) => readPage(list, (each) => body(each, again), BODIES, { area, limit: SHOWN })));
  fill(told, folded(t("body_enter"), await form(areas, null, again)), list);
}

function body(given, again) {
  const { id, name, kind, responsible, phone, ended_at, version } = given;
  const summary = h("summary", {}, name, " · ", t(`body_kind_${kind}`), ended_at && ` · ${t("body_over")}`);
  const close = () => call("POST", `/v1/teams/organisations/${id}/end`, { body: { version } }).then(again);
  const end = button(t("body_end"), () => isMeant(end, t("body_end_sure")) && attempt(close, end), { class: "wide" });
  const parts = [
    lazy(t("speakers"), (told) => speakers(told, id)),
    lazy(t("body_change"), async (told) => fill(told, await form([given.area_code], given, again))),
    end,
  ];
  return h("details", { class: "person", "data-body": id }, summary, h("p", {}, [responsible, phone].filter(Boolean).join(" · ")), !ended_at && parts);
}

async function form(areas, kept, again) {
  const named = await Promise.all(areas.map((code) => call("GET", `/v1/areas/${code}`, { signedIn: false })));
  const id = kept?.id ?? uuid();
  const name = field("body_name", { required: true, value: kept?.name });
  const kind = select(KINDS.map((each) => [each, t(`body_kind_${each}`)]), kept?.kind);
  const area = select(named.map(({ code, name: called }) => [code, called]));
  const who = field("body_responsible", { required: true, maxlength: 40, value: kept?.responsible });
  const phone = field("body_phone", { type: "tel", maxlength: 40, value: kept?.phone });
  return asking("body_save", [name.label, h("label", {}, t("body_kind"), kind), h("label", {}, t("appoint_where"), area), h("p", { class: "quiet" }, t("body_printed")), who.label, phone.label], async () => {
    const said = { name: name.input.value.trim(), kind: kind.value, area_code: area.value, responsible: who.input.value.trim(), phone: phone.input.value.trim(), parent_id: kept?.parent_id ?? null, credit_code: kept?.credit_code ?? null };
    if (kept) await call("PUT", `/v1/teams/organisations/${id}`, { body: { ...said, version: kept.version } });
    else await call("POST", "/v1/teams/organisations", { body: { ...said, id }, key: id });
    await again();
    good("body_saved");
  });
}

async function speakers(told, bodyId) {
  const { items } = await call("GET", `/v1/teams/organisations/${bodyId}/liaisons`);
  const again = () => speakers(told, bodyId);
  const row = ({ id, display_name: name, valid_from: from, valid_to: to }) => {
    const away = () => call("DELETE", `/v1/teams/organisations/${bodyId}/liaisons/${id}`).then(again);
    const end = button(t("speaker_end"), () => isMeant(end, t("speaker_end_sure")) && attempt(away, end), { class: "wide" });
    return h("div", { class: "person", "data-speaker": id }, h("p", {}, h("b", {}, name), ` ${from} – ${to ?? ""}`), end);
  };
  const key = uuid();
  const phone = field("appoint_phone", { type: "tel", required: true, maxlength: 20 });
  const name = field("appoint_name", { maxlength: 40 });
  const until = field("speaker_until", { type: "date" });
  const send = async () => {
    const called = name.input.value.trim();
    const given = { phone: phone.input.value.trim(), ...(called && { display_name: called }), ...(until.input.value && { valid_to: until.input.value }) };
    await call("POST", `/v1/teams/organisations/${bodyId}/liaisons`, { body: given, key });
    await again();
  };
  fill(told, items.length === 0 ? h("p", {}, t("speakers_none")) : items.map(row), folded(t("speaker_name"), asking("speaker_name", [phone.label, name.label, until.label], send)));
}

// A community is found by its name; a clerk's own is there at once.
export function reporting(told, areas) {
  const show = (found) => found.map(({ code, name }) => community(code, name, areas));
  const [form, rows] = areaSearch(t("reporting_where_staff"), show, { level: COMMUNITY, inside: areas });
  fill(told, h("p", { class: "quiet" }, t("units_about")), form, rows);
  return Promise.all(areas.map((code) => call("GET", `/v1/areas/${code}`, { signedIn: false }))).then((own) => {
    fill(rows, show(own.filter(({ level }) => level === COMMUNITY)));
  });
}

function community(code, name, areas) {
  const part = lazy(`${name} ${code}`, (told) => units(told, code, areas));
  part.className = "person";
  part.dataset.community = code;
  return part;
}

async function units(told, community_code, areas) {
  const [{ units: there, people }, { items }] = await Promise.all([call("GET", `/v1/teams/dual-reporting/communities/${community_code}`), call("GET", `${BODIES}?${new URLSearchParams({ area: community_code.slice(0, 6), limit: SHOWN })}`)]);
  const again = () => units(told, community_code, areas);
  const row = ({ id, name, reported_at }) => {
    const end = button(t("unit_end"), () => isMeant(end, t("unit_end_sure")) && attempt(() => call("DELETE", `/v1/teams/dual-reporting/units/${id}`).then(again), end), { class: "wide" });
    return h("div", { class: "person", "data-unit": id }, h("p", {}, h("b", {}, name), ` ${reported_at.slice(0, 10)}`), end);
  };
  const id = uuid();
  const free = items.filter((each) => !each.ended_at && !there.some(({ organisation_id: taken }) => taken === each.id));
  const unit = select(free.map(({ id: value, name }) => [value, name]));
  const enter = () => call("POST", "/v1/teams/dual-reporting/units", { body: { id, organisation_id: unit.value, community_code }, key: id }).then(again);
  fill(
    told,
    h("p", {}, people === null ? t("units_few") : t("units_people", { n: people })),
    there.length === 0 ? h("p", {}, t("units_none")) : there.map(row),
    free.length > 0 && asking("unit_enter", h("label", {}, t("unit_which"), unit), enter, { strong: false }),
  );
}
