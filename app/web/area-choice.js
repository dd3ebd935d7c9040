// Looking up a division by its name.
import { call } from "./api.js";
import "./area-words.js";
import { button, fill, h } from "./dom.js";
import { asking } from "./forms.js";
import { t } from "./words.js";

const SHOWN = 8;

// A form that shows what the name fits, and calls `use` with the {code, name} that was tapped.
export function areaChoice(use) {
  const text = h("input", { type: "search", maxlength: 40, required: true });
  const rows = h("div", { role: "status" });
  async function look() {
    const { items } = await call("GET", `/v1/areas?${new URLSearchParams({ q: text.value.trim(), limit: SHOWN })}`, { signedIn: false });
    const found = items.map(({ code, name }) => h("li", {}, button(`${name} ${code}`, () => use({ code, name }))));
    fill(rows, found.length > 0 ? h("ul", { class: "list" }, found) : t("area_none"));
  }
  return [asking("area_find", [h("label", {}, t("area_name"), text)], look, { strong: false }), rows];
}
