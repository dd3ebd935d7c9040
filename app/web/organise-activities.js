// The activities that one runs by where they stand: publish, decide, call off.
import { call } from "./api.js";
import { attempt } from "./attempt.js";
import { tag } from "./cards.js";
import { button, fill, h, notice } from "./dom.js";
import { asking, field, folded, lazy } from "./forms.js";
import { spanOf } from "./shifts.js";
import { staffAreas } from "./teams-run.js";
import { t } from "./words.js";

const STATES = ["draft", "submitted", "published", "cancelled"];
const SHOWN = 20;

let place = null;
let state = "draft";
let page = null;
let decides = false; // whether one is staff of an area, and decides on what waits

export async function show(element) {
  place = element;
  decides = (await staffAreas()).length > 0;
  page = await call("GET", `/v1/activities/run?${query()}`);
  write();
}

const query = (more = {}) => new URLSearchParams({ limit: SHOWN, state, ...more });
const again = () => show(place);

function write() {
  const chip = (name) => {
    const turn = () => {
      state = name;
      return again();
    };
    return button(t(`stage_${name}`), () => attempt(turn), { "aria-pressed": String(name === state) });
  };
  const more = page.next_cursor && button(t("more"), () => attempt(readMore, more), { class: "wide" });
  fill(place, h("div", { class: "tabs" }, STATES.map(chip)), page.items.length === 0 && h("p", {}, t("run_none")), h("ul", { class: "list" }, page.items.map(card)), more);
}

async function readMore() {
  const next = await call("GET", `/v1/activities/run?${query({ cursor: page.next_cursor })}`);
  page = { items: [...page.items, ...next.items], next_cursor: next.next_cursor };
  write();
}

function card(activity) {
  const edited = async () => {
    await again();
    notice("done", t("edit_kept"), { kind: "good" });
    scrollTo(0, 0);
  };
  const edit = async (told) => (await import("./organise-edit.js")).show(told, activity.id, edited);
  const canEdit = state === "draft" || (state === "published" && !activity.is_on_the_way);
  return h(
    "li",
    { class: "card", "data-activity": activity.id },
    h("h3", {}, activity.title, tag(t(`activity_${activity.kind}`))),
    h("p", {}, activity.place_text),
    activity.reason && h("p", { class: "warn-ink" }, activity.reason),
    lazy(t("more"), (told) => tell(told, activity.id)),
    canEdit && lazy(t("edit"), edit),
    state === "draft" && publishButton(activity),
    state === "submitted" && decides && decidePart(activity),
    state !== "cancelled" && cancelPart(activity),
  );
}

async function tell(told, id) {
  const { content, risks, insurer, insured_from, insured_to, shifts } = await call("GET", `/v1/activities/run/${id}`);
  const lines = [content, risks && t("risks_are", { what: risks }), insurer && t("insured_by", { who: insurer, from: insured_from, to: insured_to })];
  fill(
    told,
    lines.filter(Boolean).map((line) => h("p", {}, line)),
    shifts.map((shift) => h("p", {}, `${spanOf(shift)} · ${shift.roles.map(({ name, places, free }) => `${name} ${places - free}/${places}`).join(", ")}`)),
  );
}

function publishButton({ id, version }) {
  const publish = async () => {
    const { state: now } = await call("POST", `/v1/activities/${id}/submit`, { body: { version } });
    await again();
    notice("done", t(now === "published" ? "published" : "laid_before"), { kind: "good" });
  };
  const tap = button(t("publish"), () => attempt(publish, tap), { class: "strong wide" });
  return tap;
}

function decidePart({ id, version }) {
  const reason = h("input", { maxlength: 200 });
  const decide = (approves) => call("POST", `/v1/activities/${id}/decide`, { body: { version, approves, reason: reason.value.trim() } }).then(again);
  const yes = button(t("publish"), () => attempt(() => decide(true), yes), { class: "strong" });
  const no = button(t("send_back"), () => attempt(() => decide(false), no));
  return [h("label", {}, t("reason_if_back"), reason), h("div", { class: "row" }, yes, no)];
}

function cancelPart({ id, version }) {
  const reason = field("cancel_why", { maxlength: 200, required: true });
  const cancel = () => call("POST", `/v1/activities/${id}/cancel`, { body: { version, reason: reason.input.value.trim() } }).then(again);
  return folded(t("cancel_all"), asking("cancel_all", [h("p", { class: "quiet" }, t("cancel_hint")), reason.label], cancel, { strong: false }));
}
