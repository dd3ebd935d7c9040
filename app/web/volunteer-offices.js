// What one was appointed to and what that opens; where one reports as a neighbour (双报到), for oneself or a unit.
import { call, uuid } from "./api.js";
import { areaSearch } from "./area-choice.js";
import { attempt } from "./attempt.js";
import { button, fill, h } from "./dom.js";
import { asking, isMeant, lazy, select } from "./forms.js";
import { language, t } from "./words.js";

const COMMUNITY = 5; // the level of a community among the divisions

export async function appointments(told) {
  const { items } = await call("GET", "/v1/appointments/mine");
  fill(told, items.length === 0 ? h("p", {}, t("appointed_none")) : h("ul", { class: "list" }, items.map(appointment)));
}

function appointment({ kind, issuing_body: body, valid_from: from, valid_to: to, is_in_force, revoked_reason: why, opens }) {
  const names = opens.map(({ name_zh: zh, name_en: en }) => (language() === "zh" ? zh : en));
  return h(
    "li",
    { class: "card" },
    h("h3", {}, t(`appointed_${kind}`)),
    h("p", {}, t("appointed_by", { who: body, from, to })),
    h("p", { class: `state ${is_in_force ? "good-ink" : "warn-ink"}` }, t(is_in_force ? "appointed_now" : "appointed_over")),
    why && h("p", { class: "quiet" }, why),
    names.length > 0 && h("p", {}, t("appointed_opens", { what: names.join(", ") })),
    is_in_force && h("a", { class: "button wide", href: "/report" }, t("to_report")),
  );
}

export async function reporting(told) {
  const { reporting: own } = await call("GET", "/v1/teams/dual-reporting/mine");
  const again = () => reporting(told);
  if (!own) return fill(told, h("p", { class: "quiet" }, t("reporting_about")), reportForm(again));
  const { name } = await call("GET", `/v1/areas/${own.community_code}`, { signedIn: false });
  const end = button(t("reporting_end"), () => isMeant(end, t("reporting_end_sure")) && attempt(() => call("DELETE", "/v1/teams/dual-reporting/mine").then(again), end));
  fill(told, h("p", { class: "state good-ink" }, t("reporting_at", { name })), end);
}

// The community is found by its name, then the unit among those of its county; none is an answer, too.
function reportForm(again) {
  const row = ({ code, name }) => lazy(`${name} ${code}`, (told) => unitForm(told, code, again));
  return areaSearch(t("reporting_where"), (found) => found.map(row), { level: COMMUNITY });
}

async function unitForm(told, community_code, again) {
  const id = uuid();
  const { items } = await call("GET", `/v1/teams/organisations?${new URLSearchParams({ area: community_code.slice(0, 6), limit: 100 })}`, { signedIn: false });
  const units = items.filter(({ kind, ended_at }) => kind === "unit" && !ended_at);
  const unit = select([["", t("reporting_self")], ...units.map(({ id: value, name }) => [value, name])]);
  unit.required = false;
  const send = async () => {
    const body = { id, community_code, ...(unit.value && { organisation_id: unit.value }) };
    await call("POST", "/v1/teams/dual-reporting/mine", { body, key: id });
    await again();
  };
  fill(told, asking("reporting_send", h("label", {}, t("reporting_for"), unit), send));
}
