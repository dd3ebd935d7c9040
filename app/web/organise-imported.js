// Lists of earlier hours that wait for a second person: decided as wholes, each line logged by itself.
import { call, now } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h } from "./dom.js";
import { asking, field, folded, isMeant, lazy } from "./forms.js";
import { readPage } from "./paging.js";
import { minutesOf } from "./shifts.js";
import { t, timeOf } from "./words.js";

const SHOWN = 20;

// `again(words)` shows the part anew and says what was done.
export async function imported(again) {
  const place = h("ul", { class: "list" });
  const lists = await readPage(place, (each) => list(each, again), "/v1/ledger/lists", { limit: SHOWN });
  return lists.length > 0 && [h("h2", {}, t("imported_waiting")), h("p", { class: "quiet" }, t("imported_hint")), place];
}

function list({ id, book_id, book_name: book, entered_at, entries, people, minutes, is_own }, again) {
  const decided = (key) => ({ decided: n, left }) => again([t(key, { n }), left > 0 && t("imported_left", { n: left })].filter(Boolean).join(" "));
  const agree = () => call("POST", `/v1/ledger/books/${book_id}/lists/${id}/approve`, { body: { reason: "" } }).then(decided("imported_approved"));
  const yes = button(t("imported_approve", { n: entries }), () => isMeant(yes, t("imported_sure", { n: entries, people })) && attempt(agree, yes), { class: "strong wide" });
  const why = field("refuse_why_hours", { maxlength: 200, required: true });
  const refuse = () => call("POST", `/v1/ledger/books/${book_id}/lists/${id}/refuse`, { body: { reason: why.input.value.trim() } }).then(decided("imported_refused"));
  return h(
    "li",
    { class: "card", "data-list": id },
    h("div", { class: "card-head" }, h("h3", {}, book), h("b", { class: "distance" }, minutesOf(minutes))),
    h("p", {}, t("imported_holds", { n: entries, people, time: timeOf(entered_at, now()) })),
    lazy(t("imported_lines"), (told) => lines(told, book_id, id, !is_own && again)),
    is_own ? h("p", { class: "quiet" }, t("imported_own")) : [yes, folded(t("hours_refuse"), asking("hours_refuse", why.label, refuse, { strong: false }))],
  );
}

// One line may be refused by itself before the others are approved.
async function lines(told, bookId, list_id, again) {
  const line = ({ id, activity, minutes, served_on, reason }) => {
    const said = [served_on, activity, minutesOf(minutes), reason].filter(Boolean).join(" · ");
    if (!again) return h("p", {}, said);
    const why = field("refuse_why_hours", { maxlength: 200, required: true });
    const refuse = () => call("POST", `/v1/ledger/entries/${id}/refuse`, { body: { reason: why.input.value.trim() } }).then(() => again(t("hours_refused")));
    return h("div", { class: "person", "data-line": id }, h("p", {}, said), folded(t("hours_refuse"), asking("hours_refuse", why.label, refuse, { strong: false })));
  };
  const waiting = await readPage(told, line, `/v1/ledger/books/${bookId}/entries`, { only_waiting: true, list_id, limit: SHOWN });
  if (waiting.length === 0) fill(told, h("p", {}, t("hours_waiting_none")));
}
