// A district's points: whether there are any, what they are given for, what became of them. Nobody's name, no order.
import { call, now, Refusal, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h, notice } from "./dom.js";
import { asking, check, field, folded, isMeant, select } from "./forms.js";
import { ruleOf } from "./points-rules.js";
import "./points-words.js";
import { localOf } from "./shifts.js";
import { t } from "./words.js";

const DAY_MS = 86400e3;
const LOOK_DAYS = 31;
const SOURCES = ["hours", "report", "check"];
const SUMS = ["earned", "taken_back", "held_back", "refunded", "redeemed", "expired", "available_now", "held_now"];

const dayOf = (at) => localOf(new Date(at).toISOString()).slice(0, 10);

export async function show(told, areas) {
  const named = await Promise.all(areas.map((code) => call("GET", `/v1/areas/${code}`, { signedIn: false })));
  fill(told, named.map(({ code, name }) => {
    const place = h("div", { class: "person" });
    attempt(() => tell(place, code, name));
    return place;
  }));
}

// What the area itself says; where it says nothing, what is said above it holds.
async function tell(place, code, name) {
  const said = await call("GET", `/v1/points/schemes/${code}`, { signedIn: false }).catch((error) => {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  });
  const own = said && said.area_code === code ? said : null;
  const again = () => tell(place, code, name);
  const standing = t(said?.is_on ? "scheme_on" : "scheme_off");
  fill(
    place,
    h("p", {}, h("b", {}, name), ` · ${standing}`),
    folded(t("scheme_change"), schemeForm(code, own, again)),
    own?.is_on && [own.rules.map((rule) => ruleRow(rule, again)), folded(t("rule_add"), ruleForm(code, again)), await sums(code)],
  );
}

function schemeForm(code, own, again) {
  const on = check(t("scheme_is_on"), Boolean(own?.is_on));
  const hold = field("scheme_hold", { type: "number", min: 1, max: 744, required: true, value: (own?.hold_minutes ?? 1440) / 60, step: "any" });
  const lasts = field("scheme_lasts", { type: "number", min: 1, max: 120, value: own?.lasts_months });
  return asking("scheme_keep", [h("p", { class: "quiet" }, t("scheme_hint")), on.label, hold.label, lasts.label], async () => {
    const body = { is_on: on.box.checked, hold_minutes: Math.round(hold.input.valueAsNumber * 60), lasts_months: lasts.input.valueAsNumber || null, version: own?.version ?? 0 };
    await call("PUT", `/v1/points/schemes/${code}`, { body });
    await again();
    notice("done", t("scheme_kept"), { kind: "good" });
  });
}

function ruleRow(rule, again) {
  const { id, valid_from: from, valid_to: to } = rule;
  const isOver = to && to < dayOf(now());
  const finish = () => call("POST", `/v1/points/rules/${id}/end`, { body: { valid_to: dayOf(now()) } }).then(again);
  const end = !to && button(t("rule_end"), () => isMeant(end, t("rule_end_sure")) && attempt(finish, end), { class: "wide" });
  return h("div", { class: "person", "data-rule": id }, h("p", { class: isOver && "quiet" }, `${ruleOf(rule)} · ${from}–${to ?? ""}`), end);
}

// Begins tomorrow: what was served so far was served under what held then.
function ruleForm(code, again) {
  const id = uuid();
  const source = select(SOURCES.map((each) => [each, t(`source_${each}`)]));
  const worth = field("rule_points", { type: "number", min: 1, max: 100000, required: true, value: 10 });
  const per = field("rule_minutes", { type: "number", min: 1, max: 1440, required: true, value: 60 });
  const cap = field("rule_cap", { type: "number", min: 1, max: 100000, required: true, value: 80 });
  const capPer = select(["day", "month"].map((each) => [each, t(`rule_per_${each}`)]));
  source.addEventListener("change", () => {
    per.label.hidden = source.value !== "hours";
    per.input.required = source.value === "hours";
  });
  const parts = [h("label", {}, t("rule_source"), source), worth.label, per.label, cap.label, h("label", {}, t("rule_cap_per"), capPer)];
  return asking("rule_add", parts, async () => {
    const body = { id, source: source.value, points: worth.input.valueAsNumber, ...(source.value === "hours" && { per_minutes: per.input.valueAsNumber }), cap: cap.input.valueAsNumber, cap_per: capPer.value, valid_from: dayOf(now() + DAY_MS) };
    await call("POST", `/v1/points/schemes/${code}/rules`, { body });
    await again();
    notice("done", t("scheme_kept"), { kind: "good" });
  });
}

async function sums(code) {
  const found = await call("GET", `/v1/points/schemes/${code}/figures?${new URLSearchParams({ since: dayOf(now() - LOOK_DAYS * DAY_MS), until: dayOf(now()) })}`);
  return h("dl", {}, SUMS.map((each) => [h("dt", {}, t(`sum_${each}`)), h("dd", {}, String(found[each]))]));
}
