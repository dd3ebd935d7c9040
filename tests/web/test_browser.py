"""The pages in a real browser, where there is one: they start under their own policy, without a complaint."""

import asyncio
import re
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

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


@pytest.mark.parametrize(
    ("path", "shown"), [("/", ("找最近的驿站", "24小时")), ("/manage", ("驿站管理", "骑手页面"))]
)
async def test_pages_start_without_a_complaint(address: str, tmp_path: Path, path: str, shown) -> None:
    browser = await asyncio.create_subprocess_exec(
        BROWSER,
        *QUIET,
        f"--user-data-dir={tmp_path}",
        "--dump-dom",
        address + path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    page, log = await browser.communicate()

    assert re.findall(r"CONSOLE.*", log.decode()) == []
    assert [words for words in shown if words not in page.decode()] == []
