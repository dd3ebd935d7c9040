// Taps wait here until the server has taken them: written first, sent then. Each has the id that the server
// knows it by; sending it twice changes nothing.
import { account, isUnheard, now, onAccount, uuid } from "./api.js";
import * as store from "./store.js";

const HELD_MS = 15e3; // as long as a phone looks where it is
const AGAIN_MS = 60e3;

const watchers = [];
// Calls `watcher({waiting, unsigned, taken, refused})` after each change: how many wait, how many of nobody wait for
// a sign-in; the last two name an item, when there is one.
export const watchOutbox = (watcher) => watchers.push(watcher);

export async function tell(news = {}) {
  const waiting = (await sendable()).length;
  const unsigned = (await account()) ? 0 : (await store.all("outbox")).filter(({ kind, account: by }) => kind !== "flag" && !by).length;
  watchers.forEach((watcher) => watcher({ waiting, unsigned, ...news }));
}

// Keeps taps, all or none, and tries to send them in order. Each is {kind, ...}: a queue of sending.js for these,
// "request" for any other call, "report" for what never grows too old, "flag" for what needs no sign-in.
export async function post(...items) {
  await keep(...items);
  await flush();
}

// Only writes down what is to be sent.
export async function keep(...items) {
  // By the clock of the tap: it may be heard any moment.
  const whole = items.map((item, place) => {
    const isUnsure = [item.record, item.body, item.photo].some((part) => isUnheard(part?.captured_at));
    return { id: uuid(), at: (isUnsure ? Date.now() : now()) + place, isUnsure, ...item };
  });
  const me = await account();
  for (const each of whole) each.account = me ? me.id : null;
  await store.apply("outbox", whole.map((each) => [each.id, each]));
  return whole;
}

// Writes a tap down, then looks for what belongs to it: a phone may die over that. `complete` returns the whole tap,
// or nothing where there is none; the first version goes out alone when nobody completed it. Returns whether it
// was taken back; what went out meanwhile was not.
export async function postWith(tap, complete) {
  const [first] = await keep({ ...tap, held_until: Date.now() + HELD_MS });
  const whole = await complete();
  const isBack = await alone(async () => {
    if (!(await store.get("outbox", first.id))) return false;
    await store.apply("outbox", [[first.id, whole && { ...first, ...whole, held_until: 0 }]]);
    return !whole;
  });
  await flush();
  return isBack;
}

// What may be sent now: on a phone of two riders nobody's taps go out under another's name.
export async function sendable() {
  const me = await account();
  const items = (await store.all("outbox")).sort((a, b) => a.at - b.at);
  return items.filter((item) => !isHeld(item) && (item.kind === "flag" || (me && (!item.account || item.account === me.id))));
}

const isHeld = ({ held_until: until = 0 }) => until > Date.now() && until <= Date.now() + HELD_MS;

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

let last = Promise.resolve();
const alone = (work) => (navigator.locks ? navigator.locks.request("nuanfeng.outbox", work) : (last = last.then(work, work)));

// How it is sent is fetched once there is something: most riders never sign in.
async function sendAll() {
  await tell();
  if (!(await store.all("outbox")).length) return;
  const sending = await import("./sending.js").catch(() => null);
  if (sending) await sending.send();
}

const tryAgain = () => document.visibilityState === "visible" && flush();
addEventListener("online", tryAgain);
document.addEventListener("visibilitychange", tryAgain);
setInterval(tryAgain, AGAIN_MS);
onAccount(flush);
store.get("values", "not_counted").then((told) => told && import("./not-counted.js").then(({ show }) => show()).catch(() => {}));
