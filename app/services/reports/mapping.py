"""The public map: published cases as points, or counted by cell; and one of them with its story."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    TableValuedAlias,
    and_,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.errors import NotFound
from app.core.pages import Page, read_time_cursor, time_cursor
from app.models import Category, HandlingUnit, Photo, PhotoRole, Report, ReportState, ReportStep
from app.services import photos
from app.services.reports import boxes, map_counts, numbers, pictures, queries
from app.services.reports.boxes import Box
from app.services.reports.publishing import UNTOLD, is_published

Row = TypeVarTuple("Row")

MOST_POINTS = 500
# Of fewer cases a cell does not say how many: the domain's smallest number.
SMALLEST_COUNT = 5


@dataclass(frozen=True, slots=True)
class MapFilter:
    """Which published cases to show; everything, unless told otherwise."""

    category_ids: tuple[str, ...] = ()
    states: tuple[ReportState, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and how many cases lie in it; ``count`` is ``None`` for fewer than five."""

    cell: int
    count: int | None


async def cells(session: AsyncSession, box: Box, wanted: MapFilter, *, resolution: int) -> list[Cell]:
    """Return the cells of a resolution that are seen in a box, each with all of its cases."""
    if wanted.since is None:
        spans = boxes.ranges(box, finest=resolution)
        found = await map_counts.count_cells(
            session, spans, resolution=resolution, category_ids=wanted.category_ids, states=wanted.states
        )
    else:
        found = await _counted_since(session, box, wanted, resolution)
    return [
        Cell(cell, count if count >= SMALLEST_COUNT else None)
        for cell, count in sorted(found.items())
        if boxes.is_in(box, cell)
    ]


async def _counted_since(
    session: AsyncSession, box: Box, wanted: MapFilter, resolution: int
) -> dict[int, int]:
    """Count the cases themselves: what is kept of cells knows no dates."""
    keep, fill = boxes.parent_masks(resolution)
    span = _spans(box, finest=resolution)
    seen = _seen(span, select(Report.h3, Report.category_id, Report.state, Report.submitted_at))
    parent = seen.c.h3.bitwise_and(literal(keep, BigInteger)).bitwise_or(literal(fill, BigInteger))
    counted = select(parent.label("cell"), func.count()).select_from(span).join(seen, true())
    counted = counted.where(*_asked(wanted, seen.c))
    return {cell: count for cell, count in await session.execute(counted.group_by("cell"))}  # noqa: C416 - rows


async def points(
    session: AsyncSession, box: Box, wanted: MapFilter, *, cursor: str | None, limit: int
) -> Page[Report]:
    """Return a page of the cases in a box, the newest first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    inside = and_(Report.lat.between(box.south, box.north), Report.lon.between(box.west, box.east))
    span = _spans(box, finest=boxes.FINEST)
    seen = aliased(Report, _seen(span, select(Report).where(inside)))
    query = select(seen).select_from(span).join(seen, true()).where(*_asked(wanted, seen))
    place = (seen.submitted_at, seen.id)
    if cursor is not None:
        query = query.where(tuple_(*place) < tuple_(*read_time_cursor(cursor)))
    query = query.order_by(*(column.desc() for column in place)).limit(limit + 1)
    found = (await session.scalars(query)).all()
    if len(found) <= limit:
        return Page(found, None)
    last = found[limit - 1]
    return Page(found[:limit], time_cursor(last.submitted_at, last.id))


def _spans(box: Box, *, finest: int) -> TableValuedAlias:
    """Return the ranges of cells that hold a box as rows of ``low`` and ``high``; they do not overlap."""
    spans = boxes.ranges(box, finest=finest)
    lows, highs = [low for low, _ in spans], [high for _, high in spans]
    ends = func.unnest(literal(lows, ARRAY(BigInteger)), literal(highs, ARRAY(BigInteger)))
    return ends.table_valued("low", "high", name="span").render_derived()


def _seen(span: TableValuedAlias, query: Select[*Row]) -> FromClause:
    """Return the published cases whose cells lie in a range, to be joined to each of them.

    The OFFSET keeps the planner from another order than this one, a look into the index of what is public
    for each range: it takes a range of unknown ends for a two-hundredth of the table, a wish for the newest
    first for a reason to read all of it from there, a wish for one state for a reason to read all of that.
    """
    query = query.where(Report.h3.between(span.c.low, span.c.high), is_published())
    return query.offset(0).correlate(span).lateral("seen")


def _asked(wanted: MapFilter, seen: Any) -> Iterator[ColumnElement[bool]]:
    """Yield the WHERE conditions of a filter on what :func:`_seen` found."""
    if wanted.category_ids:
        yield seen.category_id.in_(wanted.category_ids)
    if wanted.states:
        yield seen.state.in_(wanted.states)
    if wanted.since is not None:
        yield seen.submitted_at >= wanted.since


@dataclass(frozen=True, slots=True)
class PublicPicture:
    """A photo that staff let everybody see, and what it shows."""

    photo: Photo
    role: PhotoRole


@dataclass(frozen=True, slots=True)
class PublicCase:
    """A published case: what it is about, who handles it, what happened, what it looks like."""

    report: Report
    category: Category
    unit: str | None
    steps: Sequence[ReportStep]
    pictures: Sequence[PublicPicture]


async def public_case(session: AsyncSession, reference: str) -> PublicCase:
    """Return a published case by its number (``NF100001`` or ``100001``) or id; a merged one's parent.

    Raises:
        NotFound: there is none that everybody may see.
    """
    named = select(func.coalesce(Report.parent_id, Report.id)).where(
        _named(reference), Report.public_at.is_not(None), Report.is_confidential.is_(False)
    )
    query = (
        select(Report, Category, HandlingUnit.name)
        .join(Category, Category.id == Report.category_id)
        .join(HandlingUnit, HandlingUnit.id == Report.unit_id, isouter=True)
        .where(Report.id.in_(named), is_published())
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound
    report, category, unit = row
    steps = [step for step in await queries.steps_of(session, report.id) if step.move not in UNTOLD]
    found = (await pictures.pictures_of(session, [report.id])).get(report.id, [])
    shown = [
        PublicPicture(each.photo, each.link.role)
        for each in found
        if each.photo is not None and photos.is_public(each.photo)
    ]
    return PublicCase(report, category, unit, steps, shown)


def _named(reference: str) -> ColumnElement[bool]:
    if (number := numbers.read(reference)) is not None:
        return Report.number == number
    try:
        return Report.id == UUID(reference)
    except ValueError:
        raise NotFound from None
