// What one was told, the newest first; what was there last is kept for where there is no network.
import { call, now, Offline } from "./api.js";
import { attempt } from "./attempt.js";
import { tag } from "./cards.js";
import { button, fill, h, notice } from "./dom.js";
import { placeOf } from "./inbox-places.js";
import * as store from "./store.js";
import { language, t, timeOf } from "./words.js";

let place = null;
let page = { notifications: [], next_cursor: null };

export async function show(element) {
  place = element;
  try {
    page = await call("GET", "/v1/notifications");
    await store.put("values", "inbox", { ...page, saved_at: now() });
    notice("kept", "");
  } catch (error) {
    const kept = error instanceof Offline && (await store.get("values", "inbox"));
    if (!kept) throw error;
    page = { ...kept, next_cursor: null };
    notice("kept", t("inbox_kept", { time: timeOf(kept.saved_at, now()) }), { kind: "warn", picture: "offline" });
  }
  write();
}

function write() {
  const { notifications: items, next_cursor: next } = page;
  const all = button(t("read_all"), () => attempt(readAll, all), { class: "wide" });
  const more = button(t("inbox_earlier"), () => attempt(earlier, more), { class: "wide" });
  fill(
    place,
    items.length === 0 && h("p", {}, t("inbox_none")),
    items.some(isUnread) && all,
    h("ol", { class: "list" }, items.map(card)),
    next && more,
  );
}

const isUnread = ({ read_at: read }) => !read;

function card(item) {
  const { id, kind, subject, urgency, created_at: at } = item;
  const { title, body } = item[language()];
  const link = placeOf(kind, subject);
  const tap = link
    ? button(t("inbox_open"), () => attempt(() => open(item, link), tap), { class: isUnread(item) && "strong" })
    : isUnread(item) && button(t("inbox_seen"), () => attempt(() => read(item).then(write), tap));
  return h("li", { class: `card ${isUnread(item) ? "unread" : "read"}`, "data-message": id },
    h("h3", {}, title, urgency !== "normal" && tag(t(`inbox_${urgency}`))),
    h("p", { class: "quiet" }, timeOf(at, now()), isUnread(item) && tag(t("inbox_new"))),
    h("p", { class: "body" }, body),
    tap);
}

async function read(item) {
  if (!isUnread(item)) return;
  await call("POST", `/v1/notifications/${item.id}/read`);
  item.read_at = new Date(now()).toISOString();
}

// Without a network the page behind it may still be there.
async function open(item, link) {
  await read(item).catch((error) => error instanceof Offline || Promise.reject(error));
  location.assign(link);
}

// What came since this list was read stays unread.
async function readAll() {
  await call("POST", "/v1/notifications/read", { body: { until: page.notifications[0].id } });
  await show(place);
}

async function earlier() {
  const next = await call("GET", `/v1/notifications?${new URLSearchParams({ cursor: page.next_cursor })}`);
  page = { notifications: [...page.notifications, ...next.notifications], next_cursor: next.next_cursor };
  write();
}
