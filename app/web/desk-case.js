// One case: its photos and its story, the next step that the clerk may take, and whatever else may be done to it.
import { why } from "./account.js";
import { account, call, now, Refusal, uuid } from "./api.js";
import { MAP_DATUMS, mapLink } from "./cards.js";
import { corrections } from "./desk-correct.js";
import { offers } from "./desk-forms.js";
import { hands } from "./desk-hands.js";
import { merging } from "./desk-merge.js";
import { areaName, categories, forgetDrafts, formOf, keepDrafts, nameOf, once, part, restore, stepName } from "./desk-parts.js";
import { people } from "./desk-people.js";
import { pictures } from "./desk-photos.js";
import { publicity } from "./desk-public.js";
import "./desk-words.js";
import { busy, button, byId, fill, h, icon, notice } from "./dom.js";
import { t, timeOf } from "./words.js";

const ANSWER_MS = 3 * 86400e3; // how long the reporter has for an answer
const WAIT_FOR_ANSWERS = new Set(["submitted", "accepted", "dispatched", "in_progress", "returned", "suspended", "resolved"]);
// The case's parts, and what stands for them with who lies across the street: they read the case alone.
const PARTS = {
  "/photos": { photos: [], elsewhere: [] },
  "/notes": { notes: [] },
  "/updates": { updates: [] },
  "/questions": { questions: [] },
  "/extensions": { items: [] },
  "/tasks": { items: [] },
  "/related": { parent: null, children: [], recurrences: [] },
};

let shown = null; // which case stands in the panel

// Opens a case; `changed` runs after each step that the server took. `word` is what the last step led to.
export async function decide(id, changed, { word, kind = "good" } = {}) {
  const panel = byId("case");
  const isSame = panel.open && shown === id;
  const before = { open: isSame && !(word && kind === "good") ? [...panel.querySelectorAll("details[data-part][open]")].map(({ dataset }) => dataset.part) : [], top: panel.scrollTop };
  const [told, album, { notes }, { updates }, { questions }, { items: extensions }, { items: tasks }, related] = await Promise.all([call("GET", `/v1/reports/cases/${id}`), ...Object.keys(PARTS).map((each) => readPart(id, each))]);
  const { case: item, steps, possible, acts, point } = told;
  const isReader = acts.length === 0;
  const again = (sentence, tone) =>
    decide(id, changed, { word: sentence, kind: tone }).catch((error) => {
      panel.close(); // it went to another desk
      notice("case", sentence || why(error), { kind: sentence ? "good" : "warn" });
    });
  const said = h("p", { role: "status", tabindex: "-1", class: word && `notice ${kind}` }, word);
  const say = (text) => {
    said.className = "notice bad";
    fill(said, text);
    said.scrollIntoView({ block: "nearest" });
  };
  // What the work returns is told when the case stands there anew; `then` is what is done instead.
  const attempt = async (work, element, then = again) => {
    try {
      const sentence = await busy(element, work);
      forgetDrafts();
      await Promise.all([then(sentence), changed()]);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 409) return say(why(error));
      keepDrafts(panel);
      await Promise.all([again(`${why(error)} ${t("desk_gone")}`, "warn"), changed()]);
    }
  };
  const moved = (work, element) => attempt(work, element, () => panel.close());
  const desk = { item, point, possible, acts, attempt, open: (other) => attempt(() => decide(other, changed), said, () => {}) };
  const [names, area, unit, offered] = await Promise.all([categories(), areaName(item.area_code), unitOf(item), offers(item, possible, moved)]);
  const category = names.get(item.category_id);
  const taking = await mine(desk);
  const timeline = await Promise.all(steps.map((each) => step(each, names)));
  if (shown !== id) forgetDrafts(); // one case's words are none of another's
  shown = id;
  fill(panel,
    h("h2", { id: "case-title", class: "line", tabindex: "-1" }, category && icon(category.icon), `${item.number} ${nameOf(category, item.category_id)}`),
    h("p", { class: "quiet" }, [t(`report_${item.state}`), timeOf(item.submitted_at, now()), area, item.address].filter(Boolean).join(" · ")),
    said,
    item.flags.includes("pin_missing") && h("p", { class: "warn-ink" }, t("flag_pin_missing")),
    promise(item),
    unit && h("p", { class: "quiet" }, t("case_unit", { unit: unit.name })),
    words(item, isReader, say),
    h("div", { class: "side" }, mapLink({ ...item, name: item.number }, MAP_DATUMS[item.coord_type]), taking),
    pictures(desk, album.photos),
    album.elsewhere.map(abroad),
    updates.map((each) => added(item, each, attempt)),
    offered,
    hands(desk, { extensions, tasks }),
    merging(desk, related),
    corrections(desk),
    publicity(desk, album.photos),
    people(desk),
    !isReader && [questionForm(item, questions, attempt), h("section", { class: "inside" }, h("h3", {}, t("desk_notes")), noteForm(item, notes, attempt))],
    h("h3", {}, t("desk_steps")),
    h("ol", { class: "timeline" }, timeline),
    button(t("close"), () => panel.close(), { class: "plain" }));
  for (const each of panel.querySelectorAll("details[data-part]")) each.open = before.open.includes(each.dataset.part);
  restore(panel);
  if (!panel.open) panel.showModal();
  panel.scrollTop = isSame && !word ? before.top : 0;
  if (isSame) (word ? said : byId("case-title")).focus({ preventScroll: true }); // what was tapped is gone
}

async function readPart(id, part) {
  try {
    return await call("GET", `/v1/reports/cases/${id}${part}`);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return PARTS[part];
    throw error;
  }
}

// The promise as it was and as it is now, and when a suspended case is looked at again.
function promise({ due_at: due, original_due_at: first, is_due_provisional: isRough, review_at: review, closed_at: closed }) {
  const told = [
    due && t("case_due", { when: timeOf(due, now()) }) + (isRough ? ` (${t("handling_due_rough")})` : ""),
    first && first !== due && t("case_first_due", { when: timeOf(first, now()) }),
    review && t("case_review", { when: timeOf(review, now()) }),
  ].filter(Boolean);
  return told.length > 0 && h("p", { class: due && !closed && Date.parse(due) < now() && "bad-ink" }, told.join(" · "));
}

const unitOf = async ({ unit_id: id }) => id && call("GET", `/v1/units/${id}`).catch(() => null);

async function mine({ item, acts, attempt }) {
  const known = await account();
  if (known && item.assigned_to === known.id) return h("b", {}, t("case_mine"));
  if (!acts.includes("take")) return null;
  const work = async () => {
    await call("POST", `/v1/reports/cases/${item.id}/take`, { body: { version: item.version }, key: uuid() });
    return t("case_taken");
  };
  const go = button(t("case_take"), () => attempt(work, go));
  return go;
}

// What a rider said of it since: seen to by somebody, or waiting for it.
function added(item, { id, text, at, is_still_there: isThere, is_handled: isHandled, handled_by: by }, attempt) {
  const see = !isHandled && button(t("desk_see_to"), () => attempt(() => call("POST", `/v1/reports/cases/${item.id}/updates/${id}/handle`).then(() => ""), see));
  const line = h("span", {}, h("b", {}, t(isThere ? "desk_still_there" : "desk_added")), ` ${timeOf(at, now())} ${text} `, isHandled && h("span", { class: "quiet" }, t("desk_seen_to", { name: by || "" })));
  return h("div", { class: isHandled ? "notice" : "notice warn" }, line, see);
}

function questionForm(item, questions, attempt) {
  const asked = questions.map(({ text, answer, due_at: due }) => h("p", {}, h("b", {}, text), " ", answer ?? h("span", { class: "quiet" }, t("desk_answer_by", { when: timeOf(due, now()) }))));
  if (!WAIT_FOR_ANSWERS.has(item.state)) return asked;
  return [asked, part("desk_ask", () => {
    const text = h("input", { maxlength: 500, required: true });
    const question = once((said) => ({ id: uuid(), text: said, due_at: new Date(now() + ANSWER_MS).toISOString() }));
    const ask = (go) => attempt(() => call("POST", `/v1/reports/cases/${item.id}/questions`, { body: question(text.value.trim()) }).then(() => t("desk_asked")), go);
    return formOf("desk_ask", h("label", {}, t("desk_question"), text), ask);
  })];
}

// A picture that lies with the partner who sent the case: opened there, never loaded into this page.
const abroad = (href) => h("p", {}, h("a", { href, target: "_blank", rel: "noopener noreferrer" }, `${t("desk_photo_elsewhere")} ${href.slice(0, 80)}`));

// What the reporter wrote; numbers of people in it are covered until the clerk says why they are needed.
function words(item, isReader, say) {
  const text = h("p", {}, item.description);
  if (isReader || ![item.description, item.address, ...Object.values(item.answers).map(String)].some((each) => each.includes("***"))) return text;
  const reason = h("input", { minlength: 4, maxlength: 200, required: true });
  const form = formOf("desk_uncover", h("label", {}, t("desk_why_uncover"), reason), async (go) => {
    try {
      const whole = await busy(go, () => call("POST", `/v1/reports/cases/${item.id}/words`, { body: { reason: reason.value } }));
      fill(text, [whole.description, whole.address, ...Object.values(whole.answers).map(String)].filter(Boolean).join(" · "));
      form.remove();
    } catch (error) {
      say(why(error));
    }
  });
  return [text, form];
}

const step = async ({ move, to_state: state, at: when, actor_name: name, reason, details }, names) =>
  h("li", {}, h("b", {}, stepName({ move, to_state: state })), ` ${timeOf(when, now())} ${name}`, await changes(move, details, names), reason && h("p", {}, reason));

// What a correction changed: as it was, as it is.
async function changes(move, { before, after, until }, names) {
  if (move === "extend" && until) return h("p", { class: "quiet" }, `${before ? timeOf(before, now()) : "—"} → ${timeOf(until, now())}`);
  if (!before || !after) return null;
  const kind = (id) => nameOf(names.get(id), id);
  const pairs = [
    before.category_id && [kind(before.category_id), kind(after.category_id)],
    before.category_id && before.due_at && after.due_at && before.due_at !== after.due_at && [timeOf(before.due_at, now()), timeOf(after.due_at, now())],
    before.area_code && before.area_code !== after.area_code && [await areaName(before.area_code), await areaName(after.area_code)],
  ].filter(Boolean);
  return pairs.map(([old, fresh]) => h("p", { class: "quiet" }, `${old} → ${fresh}`));
}

function noteForm(item, notes, attempt) {
  const text = h("textarea", { maxlength: 2000, required: true });
  const note = once((said) => ({ id: uuid(), text: said }));
  const keep = (go) => attempt(() => call("POST", `/v1/reports/cases/${item.id}/notes`, { body: note(text.value.trim()) }).then(() => ""), go);
  const kept = notes.map(({ author_name: author, text: said, made_at: at }) => h("p", {}, h("b", {}, author), ` ${timeOf(at, now())} ${said}`));
  return [kept, formOf("desk_note_keep", h("label", {}, t("desk_note"), text), keep)];
}
