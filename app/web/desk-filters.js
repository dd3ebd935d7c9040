// What a clerk looks for besides the usual: area, category, state, unit, late, mine; kept under a name and counted.
import { areaChoice } from "./area-choice.js";
import { call, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { areaName, categories, nameOf } from "./desk-parts.js";
import "./desk-words.js";
import { button, fill, h } from "./dom.js";
import { asking, check, field, folded, isMeant, select } from "./forms.js";
import { t } from "./words.js";

const STATES = ["submitted", "accepted", "dispatched", "in_progress", "returned", "suspended", "resolved", "closed", "rejected", "duplicate", "withdrawn"];
const URGENCIES = ["emergency", "urgent", "normal"];

export const stored = async () => (await call("GET", "/v1/reports/filters")).filters;

// As the list's address wants it: what was left open is left out.
export const asked = (filter) => Object.entries(filter).flatMap(([key, value]) => (Array.isArray(value) ? value.map((each) => [key, each]) : value == null || value === "" || value === false ? [] : [[key, value]]));

// A fold with every filter; `use` takes {id, name, filter} to look at, `changed` runs when filters were kept or dropped.
export function finder(use, changed) {
  const place = h("div");
  const fold = folded(t("desk_find"), place);
  fold.id = "find";
  let current = null;
  fold.addEventListener("toggle", () => fold.open && !place.firstChild && attempt(() => draw(current)));

  async function draw(kept) {
    const before = kept?.filter || {};
    const [names, { items: units }] = await Promise.all([categories(), call("GET", "/v1/units?limit=100")]);
    const any = ["", t("desk_any")];
    const chooser = (key, pairs, chosen) => {
      const input = select([any, ...pairs], chosen ?? "");
      input.required = false;
      input.dataset.filter = key;
      return input;
    };
    const category = chooser("category", [...names.values()].map((each) => [each.id, nameOf(each, each.id)]), before.category_ids?.[0]);
    const state = chooser("state", STATES.map((each) => [each, t(`report_${each}`)]), before.states?.[0]);
    const urgency = chooser("urgency", URGENCIES.map((each) => [each, t(`urgency_${each}`)]), before.urgencies?.[0]);
    const unit = chooser("unit", units.map(({ id, name }) => [id, name]), before.unit_id);
    const late = check(t("desk_late"), before.is_overdue === true);
    const mine = check(t("desk_mine"), before.is_mine === true);
    const { input: text, label: words } = field("desk_search", { maxlength: 50, value: before.text });
    const { input: name, label: called } = field("desk_filter_name", { maxlength: 40, value: kept?.name });
    let area = before.area_code ?? null;
    const where = h("p", {});
    const tell = async () => fill(where, `${t("desk_area")}: ${area ? await areaName(area) : t("desk_any")}`, area && button(t("desk_any"), () => ((area = null), tell()), { class: "plain" }));
    await tell();
    const said = () => ({
      ...(area && { area_code: area }),
      ...(unit.value && { unit_id: unit.value }),
      ...(late.box.checked && { is_overdue: true }),
      states: state.value ? [state.value] : [],
      urgencies: urgency.value ? [urgency.value] : [],
      category_ids: category.value ? [category.value] : [],
      is_mine: mine.box.checked,
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
    const pick = (key, input) => h("label", {}, t(key), input);
    fill(place, folded(t("desk_area_other"), areaChoice((found) => ((area = found.code), tell()))), where,
      asking("desk_show", [h("div", { class: "pickers" }, pick("desk_category", category), pick("desk_state", state), pick("desk_urgency", urgency), pick("desk_by_unit", unit)), h("div", { class: "line" }, late.label, mine.label), words], async () => use({ ...kept, filter: said() })),
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
