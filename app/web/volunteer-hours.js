// One's hours, line by line with where each comes from; what is wrong with them; certificates.
import { call, now, Refusal, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { tag } from "./cards.js";
import { button, fill, h, notice } from "./dom.js";
import { download } from "./download.js";
import { minutesOf, spanOf } from "./shifts.js";
import { ageOf, t, timeOf } from "./words.js";

const SHOWN = 20;
const DISPUTABLE_MS = 30 * 86400e3; // since it was entered; the server decides

let place = null;
let me = null; // {volunteer, totals}, or null before the first hours and the first name
let entries = { items: [], next_cursor: null };
let disputes = [];
let papers = [];

export async function show(element) {
  place = element;
  [me, entries, { disputes }, { items: papers }] = await Promise.all([
    call("GET", "/v1/ledger/me").catch(unknown),
    call("GET", `/v1/ledger/me/entries?limit=${SHOWN}`),
    call("GET", "/v1/ledger/me/disputes"),
    call("GET", "/v1/certificates/mine"),
  ]);
  write();
}

const again = () => show(place);

// Who has no hours and gave no name yet is nobody to the ledger.
function unknown(error) {
  if (error.code !== "ledger.not_registered") throw error;
  return null;
}

function write() {
  const more = entries.next_cursor && button(t("more"), () => attempt(readMore, more), { class: "wide" });
  fill(
    place,
    h("h2", {}, t("tab_hours")),
    me && totals(me.totals),
    h("h2", {}, t("papers")),
    papersPart(),
    h("h2", {}, t("entries")),
    entries.items.length === 0 && h("p", {}, t("entries_none")),
    h("ul", { class: "list" }, entries.items.map(line)),
    more,
    entries.items.length > 0 && missingPart(),
    disputes.length > 0 && [h("h2", {}, t("disputes")), h("ul", { class: "list" }, disputes.map(disputeLine))],
    me && recordButton(),
  );
}

function totals({ minutes, imported_minutes, pending_minutes, by_provenance }) {
  const shares = Object.entries(by_provenance).filter(([, count]) => count > 0);
  const rows = [...shares.map(([from, count]) => [t(`provenance_${from}`), count]), pending_minutes > 0 && [t("minutes_pending"), pending_minutes], imported_minutes > 0 && [t("minutes_imported"), imported_minutes]];
  return [
    h("p", { class: "total" }, minutesOf(minutes), h("small", {}, ` ${t("minutes_exact", { n: minutes })}`)),
    h("dl", {}, rows.filter(Boolean).map(([label, count]) => [h("dt", {}, label), h("dd", {}, minutesOf(count))])),
  ];
}

async function readMore() {
  const next = await call("GET", `/v1/ledger/me/entries?${new URLSearchParams({ limit: SHOWN, cursor: entries.next_cursor })}`);
  entries = { items: [...entries.items, ...next.items], next_cursor: next.next_cursor };
  write();
}

// One line of a book

function line(entry) {
  const { id, activity, minutes, served_on, provenance, grade, state, book_name } = entry;
  const said = disputes.find((each) => each.entry_id === id);
  const facts = [t(`provenance_${provenance}`), grade && t("grade", { grade }), book_name].filter(Boolean).join(" · ");
  const reasons = [entry.reason, entry.decision_reason, entry.void_reason].filter(Boolean);
  const standing = state === "counted" ? "good-ink" : "warn-ink";
  return h(
    "li",
    { class: "card", "data-entry": id },
    h("div", { class: "card-head" }, h("h3", {}, activity, provenance === "manual" && tag(t("provenance_manual"))), h("b", { class: "distance" }, minutesOf(minutes))),
    h("p", {}, entry.starts_at ? `${served_on} · ${spanOf(entry)}` : served_on),
    h("p", {}, facts),
    h("p", { class: `state ${standing}` }, t(`entry_is_${state}`)),
    reasons.map((reason) => h("p", { class: "quiet" }, reason)),
    said ? h("p", { class: "warn-ink" }, said.answer ? t("dispute_answered") : t("dispute_open", { day: timeOf(said.due_at, now()) })) : now() < Date.parse(entry.entered_at) + DISPUTABLE_MS && disputePart(entry.book_id, id, "dispute_entry"),
  );
}

function disputePart(book_id, entry_id, label) {
  const id = uuid();
  const text = h("textarea", { maxlength: 2000, required: true });
  const send = h("button", { type: "submit", class: "strong" }, t("dispute_send"));
  const form = h("form", {}, h("p", { class: "quiet" }, t("dispute_hint")), h("label", {}, t("dispute_what"), text), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { id, book_id, ...(entry_id && { entry_id }), text: text.value.trim() };
    attempt(() => call("POST", "/v1/ledger/me/disputes", { body }).then(again).then(() => notice("done", t("dispute_sent"), { kind: "good" })), send);
  });
  return h("details", {}, h("summary", {}, t(label)), form);
}

const booksOf = () => [...new Map(entries.items.map(({ book_id, book_name }) => [book_id, book_name]))];

// Hours that are in no book: one says in whose they should be.
function missingPart() {
  const book = select(booksOf());
  const details = h("div", {}, h("label", {}, t("book"), book), h("div"));
  const write = () => fill(details.lastChild, disputePart(book.value, null, "dispute_missing"));
  book.addEventListener("change", write);
  write();
  return [h("h3", {}, t("missing_hours")), details];
}

const select = (pairs) => h("select", { required: true }, pairs.map(([value, label]) => h("option", { value }, label)));

function disputeLine({ text, raised_at, due_at, answer, answered_at, is_upheld }) {
  const told = answer ? `${t(is_upheld ? "dispute_upheld" : "dispute_refused")} · ${timeOf(answered_at, now())}` : t("dispute_open", { day: timeOf(due_at, now()) });
  return h("li", { class: "card" }, h("p", {}, text), h("p", { class: "quiet" }, ageOf(raised_at, now())), h("p", { class: "state" }, told), answer && h("p", {}, answer));
}

// Certificates

function papersPart() {
  const name = me && me.volunteer.name;
  return [
    h("ul", { class: "list" }, papers.map(paper)),
    !name ? nameForm() : [entries.items.length > 0 ? drawForm() : h("p", {}, t("papers_later")), h("details", {}, h("summary", {}, t("paper_name_is", { name })), nameForm())],
  ];
}

function paper({ id, number, issuer, since, until, hours, status, void_since, verify_url, looks, last_look_at }) {
  const print = button(t("paper_pdf"), () => attempt(() => download(`/v1/certificates/${id}/pdf`, `${number}.pdf`), print), { class: "strong" });
  const standing = t(`paper_${status}`, { time: void_since && timeOf(void_since, now()) });
  return h(
    "li",
    { class: "card", "data-paper": id },
    h("div", { class: "card-head" }, h("h3", {}, number), h("b", { class: "distance" }, t("paper_hours", { n: hours }))),
    h("p", {}, `${issuer} · ${since} — ${until}`),
    h("p", { class: `state ${status === "valid" ? "good-ink" : "bad-ink"}` }, standing),
    h("p", { class: "quiet" }, looks > 0 ? t("paper_looks", { n: looks, age: ageOf(last_look_at, now()) }) : t("paper_looks_none")),
    h("p", { class: "quiet" }, t("paper_address")),
    h("p", { class: "address" }, h("a", { href: verify_url, target: "_blank", rel: "noopener" }, verify_url)),
    status === "valid" && print,
  );
}

function drawForm() {
  const book = select(booksOf());
  const since = h("input", { type: "date" });
  const until = h("input", { type: "date" });
  const send = h("button", { type: "submit", class: "strong" }, t("paper_draw"));
  let id = uuid();
  const form = h(
    "form",
    {},
    h("label", {}, t("book"), book),
    h("label", {}, t("paper_since"), since),
    h("label", {}, t("paper_until"), until),
    send,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { id, book_id: book.value, ...(since.value && { since: since.value }), ...(until.value && { until: until.value }) };
    const draw = async () => {
      try {
        await call("POST", "/v1/certificates", { body, key: id });
      } catch (error) {
        if (error instanceof Refusal) id = uuid(); // the next one is another wish
        throw error;
      }
      await again();
      notice("done", t("paper_drawn"), { kind: "good" });
      scrollTo(0, 0);
    };
    attempt(draw, send);
  });
  return h("details", {}, h("summary", {}, t("paper_new")), h("p", { class: "quiet" }, t("paper_hint")), form);
}

// The name as certificates print it, and whether the organisation may print one's own with others'.
function nameForm() {
  const known = (me && me.volunteer) || {};
  const name = h("input", { maxlength: 50, required: true, autocomplete: "name", value: known.name || "" });
  const number = h("input", { maxlength: 32, pattern: "[0-9A-Za-z]{4,32}", value: known.volunteer_number || "" });
  const lets = h("input", { type: "checkbox", checked: Boolean(known.lets_organiser_print) });
  const send = h("button", { type: "submit", class: "strong" }, t("keep_name"));
  const form = h("form", {}, h("label", {}, t("paper_name"), name), h("label", {}, t("volunteer_number"), number), h("label", { class: "check" }, lets, t("lets_print")), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { name: name.value.trim(), volunteer_number: number.value.trim() || null, lets_organiser_print: lets.checked, version: known.name ? known.version : null };
    attempt(() => call("PUT", "/v1/ledger/me", { body }).then(again), send);
  });
  return form;
}

function recordButton() {
  const take = button(t("record_take"), () => attempt(() => download("/v1/ledger/me/record", "record.json"), take), { class: "wide" });
  return take;
}
