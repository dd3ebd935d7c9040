// What a call's link opens: what burns and where, and "seen" by one tap. Its secret stays behind the "#".
const headers = { "X-Duty-Link": location.hash.slice(1) || "-" };
const byId = (id) => document.getElementById(id);
const clock = (at) => new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });

async function ask(method, path) {
  const answer = await fetch(path, { method, headers, cache: "no-store" });
  return { taken: answer.ok, isOver: answer.status < 500 && answer.status !== 429, body: await answer.json() };
}

function said({ taken, body }) {
  byId("said").textContent = taken ? `${body.name} ${clock(body.at)} 已确认 · acknowledged` : body.detail;
}

async function start() {
  const { taken, body } = await ask("GET", "/v1/duty/link");
  if (!taken) return said({ taken, body });
  byId("what").textContent = `${body.zh} · ${body.en}`;
  byId("where").textContent = body.lat === null ? `${body.address} (没有坐标 · no pin)` : `${body.address} (${body.lat.toFixed(5)}, ${body.lon.toFixed(5)}, ${body.coord_type})`;
  byId("when").textContent = `${body.number} · ${clock(body.submitted_at)}`;
  if (body.seen_at) byId("said").textContent = `${clock(body.seen_at)} 已有人确认 · acknowledged`;
  byId("seen").hidden = Boolean(body.seen_at);
  byId("seen").addEventListener("click", see);
  // The map is not needed to say "seen": it comes when it comes, or not at all.
  import("/web/cards.js").then(({ MAP_DATUMS, mapLink }) => byId("map").replaceChildren(mapLink({ ...body, name: body.number }, MAP_DATUMS[body.coord_type]) || "")).catch(() => {});
}

async function see() {
  byId("seen").disabled = true;
  const answer = await ask("POST", "/v1/duty/link/acknowledge").catch(offline);
  byId("seen").disabled = false;
  if (!answer) return;
  byId("seen").hidden = answer.isOver; // a server in trouble is asked again
  said(answer);
}

function offline() {
  byId("said").textContent = "没有网络,请重试或打电话 · No network: try again, or telephone";
}

start().catch(offline);
