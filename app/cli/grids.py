"""``nuanfeng import-grids``: grids from GeoJSON into the database, all or nothing."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.cli.database import run
from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.core.db import Database
from app.core.geo import CoordType
from app.services import areas

_OPERATOR = Actor(account_id=None, grants=(Grant(Role.SYSADMIN),))
_MOST_PROBLEMS = 50
console = Console()


def import_grids(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a GeoJSON FeatureCollection")],
    *,
    scheme: Annotated[str, typer.Option(help="which division into grids, e.g. civil")],
    coord_type: Annotated[CoordType, typer.Option(help="the datum of the file's coordinates")],
    end_missing: Annotated[
        bool, typer.Option("--end-missing", help="end the listed communities' other grids")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="report what would change, write nothing")
    ] = False,
) -> None:
    """Draw grids: properties code (15 digits), name and perhaps community_code, and a polygon.

    A new shape of a known grid makes a new version; overlapping or invalid polygons are refused by name.
    """
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise typer.BadParameter(f"{path.name} is not JSON: {error}") from None
    reading = areas.read_grids(document, coord_type)

    async def draw(db: Database) -> areas.GridReport:
        checked = await attempt(db, dry=True)
        return checked if dry_run or checked.problems else await attempt(db, dry=False)

    async def attempt(db: Database, *, dry: bool) -> areas.GridReport:
        async with db.writing() as session:
            return await areas.import_grids(
                session, reading,
                scheme=scheme, by=_OPERATOR, now=utc_now(), end_missing=end_missing, dry_run=dry,
            )  # fmt: skip

    with console.status("核对并写入"):
        report = run(draw)
    _show(report, dry_run=dry_run)


def _show(report: areas.GridReport, *, dry_run: bool) -> None:
    if report.problems:
        table = Table("问题", "网格", "说明", title=f"{len(report.problems)} 处问题,未写入任何数据")
        for problem in report.problems[:_MOST_PROBLEMS]:
            table.add_row(problem.kind, " ".join(problem.grids), problem.hint)
        console.print(table)
        raise typer.Exit(1)
    said = "试运行,未写入" if dry_run else "已写入"
    console.print(
        f"{said}:新增 {report.new},重划 {report.redrawn},改名 {report.renamed},"
        f"不变 {report.unchanged},停用 {report.ended}"
    )
