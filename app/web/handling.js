// Who mends: the cases of one's unit, or the one case of a contractor's link, whose secret stays behind the "#".
import { accountButton, askToSignIn, why } from "./account.js";
import { account, call, now, Refusal, uuid } from "./api.js";
import { attempt } from "./attempt.js";
import { MAP_DATUMS, mapLink } from "./cards.js";
import { button, byId, fill, h, icon, notice, speak } from "./dom.js";
import { folded } from "./forms.js";
import "./handling-words.js";
import { onceReady, upload } from "./photo-upload.js";
import { language, t, timeOf } from "./words.js";

const secret = location.hash.slice(1);
const MOVES = { take_on: "take-on", make_safe: "make-safe", resolve: "resolve", return: "return" };
let names = new Map(); // of categories

// Where a case is, and by what one comes to it: the link, or who is signed in.
const byLink = { path: "/v1/reports/contractors/case", signedIn: false, extra: { "X-Report-Link": secret } };
const own = (id) => ({ path: `/v1/reports/handling/${id}`, signedIn: true, extra: {} });

async function open(at) {
  const told = await call("GET", at.path, at);
  const { case: item, possible, photos, steps, tasks, label, expires_at: ends, photo_pass: pass } = told;
  const way = pass ? { signedIn: false, extra: { "Photo-Pass": pass } } : {};
  const category = names.get(item.category_id);
  const answers = Object.values(item.answers).map(String);
  fill(byId("case"),
    h("h2", { class: "line" }, category && icon(category.icon), `${item.number} ${category ? category[`name_${language()}`] : item.category_id}`),
    label && h("p", { class: "quiet" }, t("handling_for", { label, when: timeOf(ends, now()) })),
    h("p", {}, h("b", {}, t(`report_${item.state}`)), item.due_at && ` · ${t("handling_due", { when: timeOf(item.due_at, now()) })}`, item.is_due_provisional && ` (${t("handling_due_rough")})`),
    h("p", {}, [item.address, item.description, ...answers].filter(Boolean).join(" · ")),
    mapLink({ ...item, name: item.number }, MAP_DATUMS[item.coord_type]),
    h("div", { class: "photos" }, photos.filter(({ thumb }) => thumb).map(({ thumb, large }) => h("a", { href: large, target: "_blank", rel: "noopener" }, h("img", { src: thumb, alt: "", loading: "lazy" })))),
    tasks.map((task) => h("p", { class: "notice" }, t("handling_task", { what: task.instruction }))),
    item.state === "resolved" && h("p", { class: "notice good" }, t("handling_waits")),
    Object.keys(MOVES).filter((move) => possible.includes(move)).map((move) => form(at, item, move, way)),
    h("ol", { class: "timeline" }, steps.map((step) => h("li", {}, h("b", {}, t(`report_${step.to_state}`)), ` ${timeOf(step.at, now())}`, step.reason && h("p", {}, step.reason)))));
}

function form(at, item, move, way) {
  const send = (body) => call("POST", `${at.path}/${MOVES[move]}`, { ...at, body, key: uuid() });
  const done = async () => {
    notice("sent", t("handling_sent"), { kind: "good" });
    // A case that was sent back is no longer this link's, nor this unit's.
    await (secret ? open(at) : list().then(() => open(at))).catch(gone);
  };
  if (move === "take_on") {
    const go = button(t("move_take_on"), () => attempt(() => send({ version: item.version }).then(done), go), { class: "strong send" });
    return go;
  }
  const text = h("textarea", { maxlength: 2000, required: move !== "make_safe" });
  const go = h("button", { type: "submit", class: move === "resolve" && "strong" }, t(`move_${move}`));
  const photo = {};
  const camera = move === "resolve" && cameraFor(photo);
  const made = h("form", {}, camera, h("label", {}, t(move === "return" ? "handling_why" : "handling_text"), text), go);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const body = { version: item.version, text: text.value.trim() };
      if (camera) {
        await upload(photo, way);
        await onceReady(() => send({ ...body, photo_ids: [photo.id] }));
      } else await send(body);
      await done();
    }, go);
  });
  return move === "resolve" ? made : folded(t(`move_${move}`), made);
}

function cameraFor(photo) {
  const input = h("input", { type: "file", accept: "image/*", required: true });
  const label = h("label", { class: "photo" }, icon("cat_camera"), t("handling_photo"), input);
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    Object.assign(photo, { id: uuid(), purpose: "resolution", file });
    fill(label, icon("good"), file.name, input);
  });
  return label;
}

function gone(error) {
  if (!(error instanceof Refusal) || error.status !== 404) return notice("failed", why(error), { kind: "bad" });
  fill(byId("case"), h("p", { class: "notice" }, secret ? t("handling_link_over") : t("handling_none")));
}

async function list() {
  if (!(await account())) return fill(byId("cases"), h("p", {}, t("handling_only")), button(t("sign_in"), askToSignIn, { class: "find again" }));
  const { items } = await call("GET", "/v1/reports/handling?limit=50");
  const rows = items.map((item) => {
    const category = names.get(item.category_id);
    const see = button(`${item.number} ${category ? category[`name_${language()}`] : item.category_id}`, () => attempt(() => open(own(item.id)).then(() => byId("case").scrollIntoView()), see), { class: "wide", picture: category?.icon });
    return h("li", { "data-case": item.id }, see, h("p", { class: "quiet" }, [t(`report_${item.state}`), item.due_at && t("handling_due", { when: timeOf(item.due_at, now()) }), item.address].filter(Boolean).join(" · ")));
  });
  fill(byId("cases"), rows.length ? h("ol", {}, rows) : h("p", {}, t("handling_none")));
}

const show = () => (secret ? open(byLink) : list()).catch(gone);

async function start() {
  const { groups } = await call("GET", "/v1/categories", { signedIn: false }).catch(() => ({ groups: [] }));
  names = new Map(groups.flatMap((group) => group.categories).map((each) => [each.id, each]));
  speak(show);
  if (secret) byId("account").hidden = true;
  else {
    await accountButton(() => {
      fill(byId("case"));
      show();
    });
  }
  await show();
}

start();
