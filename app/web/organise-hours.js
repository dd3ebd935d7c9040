// Hours that wait for a second person, disputes that wait for an answer, and what one typed in oneself.
import { call, now } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h, notice } from "./dom.js";
import { asking, check, field, folded, lazy } from "./forms.js";
import { readPage } from "./paging.js";
import { minutesOf } from "./shifts.js";
import { staffAreas } from "./teams-run.js";
import { t, timeOf } from "./words.js";

const SHOWN = 20;

let place = null;

export async function show(element) {
  place = element;
  const list = h("ul", { class: "list" });
  const [waiting, { disputes }, areas, districts] = await Promise.all([readPage(list, waits, "/v1/ledger/waiting", { without_lists: true, limit: SHOWN }), call("GET", "/v1/ledger/disputes"), staffAreas(), staffAreas(["district_officer"])]);
  const lists = await (await import("./organise-imported.js")).imported(said);
  fill(
    place,
    lists,
    h("h2", {}, t("hours_waiting")),
    h("p", { class: "quiet" }, t("hours_waiting_hint")),
    waiting.length === 0 && h("p", {}, t("hours_waiting_none")),
    list,
    h("h2", {}, t("disputes_open")),
    disputes.length === 0 && h("p", {}, t("disputes_none")),
    h("ul", { class: "list" }, disputes.map(dispute)),
    lazy(t("hours_typed"), typed),
    lazy(t("odd"), async (told) => (await import("./organise-books.js")).oddities(told)),
    lazy(t("hours_list"), async (told) => (await import("./organise-books.js")).lists(told, () => show(place))),
    lazy(t("batch"), async (told) => (await import("./organise-books.js")).papers(told)),
    areas.length > 0 && lazy(t("month"), async (told) => (await import("./organise-books.js")).month(told, areas)),
    districts.length > 0 && lazy(t("scheme"), async (told) => (await import("./organise-points.js")).show(told, districts)),
  );
}

async function said(words) {
  await show(place);
  notice("done", words, { kind: "good" });
}

function facts({ activity, minutes, served_on, provenance, book_name, reason }) {
  return [
    h("div", { class: "card-head" }, h("h3", {}, activity), h("b", { class: "distance" }, minutesOf(minutes))),
    h("p", {}, [served_on, t(`provenance_${provenance}`), book_name].join(" · ")),
    reason && h("p", {}, reason),
  ];
}

// Who typed them in does not approve them: the server says so, and who has to decide above eight hours.
function waits(entry) {
  const { id, needs, entered_at } = entry;
  const decide = (reason) => ({ body: { reason } });
  const yes = button(t("hours_approve"), () => attempt(() => call("POST", `/v1/ledger/entries/${id}/approve`, decide("")).then(() => said(t("hours_approved"))), yes), { class: "strong wide" });
  const why = field("refuse_why_hours", { maxlength: 200, required: true });
  const refuse = () => call("POST", `/v1/ledger/entries/${id}/refuse`, decide(why.input.value.trim())).then(() => said(t("hours_refused")));
  return h(
    "li",
    { class: "card", "data-entry": id },
    facts(entry),
    h("p", { class: "quiet" }, `${t(`needs_level_${needs}`)} · ${timeOf(entered_at, now())}`),
    yes,
    folded(t("hours_refuse"), asking("hours_refuse", why.label, refuse, { strong: false })),
  );
}

// Whose the dispute is stands nowhere here; whether they are right decides somebody else than the recorder.
function dispute({ id, text, raised_at, due_at, is_overdue }) {
  const answer = h("textarea", { maxlength: 2000, required: true });
  const upheld = check(t("dispute_uphold"));
  const send = async () => {
    await call("POST", `/v1/ledger/disputes/${id}/answer`, { body: { is_upheld: upheld.box.checked, text: answer.value.trim() } });
    await said(t("dispute_is_answered"));
  };
  return h(
    "li",
    { class: "card", "data-dispute": id },
    h("p", {}, text),
    h("p", { class: is_overdue ? "bad-ink" : "quiet" }, `${timeOf(raised_at, now())} · ${t(is_overdue ? "dispute_late" : "dispute_due", { time: timeOf(due_at, now()) })}`),
    folded(t("answer_it"), asking("answer_it", [h("label", {}, t("answer_text"), answer), upheld.label], send)),
  );
}

async function typed(told) {
  const card = (entry) => h("li", { class: "card" }, facts(entry), h("p", { class: "state" }, t(`typed_is_${entry.state}`)), entry.decision_reason && h("p", { class: "quiet" }, entry.decision_reason));
  const list = h("ul", { class: "list" });
  const entries = await readPage(list, card, "/v1/ledger/typed", { limit: SHOWN });
  fill(told, entries.length === 0 ? h("p", {}, t("hours_typed_none")) : list);
}
