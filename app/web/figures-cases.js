// A month of an area's cases: every rate with what it was counted from, row by row down to the cases behind it.
import { call, now } from "./api.js";
import { attempt } from "./attempt.js";
import "./desk-words.js";
import { button, fill, h, notice } from "./dom.js";
import { field, isMeant, lazy, select } from "./forms.js";
import { localOf } from "./shifts.js";
import { staffAreas } from "./teams-run.js";
import { language, t, timeOf } from "./words.js";

const BY = ["category", "town", "community"];
const DIGITS = { town: 9, community: 12 };
// Which of the month's cases stand behind a figure: those due by its limit, or those reported.
const BEHIND = { on_time: { is_due: true }, on_time_originally: { is_due_originally: true }, submitted: {} };

const asked = { path: [], month: "", by: "category" }; // the area last in the path is the one shown
const told = h("div", { role: "status" });
let own = [];

const monthOf = (at) => localOf(new Date(at).toISOString()).slice(0, 7);
const area = () => asked.path.at(-1);
const put = (change) => attempt(() => (Object.assign(asked, change), draw()));
const query = (more = {}) => new URLSearchParams({ area_code: area().code, month: asked.month, ...more });

export async function show(element) {
  own = await Promise.all((await staffAreas()).map((code) => call("GET", `/v1/areas/${code}`, { signedIn: false })));
  if (own.length === 0) return fill(element, h("p", {}, t("figures_no_area")));
  asked.month ||= monthOf(now());
  if (asked.path.length === 0) asked.path = [own[0]];
  fill(element, told);
  await draw();
}

async function draw() {
  const question = String(query({ by: asked.by }));
  const table = await call("GET", `/v1/statistics/reports?${question}`);
  if (question !== String(query({ by: asked.by }))) return; // something else was asked for meanwhile
  const later = new Map(table.corrections.map(({ key, figure, now: rate }) => [`${key} ${figure}`, rate]));
  fill(told, choices(), standing(table), h("ul", { class: "channels" }, table.formulas.map((formula) => card(formula, table, later))), rows(table, later));
}

function choices() {
  const place = select(own.map(({ code, name }) => [code, name]), asked.path[0].code);
  place.addEventListener("change", () => put({ path: [own.find(({ code }) => code === place.value)] }));
  const month = field("figures_month", { type: "month", required: true, min: "2020-01", max: monthOf(now()), value: asked.month });
  month.input.addEventListener("change", () => month.input.reportValidity() && put({ month: month.input.value }));
  const up = asked.path.slice(0, -1).map(({ name }, depth) => button(t("figures_back_to", { name }), () => put({ path: asked.path.slice(0, depth + 1) })));
  const by = BY.filter((each) => each === "category" || area().code.length < DIGITS[each]);
  return h("form", { class: "no-print" },
    h("div", { class: "pairs" }, h("label", {}, t("figures_area"), place), month.label),
    up.length > 0 && h("div", { class: "pairs" }, up),
    h("div", { class: "tabs" }, by.map((each) => button(t(`figures_by_${each}`), () => put({ by: each }), { "aria-pressed": String(asked.by === each) }))));
}

// Whether the numbers can still change, and since when they cannot.
function standing({ is_frozen: isFrozen, made_at: madeAt, snapshot_ids: closed }) {
  const isOver = asked.month < monthOf(now());
  const state = isFrozen ? t("figures_frozen", { time: timeOf(madeAt, now()) }) : t(isOver ? (closed.length ? "figures_partly" : "figures_open") : "figures_goes_on");
  const close = button(t("figures_close"), () => isMeant(close, t("figures_close_sure")) && attempt(freeze, close), { class: "no-print" });
  return [
    h("h2", {}, `${asked.path.map(({ name }) => name).join(" › ")} · ${asked.month}`),
    h("p", { class: isFrozen ? "good-ink" : "warn-ink" }, state),
    isOver && !isFrozen && close,
  ];
}

async function freeze() {
  const { counties } = await call("POST", "/v1/statistics/reports/close", { body: { area_code: area().code, month: asked.month } });
  notice("done", t("figures_closed", { n: counties }), { kind: "good" });
  await draw();
}

// "93.3%", a count, or what stands where too few would show who it was.
const isCount = (name) => name === "submitted";
function shareOf(name, { numerator, denominator }) {
  if (denominator === null) return t("figures_small");
  if (isCount(name)) return String(numerator);
  return denominator === 0 ? t("figures_unknown") : `${((100 * numerator) / denominator).toFixed(1)}%`;
}
const fraction = (name, { numerator, denominator }) => (isCount(name) || !denominator ? "" : `${numerator}/${denominator}`);
const titleOf = (name) => t(`rate_${name}`);

function card({ name, ...formula }, { total }, later) {
  const corrected = later.get(`null ${name}`);
  return h("li", { class: "card" },
    h("h3", {}, titleOf(name)),
    h("p", { class: "share" }, shareOf(name, total[name]), " ", h("small", { class: "quiet" }, fraction(name, total[name]))),
    h("p", { class: "quiet" }, formula[language()]),
    corrected && h("p", { class: "warn-ink" }, t("figures_corrected", { share: shareOf(name, corrected), fraction: fraction(name, corrected) })),
    BEHIND[name] && lazy(t("figures_cases_behind"), (place) => behind(place, BEHIND[name])));
}

function rows({ formulas, rows: found, by }, later) {
  if (found.length === 0) return h("p", {}, t("figures_no_cases"));
  const heads = [h("th", { scope: "col" }, t(`figures_by_${by}`)), formulas.map(({ name }) => h("th", { scope: "col" }, titleOf(name)))];
  const table = h("div", { class: "wide-table", tabindex: 0, role: "region", "aria-label": t(`figures_by_${by}`) },
    h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, found.map((row) => line(row, { formulas, by, later })))));
  return [table, h("p", { class: "quiet" }, t("figures_small_why"))];
}

function line({ key, name, note, rates }, { formulas, by, later }) {
  const cell = ({ name: figure }) => {
    const corrected = later.get(`${key} ${figure}`);
    return h("td", {}, shareOf(figure, rates[figure]), h("small", { class: "quiet" }, fraction(figure, rates[figure])),
      corrected && h("small", { class: "warn-ink" }, t("figures_now", { share: shareOf(figure, corrected) })));
  };
  const isDown = by !== "category" && area().code.length < DIGITS[by];
  const down = () => put({ path: [...asked.path, { code: key, name }], by: "category" });
  const head = isDown ? button(name || key, down, { class: "plain" }) : name || key;
  return h("tr", {}, h("th", { scope: "row" }, head, note && h("small", { class: "quiet" }, note)), formulas.map(cell));
}

// Masked cases, a thousand at most; that they were read is kept.
async function behind(place, which) {
  const { groups } = await call("GET", "/v1/categories", { signedIn: false });
  const names = new Map(groups.flatMap(({ categories }) => categories).map((each) => [each.id, each[`name_${language()}`]]));
  const { cases } = await call("GET", `/v1/statistics/reports/cases?${query(which)}`);
  const one = ({ number, category_id: category, urgency, state, submitted_on: day, is_late: isLate }) =>
    h("li", { class: "person" }, h("b", {}, number), h("span", {}, [names.get(category) || category, day, t(`report_${state}`), urgency !== "normal" && t(`urgency_${urgency}`)].filter(Boolean).join(" · ")),
      isLate && h("b", { class: "bad-ink" }, t("figures_late")));
  fill(place, h("p", { class: "quiet" }, t("figures_behind", { n: cases.length })), h("ul", { class: "behind" }, cases.map(one)));
}
