// Pushes to this browser (Web Push): only with its owner's leave, and only where its maker's service is reached.
import { account, call } from "./api.js";
import { attempt } from "./attempt.js";
import { button, fill, h } from "./dom.js";
import { t } from "./words.js";

const CHANNEL = "web_push";

const canBePushed = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

// Writes the one button: on, off, or why there is none.
export async function showPush(place) {
  const { public_key: key } = await call("GET", "/v1/notifications/web-push-key", { signedIn: false });
  if (!key || !canBePushed()) return fill(place, h("p", { class: "quiet" }, t(key ? "push_unfit" : "push_unset")));
  if (Notification.permission === "denied") return fill(place, h("p", { class: "warn-ink" }, t("push_denied")));
  const { pushManager: pushes } = await navigator.serviceWorker.ready;
  const subscription = await current(pushes, bytesOf(key));
  const isOn = Boolean(subscription) && Notification.permission === "granted";
  if (isOn) await name(subscription);
  const turn = button(t(isOn ? "push_off" : "push_on"), () => attempt(() => (isOn ? end(subscription) : begin(pushes, key)).then(() => showPush(place)), turn), { class: `wide${isOn ? "" : " strong"}` });
  fill(place, h("p", {}, t(isOn ? "push_is_on" : "push_is_off")), turn);
}

// The subscription that this server may push to. One for its key of before receives nothing any more, and stands in
// the way of another: it is ended and made anew, or by the next tap where the browser's maker answers nothing.
async function current(pushes, key) {
  const kept = await pushes.getSubscription();
  const known = kept?.options?.applicationServerKey;
  if (!known || String(new Uint8Array(known)) === String(key)) return kept;
  await kept.unsubscribe();
  return Notification.permission === "granted" ? subscribe(pushes, key).catch(() => null) : null;
}

const subscribe = (pushes, key) => pushes.subscribe({ userVisibleOnly: true, applicationServerKey: key });

// This browser belongs to the sign-in that named it last, and is named anew whenever the page is opened.
const name = (subscription) => call("PUT", "/v1/notifications/devices", { body: { channel: CHANNEL, token: JSON.stringify(subscription), consents: 0 } });

async function begin(pushes, key) {
  if ((await Notification.requestPermission()) !== "granted") return;
  try {
    await name(await subscribe(pushes, bytesOf(key)));
  } catch (error) {
    // The browser's maker answered nothing: in China Google's service does not.
    if (error instanceof DOMException) throw new Error(t("push_unreached"));
    throw error;
  }
}

async function end(subscription) {
  await subscription.unsubscribe();
  if (await account()) await call("DELETE", `/v1/notifications/devices/${CHANNEL}`);
}
