// How many messages wait to be read, on the link that leads to them; nothing is asked for who is not signed in.
import { account, call, onAccount } from "./api.js";
import { byId } from "./dom.js";

async function write() {
  const unread = (await account()) ? (await call("GET", "/v1/notifications/unread")).unread : 0;
  byId("unread").textContent = unread || "";
}

export async function showUnread() {
  const quietly = () => write().catch(() => {}); // a count that does not come is no trouble
  onAccount(quietly);
  await quietly();
}
