// Looking up a division by its name.
import { call } from "./api.js";
import "./area-words.js";
import { attempt } from "./attempt.js";
import { button, fill, h } from "./dom.js";
import { asking } from "./forms.js";
import { t } from "./words.js";

const TOWN = 9; // digits of its code: a community is looked for below its town, being below itself no more

// A form, and a place that is filled with what `show` makes of the divisions whose name fits, and with the way to
// those behind them: hundreds bear one name. The server chooses by `level` and by the divisions `inside` which it
// must lie: of the whole country's first few none may be left.
export function areaSearch(label, show, { level, inside, most = 20 } = {}) {
  const text = h("input", { type: "search", maxlength: 40, required: true });
  const rows = h("div", { role: "status" });
  async function read(asked) {
    const pages = await Promise.all(asked.map((one) => call("GET", `/v1/areas?${new URLSearchParams(one)}`, { signedIn: false })));
    const found = pages.flatMap(({ items }) => items).filter(({ code }) => !inside || inside.some((own) => code.startsWith(own)));
    const behind = asked.map((one, place) => ({ ...one, cursor: pages[place].next_cursor })).filter(({ cursor }) => cursor);
    const more = button(t("more"), () => attempt(async () => more.replaceWith(...(await read(behind))), more), { class: "wide" });
    return [found.length > 0 && show(found), behind.length > 0 && more].flat().filter(Boolean);
  }
  async function look() {
    const asked = { q: text.value.trim(), limit: most, ...(level && { level }) };
    const found = await read(inside ? inside.map((code) => ({ ...asked, parent: code.slice(0, TOWN) })) : [asked]);
    fill(rows, found.length > 0 ? found : t("area_none"));
  }
  return [asking("area_find", [h("label", {}, label, text), h("p", { class: "quiet" }, t("area_narrower"))], look, { strong: false }), rows];
}

// A form that shows what the name fits, and calls `use` with the {code, name} that was tapped; all lie `inside`.
export function areaChoice(use, inside) {
  const row = ({ code, name }) => h("li", {}, button(`${name} ${code}`, () => use({ code, name })));
  return areaSearch(t("area_name"), (found) => h("ul", { class: "list" }, found.map(row)), { most: 8, inside });
}
