"""The queue of a phone's taps and reports, run by itself: what it holds is sent, or stays, or is told of."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.api.web import FOLDER

NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="no node on this machine")

# A server that answers by path; "never" hangs as a weak network does. Where there is no IndexedDB the queue
# keeps what it holds in memory.
SCRIPT = """
const nothing = () => {};
const events = { addEventListener: nothing };
const page = { document: { ...events, visibilityState: "hidden" }, ...events, setInterval: nothing };
Object.assign(globalThis, page, { localStorage: { getItem: nothing } });
Object.defineProperty(globalThis, "navigator", { value: { language: "zh" }, configurable: true });
const answers = %s;
const asked = [];
globalThis.fetch = (path, { method = "GET" } = {}) => {
  asked.push(`${method} ${path}`);
  const status = answers[path] ?? 200;
  if (status === "never") return new Promise(nothing);
  return Promise.resolve(new Response(JSON.stringify({ code: "said", detail: "said" }), { status }));
};
const store = await import("./store.js");
await store.put("values", "account", { id: "me", display_name: "" });
const { call } = await import("./api.js");
const { post, watchOutbox } = await import("./outbox.js");
const refused = [];
watchOutbox((news) => news.refused && refused.push(news.refused.id));
const late = (id) => ({ id, kind: "record", at: Date.now() - 3600e3, record: { id, kind: "check_in" } });
const report = (id, path = "/v1/reports") => ({ id, kind: "report", method: "POST", path, body: {} });
const photo = (id) => ({ id, kind: "report", photo: { id, purpose: "report", file: new Blob(["x"]) } });
await (async () => { %s })().catch(nothing);
const kept = (await store.all("outbox")).map(({ id }) => id).sort();
const signed = Boolean(await store.get("values", "account"));
console.log(JSON.stringify({ asked, refused, kept, signed }));
process.exit();
"""


async def play(folder: Path, answers: dict[str, object], work: str) -> dict[str, Any]:
    assert NODE is not None
    for name in ("api", "outbox", "photo-upload", "store", "words"):
        shutil.copy(FOLDER / f"{name}.js", folder)
    (folder / "package.json").write_text('{"type": "module"}')
    script = folder / "played.js"
    script.write_text(SCRIPT % (json.dumps(answers), work))
    node = await asyncio.create_subprocess_exec(
        NODE, str(script), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complaint = await node.communicate()
    assert node.returncode == 0, complaint.decode()
    found: dict[str, Any] = json.loads(said)
    return found


async def test_taps_that_are_refused_as_a_whole_do_not_hold_a_report_back(tmp_path):
    # A banned rider's check-ins are refused; their emergency report is not.
    work = 'await store.put("outbox", "tap", late("tap")); await post(report("case"));'
    seen = await play(tmp_path, {"/v1/checkins/sync": 403}, work)

    assert seen["asked"] == ["POST /v1/checkins/sync", "POST /v1/reports"]
    assert (seen["refused"], seen["kept"]) == (["tap"], [])


async def test_what_the_server_failed_at_is_kept_and_holds_nothing_back(tmp_path):
    work = """
    await store.put("outbox", "tap", late("tap"));
    await store.put("outbox", "a", { ...report("a", "/v1/broken"), at: Date.now() - 1000 });
    await post(report("b"));
    """
    seen = await play(tmp_path, {"/v1/checkins/sync": 500, "/v1/broken": 500}, work)

    assert (seen["refused"], seen["kept"]) == ([], ["a", "tap"])
    assert seen["asked"][-1] == "POST /v1/reports"


async def test_a_report_and_its_photos_are_written_down_before_anything_is_sent(tmp_path):
    work = """
    post(report("case"), photo("p1"), photo("p2"));
    await new Promise((done) => setTimeout(done, 100));
    """
    seen = await play(tmp_path, {"/v1/reports": "never"}, work)

    assert (seen["asked"], seen["kept"]) == (["POST /v1/reports"], ["case", "p1", "p2"])


@pytest.mark.parametrize(("status", "stays"), [(500, True), (429, True), (503, True), (401, False)])
async def test_a_server_in_trouble_signs_nobody_out(tmp_path, status, stays):
    work = 'await store.put("values", "refresh", "token"); await call("GET", "/v1/accounts/me");'
    seen = await play(tmp_path, {"/v1/accounts/refresh": status}, work)

    assert seen["signed"] is stays
