// Broadcasts as cards: how far each is, what became of it, and the steps that are left to an officer.
import { why } from "./account.js";
import { call, now } from "./api.js";
import "./broadcast-words.js";
import { busy, button, fill, h, notice } from "./dom.js";
import { language, t, timeOf } from "./words.js";

const OPEN = ["draft", "waiting", "scheduled", "sending", "sent"];
const UNBEGUN = ["draft", "waiting", "scheduled"];
const BEGUN = ["sending", "sent", "cancelled"];

export async function attempt(work, element) {
  try {
    await (element ? busy(element, work) : work());
    notice("failed", "");
  } catch (error) {
    notice("failed", why(error), { kind: "bad" });
  }
}

// A number of people as the server may tell it: null stands for one to four.
export const people = (number) => (number === null ? t("cast_few") : String(number));
export const pairs = (list) => h("dl", {}, list.map(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]));

// The newest broadcasts; `edit` is given where they can be changed, `changed` runs after each step.
export async function cards({ edit, changed }) {
  const { items } = await call("GET", "/v1/broadcasts?limit=20");
  const codes = [...new Set(items.map(({ audience }) => audience.area_code))];
  const names = new Map(await Promise.all(codes.map(named)));
  return items.length ? h("ol", { class: "results" }, items.map((item) => card(item, names, { edit, changed }))) : h("p", {}, t("cast_none"));
}

const named = (code) => call("GET", `/v1/areas/${code}`).then(({ name }) => [code, name], () => [code, code]);

function card(item, names, { edit, changed }) {
  const { title, body } = item[language()];
  const place = h("div", {});
  const more = button(t("cast_more"), () => attempt(async () => fill(place, await became(item)), more));
  const { kind, area_code: code, worker_kind: work } = item.audience;
  const facts = [t(`audience_${kind}`), names.get(code), work && t(`worker_${work}`), t("cast_at", { time: timeOf(item.send_at, now()) })];
  const act = async (done) => {
    await done;
    await changed();
  };
  const asking = (step, label) => reasoned(label, (reason) => act(step(item, reason)));
  return h("li", { class: "card broadcast", "data-broadcast": item.id },
    h("div", { class: "line" }, h("h3", {}, title), h("b", { class: item.state === "waiting" ? "warn-ink" : null }, t(`broadcast_${item.state}`))),
    h("p", { class: "told" }, body),
    h("p", { class: "quiet" }, facts.filter(Boolean).join(" · ")),
    item.people !== 0 && [h("progress", { max: item.people || 1, value: item.told || 0, "aria-label": t("cast_list") }),
      h("p", {}, t("cast_told", { told: people(item.told), people: people(item.people) }))],
    item.state === "waiting" && h("div", { class: "row" }, approve(() => act(approved(item))), asking(handedBack, "cast_hand_back")),
    edit && UNBEGUN.includes(item.state) && button(t("cast_edit"), () => edit(item)),
    OPEN.includes(item.state) && asking(cancelled, "cast_cancel"),
    more, place);
}

async function became({ id, state }) {
  const { steps } = await call("GET", `/v1/broadcasts/${id}`);
  const told = BEGUN.includes(state) && (await call("GET", `/v1/broadcasts/${id}/figures`));
  return [
    told && pairs([
      [t("cast_pushed"), people(told.pushed)],
      [t("cast_push_waits"), people(told.waiting)],
      [t("cast_failed"), people(told.failed)],
      [t("cast_opened"), people(told.opened)],
    ]),
    h("ol", { class: "steps" }, steps.map(({ move, by, reason, at }) =>
      h("li", {}, [timeOf(at, now()), t(`move_${move}`), by || t("cast_clock"), reason].filter(Boolean).join(" · ")))),
  ].filter(Boolean);
}

const approved = ({ id, version }) => call("POST", `/v1/broadcasts/${id}/approve`, { body: { version } });
const handedBack = ({ id, version }, reason) => call("POST", `/v1/broadcasts/${id}/hand-back`, { body: { version, reason } });
const cancelled = ({ id }, reason) => call("POST", `/v1/broadcasts/${id}/cancel`, { body: { reason } });

function approve(step) {
  const go = button(t("cast_approve"), () => attempt(step, go), { class: "strong" });
  return go;
}

// A step that needs a reason: the field comes with the first tap.
function reasoned(label, step) {
  const reason = h("input", { maxlength: 200, required: true });
  const send = h("button", { type: "submit" }, t(label));
  const form = h("form", { hidden: true }, h("label", {}, t("cast_reason"), reason), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => step(reason.value.trim()), send);
  });
  const open = button(t(label), () => ((form.hidden = false), (open.hidden = true), reason.focus()));
  return h("div", {}, open, form);
}

// Nobody's half written reason is taken away by a refresh.
export const isAsking = (element) => Boolean(element.querySelector("form:not([hidden])"));
