"""``nuanfeng import-stations`` and ``export-stations``: an office's lists, without the web's limits."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from app.cli.database import run
from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.core.db import Database
from app.core.geo import CoordType
from app.services.stations import exchange
from app.services.stations.exchange import ExportFormat, FileUnreadable, ImportReport

_OPERATOR = Actor(account_id=None, grants=(Grant(Role.SYSADMIN),))
_MOST_SHOWN = 50
console = Console()


def import_stations(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="XLSX, CSV or GeoJSON")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would be done")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="write the good rows although others are bad")
    ] = False,
    confirm_far: Annotated[
        bool, typer.Option("--confirm-far", help="places far from the rest of their division were looked at")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="write the list with its bad cells marked to this XLSX")
    ] = None,
) -> None:
    """Bring stations to what an office's list says of them, by their codes; all or nothing."""
    try:
        table = exchange.read_file(path.read_bytes())
    except FileUnreadable as error:
        console.print(error.sentence(), style="red")
        raise typer.Exit(1) from error
    with Progress(TextColumn("导入"), BarColumn(), MofNCompleteColumn(), console=console) as progress:
        step = progress.add_task("rows", total=len(table.rows))

        async def load(db: Database) -> ImportReport:
            async with db.writing() as session:
                return await exchange.import_stations(
                    session, table, by=_OPERATOR, now=utc_now(), dry_run=dry_run, skip_bad=skip_bad,
                    confirm_far=confirm_far,
                    on_row=lambda: progress.advance(step),
                )  # fmt: skip

        found = run(load)
    if report is not None:
        report.write_bytes(exchange.mark(table, found))
    _show(found)
    if found.refused and not skip_bad:
        raise typer.Exit(1)


def export_stations(
    path: Annotated[Path, typer.Argument(dir_okay=False, help="ends in .xlsx, .csv or .geojson")],
    *,
    area: Annotated[str | None, typer.Option(help="only the stations of this division")] = None,
    coord_type: Annotated[CoordType | None, typer.Option(help="default: as they were given")] = None,
) -> None:
    """Write stations as an office reads them; importing the file again changes nothing."""
    try:
        kind = ExportFormat(path.suffix.lower().removeprefix("."))
    except ValueError as error:
        raise typer.BadParameter("the file must end in .xlsx, .csv or .geojson") from error

    async def save(db: Database) -> None:
        if kind is ExportFormat.XLSX:
            content = await exchange.exported_workbook(
                db, by=_OPERATOR, area_code=area, coord_type=coord_type
            )
            await asyncio.to_thread(path.write_bytes, content)
            return
        pieces = exchange.exported_lines(db, kind, by=_OPERATOR, area_code=area, coord_type=coord_type)
        await asyncio.to_thread(
            path.write_text, "".join([each async for each in pieces]), "utf-8", newline=""
        )

    run(save)


def _show(found: ImportReport) -> None:
    said = "已写入" if found.is_written else "未写入"
    console.print(
        f"{said}:新增 {found.created},更新 {found.updated},无变化 {found.unchanged},有错误 {found.refused}"
    )
    if found.ignored_columns:
        console.print(f"未使用的列:{'、'.join(found.ignored_columns)}")
    lines = [(row, problem) for row in found.rows for problem in row.problems]
    if lines:
        table = Table("行", "编号", "列", "问题", "应填")
        for row, problem in lines[:_MOST_SHOWN]:
            table.add_row(str(row.number), row.code, problem.column, problem.problem, problem.advice)
        console.print(table)
    for row in found.rows:
        for hint in row.hints[:_MOST_SHOWN]:
            console.print(f"第 {row.number} 行:{hint}", style="yellow")
