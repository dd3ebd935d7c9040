"""The catalogue from a file: every row judged, all or nothing written, each change a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Category, CategoryRevision
from app.services import outbox
from app.services.categories import queries
from app.services.categories.entries import (
    SHIPPED,
    BadRow,
    Entry,
    content_of,
    read_entries,
    read_file,
    values_of,
)
from app.services.outbox import Channel, Event

_LOCK = 0x63617473  # "cats": one import at a time


class RowResult(StrEnum):
    """What an import does to one category."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class RowReport:
    """One row of the file: what was or would be done, or what is wrong with it."""

    row: int
    id: str
    result: RowResult
    changes: list[str]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The whole file."""

    is_written: bool
    rows: list[RowReport]

    def count(self, result: RowResult) -> int:
        """Return how many rows came out so."""
        return sum(row.result is result for row in self.rows)


@dataclass(frozen=True, slots=True)
class CatalogueChanged(Event):
    """Categories were added or changed; phones fetch the catalogue again."""

    name: ClassVar[str] = "category.catalogue_changed"
    category_ids: list[str]


async def import_categories(
    session: AsyncSession, rows: Sequence[Any], *, now: datetime, dry_run: bool = False
) -> ImportReport:
    """Bring the categories of a list to what it says; others stay as they are.

    Nothing is written unless every row is right. A category is never deleted: ``is_active`` false takes it
    from riders, and cases keep the version they were reported under.
    """
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    known = {category.id: category for category in await queries.list_all(session)}
    entries = read_entries(rows)
    reports = [_judge(number, entry, known) for number, entry in enumerate(entries, 1)]
    reports = _without_clashes(reports, entries, known)
    if dry_run or any(report.result is RowResult.BAD for report in reports):
        return ImportReport(is_written=False, rows=reports)
    written = [
        entry
        for entry, report in zip(entries, reports, strict=True)
        if isinstance(entry, Entry) and report.result is not RowResult.SAME
    ]
    await _write(session, written, known, now=now)
    return ImportReport(is_written=True, rows=reports)


async def plant_shipped(session: AsyncSession, *, now: datetime) -> int:
    """Add the shipped categories that are not there; what an office has changed stays. Return how many."""
    rows = read_file(SHIPPED)
    known = {category.id for category in await queries.list_all(session)}
    missing = [row for row in rows if row["id"] not in known]
    if not missing:
        return 0
    return (await import_categories(session, missing, now=now)).count(RowResult.NEW)


def _judge(number: int, entry: Entry | BadRow, known: dict[str, Category]) -> RowReport:
    if isinstance(entry, BadRow):
        return RowReport(number, entry.id, RowResult.BAD, [], entry.hint)
    category = known.get(entry.id)
    if category is None:
        return RowReport(number, entry.id, RowResult.NEW, [])
    kept, given = content_of(category), values_of(entry)
    changes = [name for name, value in given.items() if kept[name] != value]
    return RowReport(number, entry.id, RowResult.CHANGED if changes else RowResult.SAME, changes)


def _without_clashes(
    reports: list[RowReport], entries: Sequence[Entry | BadRow], known: dict[str, Category]
) -> list[RowReport]:
    """Refuse rows that name one category twice, or a place in a standard that another one has."""
    listed = {entry.id for entry in entries if isinstance(entry, Entry)}
    codes = {
        (each.standard_ref, each.kind.value, each.code): each.id
        for each in known.values()
        if each.code is not None and each.id not in listed
    }
    seen: set[str] = set()
    judged = []
    for report, entry in zip(reports, entries, strict=True):
        hint = _clash(entry, seen, codes) if isinstance(entry, Entry) else ""
        judged.append(RowReport(report.row, report.id, RowResult.BAD, [], hint) if hint else report)
    return judged


def _clash(entry: Entry, seen: set[str], codes: dict[tuple[str, str, str], str]) -> str:
    if entry.id in seen:
        return "id: stands in the list twice"
    seen.add(entry.id)
    key = entry.standard_key
    if key is not None and (other := codes.setdefault(key, entry.id)) != entry.id:
        return f"code: is that of {other}"
    return ""


async def _write(
    session: AsyncSession, entries: Sequence[Entry], known: dict[str, Category], *, now: datetime
) -> None:
    if not entries:
        return
    for entry in entries:
        values = {**values_of(entry), "is_local_extension": entry.code is None, "changed_at": now}
        category = known.get(entry.id)
        if category is None:
            session.add(Category(**values))
            continue
        session.add(revision_of(category))
        for name, value in values.items():
            setattr(category, name, value)
        category.version += 1
    await session.flush()
    outbox.record(session, CatalogueChanged([entry.id for entry in entries]), now=now)
    await outbox.announce(session, Channel.RULES)


def revision_of(category: Category) -> CategoryRevision:
    """Return a category as it stands, to be kept."""
    content = {
        name: getattr(value, "value", value) for name, value in content_of(category).items()
    }  # enumerations as their words
    return CategoryRevision(
        id=category.id, version=category.version, content=content, changed_at=category.changed_at
    )
