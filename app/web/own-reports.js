// A rider's own reports: number, and where each stands. What became of one is fetched when it is opened.
import { why } from "./account.js";
import { account, now, Offline } from "./api.js";
import { attempt } from "./attempt.js";
import { button, byId, fill, h, notice } from "./dom.js";
import { showReport } from "./own-report.js";
import { readPage } from "./paging.js";
import { t, timeOf } from "./words.js";

const SHOWN = 20;
let open = null; // the id of the one that is open

export async function showOwn() {
  const place = byId("own");
  if (!(await account())) return fill(place);
  const list = h("ol");
  let items;
  try {
    items = await readPage(list, row, "/v1/reports/mine", { limit: SHOWN });
  } catch (error) {
    if (error instanceof Offline) return;
    return notice("own", why(error), { kind: "warn" });
  }
  fill(place, h("h3", {}, t("own_reports")), items.length ? list : h("p", { class: "quiet" }, t("own_none")));
  if (open) await unfold(open);
}

// Opens one, wherever it stands in the list: a message or a tap leads to it.
export async function unfold(id) {
  if (open && open !== id) fold(lineOf(open));
  open = id;
  const known = lineOf(id);
  const line = known ?? h("li", { "data-report": id }, h("div"));
  if (!known) byId("own").append(h("ol", {}, line));
  line.querySelector("button")?.setAttribute("aria-expanded", "true");
  await showReport(id, line.lastElementChild, showOwn);
  return line;
}

const lineOf = (id) => byId("own").querySelector(`[data-report="${CSS.escape(id)}"]`);

function fold(line) {
  open = null;
  line.querySelector("button")?.setAttribute("aria-expanded", "false");
  fill(line.lastElementChild);
}

function row({ report, is_reporter }) {
  const tap = button(`${report.number} · ${t(`report_${report.state}`)}`, () => (open === report.id ? fold(lineOf(open)) : attempt(() => unfold(report.id), tap)), { "aria-expanded": "false" });
  const facts = [timeOf(report.submitted_at, now()), !is_reporter && t("seen_by_me"), report.address].filter(Boolean).join(" · ");
  return h("li", { "data-report": report.id }, tap, h("p", { class: "quiet" }, facts), report.description && h("p", {}, report.description), h("div"));
}
