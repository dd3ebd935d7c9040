// One case: its photos and its story, what riders added, and the next step that the clerk may take.
import { call, now, Refusal, uuid } from "./api.js";
import { why } from "./account.js";
import { MAP_DATUMS, mapLink } from "./cards.js";
import { formOf, offers } from "./desk-forms.js";
import "./desk-words.js";
import { busy, button, byId, fill, h, icon } from "./dom.js";
import { folded } from "./forms.js";
import { language, t, timeOf } from "./words.js";

const ANSWER_MS = 3 * 86400e3; // how long the reporter has for an answer
const WAIT_FOR_ANSWERS = new Set(["submitted", "accepted", "dispatched", "in_progress", "returned", "suspended", "resolved"]);

// Opens a case; `changed` runs after each step that the server took.
export async function decide(id, category, changed) {
  const panel = byId("case");
  const parts = ["", "/photos", "/notes", "/updates", "/questions"];
  const [told, album, { notes }, { updates }, { questions }] = await Promise.all(parts.map((part) => call("GET", `/v1/reports/cases/${id}${part}`)));
  const again = () => decide(id, category, changed);
  const said = h("p", { role: "status", class: "bad-ink" });
  const attempt = async (work, element, then = () => panel.close()) => {
    try {
      await busy(element, work);
      await changed();
      await then();
    } catch (error) {
      fill(said, error instanceof Refusal && error.status === 409 ? `${why(error)} ${t("desk_gone")}` : why(error));
      said.scrollIntoView({ block: "nearest" });
    }
  };
  const { case: item, steps, possible } = told;
  const title = category ? category[`name_${language()}`] : item.category_id;
  const offered = await offers(item, possible, attempt);
  fill(panel,
    h("h2", { id: "case-title", class: "line" }, category && icon(category.icon), `${item.number} ${title}`),
    h("p", { class: "quiet" }, [t(`report_${item.state}`), timeOf(item.submitted_at, now()), item.address].filter(Boolean).join(" · ")),
    words(item, said),
    mapLink({ ...item, name: item.number }, MAP_DATUMS[item.coord_type]),
    pictures(album.photos),
    album.elsewhere.map(abroad),
    updates.map((each) => added(item, each, (work, element) => attempt(work, element, again))),
    said,
    offered,
    questionForm(item, questions, (work, element) => attempt(work, element, again)),
    noteForm(item, notes, (work, element) => attempt(work, element, again)),
    h("h3", {}, t("desk_steps")),
    h("ol", { class: "timeline" }, steps.map(step)),
    button(t("close"), () => panel.close(), { class: "plain" }));
  if (!panel.open) panel.showModal();
  panel.scrollTop = 0;
}

// What a rider said of it since: seen to by somebody, or waiting for it.
function added(item, { id, text, at, is_still_there: isThere, is_handled: isHandled, handled_by: by }, attempt) {
  const see = !isHandled && button(t("desk_see_to"), () => attempt(() => call("POST", `/v1/reports/cases/${item.id}/updates/${id}/handle`), see));
  const line = h("span", {}, h("b", {}, t(isThere ? "desk_still_there" : "desk_added")), ` ${timeOf(at, now())} ${text} `, isHandled && h("span", { class: "quiet" }, t("desk_seen_to", { name: by || "" })));
  return h("div", { class: isHandled ? "notice" : "notice warn" }, line, see);
}

function questionForm(item, questions, attempt) {
  const asked = questions.map(({ text, answer, due_at: due }) => h("p", {}, h("b", {}, text), " ", answer ?? h("span", { class: "quiet" }, t("desk_answer_by", { when: timeOf(due, now()) }))));
  if (!WAIT_FOR_ANSWERS.has(item.state)) return asked;
  const text = h("input", { maxlength: 500, required: true });
  const ask = (go) => attempt(() => call("POST", `/v1/reports/cases/${item.id}/questions`, { body: { id: uuid(), text: text.value.trim(), due_at: new Date(now() + ANSWER_MS).toISOString() } }), go);
  return [asked, folded(t("desk_ask"), formOf("desk_ask", h("label", {}, t("desk_question"), text), ask))];
}

const pictures = (photos) =>
  h("div", { class: "photos" }, photos.filter(({ thumb }) => thumb).map(({ thumb, large }) => h("a", { href: large, target: "_blank", rel: "noopener" }, h("img", { src: thumb, alt: "", loading: "lazy" }))));

// A picture that lies with the partner who sent the case: opened there, never loaded into this page.
const abroad = (href) => h("p", {}, h("a", { href, target: "_blank", rel: "noopener noreferrer" }, `${t("desk_photo_elsewhere")} ${href.slice(0, 80)}`));

// What the reporter wrote; numbers of people in it are covered until the clerk says why they are needed.
function words(item, said) {
  const text = h("p", {}, item.description);
  if (![item.description, item.address, ...Object.values(item.answers).map(String)].some((each) => each.includes("***"))) return text;
  const reason = h("input", { minlength: 4, maxlength: 200, required: true });
  const form = formOf("desk_uncover", h("label", {}, t("desk_why_uncover"), reason), async (go) => {
    try {
      const whole = await busy(go, () => call("POST", `/v1/reports/cases/${item.id}/words`, { body: { reason: reason.value } }));
      fill(text, [whole.description, whole.address, ...Object.values(whole.answers).map(String)].filter(Boolean).join(" · "));
      form.remove();
    } catch (error) {
      fill(said, why(error));
    }
  });
  return [text, form];
}

const step = ({ to_state, at: when, actor_name, reason }) =>
  h("li", {}, h("b", {}, t(`report_${to_state}`)), ` ${timeOf(when, now())} ${actor_name}`, reason && h("p", {}, reason));

function noteForm(item, notes, attempt) {
  const text = h("input", { maxlength: 500, required: true });
  const keep = (go) => attempt(() => call("POST", `/v1/reports/cases/${item.id}/notes`, { body: { id: uuid(), text: text.value.trim() } }), go);
  const kept = notes.map(({ author_name: author, text: said, made_at: at }) => h("p", {}, h("b", {}, author), ` ${timeOf(at, now())} ${said}`));
  return [kept, folded(t("desk_note"), formOf("desk_note_keep", h("label", {}, t("desk_note"), text), keep))];
}
