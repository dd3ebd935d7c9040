"""What a demo shows in the place of phones: every copy that went out, word for word, and as it arrived."""

from collections.abc import Iterable
from html import escape

import httpx2
from fastapi import APIRouter
from starlette.responses import HTMLResponse, PlainTextResponse

from app.api.deps import ReadDep, RuntimeDep
from app.api.web import HEADERS
from app.core.clock import SHANGHAI
from app.core.errors import NotFound, Unavailable
from app.core.settings import Environment
from app.services import notifications, robots
from app.services.duty.links import sms_links
from app.services.notifications import Outgoing
from app.services.robots import Spoken

router = APIRouter(prefix="/dev", include_in_schema=False)

_PATIENCE_S = 2.0
_PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width">
<title>暖蜂 · 发出的推送</title><link rel="stylesheet" href="/web/style.css">
<main><h1>发出的推送 Outbox</h1>
<p>演示模式:这里显示锁屏上会出现的全部内容;厂商实际收到的请求见 <a href="/dev/vendors">/dev/vendors</a>。
What locked screens show; details are read after sign-in only.</p>
<table><thead><tr><th>时间<th>渠道<th>紧急<th>标题<th>内容<th>状态</tr></thead><tbody>
{rows}
</tbody></table>
<h1>群机器人 Group chats</h1>
<table><thead><tr><th>时间<th>平台<th>群<th>内容<th>状态</tr></thead><tbody>
{said}
</tbody></table></main></html>
"""


@router.get("/outbox")
async def show_outbox(runtime: RuntimeDep, session: ReadDep) -> HTMLResponse:
    """Show the last copies of a demo; a service for people has no such page."""
    if runtime.settings.environment is not Environment.DEMO:
        raise NotFound
    links = sms_links(runtime.call_links, runtime.settings.public_url)
    rows = "\n".join(map(_row, await notifications.list_outgoing(session, links)))
    said = "\n".join(map(_spoken, await robots.list_said(session)))
    page = _PAGE.replace("{rows}", rows).replace("{said}", said)
    return HTMLResponse(page, headers={**HEADERS, "Cache-Control": "no-store"})


@router.get("/vendors")
async def show_vendors(runtime: RuntimeDep) -> PlainTextResponse:
    """Show what arrived at the stand-in for vendors that a demo is served with, if it is; newest first.

    It listens on this machine alone; whoever looks at the demo from another one sees it here.
    """
    stand_in = runtime.settings.jpush_base_url
    if runtime.settings.environment is not Environment.DEMO or not stand_in.startswith("http://127.0.0.1:"):
        raise NotFound
    try:
        async with httpx2.AsyncClient(timeout=_PATIENCE_S, trust_env=False) as client:
            arrived = await client.get(f"{stand_in}/")
    except httpx2.HTTPError:
        raise Unavailable from None
    return PlainTextResponse(arrived.text, headers={**HEADERS, "Cache-Control": "no-store"})


def _row(copy: Outgoing) -> str:
    at = copy.at.astimezone(SHANGHAI)
    state = copy.state.value if copy.error is None else f"{copy.state.value} ({copy.error}, {copy.tries})"
    cells = (
        f"{at:%m-%d %H:%M:%S}",
        copy.channel.value,
        copy.urgency.value,
        copy.said.title,
        copy.said.body,
        state,
    )
    link = f'<td><a href="{escape(copy.link)}">链接</a>' if copy.link else ""
    return _cells(cells) + link


def _spoken(said: Spoken) -> str:
    at = said.at.astimezone(SHANGHAI)
    return _cells((f"{at:%m-%d %H:%M:%S}", said.vendor.value, said.group, said.words, said.state.value))


def _cells(cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<td>{escape(cell)}" for cell in cells)
