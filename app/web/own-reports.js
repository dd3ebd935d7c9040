// A rider's own reports: number, where each stands, and what happened so far.
import { why } from "./account.js";
import { account, call, now, Offline } from "./api.js";
import { busy, button, byId, fill, h, notice } from "./dom.js";
import { t, timeOf } from "./words.js";

export async function showOwn() {
  const place = byId("own");
  if (!(await account())) return fill(place);
  let items;
  try {
    items = (await call("GET", "/v1/reports/mine?limit=20")).items;
  } catch (error) {
    if (error instanceof Offline) return;
    return notice("own", why(error), { kind: "warn" });
  }
  const list = h("ol", {}, items.map(row));
  fill(place, h("h3", {}, t("own_reports")), items.length ? list : h("p", { class: "quiet" }, t("own_none")));
}

function row({ report, is_reporter }) {
  const more = h("div");
  const open = button(`${report.number} · ${t(`report_${report.state}`)}`, () => busy(open, () => unfold(report.id, more)), { "aria-expanded": "false" });
  const line = [timeOf(report.submitted_at, now()), !is_reporter && t("seen_by_me"), report.address].filter(Boolean).join(" · ");
  return h("li", { "data-report": report.id }, open, h("p", { class: "quiet" }, line), report.description && h("p", {}, report.description), more);
}

// Who has seen an emergency: somebody on duty, nobody yet, or, honestly, there is nobody.
export function saidOfDuty(duty) {
  if (!duty || duty.state === "over") return "";
  return t(`duty_${duty.state}`, { when: duty.seen_at ? timeOf(duty.seen_at, now()) : "" });
}

async function unfold(id, place) {
  if (place.childElementCount) return fill(place);
  const { report, is_reporter, steps, photos, duty } = await call("GET", `/v1/reports/mine/${id}`);
  const pictures = photos.filter(({ large }) => large).map(({ large }) => h("img", { src: large, alt: "" }));
  const told = steps.map((step) => h("li", {}, h("b", {}, t(`report_${step.to_state}`)), ` ${timeOf(step.at, now())}`, step.reason && h("p", {}, step.reason)));
  const back = is_reporter && report.state === "submitted" && button(t("withdraw_report"), () => busy(back, () => withdraw(id)));
  const seen = saidOfDuty(duty);
  const numbers = seen && duty.phones.map(({ number }) => number).join(" · ");
  fill(place, seen && h("p", {}, h("b", {}, seen), ` ${numbers}`), pictures, h("ol", { class: "timeline" }, told), back);
}

async function withdraw(id) {
  try {
    await call("POST", `/v1/reports/mine/${id}/withdraw`, { body: {} });
  } catch (error) {
    return notice("own", t("report_refused", { why: why(error) }), { kind: "bad" });
  }
  await showOwn();
}
