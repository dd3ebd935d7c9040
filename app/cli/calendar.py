"""``nuanfeng import-calendar``: the State Council's notices on holidays."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.cli.database import run
from app.core.clock import utc_now
from app.core.db import Database
from app.services import areas, stations
from app.services.areas import Notice, read_notice

console = Console()


def import_calendar(
    path: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="CSV (日期,类型,名称) or JSON of one year"),
    ] = None,
    *,
    year: Annotated[int | None, typer.Option(help="the year of the notice")] = None,
    source: Annotated[str, typer.Option(help="its number or address, e.g. 国办发明电〔2026〕…号")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check the file, write nothing")] = False,
) -> None:
    """Load a year's holidays and make-up workdays; without a file those shipped, 2004 to 2026.

    All or nothing. Years that officers have entered are not touched by the shipped ones.
    """
    now = utc_now()
    if path is None:
        years = run(lambda db: _shipped(db, now, dry_run=dry_run))
        console.print(f"{_said(dry_run=dry_run)}:新增 {len(years)} 年 {years or ''}")
        return
    if year is None or not source:
        raise typer.BadParameter("a notice needs --year and --source")
    text = path.read_text(encoding="utf-8-sig")

    async def load(db: Database) -> tuple[Notice, bool]:
        notice = read_notice(text, year=year, source=source)
        return notice, False if dry_run else await _publish(db, notice, now)

    notice, changed = run(load)
    unchanged = "" if changed or dry_run else "(与库中相同)"
    console.print(f"{_said(dry_run=dry_run)}:{notice.year} 年 {len(notice.days)} 天{unchanged}")


def _said(*, dry_run: bool) -> str:
    return "试运行,未写入" if dry_run else "已写入"


async def _publish(db: Database, notice: Notice, now: datetime) -> bool:
    async with db.writing() as session:
        changed = await areas.publish(session, notice, now=now)
        if changed:
            await stations.calendar_changed(session, now=now)
    return changed


async def _shipped(db: Database, now: datetime, *, dry_run: bool) -> list[int]:
    if dry_run:
        async with db.reading() as session:
            known = await areas.load_calendar(session)
        return [each.year for each in areas.shipped_notices() if known.is_provisional(each.year)]
    async with db.writing() as session:
        years = await areas.publish_shipped(session, now=now)
        if years:
            await stations.calendar_changed(session, now=now)
    return years
