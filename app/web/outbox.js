// Taps wait here until the server has taken them: written first, sent then. Each has the id that the server
// knows it by; sending it twice changes nothing.
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

// Keeps taps, all or none, and tries to send them in order. Each is {kind, ...}: a name of QUEUES for these,
// "request" for any other call, "report" for what never grows too old, "flag" for what needs no sign-in.
export async function post(...items) {
  await keep(...items);
  await flush();
}

// Only writes down what is to be sent.
export async function keep(...items) {
  const me = await account();
  const whole = items.map((item, place) => ({ id: uuid(), at: now() + place, account: me ? me.id : null, ...item }));
  await store.apply("outbox", whole.map((each) => [each.id, each]));
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

// What the server refuses is told and goes; what it failed at itself stays, and holds nothing else back.
async function decide(items, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal) || isLater(error)) throw error;
    if (error.status < 500) for (const item of items) await done(item, { refused: item, error });
  }
}

function sendOne(item) {
  const { method, path, body } = item.live || item;
  return decide([item], async () => {
    const answer = item.photo ? await (await import("./photo-upload.js")).upload(item.photo) : await call(method, path, { body, key: item.id });
    await done(item, { taken: item, answer });
  });
}

async function sync(kind, items) {
  const answer = await decide(items, () => QUEUES[kind](items.map(({ record }) => record)));
  for (const [place, outcome] of answer ? answer.outcomes.entries() : []) {
    const item = items[place];
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
