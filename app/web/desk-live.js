// The board as it happens: server-sent events, read by fetch, because a browser's own reader sends no sign-in.
import { accessToken, call } from "./api.js";

const AGAIN_MS = 10000;
const GATHER_MS = 1500; // a batch is many events and one look
const DESKS = ["community_staff", "district_officer"];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Calls `heard` some time after cases of the clerk's desks moved, as long as the page lives.
export async function listen(heard) {
  const token = await accessToken();
  if (!token) return;
  const { grants } = await call("GET", "/v1/accounts/me/grants");
  const codes = new Set(grants.filter(({ role }) => DESKS.includes(role)).flatMap(({ area_codes: areas }) => areas));
  let due = null;
  const soon = () => (due ??= setTimeout(() => ((due = null), heard()), GATHER_MS));
  for (const code of codes) follow(code, soon);
}

async function follow(code, soon) {
  for (let isFirst = true; ; isFirst = false) {
    const token = await accessToken().catch(() => null);
    if (!token && !isFirst) return; // signed out
    try {
      const response = await fetch(`/v1/live/reports/${code}`, { headers: { Authorization: `Bearer ${token}` } });
      if ([401, 403, 404].includes(response.status)) return;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      if (!isFirst) soon(); // whatever happened meanwhile
      for (let part = await reader.read(); !part.done; part = await reader.read()) if (/^event: (case|gone|stale)/m.test(part.value)) soon();
    } catch {
      // No network: the list is read every half minute besides.
    }
    await pause(AGAIN_MS);
  }
}
