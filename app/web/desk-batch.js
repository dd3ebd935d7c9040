// What became of each case of a batch: who was faster, and once more for those that failed.
import "./desk-words.js";
import { button, h } from "./dom.js";
import { folded } from "./forms.js";
import { t } from "./words.js";

const FAILED = { edit_conflict: "batch_edit_conflict", "report.illegal_move": "batch_illegal_move", not_found: "batch_not_found" };
const IS_FAILED = new Set(["refused", "undo_refused"]);

// `cases` are the rows as they were chosen; `open` opens one by its id, `again` takes the ids to choose anew.
export function failures({ items }, cases, { open, again }) {
  const failed = items.filter(({ state }) => IS_FAILED.has(state));
  if (failed.length === 0) return null;
  const named = new Map(cases.map((each) => [each.id, each]));
  const line = ({ report_id: id, code, editor }) => {
    const why = editor ? t("batch_faster", { name: editor }) : t(FAILED[code] || "batch_failed", { code });
    return h("li", { "data-failed": id }, button(named.get(id)?.number ?? id, () => open(id), { class: "plain" }), h("span", {}, why));
  };
  return h("div", { id: "failed" }, folded(t("batch_failures", { n: failed.length }), h("ul", { class: "list" }, failed.map(line))),
    button(t("batch_again", { n: failed.length }), () => again(failed.map(({ report_id: id }) => id)), { "data-do": "again" }));
}
