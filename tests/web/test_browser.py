"""The pages in a real browser, where there is one: they start under their own policy, without a complaint."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import HTMLResponse, Response

from app.api.web import HEADERS
from app.core.clock import utc_now
from app.main import create_app
from app.models import Station
from app.realtime.stream import state_event, state_of
from app.runtime import Runtime
from tests.factories.accounts import make_account
from tests.factories.certificates import make_certificate
from tests.factories.ledger import make_book, make_hours, make_subject
from tests.factories.stations import make_closure, make_station

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--accept-lang=zh-CN",
    "--enable-logging=stderr",
    "--virtual-time-budget=5000",
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    """An app of the test's own: pages are added to it."""
    return create_app(runtime)


@pytest.fixture
async def address(app: FastAPI) -> AsyncGenerator[str]:
    """Serve the app on a free port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no other sign
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def see(url: str, folder: Path) -> tuple[str, list[str]]:
    """Open a page and return it as it stands after a while, and what the browser complained of."""
    browser = await asyncio.create_subprocess_exec(
        BROWSER,
        *QUIET,
        f"--user-data-dir={folder}",
        "--dump-dom",
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    page, log = await browser.communicate()
    return page.decode(), re.findall(r"CONSOLE.*", log.decode())


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/", ("找最近的驿站", "24小时")),
        ("/manage", ("驿站管理", "骑手页面")),
        ("/docs", ("Nuanfeng", "/v1/stations/nearby")),
        ("/report", ("随手拍", "看到什么")),
        ("/desk", ("案件台", "骑手页面")),
        ("/map", ("随手拍地图", "这里没有公开的案件", "平凉 崆峒区")),
        ("/figures", ("数据", "案件台")),
        ("/roster", ("值班表", "案件台")),
        ("/organise", ("组织活动", "志愿服务")),
        ("/volunteer", ("志愿服务", "位置用一次,不保存")),
    ],
)
async def test_pages_start_without_a_complaint(address: str, tmp_path: Path, path: str, shown) -> None:
    page, complaints = await see(address + path, tmp_path)

    assert complaints == []
    assert [words for words in shown if words not in page] == []


async def test_a_certificate_s_page_says_whether_it_holds(
    address: str, session: AsyncSession, tmp_path
) -> None:
    account = await make_account(session)
    book = await make_book(session)
    await make_hours(session, book, await make_subject(session, account.id, name="买买提·艾力"), 90)
    certificate = await make_certificate(session, book, account.id)
    await session.commit()

    held, complaints = await see(f"{address}/verify#{certificate.token}", tmp_path)
    assert complaints == []
    assert "有效 · Valid" in held
    assert "1.5" in held
    forged, _ = await see(f"{address}/verify#{'A' * 22}", tmp_path)
    assert "没有这份证明" in forged
    # Who opens the address that is printed beside the code has a paper, not a forgery.
    bare, complaints = await see(f"{address}/verify", tmp_path)
    assert complaints == []
    assert "请扫描证明上的二维码" in bare


# A stream that never ends would keep the browser waiting; this one tells what the server's would.
INSIDE = """
const news = %s;
globalThis.EventSource = class extends EventTarget {
  constructor() {
    super();
    const tell = (data) => this.dispatchEvent(new MessageEvent("state", { data }));
    news.forEach((data, at) => setTimeout(tell, at * 50, data));
  }
};
const { follow } = await import("/web/inside.js");
follow(document.body, "%s");
"""


@pytest.mark.parametrize(
    ("closes", "shown"),
    [(False, ("24 小时开", "看门锁密码")), (True, ("现在关着", "驿站关门了", "看门锁密码"))],
)
async def test_who_is_inside_sees_the_station_close_and_may_ask_for_the_code(
    address: str, app: FastAPI, session: AsyncSession, runtime: Runtime, tmp_path: Path, closes, shown
) -> None:
    station = await make_station(session, entry_requirements=["door_code"])
    news = [await state_now(runtime, session, station)]
    if closes:
        await make_closure(session, station, utc_now())
        news.append(await state_now(runtime, session, station))
    script = INSIDE % (json.dumps(news), station.id)
    page = '<script type="module" src="/inside-script"></script>'
    app.add_route("/inside", lambda _: HTMLResponse(page, headers=HEADERS))
    app.add_route("/inside-script", lambda _: Response(script, 200, HEADERS, "text/javascript"))

    page, complaints = await see(f"{address}/inside", tmp_path)

    assert complaints == []
    assert [words for words in shown if words not in page] == []
    assert ("驿站关门了" in page) is closes


async def state_now(runtime: Runtime, session: AsyncSession, station: Station) -> str:
    """Return the data of the event that the station's stream would send now."""
    await session.commit()
    board = runtime.realtime.board
    await board.load()
    table = board.table(utc_now())
    event = state_event([state_of(table, table.row_of(station.id))], at=0)
    return event.decode().split("data: ")[1].strip()
