// The page for reports: what, call first, photo and place, the same or different, the number; all of it offline too.
import { accountButton, askToSignIn, why } from "./account.js";
import { account, call, instant, now, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { busy, button, byId, fill, h, icon, notice, speak } from "./dom.js";
import { flush, keep, watchOutbox } from "./outbox.js";
import { kept } from "./photo-upload.js";
import { saidOfDuty } from "./own-report.js";
import { showOwn, unfold } from "./own-reports.js";
import { locate } from "./place.js";
import "./report-words.js";
import { keepShell } from "./shell.js";
import * as store from "./store.js";
import { sayWaiting } from "./waiting.js";
import { ageOf, distanceOf, language, t } from "./words.js";

const MOST_PHOTOS = 9;
const PREVIEW_PX = 240;

let catalogue = []; // all categories, in display order
let draft = null; // what is being reported
let screen = choose; // what the step shows now

const said = (thing, member = "name") => thing[`${member}_${language()}`];
const worded = (thing) => thing[language()];
const show = (next) => ((screen = next), screen());

async function loadCatalogue() {
  const kept = await store.get("values", "catalogue");
  if (kept) take(kept);
  try {
    const fresh = await call("GET", "/v1/categories", { signedIn: false });
    await store.put("values", "catalogue", fresh);
    take(fresh);
  } catch (error) {
    if (!kept) notice("catalogue", why(error), { kind: "warn", action: button(t("retry"), loadCatalogue) });
  }
}

function take({ groups }) {
  catalogue = groups.flatMap((group) => group.categories);
  if (screen === choose) choose();
}

function choose() {
  draft = null;
  const tile = (category) =>
    button(said(category), () => begin(category), {
      picture: category.icon, class: category.urgency === "emergency" ? "emergency" : null, "data-category": category.id,
    });
  // What burns stands first, whatever its group.
  const urgent = catalogue.filter(({ urgency }) => urgency === "emergency");
  const rest = catalogue.filter(({ urgency }) => urgency !== "emergency");
  const tiles = h("div", { class: "tiles" }, [...urgent, ...rest].map(tile));
  fill(byId("step"), h("h2", {}, t("choose_what")), h("p", {}, t("park_first")), tiles);
}

function begin(category) {
  draft = { id: uuid(), category, photos: [], answers: {}, place: null, description: "", address: "" };
  show(category.urgency === "emergency" ? callFirst : form);
  scrollTo(0, 0);
}

const phoneButton = (phone) =>
  h("a", { class: "button", href: `tel:${phone.number}` }, icon("phone"), `${phone.number} ${worded(phone)}`);

// The area's own numbers, the gas company's: where the phone may say where it is, without one more tap.
async function callHere(category, box) {
  const asked = await navigator.permissions.query({ name: "geolocation" });
  if (asked.state !== "granted") return;
  const { lat, lon, coord_type } = await locate();
  const place = new URLSearchParams({ category_id: category.id, lat, lon, coord_type });
  const { phones } = await call("GET", `/v1/reports/phones?${place}`, { signedIn: false });
  category.phones = phones;
  fill(box, phones.map(phoneButton));
}

function callFirst() {
  const { category } = draft;
  const numbers = h("div", { class: "call" }, category.phones.map(phoneButton));
  callHere(category, numbers).catch(() => {}); // what everybody can call stands there already
  fill(
    byId("step"),
    h("h2", { class: "line" }, icon(category.icon), said(category)),
    h("p", { class: "bad-ink" }, h("b", {}, t("call_first"))),
    h("p", {}, said(category, "hint")),
    numbers,
    h("div", { class: "call" }, button(t("go_on_report"), () => show(form)), button(t("back"), () => show(choose), { class: "plain" })),
  );
}

function form() {
  const { category } = draft;
  const previews = h("div", { class: "photos" }, draft.photos.map((photo) => photo.preview));
  const camera = h("input", { type: "file", accept: "image/*", capture: "environment", multiple: true });
  camera.addEventListener("change", () => addPhotos(camera.files));
  const words = h("textarea", { maxlength: 2000 }, draft.description);
  words.addEventListener("input", () => (draft.description = words.value));
  const address = h("input", { maxlength: 200, value: draft.address });
  address.addEventListener("input", () => (draft.address = address.value));
  const send = button(t("send_report"), () => busy(send, submit), { class: "strong send" });
  fill(
    byId("step"),
    h("h2", { class: "line" }, icon(category.icon), said(category)),
    h("p", {}, said(category, "hint")),
    category.urgency !== "emergency" && category.phones.length > 0 && h("div", { class: "call" }, category.phones.map(phoneButton)),
    h("label", { class: "photo" }, icon("cat_camera"), t("take_photo"), camera),
    previews,
    h("fieldset", {}, h("legend", {}, t("where")), placeButton(), h("label", {}, t("address_hint"), address)),
    category.questions.map(ask),
    h("label", {}, t("describe"), words),
    h("p", {}),
    send,
    button(t("back"), () => show(choose), { class: "plain" }),
  );
}

function placeButton() {
  const { place } = draft;
  const label = place ? t("place_known", { n: Math.round(place.accuracy_m) }) : t("here");
  const tap = button(label, () => busy(tap, find), { picture: "place", class: place ? null : "strong" });
  return tap;
}

async function find() {
  try {
    const { lat, lon, coord_type, accuracy_m } = await locate();
    draft.place = { lat, lon, coord_type, accuracy_m };
    notice("place", "");
  } catch (error) {
    notice("place", error.message, { kind: "warn" });
  }
  show(form);
}

async function addPhotos(files) {
  for (const file of [...files].slice(0, MOST_PHOTOS - draft.photos.length))
    draft.photos.push({ id: uuid(), file, captured_at: instant(), preview: await previewOf(file) });
  show(form);
}

async function previewOf(file) {
  const canvas = h("canvas", { width: PREVIEW_PX, height: PREVIEW_PX });
  const picture = await createImageBitmap(file).catch(() => null); // a phone may not read its own HEIC
  if (!picture) return canvas;
  const side = Math.min(picture.width, picture.height);
  const [x, y] = [(picture.width - side) / 2, (picture.height - side) / 2];
  canvas.getContext("2d").drawImage(picture, x, y, side, side, 0, 0, PREVIEW_PX, PREVIEW_PX);
  return canvas;
}

function ask(question) {
  const set = (value) => {
    draft.answers[question.id] = value;
    show(form);
  };
  const choice = (label, value) =>
    button(label, () => set(value), { "aria-pressed": String(draft.answers[question.id] === value) });
  const legend = h("legend", {}, worded(question) + (question.required ? " *" : ""));
  if (question.type === "bool")
    return h("fieldset", {}, legend, h("div", { class: "choices" }, choice(t("yes"), true), choice(t("no"), false)));
  if (question.type === "choice")
    return h("fieldset", {}, legend, h("div", { class: "choices" }, question.choices.map((each) => choice(worded(each), each.id))));
  return h("fieldset", {}, legend, written(question));
}

function written({ id, type, min, max, max_length }) {
  const isNumber = type === "number";
  const field = h("input", isNumber ? { type: "number", inputmode: "decimal", min, max } : { maxlength: max_length });
  field.value = draft.answers[id] ?? "";
  field.addEventListener("input", () => {
    if (!field.value.trim()) delete draft.answers[id];
    else draft.answers[id] = isNumber ? Number(field.value) : field.value;
  });
  return field;
}

async function submit() {
  if (!draft.place) await find();
  if (!draft.place) return notice("place", t("place_needed"), { kind: "warn" });
  const open = draft.category.questions.find(({ id, required }) => required && draft.answers[id] === undefined);
  if (open) return notice("answer", t("answer_needed", { what: worded(open) }), { kind: "warn" });
  notice("answer", "");
  const found = draft.isDifferent ? [] : await candidates();
  if (found.length) return show(() => sameOrDifferent(found));
  await send();
}

async function candidates() {
  if (draft.category.is_confidential || !(await account())) return [];
  const { lat, lon, coord_type } = draft.place;
  const query = new URLSearchParams({ lat, lon, coord_type, category_id: draft.category.id });
  return call("GET", `/v1/reports/nearby?${query}`).then((answer) => answer.candidates, () => []);
}

function sameOrDifferent(found) {
  const one = (each) =>
    h("div", { class: "same", "data-candidate": each.id },
      each.large ? h("img", { src: each.large, alt: "" }) : h("p", { class: "quiet" }, t("no_photo_yet")),
      h("p", {}, each.description),
      h("p", { class: "quiet" }, `${distanceOf(each.distance_m)} · ${ageOf(each.submitted_at, now())} · ${t(`report_${each.state}`)} · ${t("followers", { n: each.followers })}`),
      button(t("same"), () => follow(each), { class: "strong" }));
  const other = button(t("different"), () => busy(other, different), { class: "send" });
  const different = () => {
    draft.isDifferent = true;
    return send();
  };
  fill(byId("step"), h("h2", {}, t("is_it_same")), found.map(one), other);
  scrollTo(0, 0);
}

async function follow(each) {
  try {
    await call("POST", `/v1/reports/${each.id}/follow`, { body: {} });
  } catch (error) {
    return notice("report", t("report_refused", { why: why(error) }), { kind: "bad" });
  }
  const number = each.number;
  show(() => done(number, t("followed_now"), []));
  showOwn();
}

async function send() {
  const { id, category, place, answers, description, address, photos } = draft;
  const { accuracy_m, ...position } = place;
  const body = {
    id, category_id: category.id, answers, description, address,
    position: { ...position, accuracy_m }, captured_at: instant(), captured_offline: !navigator.onLine,
    photo_ids: photos.map((photo) => photo.id),
  };
  const pictures = photos.map(({ id: photo_id, captured_at, file }) => kept({ id: photo_id, purpose: "report", captured_at, file }));
  try {
    // All of it is on the phone before any of it is sent, and before it is said to be.
    await keep({ id, kind: "report", method: "POST", path: "/v1/reports", body }, ...pictures);
  } catch (error) {
    return notice("report", t("report_refused", { why: why(error) }), { kind: "bad" });
  }
  notice("report", "");
  show(() => done("", t(signed ? "report_kept" : "report_sign_in"), category.phones));
  await flush();
  if (!signed) askToSignIn();
}

function done(number, words, phones) {
  fill(
    byId("step"),
    number && h("p", {}, t("your_number")),
    number && h("p", { class: "number" }, number),
    words && h("p", {}, words),
    phones.length > 0 && h("div", { class: "call" }, phones.map(phoneButton)),
    button(t("another_report"), () => show(choose), { class: "strong send" }),
  );
}

let signed = false;

watchOutbox(sayWaiting);
watchOutbox(({ taken, answer, refused, error }) => {
  if (refused && refused.kind === "report") notice("report", t("report_refused", { why: why(error) }), { kind: "bad" });
  const settled = taken ?? refused;
  if (!settled || !settled.path) return;
  if (taken && taken.path === "/v1/reports") show(() => done(answer.number, saidOfDuty(answer.duty), answer.duty?.phones ?? answer.phones));
  showOwn();
});

// A message leads to one report: its id stands behind the #.
async function showNamed() {
  const id = location.hash.slice(1);
  if (!id || !(await account())) return;
  const line = await attempt(() => unfold(id));
  if (line) line.scrollIntoView();
}

async function start() {
  speak(() => {
    screen();
    showOwn();
    showAccount();
  });
  choose();
  const showAccount = await accountButton(async (known) => {
    signed = Boolean(known);
    await showOwn();
    await showNamed();
  });
  signed = Boolean(await account());
  addEventListener("hashchange", showNamed);
  await loadCatalogue();
  attempt(showOwn).then(showNamed);
  flush();
  keepShell();
}

start();
