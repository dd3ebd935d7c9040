// What looks odd, a unit's certificates at once, a month by team: for who keeps the books.
import { call, now, Refusal, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h } from "./dom.js";
import { download } from "./download.js";
import { asking, field, select } from "./forms.js";
import { listImport } from "./list-import.js";
import { localOf, minutesOf, spanOf } from "./shifts.js";
import { t } from "./words.js";

const LOOK_DAYS = 31;
const DAY_MS = 86400e3;

const dayOf = (at) => localOf(new Date(at).toISOString()).slice(0, 10);

// A list to look at: nothing follows from it by itself.
export async function oddities(told) {
  const query = new URLSearchParams({ since: dayOf(now() - LOOK_DAYS * DAY_MS), until: dayOf(now()) });
  const [{ anomalies }, { books }] = await Promise.all([call("GET", `/v1/attendance/anomalies?${query}`), call("GET", "/v1/ledger/books")]);
  const names = new Map(books.map(({ id, name }) => [id, name]));
  const line = ({ kind, people, detail, book_id, shift_id }) =>
    h(
      "div",
      { class: "person" },
      h("div", { class: "card-head" }, h("b", {}, t(`odd_${kind}`)), h("span", {}, t("people_many", { n: people }))),
      h("p", { class: "quiet" }, [names.get(book_id), detail].filter(Boolean).join(" · ")),
      shift_id && where(shift_id),
    );
  fill(told, h("p", { class: "quiet" }, t("odd_hint")), anomalies.length === 0 ? h("p", {}, t("odd_none")) : anomalies.map(line));
}

// Which shift it was is asked for when somebody wants to know.
function where(shiftId) {
  const told = h("div", { role: "status" });
  const look = async () => {
    const { people } = await call("GET", `/v1/attendance/shifts/${shiftId}`);
    fill(told, people.map(({ name, in_at, out_at }) => h("p", {}, [name, in_at && out_at && spanOf({ starts_at: in_at, ends_at: out_at })].filter(Boolean).join(" · "))));
  };
  const tap = button(t("odd_look"), () => attempt(look, tap), { class: "wide" });
  return [tap, told];
}

// Hours of the time before, from an office's list; a second person approves them.
export async function lists(told, again) {
  const { books } = await call("GET", "/v1/ledger/books");
  if (books.length === 0) return fill(told, h("p", {}, t("books_none")));
  const book = select(books.map((each) => [each.id, each.name]));
  const place = h("div");
  const ready = () => fill(place, listImport({ path: `/v1/ledger/books/${book.value}/imports`, template: "/v1/ledger/import-template.xlsx", done: again }));
  book.addEventListener("change", ready);
  ready();
  fill(told, h("p", { class: "quiet" }, t("hours_list_hint")), h("label", {}, t("batch_book"), book), place);
}

// Of everybody who lets the organisation print theirs, up to a hundred a paper; again: the next hundred.
export async function papers(told) {
  const { books } = await call("GET", "/v1/ledger/books");
  if (books.length === 0) return fill(told, h("p", {}, t("books_none")));
  let id = uuid();
  const book = select(books.map((each) => [each.id, each.name]));
  const since = field("batch_since", { type: "date", required: true, value: `${dayOf(now()).slice(0, 4)}-01-01` });
  const until = field("batch_until", { type: "date", required: true, value: dayOf(now()) });
  const said = h("p", { role: "status" });
  const draw = async () => {
    try {
      const { count } = await call("POST", "/v1/certificates/batches", { body: { id, book_id: book.value, since: since.input.value, until: until.input.value }, key: id });
      fill(said, t(count > 0 ? "batch_made" : "batch_nobody", { n: count }));
      if (count > 0) await download(`/v1/certificates/batches/${id}/pdf`, "certificates.pdf");
      id = uuid(); // the next one is another wish
    } catch (error) {
      if (error instanceof Refusal) id = uuid();
      throw error;
    }
  };
  fill(told, asking("batch_draw", [h("p", { class: "quiet" }, t("batch_hint")), h("label", {}, t("batch_book"), book), since.label, until.label], draw), said);
}

// A month of an area by team, and as the tables that offices ask for.
export async function month(told, areas) {
  const named = await Promise.all(areas.map((code) => call("GET", `/v1/areas/${code}`, { signedIn: false })));
  const area = select(named.map(({ code, name }) => [code, name]));
  const when = field("month_which", { type: "month", required: true, value: dayOf(now() - 28 * DAY_MS).slice(0, 7) });
  const rows = h("div", { role: "status" });
  const query = (more = {}) => new URLSearchParams({ area_code: area.value, month: when.input.value, ...more });
  const show = async () => {
    const { total, rows: teams } = await call("GET", `/v1/statistics/volunteering?${query({ by: "team" })}`);
    const table = button(t("month_hours_table"), () => attempt(() => download(`/v1/statistics/volunteering/export.xlsx?${query({ by: "team" })}`, `${when.input.value}.xlsx`), table), { class: "wide" });
    const lines = button(t("month_shifts_table"), () => attempt(() => download(`/v1/activities/export.xlsx?${new URLSearchParams({ area: area.value, month: when.input.value })}`, `${when.input.value}-activities.xlsx`), lines), { class: "wide" });
    fill(rows, monthRow({ ...total, name: t("month_total") }), teams.map(monthRow), table, lines);
  };
  fill(told, asking("month_show", [h("label", {}, t("month_area"), area), when.label], show), rows);
}

function monthRow({ name, activities, shifts, no_shows, people, minutes, manual_minutes: typed, satisfaction }) {
  const facts = [t("month_did", { activities, shifts }), people != null && t("people_many", { n: people }), minutes > 0 && minutesOf(minutes), typed > 0 && t("month_typed", { percent: Math.round((100 * typed) / minutes) }), no_shows > 0 && t("month_absent", { n: no_shows }), satisfaction != null && t("month_score", { n: satisfaction.toFixed(1) })];
  return h("div", { class: "person" }, h("b", {}, name), h("p", {}, facts.filter(Boolean).join(" · ")));
}
