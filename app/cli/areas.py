"""``nuanfeng import-areas``: lists of divisions into the database, all or nothing."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.cli.database import run
from app.core.db import Database
from app.services import areas
from app.services.areas.files import AliasReading, Reading, RowProblem, read_aliases, read_areas

_MOST_PROBLEMS = 50
console = Console()


def import_areas(
    path: Annotated[
        Path | None,
        typer.Argument(exists=True, help="CSV (also .gz), or a folder such as china-division's dist"),
    ] = None,
    *,
    edition: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day whose state the list describes")
    ] = None,
    source: Annotated[str, typer.Option(help="where the list is from")] = "",
    covers: Annotated[
        list[str] | None,
        typer.Option(help="a division whose whole inside the list holds; default: every province in it"),
    ] = None,
    aliases: Annotated[
        Path | None, typer.Option(exists=True, help="CSV of another authority's town codes to add")
    ] = None,
    scheme: Annotated[str, typer.Option(help="whose codes the aliases are")] = "mca",
    shipped: Annotated[bool, typer.Option("--shipped", help="the divisions that come with the code")] = False,
    end_many: Annotated[bool, typer.Option("--end-many", help="end more than a tenth of the codes")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="report what would change, write nothing")
    ] = False,
) -> None:
    """Load divisions: 甘肃 and 山阳县 as shipped, or any province or the whole country from a file.

    Columns: code and name; kind, parent_code, valid_from, valid_to and successors may be left out.
    A code that a newer edition no longer holds is ended, never deleted.
    """
    if shipped:
        run(partial(_import_shipped, dry_run=dry_run))
        return
    if path is None and aliases is None:
        raise typer.BadParameter("give a file or folder, --aliases, or --shipped")
    if path is not None:
        if edition is None or not source:
            raise typer.BadParameter("a list needs --edition and --source")
        day = edition.date()
        with _progress() as progress:
            step = progress.add_task("读取", total=None)
            reading = read_areas(path)
            _stop_at(reading)

            async def load(db: Database) -> areas.ImportReport:
                async with db.writing() as session:
                    return await areas.import_areas(
                        session, reading.areas,
                        edition=day, source=source, covers=covers,
                        end_many=end_many, dry_run=dry_run,
                        on_step=lambda name: progress.update(step, description=name),
                    )  # fmt: skip

            report = run(load)
        _show(report, dry_run=dry_run)
    if aliases is not None:
        _import_aliases(aliases, scheme, dry_run=dry_run)


async def _import_shipped(db: Database, *, dry_run: bool) -> None:
    async with db.writing() as session:
        report, aliases = await areas.import_shipped(session, dry_run=dry_run)
    _show(report, dry_run=dry_run)
    _show_aliases(aliases, dry_run=dry_run)


def _import_aliases(path: Path, scheme: str, *, dry_run: bool) -> None:
    listed = read_aliases(path)
    _stop_at(listed)

    async def load(db: Database) -> areas.AliasReport:
        async with db.writing() as session:
            return await areas.import_aliases(session, listed.aliases, scheme=scheme, dry_run=dry_run)

    _show_aliases(run(load), dry_run=dry_run)


def _progress() -> Progress:
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console)


def _stop_at(reading: Reading | AliasReading) -> None:
    if reading.problems:
        _show_problems(reading.problems)
        raise typer.Exit(1)


def _show_problems(problems: Sequence[RowProblem]) -> None:
    table = Table("文件", "行", "代码", "问题", title=f"{len(problems)} 行有误,未写入任何数据")
    for problem in problems[:_MOST_PROBLEMS]:
        table.add_row(problem.place.file, str(problem.place.line), problem.code, problem.hint)
    console.print(table)


def _show(report: areas.ImportReport, *, dry_run: bool) -> None:
    if report.problems:
        _show_problems(report.problems)
        raise typer.Exit(1)
    said = "试运行,未写入" if dry_run else "已写入"
    console.print(f"{said}:{report.rows} 行,新增 {report.new},变更 {report.changed},停用 {report.ended}")
    for sample in report.ended_samples:
        console.print(f"  停用 {sample}")


def _show_aliases(report: areas.AliasReport, *, dry_run: bool) -> None:
    if report.problems:
        _show_problems(report.problems)
        raise typer.Exit(1)
    said = "试运行,未写入" if dry_run else "已写入"
    console.print(f"{said}:别名 {report.rows} 条,对应 {report.matched} 条")
    for name in report.unmatched[:_MOST_PROBLEMS]:
        console.print(f"  未能对应 {name}")
