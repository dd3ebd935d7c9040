// What a clerk looks for besides the usual: area, category, state, unit, late, mine; kept under a name and counted.
import { areaChoice } from "./area-choice.js";
import { call, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { areaName, categories, nameOf } from "./desk-parts.js";
import { unitChoice } from "./desk-units.js";
import "./desk-words.js";
import { button, fill, h } from "./dom.js";
import { asking, check, field, folded, isMeant, several } from "./forms.js";
import { t } from "./words.js";

const STATES = ["submitted", "accepted", "dispatched", "in_progress", "returned", "suspended", "resolved", "closed", "rejected", "duplicate", "withdrawn"];
const URGENCIES = ["emergency", "urgent", "normal"];

export const stored = async () => (await call("GET", "/v1/reports/filters")).filters;

// As the list's address wants it: what was left open is left out.
export const asked = (filter) => Object.entries(filter).flatMap(([key, value]) => (Array.isArray(value) ? value.map((each) => [key, each]) : value == null || value === "" ? [] : [[key, value]]));

// A fold with every filter; `use` takes {id, name, filter} to look at, `changed` runs when filters were kept or dropped.
export function finder(use, changed) {
  const place = h("div");
  const fold = folded(t("desk_find"), place);
  fold.id = "find";
  let current = null;
  fold.addEventListener("toggle", () => fold.open && !place.firstChild && attempt(() => draw(current)));

  async function draw(kept) {
    const before = kept?.filter || {};
    const [names, unit] = await Promise.all([categories(), unitChoice("desk_by_unit", { chosen: before.unit_id, any: t("desk_any") })]);
    const chooser = (name, key, pairs) => {
      const choice = several(t(key), t("desk_any"), pairs, before[name]);
      choice.fold.dataset.filter = name;
      return choice;
    };
    const listed = [...names.values()].filter(({ is_confidential: isSecret }) => !isSecret); // those have a list of their own
    const category = chooser("category_ids", "desk_category", listed.map((each) => [each.id, nameOf(each, each.id)]));
    const state = chooser("states", "desk_state", STATES.map((each) => [each, t(`report_${each}`)]));
    const urgency = chooser("urgencies", "desk_urgency", URGENCIES.map((each) => [each, t(`urgency_${each}`)]));
    const late = check(t("desk_late"), before.is_overdue === true);
    const mine = check(t("desk_mine"), before.is_mine === true);
    const unplaced = check(t("desk_pins"), before.is_pin_missing === true);
    const { input: text, label: words } = field("desk_search", { maxlength: 50, value: before.text });
    const { input: name, label: called } = field("desk_filter_name", { maxlength: 40, value: kept?.name });
    let area = before.area_code ?? null;
    const where = h("p", {});
    const tell = async () => fill(where, `${t("desk_area")}: ${area ? await areaName(area) : t("desk_any")}`, area && button(t("desk_any"), () => ((area = null), tell()), { class: "plain" }));
    await tell();
    const said = () => ({
      ...(area && { area_code: area }),
      ...(unit.input.value && { unit_id: unit.input.value }),
      ...(late.box.checked ? { is_overdue: true } : before.is_overdue === false && { is_overdue: false }),
      states: state.said(),
      urgencies: urgency.said(),
      category_ids: category.said(),
      is_mine: mine.box.checked,
      is_pin_missing: unplaced.box.checked,
      text: text.value.trim(),
    });
    const keep = async (id) => {
      name.required = true;
      const isNamed = name.reportValidity();
      name.required = false;
      if (!isNamed) return;
      const filter = { id, name: name.value.trim(), filter: said() };
      await call("PUT", `/v1/reports/filters/${id}`, { body: { name: filter.name, filter: filter.filter } });
      await show(filter);
      await changed();
      use(filter);
    };
    const save = button(t(kept?.id ? "desk_filter_change" : "desk_filter_keep"), () => attempt(() => keep(kept?.id || uuid()), save), { "data-do": "keep" });
    const drop = button(t("desk_filter_drop"), () => isMeant(drop, t("desk_filter_sure")) && attempt(async () => {
      await call("DELETE", `/v1/reports/filters/${kept.id}`);
      await show(null);
      await changed(kept.id);
    }, drop), { "data-do": "drop" });
    fill(place, folded(t("desk_area_other"), areaChoice((found) => ((area = found.code), tell()))), where,
      asking("desk_show", [h("div", { class: "pickers" }, category.fold, state.fold, urgency.fold), unit.parts, h("div", { class: "line" }, late.label, mine.label, unplaced.label), words], async () => use({ ...kept, filter: said() })),
      called, h("div", { class: "row" }, save, kept?.id && drop));
  }

  // Shows another filter's content, where the fold is open.
  async function show(kept) {
    current = kept;
    fill(place);
    if (fold.open) await draw(kept);
  }

  return { fold, show };
}
