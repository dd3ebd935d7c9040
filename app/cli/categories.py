"""``nuanfeng import-categories``: the catalogue of what can be reported, all or nothing."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.cli.database import run
from app.core.clock import utc_now
from app.core.db import Database
from app.services import categories
from app.services.categories import ImportReport, RowResult

console = Console()


def import_categories(
    path: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help='JSON: {"categories": [...]}')
    ] = None,
    *,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="the catalogue that comes with the code")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="report what would change, write nothing")
    ] = False,
) -> None:
    """Add and change categories; those that the file does not name stay. Each change is a new version."""
    if (path is None) is not shipped:
        raise typer.BadParameter("give a file, or --shipped")

    async def load(db: Database) -> ImportReport:
        rows = categories.read_file(path or categories.SHIPPED)
        async with db.writing() as session:
            return await categories.import_categories(session, rows, now=utc_now(), dry_run=dry_run)

    _show(run(load), dry_run=dry_run)


def _show(report: ImportReport, *, dry_run: bool) -> None:
    bad = [row for row in report.rows if row.result is RowResult.BAD]
    if bad:
        table = Table("行", "类别", "问题", title=f"{len(bad)} 行有误,未写入任何数据")
        for row in bad:
            table.add_row(str(row.row), row.id, row.hint)
        console.print(table)
        raise typer.Exit(1)
    said = "试运行,未写入" if dry_run else "已写入"
    counts = [report.count(each) for each in (RowResult.NEW, RowResult.CHANGED, RowResult.SAME)]
    console.print("{}:新增 {},变更 {},不变 {}".format(said, *counts))
    for row in report.rows:
        if row.result is RowResult.CHANGED:
            console.print(f"  变更 {row.id}: {', '.join(row.changes)}")
