"""Desk, duty page and broadcasts under somebody's fingers, in a real browser, over real commits."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn
from sqlalchemy import select
from starlette.responses import HTMLResponse, Response

from app.api.web import FOLDER, HEADERS
from app.api.web_pages import written
from app.core.actor import Role
from app.core.clock import utc_now
from app.jobs.runner import Runner
from app.main import Api, create_app
from app.models import (
    Account,
    Broadcast,
    BroadcastState,
    DutyAcknowledgement,
    DutyCall,
    Move,
    Report,
    ReportState,
    ReportStep,
)
from app.realtime.listener import Listener
from app.runtime import Runtime
from app.services.duty import ladder
from app.services.reports import contractors
from tests.accounts.conftest import Phone, own_phone
from tests.factories.accounts import make_account, make_grant
from tests.factories.duty import make_emergency, make_shift
from tests.factories.reports import make_report, make_unit, make_update
from tests.factories.stations import COMMUNITY, make_area
from tests.reports import crew
from tests.web.test_browser import BROWSER, QUIET

__all__ = ["own_phone"]

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

# The page is ready for whoever dumps it once its last picture came: when the fingers are done.
FINGERS = """
import * as store from "/web/store.js";
for (const [key, value] of Object.entries(%(kept)s)) await store.put("values", key, value);
const told = [];
const really = fetch;
const until = async (look) => {
  for (const end = Date.now() + 60e3; Date.now() < end; ) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited for ${look} ${told.waiting}: ${document.querySelector("main").innerText}`);
};
const all = (selector) => [...document.querySelectorAll(selector)];
const one = (selector) => {
  told.waiting = selector;
  return until(() => document.querySelector(selector));
};
const tap = async (selector) => (await one(selector)).click();
try {
  await import("/web/%(page)s.js");
  %(taps)s
} catch (error) {
  told.push(String(error));
}
const note = Object.assign(document.createElement("pre"), { id: "told", textContent: JSON.stringify(told) });
document.body.append(note);
await really("/fingers/done");
"""
DESK = """
  const rows = (count) => until(() => all("[data-case]").length === count);
  await rows(3);
  await tap(".together"); // all three lie in one place
  (await one("#decide input")).value = "同一处";
  all("[data-case] input").at(-1).click();
  told.push((await one("#decide b")).textContent + (await one("#decide input")).value);
  await tap("#decide .strong");
  const undo = await one("[data-subject=batch].good button");
  await rows(1);
  told.push(all(".tabs button").slice(0, 2).map((each) => each.textContent).join(", "));
  undo.click();
  await rows(3);
  await tap("[data-case] .name");
  told.push((await one("dialog[open] h2")).textContent);
  await one("dialog[open] .timeline li");
  await tap("dialog[open] .notice.warn button");
  await until(() => !document.querySelector("dialog[open] .notice.warn"));
  await tap("dialog[open] .strong.wide");
  await rows(2);
  await until(() => !document.querySelector("dialog[open]"));
"""
DUTY = """
  await until(() => !document.querySelector("#seen").hidden);
  told.push(document.querySelector("#when").textContent);
  told.push((await one("#map a")).href);
  await tap("#seen");
  await until(() => document.querySelector("#said").textContent);
  told.push(document.querySelector("#said").textContent, document.querySelector("#seen").hidden);
"""
HANDLING = """
  await tap("#case .strong");
  await one("#case .photo");
  told.push(document.querySelector("#case h2").textContent, document.querySelector("#case b").textContent);
  told.push((await one("#case form button")).textContent);
"""
CAST = """
  const type = async (name, text) => {
    const field = await one(`[name=${name}]`);
    field.value = text;
    field.dispatchEvent(new Event("input"));
  };
  const is = (state) => (each) => each.querySelector("b").textContent === state;
  const card = (state) => until(() => all("[data-broadcast]").find(is(state)));
  await type("zh_title", "今晚限行");
  await type("zh_body", "东出口\\n22:00 起");
  await tap("#write [type=submit]");
  told.push((await one("#seen .count")).textContent);
  all("#seen button").at(-1).click();
  const draft = await card("草稿");
  told.push(draft.querySelector("h3").textContent);
  [...draft.querySelectorAll("button")].find((each) => each.textContent === "修改").click();
  await until(() => document.querySelector("#write h2").textContent === "修改通知");
  await type("zh_title", "今晚东出口限行");
  await type("send_at", "2099-01-01T08:00");
  await tap("#write [type=submit]");
  await tap("#seen .strong");
  told.push((await one("[data-subject=failed]")).textContent);
  await type("send_at", "");
  await tap("#seen .strong");
  const sent = await card("待发送");
  told.push(sent.querySelector("h3").textContent);
  [...sent.querySelectorAll("button")].at(-1).click();
  told.push((await until(() => sent.querySelector(".steps"))).textContent);
"""


@asynccontextmanager
async def served(runtime: Runtime, url: str, page: str, script: str) -> AsyncGenerator[str]:
    """Serve the app with a page that fingers tap on, and work off what is to be done, beside it."""
    app, done = create_app(runtime), asyncio.Event()
    listener, runner = Listener(url), Runner(runtime.db)
    show(app, page, script, done)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no other sign
        await asyncio.sleep(0.02)
    runner.listen(listener)
    listener.start()
    runner.start()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    done.set()
    server.should_exit = True
    await serving
    await runner.stop()
    await listener.stop()


def show(app: Api, page: str, script: str, done: asyncio.Event) -> None:
    """Serve a page with fingers in the place of its own start."""
    body = (FOLDER / f"{page}.html").read_text()
    text = written(page, body).replace(f"/web/{page}.js", "/fingers/script")
    text = text.replace("</body>", '<img src="/fingers/last" alt=""></body>')

    async def finish(_) -> Response:
        done.set()
        return Response()

    async def last(_) -> Response:
        await done.wait()
        return Response(status_code=404)

    app.add_route("/fingers", lambda _: HTMLResponse(text, headers=HEADERS))
    app.add_route("/fingers/script", lambda _: Response(script, 200, HEADERS, "text/javascript"))
    app.add_route("/fingers/done", finish)
    app.add_route("/fingers/last", last)


async def tapped(url: str, folder: Path, *more: str) -> list:
    """Open a page in a browser until the fingers are done, and return what they told."""
    options = [each for each in QUIET if not each.startswith("--virtual-time")]
    browser = await asyncio.create_subprocess_exec(
        BROWSER,
        *options,
        *more,
        f"--user-data-dir={folder}",
        "--dump-dom",
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(120):
            dom, log = await browser.communicate()
    finally:
        if browser.returncode is None:
            browser.kill()
    page = dom.decode()
    assert '<pre id="told">' in page, page + log.decode()
    return json.loads(page.split('<pre id="told">')[1].split("</pre>")[0])


async def steps(runtime: Runtime) -> Counter:
    async with runtime.db.reading() as session:
        return Counter(await session.scalars(select(ReportStep.move)))


async def signed_in(own_phone: Phone, runtime: Runtime, role: Role, area_code: str) -> dict:
    """Give a person a role, and return what their browser keeps."""
    account = (await own_phone.sign_in())["account"]
    async with runtime.db.writing() as session:
        person = await session.get_one(Account, UUID(account["id"]))
        await make_grant(session, person, role, area_code=area_code)
    return {
        "account": {"id": account["id"], "display_name": "小李"},
        "device": str(own_phone.device_id),
        "refresh": own_phone.tokens["refresh_token"],
    }


async def test_a_clerk_accepts_several_takes_it_back_and_accepts_one(
    own_phone, own_runtime, own_url, tmp_path
):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        for number in range(3):
            report = await make_report(session, submitted_at=utc_now(), address=f"金泉路 {number} 号")
            await make_update(session, report)
    kept = await signed_in(own_phone, own_runtime, Role.COMMUNITY_STAFF, COMMUNITY)

    script = FINGERS % {"kept": json.dumps(kept), "page": "desk", "taps": DESK}
    async with served(own_runtime, own_url, "desk", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 3, told
    assert told[0] == "已选 2 件同一处"
    assert told[1].split(", ") == ["待受理 1", "已受理 2"]
    assert told[2].startswith("NF")
    made = await steps(own_runtime)
    assert (made[Move.ACCEPT], made[Move.UNDO]) == (3, 2)
    async with own_runtime.db.reading() as session:
        states = Counter(await session.scalars(select(Report.state)))
    assert states == {ReportState.ACCEPTED: 1, ReportState.SUBMITTED: 2}


async def test_who_is_called_says_seen_by_one_tap(own_runtime, own_url, tmp_path):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        now = utc_now()
        account = await make_account(session, display_name="值班老陈")
        await make_grant(session, account, Role.COMMUNITY_STAFF, area_code=COMMUNITY)
        await make_shift(session, account.id, starts_at=now)
        report = await make_emergency(session, at=now)
        await ladder.begin(session, report.id, since=now, now=now)
        call_id = await session.scalar(select(DutyCall.id))
    link = own_runtime.call_links.token(call_id)

    script = FINGERS % {"kept": "{}", "page": "duty", "taps": DUTY}
    async with served(own_runtime, own_url, "duty", script) as url:
        told = await tapped(f"{url}/fingers#{link}", tmp_path)

    assert told[0].startswith(f"NF{report.number}"), told
    assert f"name=NF{report.number}" in told[1]
    assert (told[2].split()[0], told[3]) == ("值班老陈", True)
    async with own_runtime.db.reading() as session:
        [seen] = (await session.scalars(select(DutyAcknowledgement))).all()
    assert seen.call_id == call_id


async def test_a_contractor_takes_the_case_on_by_the_link(own_runtime, own_url, tmp_path):
    async with own_runtime.db.writing() as session:
        unit = await make_unit(session)
        report = await make_report(session, state=ReportState.DISPATCHED, unit_id=unit.id)
        boss = await crew.unit_user(session, unit.id)
        _, secret = await contractors.issue(session, report.id, label="王师傅", by=boss, now=utc_now())

    script = FINGERS % {"kept": "{}", "page": "handling", "taps": HANDLING}
    async with served(own_runtime, own_url, "handling", script) as url:
        told = await tapped(f"{url}/fingers#{secret}", tmp_path)

    assert len(told) == 3, told
    assert told[0].startswith(f"NF{report.number}")
    assert told[1:] == ["处置中", "已修好"]
    assert (await steps(own_runtime))[Move.TAKE_ON] == 1


async def test_an_officer_counts_people_keeps_a_draft_changes_it_and_sends(
    own_phone, own_runtime, own_url, tmp_path
):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        for _ in range(6):
            await make_account(session, area_code=COMMUNITY)
    kept = await signed_in(own_phone, own_runtime, Role.DISTRICT_OFFICER, COMMUNITY[:6])

    script = FINGERS % {"kept": json.dumps(kept), "page": "broadcast", "taps": CAST}
    async with served(own_runtime, own_url, "broadcast", script) as url:
        told = await tapped(f"{url}/fingers", tmp_path)

    assert len(told) == 5, told
    assert told[:2] == ["会发给 6 人", "今晚限行"]
    assert told[3] == "今晚东出口限行"
    assert [move in told[4] for move in ("起草", "修改", "安排发送")] == [True] * 3
    async with own_runtime.db.reading() as session:
        [row] = (await session.scalars(select(Broadcast))).all()
    assert row.state is BroadcastState.SCHEDULED
    assert row.title_zh == row.title_en == "今晚东出口限行"
    assert row.body_en == "东出口\n22:00 起"
