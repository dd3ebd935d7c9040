// An officer's page of numbers: how messages get through, and what was said to many.
import { accountButton, askToSignIn, why } from "./account.js";
import { account, call, now } from "./api.js";
import { busy, button, byId, fill, h, notice, speak } from "./dom.js";
import "./figures-words.js";
import { language, t, timeOf } from "./words.js";

const REFRESH_MS = 30000;
const OPEN = ["draft", "waiting", "scheduled", "sending", "sent"];

let figures = { channels: [] };
let page = { items: [] };

async function attempt(work, element) {
  try {
    await (element ? busy(element, work) : work());
    notice("failed", "");
  } catch (error) {
    notice("failed", why(error), { kind: "bad" });
  }
}

async function read() {
  if (!(await account())) {
    fill(byId("broadcasts"));
    return fill(byId("figures"), h("p", {}, t("figures_only")), button(t("sign_in"), askToSignIn, { class: "find again" }));
  }
  figures = await call("GET", "/v1/notifications/figures");
  page = await call("GET", "/v1/broadcasts?limit=20");
  show();
}

function show() {
  const cards = figures.channels.map(channel);
  fill(byId("figures"), h("h2", {}, t("figures_week")), cards.length ? h("ul", { class: "channels" }, cards) : h("p", {}, t("figures_none")));
  const rows = page.items.map(broadcast);
  fill(byId("broadcasts"), h("h3", {}, t("figures_broadcasts")), rows.length ? h("ol", { class: "results" }, rows) : h("p", {}, t("figures_no_broadcasts")));
}

// A number of people as the server may tell it: null stands for one to four.
const people = (number) => (number === null ? t("figures_few") : String(number));
const seconds = (number) => (number === null ? t("figures_unknown") : t("figures_seconds", { n: number < 10 ? number.toFixed(1) : Math.round(number) }));
const pairs = (list) => h("dl", {}, list.map(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]));

function channel(item) {
  const share = item.people && item.reached !== null ? `${Math.round((100 * item.reached) / item.people)}%` : t("figures_unknown");
  const failures = Object.entries(item.failures).map(([code, count]) => [t(`class_${code}`), count]);
  return h("li", { class: "card" },
    h("h3", {}, t(`channel_${item.channel}`)),
    h("p", { class: "share" }, share, " ", h("small", { class: "quiet" }, t("figures_reach", { reached: people(item.reached), people: people(item.people) }))),
    pairs([
      [t("figures_p50"), seconds(item.p50_s)],
      [t("figures_p99"), seconds(item.p99_s)],
      [t("figures_sent"), item.sent],
      [t("figures_opened"), item.opened],
      [t("figures_skipped"), item.skipped],
      [t("figures_held"), item.held],
      [t("figures_failed"), item.failed],
      ...failures.map(([key, value]) => [`· ${key}`, value]),
    ]));
}

function broadcast(item) {
  const { title, body } = item[language()];
  const place = h("div", {});
  const more = button(t("figures_more"), () => attempt(async () => fill(place, became(await call("GET", `/v1/broadcasts/${item.id}/figures`))), more));
  const begun = ["sending", "sent", "cancelled"].includes(item.state);
  return h("li", { class: "card broadcast", "data-broadcast": item.id },
    h("div", { class: "line" }, h("h3", {}, title), h("b", { class: item.state === "waiting" ? "warn-ink" : null }, t(`broadcast_${item.state}`))),
    h("p", {}, body),
    h("p", { class: "quiet" }, [t(`audience_${item.audience.kind}`), item.audience.area_code, t("figures_at", { time: timeOf(item.send_at, now()) })].join(" · ")),
    item.people !== 0 && [h("progress", { max: item.people || 1, value: item.told || 0, "aria-label": t("figures_broadcasts") }),
      h("p", {}, t("figures_told", { told: people(item.told), people: people(item.people) }))],
    item.state === "waiting" && h("div", { class: "row" }, approve(item), asking(item, handedBack, "figures_hand_back")),
    OPEN.includes(item.state) && asking(item, cancelled, "figures_cancel"),
    begun && more, place);
}

const became = (told) =>
  pairs([
    [t("figures_pushed"), people(told.pushed)],
    [t("figures_waiting"), people(told.waiting)],
    [t("figures_failed"), people(told.failed)],
    [t("figures_opened"), people(told.opened)],
  ]);

const approved = ({ id, version }) => call("POST", `/v1/broadcasts/${id}/approve`, { body: { version } });
const handedBack = ({ id, version }, reason) => call("POST", `/v1/broadcasts/${id}/hand-back`, { body: { version, reason } });
const cancelled = ({ id }, reason) => call("POST", `/v1/broadcasts/${id}/cancel`, { body: { reason } });

async function act(done) {
  await done;
  await read();
}

function approve(item) {
  const go = button(t("figures_approve"), () => attempt(() => act(approved(item)), go), { class: "strong" });
  return go;
}

// A step that needs a reason: the field comes with the first tap.
function asking(item, step, label) {
  const reason = h("input", { maxlength: 200, required: true });
  const send = h("button", { type: "submit" }, t(label));
  const form = h("form", { hidden: true }, h("label", {}, t("figures_reason"), reason), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => act(step(item, reason.value.trim())), send);
  });
  const open = button(t(label), () => ((form.hidden = false), (open.hidden = true), reason.focus()));
  return h("div", {}, open, form);
}

async function start() {
  speak(() => attempt(read));
  await accountButton(() => attempt(read));
  await attempt(read);
  setInterval(() => !document.hidden && !document.querySelector("form:not([hidden])") && attempt(read), REFRESH_MS);
}

start();
