// Taps wait here until the server has taken them: written first, sent then, so none is lost to a bad network.
// Each has the id that the server knows it by; sending it twice changes nothing.
import { account, call, now, Offline, onAccount, Refusal, uuid } from "./api.js";
import * as store from "./store.js";

const LIVE_MS = 20e3; // a check-in younger than this is sent as one that happens now
const STALE_MS = 24 * 3600e3; // the server takes no older taps; a report is one however old
const AGAIN_MS = 60e3;
const MOST_RECORDS = 100;

const watchers = [];
// Calls `watcher({waiting, taken, refused})` after each change; the last two name an item, when there is one.
export const watchOutbox = (watcher) => watchers.push(watcher);

async function tell(news = {}) {
  const waiting = (await sendable()).length;
  watchers.forEach((watcher) => watcher({ waiting, ...news }));
}

// Where what is late goes.
const QUEUES = {
  record: (records) => call("POST", "/v1/checkins/sync", { body: { records } }),
  shift: (taps) => call("POST", "/v1/attendance/sync", { body: { taps } }),
};

// Keeps a tap and tries to send it. `item` is {kind, ...}: a name of QUEUES for these, "request" for any other
// call, "report" for one that never grows too old, "flag" for one that needs no sign-in.
export async function post(item) {
  const me = await account();
  const whole = { id: uuid(), at: now(), account: me ? me.id : null, ...item };
  await store.put("outbox", whole.id, whole);
  await flush();
  return whole;
}

// What may be sent now: on a phone of two riders nobody's taps go out under another's name.
async function sendable() {
  const me = await account();
  const items = (await store.all("outbox")).sort((a, b) => a.at - b.at);
  return items.filter((item) => item.kind === "flag" || (me && (!item.account || item.account === me.id)));
}

let running = false;
let wanted = false;

export async function flush() {
  wanted = true;
  if (running) return;
  running = true;
  try {
    while (wanted) {
      wanted = false;
      await alone(sendAll);
    }
  } finally {
    running = false;
  }
}

const alone = (work) => (navigator.locks ? navigator.locks.request("nuanfeng.outbox", work) : work());

async function sendAll() {
  for (const item of await store.all("outbox")) if (item.kind !== "report" && now() - item.at > STALE_MS) await store.remove("outbox", item.id);
  const items = await sendable();
  await tell();
  try {
    const late = items.filter((item) => QUEUES[item.kind] && !isLive(item));
    for (const kind in QUEUES) {
      const queue = late.filter((item) => item.kind === kind);
      for (let start = 0; start < queue.length; start += MOST_RECORDS) await sync(kind, queue.slice(start, start + MOST_RECORDS));
    }
    for (const item of items.filter((each) => !late.includes(each))) await sendOne(item);
  } catch (error) {
    if (!(error instanceof Offline) && !isLater(error)) throw error;
  }
  await tell();
}

const isLive = (item) => item.live && now() - item.at < LIVE_MS;
const isLater = (error) => error instanceof Refusal && [401, 429].includes(error.status);

async function sendOne(item) {
  const { method, path, body } = item.live || item;
  try {
    const answer = item.photo ? await (await import("./photo-upload.js")).upload(item.photo) : await call(method, path, { body, key: item.id });
    await done(item, { taken: item, answer });
  } catch (error) {
    if (!(error instanceof Refusal) || isLater(error)) throw error;
    await done(item, { refused: item, error });
  }
}

async function sync(kind, items) {
  const { outcomes } = await QUEUES[kind](items.map((item) => item.record));
  for (const [place, item] of items.entries()) {
    const outcome = outcomes[place];
    if (outcome.status >= 500 || outcome.status === 429) continue;
    if (outcome.status < 300) await done(item, { taken: item, answer: outcome.visit || outcome.attendance });
    else await done(item, { refused: item, error: new Refusal(outcome.status, outcome) });
  }
}

async function done(item, news) {
  await store.remove("outbox", item.id);
  await tell(news);
}

const tryAgain = () => document.visibilityState === "visible" && flush();
addEventListener("online", tryAgain);
document.addEventListener("visibilitychange", tryAgain);
setInterval(tryAgain, AGAIN_MS);
onAccount(flush);
