// The tablet's page: fetches the rotating code with the secret from its own address and shows it while it is good.
import { drawn } from "/web/qr.js";

const RETRY_MS = 3000;
const SLOT_S = 15;

const code = document.getElementById("code");
const problem = document.getElementById("problem");
const left = document.getElementById("left");
const secret = location.hash.slice(1);
let goodUntil = 0;

function say(zh, en) {
  problem.textContent = `${zh} ${en}`;
  problem.hidden = false;
  code.hidden = true;
}

function draw(text) {
  code.replaceChildren(drawn(text));
  code.hidden = false;
  problem.hidden = true;
}

async function nameOf(station) {
  const answer = await fetch(`/v1/stations/${station}?coord_type=wgs84`);
  if (!answer.ok) return;
  const { name } = await answer.json();
  document.getElementById("name").textContent = name;
  document.title = `${name} · 现场码`;
}

let named = "";
async function show() {
  const answer = await fetch("/v1/screens/code.svg", { headers: { "X-Screen-Secret": secret }, cache: "no-store" });
  if (answer.status === 404 || answer.status === 422) {
    say("这块屏幕已停用,请向站长索取新链接。", "This screen was switched off: ask the station's manager for a new link.");
    return 60_000;
  }
  if (!answer.ok) throw new Error(answer.status);
  const seconds = Number(answer.headers.get("X-Changes-In"));
  draw(await answer.text());
  goodUntil = performance.now() + seconds * 1000;
  const station = answer.headers.get("X-Station-Id");
  if (station !== named) {
    named = station;
    nameOf(station).catch(() => { named = ""; });
  }
  // A little after the change, so that the answer is the new code.
  return seconds * 1000 + 50;
}

async function turn() {
  let wait = RETRY_MS;
  try {
    wait = await show();
  } catch {
    // A code is accepted for one slot longer than it is shown; past that it would only disappoint.
    if (performance.now() > goodUntil) say("网络中断,正在重连…", "Offline, trying again…");
  }
  setTimeout(turn, wait);
}

async function stayAwake() {
  if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen").catch(() => {});
}

if (secret) {
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  setInterval(() => { left.value = Math.max(0, goodUntil - performance.now()) / (SLOT_S * 1000); }, 250);
  turn();
} else {
  say("请用站长给的完整链接打开本页。", "Open this page by the whole link that the manager gave you.");
}
addEventListener("hashchange", () => location.reload());
