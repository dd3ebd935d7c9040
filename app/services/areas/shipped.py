"""The divisions that come with the code; SOURCE.md beside them names source, edition and licence."""

from datetime import date
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.areas.files import read_aliases, read_areas
from app.services.areas.imports import AliasReport, ImportReport, import_aliases, import_areas

FOLDER = Path(__file__).resolve().parents[2] / "data" / "areas"
EDITION = date(2023, 6, 30)
SOURCE = "国家统计局 2023 年统计用区划代码(截至 2023-06-30)"
COVERS = ("62", "611024")
MINISTRY = "mca"  # the civil-affairs ministry's list of 2025-12-31


async def import_shipped(session: AsyncSession, *, dry_run: bool = False) -> tuple[ImportReport, AliasReport]:
    """Load 甘肃 and 山阳县, and the civil-affairs ministry's codes of their towns; again is harmless."""
    rows = read_areas(FOLDER / "divisions.csv.gz").areas
    report = await import_areas(session, rows, edition=EDITION, source=SOURCE, covers=COVERS, dry_run=dry_run)
    towns = read_aliases(FOLDER / "mca-towns.csv.gz").aliases
    known = [town for town in towns if town.area_code]
    if not dry_run:
        return report, await import_aliases(session, known, scheme=MINISTRY)
    unmatched = [f"{town.code} {town.name}" for town in towns if not town.area_code]
    return report, AliasReport(len(towns), len(known), unmatched)
