// Things for points at a station: hand over by the code that a rider shows, say what cannot be had, what there is.
import { call, now, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h } from "./dom.js";
import "./points-words.js";
import { t, timeOf } from "./words.js";

const today = () => new Date(now() + 8 * 3600e3).toISOString().slice(0, 10);
const dayBefore = () => new Date(now() - 16 * 3600e3).toISOString().slice(0, 10);

export async function tell(place, stationId) {
  const at = `/v1/points/stations/${stationId}`;
  const [{ waiting }, { offers }] = await Promise.all([call("GET", `${at}/holds`), call("GET", `${at}/offers`)]);
  const told = h("p", { role: "status" });
  const again = () => tell(place, stationId);
  const live = offers.filter(({ ends_on: day }) => !day || day >= today());
  fill(
    place,
    codeForm(stationId, again),
    told,
    h("details", {}, h("summary", {}, waiting.length > 0 ? t("waiting_here", { n: waiting.length }) : t("waiting_here_none")), waiting.map((hold) => waits(hold, again))),
    h("h4", {}, t("offers_here")),
    live.map((offer) => offerRow(offer, again)),
    addForm(stationId, again),
  );
  return told;
}

// A code works once; the same form sent again after a lost answer is the same hand-over.
function codeForm(stationId, again) {
  const code = h("input", { class: "six", inputmode: "numeric", autocomplete: "off", pattern: "[0-9]{6}", maxlength: 6, required: true });
  const send = h("button", { type: "submit", class: "strong" }, t("hand_over"));
  const form = h("form", {}, h("label", {}, t("points_code"), code), send);
  let tried = { code: null };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (tried.code !== code.value) tried = { code: code.value, key: uuid() };
    attempt(async () => {
      const { offer_name: what, price: n } = await call("POST", `/v1/points/stations/${stationId}/hand-over`, { body: { code: tried.code }, key: tried.key });
      const told = await again();
      told.className = "notice good";
      fill(told, t("handed_over", { what, n }));
    }, send);
  });
  return form;
}

function waits({ id, offer_name: name, price, expires_at }, again) {
  const reason = h("input", { maxlength: 200, required: true });
  const send = h("button", { type: "submit" }, t("refuse_hold"));
  const form = h("form", {}, h("label", {}, t("refuse_why"), reason), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => call("POST", `/v1/points/holds/${id}/refuse`, { body: { reason: reason.value.trim() } }).then(again), send);
  });
  return h("details", { "data-hold": id }, h("summary", {}, `${name} · ${t("points_count", { n: price })} · ${t("points_until", { time: timeOf(expires_at, now()) })}`), form);
}

function offerRow(offer, again) {
  const { id, name, price, stock } = offer;
  const put = (more) => call("POST", `/v1/points/offers/${id}/stock`, { body: { more }, key: uuid() }).then(again);
  const less = stock > 0 && button(t("one_less_here"), () => attempt(() => put(-1), less));
  const more = button(t("one_more_here"), () => attempt(() => put(1), more));
  const end = button(t("offer_end"), () => attempt(() => finish(offer).then(again), end), { class: "plain" });
  return h(
    "div",
    { class: "offer", "data-offer": id },
    h("p", {}, h("b", {}, name), ` · ${t("points_count", { n: price })} · ${stock > 0 ? t("offer_left", { n: stock }) : t("offer_out")}`),
    h("div", { class: "row" }, less, more, end),
  );
}

// An offer ends with the day before: what is kept for somebody can still be fetched.
function finish({ id, kind, name, text, price, per_person, starts_on, version }) {
  const ends_on = dayBefore();
  const body = { kind, name, text, price, per_person, starts_on: starts_on < ends_on ? starts_on : ends_on, ends_on, version };
  return call("PUT", `/v1/points/offers/${id}`, { body });
}

function addForm(station_id, again) {
  const id = uuid();
  const field = (label, attributes) => {
    const input = h("input", { required: true, ...attributes });
    return { input, label: h("label", {}, t(label), input) };
  };
  const number = { type: "number", inputmode: "numeric", min: 1, max: 100000 };
  const kind = h("select", {}, ["goods", "service"].map((value) => h("option", { value }, t(`offer_${value}`))));
  const name = field("offer_name", { maxlength: 30 });
  const price = field("offer_price", number);
  const stock = field("offer_stock", { ...number, min: 0 });
  const each = field("offer_each", { ...number, required: false });
  const send = h("button", { type: "submit", class: "strong" }, t("offer_put"));
  const form = h("form", {}, kind, name.label, price.label, stock.label, each.label, send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { id, station_id, kind: kind.value, name: name.input.value.trim(), price: price.input.valueAsNumber, stock: stock.input.valueAsNumber, per_person: each.input.valueAsNumber || null, starts_on: today() };
    attempt(() => call("POST", "/v1/points/offers", { body }).then(again), send);
  });
  return h("details", {}, h("summary", {}, t("offer_add")), form);
}
