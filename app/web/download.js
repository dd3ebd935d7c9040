// A file that only who is signed in may have: asked for with the token, kept by the browser.
import { accessToken, Offline, Refusal } from "./api.js";
import { h } from "./dom.js";
import { language } from "./words.js";

export async function download(path, name) {
  const headers = { Authorization: `Bearer ${await accessToken()}`, "Accept-Language": language() === "zh" ? "zh-CN" : "en" };
  const response = await fetch(path, { headers }).catch(() => {
    throw new Offline();
  });
  if (!response.ok) throw new Refusal(response.status, await response.json().catch(() => ({})));
  save(await response.blob(), name);
}

export function save(blob, name) {
  const href = URL.createObjectURL(blob);
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60e3); // some phones read it only after asking where to
}
