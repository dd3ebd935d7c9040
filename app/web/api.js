// The way to the server: one request function, the clock, and who is signed in.
import * as store from "./store.js";
import { language } from "./words.js";

const PATIENCE_MS = 15000;
const EARLY_MS = 30000; // renew before the token dies on the way

// No network, or a server that is away: the same request may succeed later.
export class Offline extends Error {}

// The server's refusal; `message` is a sentence for the person, `code` is stable.
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || String(status));
    this.status = status;
    this.code = problem.code;
    this.problem = problem;
  }
}

let aheadMs = null; // how far the server's clock is ahead of the phone's, once it was heard
export const now = () => Date.now() + aheadMs;
export const isClockKnown = () => aheadMs !== null;

// An instant for the server: until its clock is heard, the phone's.
const unheard = new Set();
export const isUnheard = (instant) => aheadMs === null || unheard.has(instant);

export function instant() {
  const at = new Date(now()).toISOString();
  if (aheadMs === null) unheard.add(at);
  return at;
}

// A random UUID; `crypto.randomUUID` is missing on older phones and without https.
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// One request. Returns the answer's JSON, or null where there is none; throws Offline or Refusal.
export async function call(method, path, { signedIn = true, take = read, ...what } = {}) {
  const bearer = signedIn && (await accessToken());
  const response = await send(method, path, { ...what, bearer });
  if (response.status === 401 && bearer) {
    access = null; // revoked or expired early: once more with a fresh one
    const renewed = await accessToken();
    if (renewed) return take(await send(method, path, { ...what, bearer: renewed }));
  }
  return take(response);
}

async function send(method, path, { body, key, bearer, extra }) {
  const headers = { Accept: "application/json", "Accept-Language": language() === "zh" ? "zh-CN" : "en", ...extra };
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  if (key) headers["Idempotency-Key"] = key;
  const isForm = body instanceof FormData; // the browser names its type and where its parts end
  const isFile = body instanceof Blob || isForm;
  if (body !== undefined && !isForm) headers["Content-Type"] = isFile ? body.type : "application/json";
  const control = new AbortController();
  const sent = Date.now();
  const timer = setTimeout(() => control.abort(), isFile ? 8 * PATIENCE_MS : PATIENCE_MS);
  try {
    const response = await fetch(path, {
      method, headers, signal: control.signal, body: body === undefined || isFile ? body : JSON.stringify(body),
    });
    const date = Date.parse(response.headers.get("Date"));
    // A slow answer is no wrong clock, and a busy server's second lags by a few.
    if (date) aheadMs = date > Date.now() + 2000 ? date - Date.now() : Math.min(date + 5000 - sent, 0);
    return response;
  } catch {
    throw new Offline();
  } finally {
    clearTimeout(timer);
  }
}

export async function read(response) {
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    // A proxy's own page.
  }
  if (response.ok) return answer;
  if ([502, 503, 504].includes(response.status)) throw new Offline();
  throw new Refusal(response.status, answer || {});
}

// Who is signed in. The access token lives in memory for its minutes; the refresh token lies in IndexedDB.
let access = null; // {token, until}
const listeners = [];
export const onAccount = (listener) => listeners.push(listener);
export const account = () => store.get("values", "account");

async function keep(tokens) {
  access = { token: tokens.access_token, until: Date.now() + tokens.expires_in_s * 1000 - EARLY_MS };
  await store.put("values", "refresh", tokens.refresh_token);
}

async function forget() {
  access = null;
  await store.apply("values", [["refresh"], ["account"], ["visit"], ["managed"], ["shifts"], ["points"], ["inbox"]]);
  listeners.forEach((listener) => listener(null));
}

// Identifies this browser to the server, so that a new sign-in here ends the one before.
export async function deviceId() {
  const known = await store.get("values", "device");
  if (known) return known;
  const made = uuid();
  await store.put("values", "device", made);
  return made;
}

// A refresh token is good for one use: two open pages must not use the same one at once.
const alone = (work) => (navigator.locks ? navigator.locks.request("nuanfeng.refresh", work) : work());

export async function accessToken() {
  if (access && Date.now() < access.until) return access.token;
  if (!(await store.get("values", "refresh"))) return null;
  return alone(async () => {
    if (access && Date.now() < access.until) return access.token;
    const refresh_token = await store.get("values", "refresh");
    if (!refresh_token) return null;
    const body = { refresh_token, device_id: await deviceId() };
    try {
      await keep(await read(await send("POST", "/v1/accounts/refresh", { body })));
      return access.token;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status === 429 || error.status >= 500) throw error;
      await forget(); // ended elsewhere: go on as nobody
      return null;
    }
  });
}

export async function sendCode(phone) {
  return call("POST", "/v1/accounts/codes", { body: { phone, device_id: await deviceId() }, signedIn: false });
}

export async function signIn(phone, code) {
  const body = { phone, code, device_id: await deviceId() };
  const opened = await call("POST", "/v1/accounts/sign-in", { body, signedIn: false });
  await keep(opened);
  const { id, display_name } = opened.account;
  await store.put("values", "account", { id, display_name });
  listeners.forEach((listener) => listener({ id, display_name }));
}

export async function signOut() {
  try {
    await call("POST", "/v1/accounts/sign-out", { body: {} });
  } finally {
    await forget();
  }
}
