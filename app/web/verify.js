// What a certificate's code opens: whether it holds, and no more of its holder than the paper shows already.
const byId = (id) => document.getElementById(id);
const day = (at) => new Date(at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" });
const WORDS = {
  valid: () => "✓ 有效 · Valid",
  void: (told) => `✕ 自 ${day(told.void_since)} 起失效 · Void since then`,
  withdrawn: () => "✕ 持有人已注销,不再有效 · Withdrawn by its holder",
};

function say(text, isGood) {
  const status = byId("status");
  status.textContent = text;
  status.classList.add(isGood ? "good" : "bad");
}

async function start() {
  const token = location.hash.slice(1);
  if (!token) return say("请扫描证明上的二维码 · Scan the code on the certificate", false);
  const answer = await fetch(`/v1/certificates/verify/${encodeURIComponent(token)}`, { cache: "no-store" });
  const told = await answer.json();
  if (!answer.ok) {
    say(answer.status < 500 ? "✕ 没有这份证明,谨防伪造 · There is no such certificate" : told.detail, false);
    return;
  }
  say(WORDS[told.status](told), told.status === "valid");
  for (const each of ["number", "initials", "hours", "issuer"]) byId(each).textContent = told[each];
  byId("period").textContent = `${told.since} — ${told.until}`;
  byId("told").hidden = false;
}

start().catch(() => {
  say("没有网络,请重试 · No network: try again", false);
});
