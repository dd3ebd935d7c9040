// What somebody taps on in the inbox. The browser's maker is not asked: its answers stand here.
const subscription = { toJSON: () => ({ endpoint: "https://fcm.googleapis.com/fcm/send/x", keys: { p256dh: "p", auth: "a" } }), unsubscribe: async () => (here = null) };
let here = null;
let permission = "default";
Object.defineProperty(Notification, "permission", { get: () => permission });
Notification.requestPermission = async () => (permission = "granted");
PushManager.prototype.getSubscription = async () => here;
PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
  told.push([key.length, key[0]]);
  return (here = subscription);
};
const answer = (body) => new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
globalThis.fetch = (path, what) => (String(path).endsWith("web-push-key") ? Promise.resolve(answer({ public_key: "PUBLIC_KEY" })) : really(path, what));

await import("/web/inbox.js");
await one("[data-message]");
told.push(all("[data-message]").map((each) => `${each.className.includes("unread")} ${each.querySelector("h3").textContent}`));
await tap("#view .wide");
await until(() => all(".unread").length === 0);
await tap("#tabs button:nth-child(2)");
await tap("#view h2 + div .strong");
told.push((await one("#view h2 + div button:not(.strong)")).textContent);
[...document.querySelectorAll("#view .row button")][0].click();
await until(() => all("#view .row button").length === 4);
document.querySelector("#view form select").value = "digest";
document.querySelector("#view form [type=checkbox]").checked = true;
document.querySelector("#view form").requestSubmit();
told.push((await one("[data-subject=done]")).textContent);
globalThis.fetch = () => Promise.reject(new TypeError("no network"));
await tap("#tabs button:nth-child(1)");
told.push((await one("[data-subject=kept]")).textContent.includes("没有网络"), all("[data-message]").length);
