// One report that a rider sent or follows: what became of it, and what is left to say: an answer, whether it is good
// now, that it is still there, something more. What is said is kept on the phone first, and sent as the network allows.
import { attempt } from "./attempt.js";
import { call, instant, now, uuid } from "./api.js";
import { button, fill, h } from "./dom.js";
import { asking, folded, isMeant } from "./forms.js";
import { post } from "./outbox.js";
import { kept } from "./photo-upload.js";
import { t, timeOf } from "./words.js";

const MOST_PHOTOS = 9;
const REFUSED = ["rejected", "withdrawn"];
const DONE = ["resolved", "closed"];

// Who has seen an emergency: somebody on duty, nobody yet, or, honestly, there is nobody.
export function saidOfDuty(duty) {
  if (!duty || duty.state === "over") return "";
  return t(`duty_${duty.state}`, { when: duty.seen_at ? timeOf(duty.seen_at, now()) : "" });
}

// Writes a report, {id}, into a place; `changed` runs when it was taken back.
export async function showReport(id, place, changed) {
  const own = await call("GET", `/v1/reports/mine/${id}`);
  const [{ questions }, { disclosures }] = own.is_reporter ? await Promise.all(["questions", "disclosures"].map((part) => call("GET", `/v1/reports/mine/${id}/${part}`))) : [{ questions: [] }, { disclosures: [] }];
  const pictures = own.photos.filter(({ large }) => large).map(({ large }) => h("img", { src: large, alt: "" }));
  fill(
    place,
    duty(own),
    questions.map((question) => asked(id, question)),
    disclosures.map((wish) => mayBeShown(id, wish, () => showReport(id, place, changed))),
    satisfaction(own),
    pictures,
    timeline(own),
    !REFUSED.includes(stateOf(own)) && more(own),
    own.possible.includes("withdraw") && withdrawal(id, changed),
  );
}

// A report that was merged into another lives on in that one.
const stateOf = ({ report, parent }) => (parent ?? report).state;

function duty({ duty: seen }) {
  const words = saidOfDuty(seen);
  return words && h("p", {}, h("b", {}, words), ` ${seen.phones.map(({ number }) => number).join(" · ")}`);
}

function timeline({ steps, parent }) {
  const told = ({ to_state, at, reason }) => h("li", {}, h("b", {}, t(`report_${to_state}`)), ` ${timeOf(at, now())}`, reason && h("p", {}, reason));
  const joined = parent && h("p", {}, t("goes_on_as", { number: parent.number, state: t(`report_${parent.state}`) }));
  return [h("ol", { class: "timeline" }, steps.map(told)), joined];
}

// Sends what was said; the page hears from the outbox when it was taken, and until then says that it is kept.
async function say(id, path, body, place, photos = []) {
  const said = { kind: "report", method: "POST", path: `/v1/reports/mine/${id}/${path}`, body };
  const sending = post(...photos.map(kept), said);
  fill(place, h("p", { role: "status" }, t("said_kept")));
  await sending;
}

function asked(id, { id: question_id, text, due_at, answer }) {
  const box = h("div", { class: "asked", "data-question": question_id }, h("p", {}, h("b", {}, t("desk_asks")), ` ${text}`));
  const words = h("textarea", { maxlength: 2000, required: true });
  const send = () => say(id, `questions/${question_id}/answer`, { text: words.value }, box);
  const until = h("label", {}, t("answer_until", { time: timeOf(due_at, now()) }), words);
  if (answer !== null) box.append(h("p", {}, answer));
  else if (new Date(due_at) < now()) box.append(h("p", { class: "quiet" }, t("answer_over")));
  else box.append(asking("send_answer", [until], send));
  return box;
}

// Somebody else is to see a confidential report: only if its reporter agrees.
function mayBeShown(id, { id: wish_id, recipient, purpose, is_granted }, again) {
  const answer = (granted) => call("POST", `/v1/reports/mine/${id}/disclosures/${wish_id}/answer`, { body: { is_granted: granted } }).then(again);
  const choice = (key, granted) => {
    const tap = button(t(key), () => attempt(() => answer(granted), tap));
    return tap;
  };
  const said = is_granted !== null && h("p", {}, t(is_granted ? "consent_given" : "consent_refused"));
  const choices = [is_granted === null && choice("consent_yes", true), is_granted !== false && choice(is_granted ? "consent_back" : "consent_no", false)];
  return h("div", { class: "asked", "data-wish": wish_id }, h("p", {}, h("b", {}, t("consent_ask", { recipient })), ` ${purpose}`), said, h("div", { class: "choices" }, choices));
}

function satisfaction({ report: { id }, is_reporter, satisfaction: about }) {
  if (!about || !is_reporter) return null;
  if (about.answered_at) return h("p", {}, h("b", {}, t(about.is_satisfied ? "satisfied" : "not_satisfied")));
  if (new Date(about.expires_at) < now()) return null;
  const words = h("textarea", { maxlength: 2000 });
  const box = h("div", { class: "asked" });
  // Asked once, answered once: a wet sleeve must not have said it.
  const choice = (key, is_satisfied, attributes) => {
    const tap = button(t(key), () => isMeant(tap, t("tap_again", { what: t(key) })) && say(id, "satisfaction", { is_satisfied, text: words.value }, box), attributes);
    return tap;
  };
  const choices = h("div", { class: "choices" }, choice("satisfied", true, { class: "strong" }), choice("not_satisfied", false));
  return fill(box, h("p", {}, h("b", {}, t("satisfied_ask")), ` ${t("satisfied_until", { time: timeOf(about.expires_at, now()) })}`), choices, h("label", {}, t("describe"), words));
}

// Words and photos: that it is still there, once somebody said it was done, or what staff should know.
function more(own) {
  const path = DONE.includes(stateOf(own)) ? "still-there" : "updates";
  const words = h("textarea", { maxlength: 2000 });
  const camera = h("input", { type: "file", accept: "image/*", capture: "environment", multiple: true });
  const count = h("span", {}, t("take_photo"));
  camera.addEventListener("change", () => fill(count, t("photos_taken", { n: chosen().length })));
  const chosen = () => [...camera.files].slice(0, MOST_PHOTOS);
  const box = folded(t(path === "updates" ? "add_more" : "still_there"));
  async function send() {
    const captured_at = instant();
    const photos = chosen().map((file) => ({ id: uuid(), purpose: "update", captured_at, file }));
    if (path === "updates" && !words.value.trim() && !photos.length) return words.focus();
    await say(own.report.id, path, { id: uuid(), text: words.value, photo_ids: photos.map(({ id }) => id), captured_at }, box, photos);
  }
  const photo = h("label", { class: "photo" }, count, camera);
  box.append(asking(path === "updates" ? "send_more" : "send_still_there", [photo, h("label", {}, t("describe"), words)], send));
  return box;
}

function withdrawal(id, changed) {
  const back = button(t("withdraw_report"), () => isMeant(back, t("tap_again", { what: t("withdraw_report") })) && attempt(() => call("POST", `/v1/reports/mine/${id}/withdraw`, { body: {} }).then(changed), back));
  return back;
}
