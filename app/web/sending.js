// Sends what waits in the outbox, in order; who calls it has the outbox alone.
import { call, isClockKnown, now, Offline, Refusal } from "./api.js";
import { sendable, tell } from "./outbox.js";
import * as store from "./store.js";

const LIVE_MS = 20e3; // a tap younger than this is sent as one that happens now
const CODE_MS = 10e3; // what bears an older code is judged by when that was seen: the server's clock has left it behind
// What says how it is now says nothing later: a flag bears no time and counts when it comes. A report is one however old.
const STALE_MS = 24 * 3600e3;
const FLAG_MS = 3600e3;
const MOST_RECORDS = 100;

// Where what is late goes.
const QUEUES = {
  record: (records) => call("POST", "/v1/checkins/sync", { body: { records } }),
  shift: (taps) => call("POST", "/v1/attendance/sync", { body: { taps } }),
};

export async function send() {
  try {
    if ((await store.all("outbox")).some(({ isUnsure }) => isUnsure)) await (await notCounted()).setRight();
    const items = await giveUp(await sendable());
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

// Of taps and reports the server says itself whether they come too late, by its own clock and for each kind.
async function giveUp(items) {
  const going = new Set(items.filter(({ kind }) => QUEUES[kind]).map(({ id }) => id));
  const isOver = (item) => isClockKnown() && item.kind !== "report" && !going.has(item.id) && now() - item.at > (item.kind === "flag" ? FLAG_MS : STALE_MS);
  for (const item of (await store.all("outbox")).filter(isOver)) await refuse(item, { message: "" });
  return items.filter((item) => !isOver(item));
}

const isLive = ({ live, record }) => live && now() - Date.parse(record.captured_at) < (record.code ? CODE_MS : LIVE_MS);
const isLater = (error) => error instanceof Refusal && [401, 429].includes(error.status);

// What the server refuses is told and goes; what it failed at itself stays, and holds nothing else back.
async function decide(items, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal) || isLater(error)) throw error;
    if (error.status < 500) for (const item of items) await refuse(item, error);
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
    else await refuse(item, new Refusal(outcome.status, outcome));
  }
}

// What became of nothing is told, with its reason, until somebody has read it.
const notCounted = () => import("./not-counted.js").catch(() => Promise.reject(new Offline()));

async function refuse(item, error) {
  await (await notCounted()).write(item, error.message);
  await done(item, { refused: item, error });
}

async function done(item, news) {
  await store.remove("outbox", item.id);
  await tell(news);
}
