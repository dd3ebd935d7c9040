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
class EventSource { addEventListener() {} close() {} }
const document = { ...events, visibilityState: "hidden" };
const page = { EventSource, document, ...events, setInterval: nothing };
Object.assign(globalThis, page, { localStorage: { getItem: nothing } });
Object.defineProperty(globalThis, "navigator", { value: { language: "zh" }, configurable: true });
const answers = %s;
const asked = [];
const sent = [];
let ahead = 0; // of the server's clock
globalThis.fetch = (path, { method = "GET", body } = {}) => {
  asked.push(`${method} ${path}`);
  const status = answers[path] ?? 200;
  if (body) sent.push(JSON.parse(body));
  if (status === "never") return new Promise(nothing);
  if (status === "away") return Promise.reject(new TypeError("away"));
  const said = { code: "said", detail: "said" };
  const judged = (at) => (at === "late" ? 409 : 200);
  const kept = (id) => ({ visit: { id }, attendance: { id } });
  const outcome = ({ id, station_id: at }) => ({ id, status: judged(at), ...said, ...kept(id) });
  const outcomes = (sent.at(-1)?.records ?? sent.at(-1)?.taps)?.map(outcome);
  const headers = { Date: new Date(Date.now() + ahead).toUTCString() };
  const words = JSON.stringify({ ...said, outcomes });
  const answer = () => new Response(words, { status: Number(status) || 200, headers });
  return new Promise((done) => (status === "slow" ? setTimeout(() => done(answer()), 200) : done(answer())));
};
const store = await import("./store.js");
await store.put("values", "account", { id: "me", display_name: "" });
const { call } = await import("./api.js");
const { post, watchOutbox } = await import("./outbox.js");
const refused = [];
watchOutbox((news) => news.refused && refused.push(news.refused.id));
const an_hour_ago = () => Date.now() - 3600e3;
const arrival = (id, station_id) => ({ id, kind: "check_in", station_id });
const late = (id, at) => ({ id, kind: "record", at: an_hour_ago(), record: arrival(id, at) });
const report = (id, path = "/v1/reports") => ({ id, kind: "report", method: "POST", path, body: {} });
const photo = (id) => ({ id, kind: "report", photo: { id, purpose: "report", file: new Blob(["x"]) } });
if (%s) await call("GET", "/healthz", { signedIn: false }); // tells the server's clock
asked.length = 0;
await (async () => { %s })().catch(nothing);
const kept = (await store.all("outbox")).map(({ id }) => id).sort();
const signed = Boolean(await store.get("values", "account"));
console.log(JSON.stringify({ asked, sent, refused, kept, signed, shown: globalThis.shown }));
process.exit();
"""


# What a page would show, as text.
PAPER = """
export const h = (tag, attributes, ...children) => children.flat(9).join("");
export function notice(subject, words, { action } = {}) {
  shown[subject] = [words].flat(9).filter(Boolean).join("|");
  taps[subject] = action;
}
export const button = (label, onclick) => onclick;
export const fill = () => {}, icon = fill, byId = () => ({}), busy = (element, work) => work();
globalThis.shown = {};
globalThis.taps = {};
"""


async def play(folder: Path, answers: dict[str, object], work: str, *, heard: bool = True) -> dict[str, Any]:
    assert NODE is not None
    for script in FOLDER.glob("*.js"):
        shutil.copy(script, folder)
    (folder / "dom.js").write_text(PAPER)
    (folder / "package.json").write_text('{"type": "module"}')
    script = folder / "played.js"
    script.write_text(SCRIPT % (json.dumps(answers), json.dumps(heard), work))
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


async def test_a_tap_that_counts_for_nothing_is_told_until_somebody_has_read_it(tmp_path):
    # Of taps the server says whether they come too late; what nobody signed in for is judged by its clock.
    work = """
    const old = Date.now() - 25 * 3600e3;
    const day = { at: old, name: "金泉路" };
    const flag = { id: "flag", kind: "flag", method: "POST", path: "/v1/flag", body: {} };
    await store.put("outbox", "mine", { ...late("mine", "late"), ...day });
    await store.put("outbox", "theirs", { ...late("theirs"), ...day, account: "other" });
    // "No hot water" of two hours ago would be told as if it were now.
    await store.put("outbox", "flag", { ...flag, ...day, at: Date.now() - 2 * 3600e3 });
    const { flush } = await import("./outbox.js");
    await flush();
    """
    seen = await play(tmp_path, {}, work)

    assert seen["kept"] == []
    assert seen["asked"] == ["POST /v1/checkins/sync"]
    assert sorted(seen["refused"]) == ["flag", "mine", "theirs"]
    words = seen["shown"]["not_counted"]
    assert words.startswith("没有计入:|")
    assert "到站打卡 · 金泉路: said" in words
    assert "驿站纠错 · 金泉路: 太久没有提交,已过时" in words
    assert words.count("金泉路") == 2  # the other rider's is told to the other rider

    read = """
    const { show } = await import("./not-counted.js");
    await taps.not_counted();
    const left = await store.get("values", "not_counted");
    await store.put("values", "account", { id: "other", display_name: "" });
    await show();
    shown.left = left.map(({ id }) => id);
    """
    seen = await play(tmp_path, {}, work + read)
    assert seen["shown"]["left"] == ["theirs"]
    assert "到站打卡 · 金泉路: 太久没有提交" in seen["shown"]["not_counted"]


async def test_a_tap_is_written_down_before_the_phone_looks_where_it_is(tmp_path):
    """A dying battery loses nothing: the tap goes out alone when nobody completed it."""
    work = """
    globalThis.navigator.geolocation = { getCurrentPosition: nothing };
    const { tapShift } = await import("./shift-taps.js");
    const { checkIn } = await import("./visits.js");
    const { flush } = await import("./outbox.js");
    tapShift({ shift_id: "shift", title: "巡逻" }, "in", { code: "/c/shift/1/x" });
    checkIn({ id: "station", name: "金泉路" });
    await new Promise((done) => setTimeout(done, 50));
    await flush(); // the network comes while the phone still looks
    shown.first = (await store.all("outbox")).map(({ kind }) => kind).sort();
    shown.early = asked.filter((path) => path.startsWith("POST")).length;
    const really = Date.now;
    Date.now = () => really() + 16e3; // it died and was opened again
    await flush();
    """
    seen = await play(tmp_path, {}, work)

    assert seen["shown"]["first"] == ["record", "shift"]
    assert seen["shown"]["early"] == 0
    assert seen["asked"][-2:] == ["POST /v1/attendance/sync", "POST /v1/stations/station/checkins"]


async def test_taps_of_a_phone_with_a_wrong_clock_bear_the_right_time(tmp_path):
    # It had heard no server when it was tapped: two hours behind.
    work = """
    ahead = 2 * 3600e3;
    globalThis.navigator.geolocation = { getCurrentPosition: (found, fail) => fail() };
    const { checkIn } = await import("./visits.js");
    const before = Date.now();
    await checkIn({ id: "station", name: "" });
    shown.off = Date.parse(sent.at(-1).captured_at) - before - ahead;
    """
    seen = await play(tmp_path, {}, work, heard=False)

    assert "POST /v1/stations/station/checkins" in seen["asked"]
    assert abs(seen["shown"]["off"]) < 10_000


async def test_taps_of_another_rider_on_the_phone_hide_no_visit(tmp_path):
    """A phone of two riders: the first one's taps wait for them, and the second sees their own visit."""
    work = """
    await store.put("outbox", "theirs", { ...late("theirs"), account: "other" });
    await store.put("values", "visit", { id: "old", station_id: "s", name: "", captured_at: "" });
    const { refreshVisit } = await import("./visits.js");
    await refreshVisit();
    """
    seen = await play(tmp_path, {}, work)

    assert "GET /v1/checkins/mine?limit=1" in seen["asked"]


async def test_a_tap_during_which_the_clock_is_first_heard_bears_the_right_time(tmp_path):
    """Its time is the phone's, two hours behind, though the server's is known when it is written down."""
    work = """
    ahead = 2 * 3600e3;
    globalThis.navigator.geolocation = { getCurrentPosition: (found, fail) => fail() };
    const { checkIn } = await import("./visits.js");
    const before = Date.now();
    const asking = globalThis.fetch;
    let hear;
    globalThis.fetch = (...given) => new Promise((done) => (hear = () => done(asking(...given))));
    const hearing = call("GET", "/healthz", { signedIn: false });
    await new Promise((done) => setTimeout(done, 50));
    globalThis.fetch = asking;
    hear();
    const tapping = checkIn({ id: "station", name: "" });
    await Promise.all([hearing, tapping]);
    shown.off = Date.parse(sent.at(-1).captured_at) - before - ahead;
    """
    seen = await play(tmp_path, {}, work, heard=False)

    assert "POST /v1/stations/station/checkins" in seen["asked"]
    assert abs(seen["shown"]["off"]) < 10_000


async def test_a_code_that_was_scanned_before_the_clock_was_heard_bears_the_right_time(tmp_path):
    work = """
    ahead = 2 * 3600e3;
    globalThis.navigator.geolocation = { getCurrentPosition: (found, fail) => fail() };
    globalThis.location = { pathname: "/c/01990000-0000-7000-8000-000000000000/1/x" };
    globalThis.history = { replaceState: nothing };
    const { readScannedCode } = await import("./scanned.js");
    const before = Date.now();
    await readScannedCode(); // asks what the station is called, and hears the clock by that
    await taps.scanned();
    shown.off = Date.parse(sent.at(-1).captured_at) - before - ahead;
    """
    seen = await play(tmp_path, {}, work, heard=False)

    assert [path for path in seen["asked"] if path.startswith("POST ") and path.endswith("/checkins")]
    assert abs(seen["shown"]["off"]) < 10_000


async def test_a_busy_server_s_date_sets_no_clock_back(tmp_path):
    """Who leaves a moment after coming has not left before that: a busy server's Date is old by seconds."""
    work = """
    const { now } = await import("./api.js");
    globalThis.shown = { off: [] };
    for (ahead of [-3000, -3 * 3600e3, -3000]) {
      await call("GET", "/healthz", { signedIn: false });
      shown.off.push(now() - Date.now());
    }
    """
    seen = await play(tmp_path, {}, work, heard=False)

    lagging, wrong, again = seen["shown"]["off"]
    assert (lagging, again) == (0, 0)
    assert abs(wrong + 3 * 3600e3) < 10_000


@pytest.mark.parametrize("code", [None, "/c/place/1/x"])
async def test_a_code_that_has_gone_is_judged_by_when_it_was_seen(tmp_path, code):
    """A rotating code dies within half a minute of the server's clock: fifteen seconds without a network."""
    work = f"""
    globalThis.navigator.geolocation = {{ getCurrentPosition: (found, fail) => found({{ coords: {{}} }}) }};
    const {{ tapShift }} = await import("./shift-taps.js");
    const {{ checkIn }} = await import("./visits.js");
    const {{ flush }} = await import("./outbox.js");
    const really = globalThis.fetch;
    globalThis.fetch = () => Promise.reject(new TypeError("no network"));
    await tapShift({{ shift_id: "shift", title: "巡逻" }}, "out", {{ code: {json.dumps(code)} }});
    await checkIn({{ id: "station", name: "" }}, {{ code: {json.dumps(code)} }});
    globalThis.fetch = really;
    const present = Date.now;
    Date.now = () => present() + 15e3;
    await flush();
    """
    seen = await play(tmp_path, {}, work)

    late = ["POST /v1/checkins/sync", "POST /v1/attendance/sync"]
    live = ["POST /v1/attendance/shifts/shift/taps", "POST /v1/stations/station/checkins"]
    assert [path for path in seen["asked"] if path.startswith("POST")] == (late if code else live)


# A shift's tap without a code, on a phone that finds no place: it is taken back, unless it went out before.
TAKEN_BACK = """
const { tapShift } = await import("./shift-taps.js");
const { flush } = await import("./outbox.js");
let fail;
globalThis.navigator.geolocation = { getCurrentPosition: (found, failed) => (fail = failed) };
const tapping = tapShift({ shift_id: "shift", title: "巡逻" }, "in");
await new Promise((done) => setTimeout(done, 50));
const really = Date.now;
Date.now = () => really() + 15.1e3;
const sending = flush();
await new Promise((done) => setTimeout(done, %s));
fail();
await Promise.all([tapping, sending]);
shown.told = shown.tap ?? "";
"""


@pytest.mark.parametrize("wait_ms", [50, 400])
async def test_a_tap_that_went_out_in_its_fifteenth_second_is_not_told_as_taken_back(tmp_path, wait_ms):
    path = "/v1/attendance/shifts/shift/taps"
    seen = await play(tmp_path, {path: "slow"}, TAKEN_BACK % wait_ms)

    assert seen["asked"] == [f"POST {path}"]
    assert (seen["kept"], seen["shown"]["told"]) == ([], "")
