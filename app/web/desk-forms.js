// What a clerk may do to a case next, each step as its own form: only what the server says is possible is offered.
import { call, uuid } from "./api.js";
import "./desk-words.js";
import { formOf, part } from "./desk-parts.js";
import { unitChoice } from "./desk-units.js";
import { button, h, icon } from "./dom.js";
import { onceReady, upload } from "./photo-upload.js";
import { t } from "./words.js";

const OUTCOMES = ["fixed", "explained", "not_found", "referred"];
const REASONLESS = ["dispatch", "confirm", "make_safe", "resume", "revive"]; // the reporter reads why of everything else
const FORMS = { accept, reject: plain, dispatch, make_safe: plain, confirm: check, close, suspend, resume: plain, reopen: plain, revive: plain };
const PATHS = { make_safe: "make-safe" };

// Returns the forms of what is possible; `attempt(work, button)` runs when one is sent.
export const offers = (item, possible, attempt) =>
  Promise.all(possible.filter((move) => FORMS[move]).map((move) => FORMS[move](item, move, attempt)));

const step = (item, move, body) => call("POST", `/v1/reports/cases/${item.id}/${PATHS[move] || move}`, { body: { version: item.version, ...body }, key: uuid() });

const fold = (move, form) => part(move, () => form, t(`desk_${move}`));

function accept(item, move, attempt) {
  const go = button(t("desk_accept"), () => attempt(() => step(item, move), go), { class: "strong wide" });
  return go;
}

// A reason, and the sentences that this desk uses often.
async function because(item, move) {
  const { templates } = await call("GET", `/v1/reports/templates?${new URLSearchParams({ area_code: item.area_code, move, category_id: item.category_id })}`);
  const reason = h("textarea", { maxlength: 2000, required: !REASONLESS.includes(move) });
  const often = templates.map(({ title, text }) => button(title, () => (reason.value = text)));
  const part = [h("label", {}, t("desk_reason"), reason), often.length > 0 && h("div", { class: "others", "aria-label": t("desk_template") }, often)];
  return { said: () => reason.value.trim(), part };
}

async function plain(item, move, attempt) {
  const { said, part } = await because(item, move);
  return fold(move, formOf(`desk_${move}`, part, (go) => attempt(() => step(item, move, { reason: said() }), go)));
}

async function dispatch(item, move, attempt) {
  const unit = await unitChoice("desk_unit", { area: item.area_code, chosen: item.proposed_unit_id });
  const { said, part } = await because(item, move);
  const send = (go) => attempt(() => step(item, move, { unit_id: unit.input.value, reason: said() }), go);
  return formOf("desk_send", [unit.parts, unit.named && h("p", { class: "quiet" }, t("desk_proposed", { unit: unit.named })), part], send);
}

// Somebody else than who repaired it looked: what they saw, with a photo of it.
function check(item, move, attempt) {
  const camera = h("input", { type: "file", accept: "image/*", required: true });
  const chosen = h("p", { class: "quiet" });
  const photo = {};
  camera.addEventListener("change", () => {
    const [file] = camera.files;
    if (file) Object.assign(photo, { id: uuid(), purpose: "verification", file });
    chosen.textContent = file ? file.name : "";
  });
  const text = h("textarea", { maxlength: 2000 });
  const judge = (verb) => async () => {
    await upload(photo);
    await onceReady(() => call("POST", `/v1/reports/checking/${item.id}/${verb}`, { body: { version: item.version, text: text.value.trim(), photo_ids: [photo.id] }, key: uuid() }));
  };
  const fails = button(t("desk_fail_check"), () => {
    text.required = true; // who has to mend it again is told why
    if (form.reportValidity()) attempt(judge("fail"), fails);
    text.required = false;
  });
  const parts = [h("label", { class: "photo" }, icon("cat_camera"), t("desk_check_photo"), camera), chosen, h("label", {}, t("desk_check_text"), text)];
  const form = formOf("desk_confirm", parts, (go) => attempt(judge("confirm"), go));
  form.append(fails);
  return form;
}

async function close(item, move, attempt) {
  const { said, part } = await because(item, move);
  const outcome = h("select", {}, OUTCOMES.map((name) => h("option", { value: name }, t(`outcome_${name}`))));
  const end = (go) => attempt(() => step(item, move, { outcome: outcome.value, reason: said() }), go);
  return fold(move, formOf("desk_close", [h("label", {}, t("desk_outcome"), outcome), part], end));
}

// Put off until a day on which somebody looks again.
async function suspend(item, move, attempt) {
  const { said, part } = await because(item, move);
  const day = h("input", { type: "date", required: true });
  const put = (go) => attempt(() => step(item, move, { review_at: `${day.value}T09:00:00+08:00`, reason: said() }), go);
  return fold(move, formOf("desk_suspend", [h("label", {}, t("desk_review"), day), part], put));
}
