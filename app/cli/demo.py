"""``nuanfeng demo``: invented data into an empty database, and who may sign in to look at it."""

import asyncio

import typer
from rich.console import Console
from rich.table import Table

from app.cli.database import database, prepare
from app.core.clock import utc_now
from app.core.settings import Environment, Settings
from app.services import demo as demonstration
from app.wiring import build_runtime

_console = Console(stderr=True, highlight=False)


def demo() -> None:
    """Fill an empty database with invented stations, grids, people and a month of visits."""
    with database() as settings:
        if settings.environment is not Environment.DEMO:
            _console.print("[red]演示数据不进生产环境[/] Demo data are not for production.")
            raise typer.Exit(1)
        prepare(settings)
        if fill(settings) is None:
            _console.print("库中已有数据,未写入任何演示数据 The database is not empty: nothing was written.")
        show_sign_ins()


def fill(settings: Settings) -> demonstration.Loaded | None:
    """Load the demonstration where nobody and nothing is yet; otherwise return ``None``."""
    with _console.status("写入演示数据 Loading demo data"):
        loaded = asyncio.run(_fill(settings))
    if loaded is not None:
        _console.print(
            f"  demo   {loaded.stations} stations, {loaded.grids} grids, {loaded.visits} visits, "
            f"{loaded.reports} reports, {loaded.photos} photos, {loaded.teams} volunteer teams, invented"
        )
    return loaded


async def _fill(settings: Settings) -> demonstration.Loaded | None:
    runtime = build_runtime(settings)
    try:
        async with runtime.db.writing() as session:
            return await demonstration.load(session, vault=runtime.vault, desk=runtime.photos, now=utc_now())
    finally:
        await runtime.db.close()


def show_sign_ins() -> None:
    """Print who may sign in; the code that they ask for appears in the server's terminal."""
    table = Table("手机号 phone", "姓名 name", "角色 role", "范围 scope", title="演示账号 demo sign-ins")
    for each in demonstration.SIGN_INS:
        table.add_row(each.phone.removeprefix("+86"), each.name, each.role, each.scope)
    _console.print(table)
    _console.print("  短信验证码显示在服务器终端 Sign-in codes appear in the server's terminal.")
