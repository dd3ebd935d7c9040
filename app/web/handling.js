// Who mends: the cases and tasks of one's unit, or the one case of a contractor's link, whose secret stays behind the "#".
import { accountButton, askToSignIn, why } from "./account.js";
import { account, call, now, Refusal, uuid } from "./api.js";
import { MAP_DATUMS, mapLink } from "./cards.js";
import { askTime, links, wish } from "./case-handling.js";
import { categories, forgetDrafts, formOf, keepDrafts, nameOf, part, restore, stepName } from "./desk-parts.js";
import { busy, button, byId, fill, h, icon, notice, speak } from "./dom.js";
import { folded } from "./forms.js";
import "./handling-words.js";
import { onceReady, upload } from "./photo-upload.js";
import { t, timeOf } from "./words.js";

const secret = location.hash.slice(1);
const MOVES = { take_on: "take-on", make_safe: "make-safe", resolve: "resolve", return: "return" };
const HAS_TIME = ["dispatched", "in_progress"]; // more time may be asked for, a contractor let in
const OVER = ["done", "dropped"];
let names = new Map(); // of categories
let again = null; // reads anew what is looked at

// Where a case is, and by what one comes to it: the link, or who is signed in.
const byLink = { path: "/v1/reports/contractors/case", signedIn: false, extra: { "X-Report-Link": secret } };
const own = (id) => ({ path: `/v1/reports/handling/${id}`, signedIn: true, extra: {} });

// What a tap sets going; what came of it is said above what is then read anew, unless `then` shows it in its place.
async function attempt(work, element, then) {
  try {
    const word = await busy(element, work);
    forgetDrafts();
    notice("failed", "");
    if (then) return then(word);
    notice("sent", word || t("handling_sent"), { kind: "good" });
    await again();
  } catch (error) {
    notice("sent", "");
    notice("failed", why(error), { kind: "bad" });
    if (error instanceof Refusal && [404, 409].includes(error.status)) {
      keepDrafts(byId("case"));
      await again();
    }
  }
  scrollTo(0, 0); // where it is said
}

// A case that was sent back is no longer this link's, nor this unit's.
function look(draw) {
  again = () => draw().catch((error) => (secret || !(error instanceof Refusal) || error.status !== 404 ? gone(error) : show()));
  return again();
}

async function open(at) {
  const told = await call("GET", at.path, at);
  const { case: item, possible, photos, steps, tasks, label, expires_at: ends, photo_pass: pass } = told;
  const way = pass ? { signedIn: false, extra: { "Photo-Pass": pass } } : {};
  const { items: wishes } = secret ? { items: [] } : await call("GET", `/v1/reports/cases/${item.id}/extensions`);
  const waits = tasks.some(({ state }) => !OVER.includes(state));
  const moves = Object.keys(MOVES).filter((move) => possible.includes(move) && !(move === "resolve" && waits));
  draw(item, [
    label && h("p", { class: "quiet" }, t("handling_for", { label, when: timeOf(ends, now()) })),
    facts(item),
    pictures(photos),
    wishes.map((each) => wish(each)),
    tasks.map(({ instruction, state, result }) => h("p", { class: state === "done" ? "notice good" : "notice" }, h("span", {}, `${t("handling_task", { what: instruction })} · ${t(`task_${state}`)}`, result && h("br"), result))),
    waits && possible.includes("resolve") && h("p", { class: "notice warn" }, t("handling_tasks_open")),
    item.state === "resolved" && h("p", { class: "notice good" }, t("handling_waits")),
    moves.map((move) => moving(at, item, move, way)),
    !secret && HAS_TIME.includes(item.state) && [
      wishes.every(({ is_granted: granted }) => granted === false) && part("act_ask_time", () => askTime(item.id, attempt)),
      part("act_let_contractor", () => links(item.id, attempt)),
    ],
    h("ol", { class: "timeline" }, steps.map((step) => h("li", {}, h("b", {}, stepName(step)), ` ${timeOf(step.at, now())}`, step.reason && h("p", {}, step.reason)))),
  ]);
}

async function openTask(id) {
  const { task, case: item, photos } = await call("GET", `/v1/reports/tasks/${id}`);
  const { state, instruction, due_at: due, result, version } = task;
  const send = (verb, body = {}) => call("POST", `/v1/reports/tasks/${id}/${verb}`, { body: { version, ...body }, key: uuid() });
  const take = button(t("task_take"), () => attempt(() => send("take"), take), { class: "strong send" });
  draw(item, [
    h("p", { class: OVER.includes(state) ? "notice good" : "notice warn" }, h("span", {}, h("b", {}, t("handling_task", { what: instruction })), ` · ${[t(`task_${state}`), due && t("handling_due", { when: timeOf(due, now()) })].filter(Boolean).join(" · ")}`, result && h("br"), result)),
    facts({ ...item, due_at: null }),
    pictures(photos),
    state === "open" && take,
    state === "taken" && proof("task_finish", (body) => send("finish", body), {}),
    ["open", "taken"].includes(state) && folded(t("move_return"), said("move_return", (body) => send("return", body))),
  ]);
}

function draw(item, parts) {
  const category = names.get(item.category_id);
  fill(byId("case"),
    !secret && button(t("handling_back"), () => opened(list), { class: "wide" }),
    h("h2", { class: "line" }, category && icon(category.icon), `${item.number} ${nameOf(category, item.category_id)}`),
    parts);
  fill(byId("cases"));
  restore(byId("case"));
}

function facts(item) {
  const answers = Object.values(item.answers).map(String);
  return [
    h("p", {}, h("b", {}, t(`report_${item.state}`)), item.due_at && ` · ${t("handling_due", { when: timeOf(item.due_at, now()) })}`, item.due_at && item.is_due_provisional && ` (${t("handling_due_rough")})`),
    item.review_at && h("p", {}, t("case_review", { when: timeOf(item.review_at, now()) })),
    h("p", {}, [item.address, item.description, ...answers].filter(Boolean).join(" · ")),
    mapLink({ ...item, name: item.number }, MAP_DATUMS[item.coord_type]),
  ];
}

const pictures = (photos) => h("div", { class: "photos" }, photos.filter(({ thumb }) => thumb).map(({ thumb, large }) => h("a", { href: large, target: "_blank", rel: "noopener" }, h("img", { src: thumb, alt: "", loading: "lazy" }))));

function moving(at, item, move, way) {
  const send = (body) => call("POST", `${at.path}/${MOVES[move]}`, { ...at, body: { version: item.version, ...body }, key: uuid() });
  if (move === "take_on") {
    const go = button(t("move_take_on"), () => attempt(() => send({}), go), { class: "strong send" });
    return go;
  }
  return move === "resolve" ? proof("move_resolve", send, way) : folded(t(`move_${move}`), said(`move_${move}`, send));
}

// A word with a move.
function said(name, send) {
  const text = h("textarea", { maxlength: 2000, required: name !== "move_make_safe" });
  return formOf(name, h("label", {}, t(name === "move_return" ? "handling_why" : "handling_text"), text), (go) => attempt(() => send({ text: text.value.trim() }).then(() => ""), go));
}

// A word with a photo taken after.
function proof(name, send, way) {
  const text = h("textarea", { maxlength: 2000, required: true });
  const photo = {};
  const input = h("input", { type: "file", accept: "image/*", required: true });
  const camera = h("label", { class: "photo" }, icon("cat_camera"), t("handling_photo"), input);
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    Object.assign(photo, { id: uuid(), purpose: "resolution", file });
    fill(camera, icon("good"), file.name, input);
  });
  const work = async () => {
    await upload(photo, way);
    await onceReady(() => send({ text: text.value.trim(), photo_ids: [photo.id] }));
  };
  const form = formOf(name, [camera, h("label", {}, t("handling_text"), text)], (go) => attempt(work, go));
  form.lastChild.className = "strong";
  return form;
}

function gone(error) {
  if (!(error instanceof Refusal) || error.status !== 404) return notice("failed", why(error), { kind: "bad" });
  fill(byId("case"), h("p", { class: "notice" }, secret ? t("handling_link_over") : t("handling_none")));
}

async function list() {
  fill(byId("case"));
  if (!(await account())) return fill(byId("cases"), h("p", {}, t("handling_only")), button(t("sign_in"), askToSignIn, { class: "find again" }));
  const [{ items }, { items: tasks }] = await Promise.all([call("GET", "/v1/reports/handling?limit=50"), call("GET", "/v1/reports/tasks?limit=50")]);
  const todo = tasks.filter(({ state }) => ["open", "taken"].includes(state));
  fill(byId("cases"),
    todo.length > 0 && [h("h2", {}, t("handling_tasks")), h("ol", {}, todo.map(taskRow))],
    todo.length > 0 && h("h2", {}, t("handling_cases")),
    items.length ? h("ol", {}, items.map(caseRow)) : h("p", {}, t("handling_none")));
}

function opened(draw) {
  notice("sent", ""); // of what was looked at before
  notice("failed", "");
  return look(draw).then(() => scrollTo(0, 0));
}

function caseRow(item) {
  const category = names.get(item.category_id);
  const see = button(`${item.number} ${nameOf(category, item.category_id)}`, () => busy(see, () => opened(() => open(own(item.id)))), { class: "wide", picture: category?.icon });
  return h("li", { "data-case": item.id }, see, h("p", { class: "quiet" }, [t(`report_${item.state}`), item.due_at && t("handling_due", { when: timeOf(item.due_at, now()) }), item.address].filter(Boolean).join(" · ")));
}

function taskRow({ id, instruction, state, due_at: due }) {
  const see = button(instruction, () => busy(see, () => opened(() => openTask(id))), { class: "wide" });
  return h("li", { "data-task": id }, see, h("p", { class: "quiet" }, [t(`task_${state}`), due && t("handling_due", { when: timeOf(due, now()) })].filter(Boolean).join(" · ")));
}

const show = () => look(secret ? () => open(byLink) : list);

async function start() {
  names = await categories().catch(() => new Map());
  speak(() => again());
  if (secret) byId("account").hidden = true;
  else await accountButton(show);
  await show();
}

start();
