// One case: its photos and its story, and the next step that the clerk may take.
import { call, now, Refusal, uuid } from "./api.js";
import { why } from "./account.js";
import { MAP_DATUMS, mapLink } from "./cards.js";
import "./desk-words.js";
import { busy, button, byId, fill, h, icon } from "./dom.js";
import { language, t, timeOf } from "./words.js";

const OUTCOMES = ["fixed", "explained", "not_found", "referred"];
const WITH_REASON = ["reject", "close"];

// Opens a case; `changed` runs after each step that the server took.
export async function decide(row, category, changed) {
  const panel = byId("case");
  const [told, album, { notes }] = await Promise.all([
    call("GET", `/v1/reports/cases/${row.id}`),
    call("GET", `/v1/reports/cases/${row.id}/photos`),
    call("GET", `/v1/reports/cases/${row.id}/notes`),
  ]);
  const again = () => decide(row, category, changed);
  const said = h("p", { role: "status", class: "bad-ink" });
  const attempt = async (work, element) => {
    try {
      await busy(element, work);
      await changed();
      panel.close();
    } catch (error) {
      fill(said, error instanceof Refusal && error.status === 409 ? `${why(error)} ${t("desk_gone")}` : why(error));
    }
  };
  const title = category ? category[`name_${language()}`] : row.category_id;
  const { case: item, steps, possible } = told;
  const forms = { accept: acceptForm, reject: reasonForm, dispatch: sendForm, close: closeForm };
  const offered = await Promise.all(possible.filter((move) => forms[move]).map((move) => forms[move](item, move, attempt)));
  fill(panel,
    h("h2", { id: "case-title" }, category && icon(category.icon), `${item.number} ${title}`),
    h("p", { class: "quiet" }, [t(`report_${item.state}`), timeOf(item.submitted_at, now()), item.address].filter(Boolean).join(" · ")),
    words(item, said),
    mapLink({ ...item, name: item.number }, MAP_DATUMS[item.coord_type]),
    pictures(album.photos),
    album.elsewhere.map(abroad),
    offered,
    said,
    noteForm(item, notes, again),
    h("h3", {}, t("desk_steps")),
    h("ol", { class: "timeline" }, steps.map(step)),
    button(t("close"), () => panel.close(), { class: "plain" }));
  if (!panel.open) panel.showModal();
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

function acceptForm(item, move, attempt) {
  const go = button(t("desk_accept"), () => attempt(() => call("POST", `/v1/reports/cases/${item.id}/accept`, { body: { version: item.version }, key: uuid() }), go), { class: "strong wide" });
  return go;
}

// A reason, and the sentences that this desk uses often.
async function reasonPart(item, move) {
  const { templates } = await call("GET", `/v1/reports/templates?${new URLSearchParams({ area_code: item.area_code, move, category_id: item.category_id })}`);
  const reason = h("textarea", { maxlength: 2000, required: WITH_REASON.includes(move) });
  const offers = templates.map(({ title, text }) => button(title, () => (reason.value = text)));
  return { reason, part: [h("label", {}, t("desk_reason"), reason), offers.length > 0 && h("div", { class: "others", "aria-label": t("desk_template") }, offers)] };
}

function formOf(label, parts, submit) {
  const go = h("button", { type: "submit" }, t(label));
  const form = h("form", {}, parts, go);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(go);
  });
  return form;
}

async function reasonForm(item, move, attempt) {
  const { reason, part } = await reasonPart(item, move);
  return formOf("desk_reject", part, (go) => attempt(() => call("POST", `/v1/reports/cases/${item.id}/reject`, { body: { version: item.version, reason: reason.value.trim() }, key: uuid() }), go));
}

async function sendForm(item, move, attempt) {
  const { items } = await call("GET", `/v1/units?${new URLSearchParams({ area_code: item.area_code.slice(0, 6), limit: 100 })}`);
  const options = items.filter(({ ended_at }) => !ended_at).map(({ id, name }) => h("option", { value: id, selected: id === item.proposed_unit_id }, name));
  const unit = h("select", {}, options);
  const proposed = items.find(({ id }) => id === item.proposed_unit_id);
  const { reason, part } = await reasonPart(item, move);
  const send = (go) => attempt(() => call("POST", `/v1/reports/cases/${item.id}/dispatch`, { body: { version: item.version, unit_id: unit.value, reason: reason.value.trim() }, key: uuid() }), go);
  return formOf("desk_send", [h("label", {}, t("desk_unit"), unit), proposed && h("p", { class: "quiet" }, t("desk_proposed", { unit: proposed.name })), part], send);
}

async function closeForm(item, move, attempt) {
  const { reason, part } = await reasonPart(item, move);
  const outcome = h("select", {}, OUTCOMES.map((name) => h("option", { value: name }, t(`outcome_${name}`))));
  const close = (go) => attempt(() => call("POST", `/v1/reports/cases/${item.id}/close`, { body: { version: item.version, outcome: outcome.value, reason: reason.value.trim() }, key: uuid() }), go);
  return formOf("desk_close", [h("label", {}, t("desk_outcome"), outcome), part], close);
}

function noteForm(item, notes, again) {
  const text = h("input", { maxlength: 500, required: true });
  const keep = async (go) => {
    await busy(go, () => call("POST", `/v1/reports/cases/${item.id}/notes`, { body: { id: uuid(), text: text.value.trim() } }));
    await again();
  };
  const kept = notes.map(({ author_name, text: said, made_at }) => h("p", {}, h("b", {}, author_name), ` ${timeOf(made_at, now())} ${said}`));
  return [kept, formOf("desk_note_keep", h("label", {}, t("desk_note"), text), keep)];
}
