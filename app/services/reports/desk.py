"""The clerk's lists: what burns first, what lies together, and how much of it there is."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import BadCursor
from app.core.pages import Page, decode_cursor, encode_cursor, instant_of, read_time_cursor, time_cursor
from app.models import Report
from app.services import outbox
from app.services.outbox import Channel
from app.services.reports import lists, moves, scope
from app.services.reports.cells import NOWHERE, cell_of
from app.services.reports.filters import IS_OPEN, CaseFilter, Parts, is_open, matching, parts
from app.services.reports.lists import Ordering
from app.services.reports.triage import at_desk

MOST_COUNTED = 1000
MOST_TOGETHER = 50  # named of a group


class CaseOrder(enum.StrEnum):
    """Which cases come first."""

    URGENT = "urgent"  # emergencies first, then by the time left
    NEWEST = "newest"


async def cases(
    session: AsyncSession,
    wanted: CaseFilter,
    *,
    order: CaseOrder,
    by: Actor,
    now: datetime,
    cursor: str | None,
    limit: int,
) -> Page[Report]:
    """Return a page of the caller's desk.

    What has ended owes nothing: a filter that wants ended cases too is always answered newest first.

    Raises:
        BadCursor: the cursor is not of this list in this order.
    """
    if order is CaseOrder.NEWEST or not is_open(wanted):
        after = None if cursor is None else read_time_cursor(cursor)
        found = parts(wanted, by=by, now=now)
        return _newest_page(await _rows(session, found, lists.NEWEST, after=after, limit=limit), limit)
    found = parts(wanted, by=by, now=now, by_state=False)
    first = None if cursor is None else _urgent_key(cursor)
    rows = await _rows(session, found, lists.URGENT, after=first, limit=limit)
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(
        rows[:limit], encode_cursor([str(last.urgency_rank), last.queue_at.isoformat(), str(last.id)])
    )


async def named(
    session: AsyncSession, ids: Sequence[UUID], wanted: CaseFilter, *, by: Actor, now: datetime
) -> Sequence[Report]:
    """Return those of some cases of the caller's desk that a filter wants, what burns first first."""
    query = select(Report).where(Report.id.in_(ids), matching(wanted, by=by, now=now))
    return (await session.scalars(query.order_by(*lists.URGENT.by(lists.URGENT.columns)))).all()


async def confidential(session: AsyncSession, *, by: Actor, cursor: str | None, limit: int) -> Page[Report]:
    """Return a page of the confidential cases the caller is named for, newest first, ended ones too.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    mine = scope.confidential(by)
    return await _newest_where(session, mine, cursor=cursor, limit=limit)


async def across(session: AsyncSession, *, by: Actor, cursor: str | None, limit: int) -> Page[Report]:
    """Return a page of the open cases that lie across the street from the caller's areas, newest first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    return await _newest_where(session, and_(scope.across(by), IS_OPEN), cursor=cursor, limit=limit)


async def is_neighbour(session: AsyncSession, *, by: Actor) -> bool:
    """Tell whether open cases lie across the street from the caller's areas."""
    return bool(await session.scalar(select(exists().where(scope.across(by), IS_OPEN))))


async def _newest_where(
    session: AsyncSession, found: ColumnElement[bool], *, cursor: str | None, limit: int
) -> Page[Report]:
    after = None if cursor is None else read_time_cursor(cursor)
    query = select(Report).where(found, lists.NEWEST.after(after))
    query = query.order_by(*lists.NEWEST.by(lists.NEWEST.columns)).limit(limit + 1)
    return _newest_page((await session.scalars(query)).all(), limit)


def _newest_page(rows: Sequence[Report], limit: int) -> Page[Report]:
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], time_cursor(last.submitted_at, last.id))


async def _rows(
    session: AsyncSession, found: Parts, ordering: Ordering, *, after: tuple[Any, ...] | None, limit: int
) -> Sequence[Report]:
    """Return up to one row more than a page."""
    if not found.codes:
        return []
    first = lists.first_of(found, ordering, after=after, limit=limit + 1)
    query = select(Report).join(first, Report.id == first.c.id).order_by(*ordering.by(ordering.columns))
    return (await session.scalars(query)).all()


def _urgent_key(cursor: str) -> tuple[int, datetime, UUID]:
    rank, due, report_id = decode_cursor(cursor, size=3)
    try:
        return int(rank[:2]), instant_of(due), UUID(report_id)
    except ValueError as error:
        raise BadCursor from error


@dataclass(frozen=True, slots=True)
class Together:
    """Open cases of one category in one place (an H3 cell of about 25 m), the most urgent of them first."""

    category_id: str
    h3: int
    count: int
    urgency_rank: int
    next_due_at: datetime | None
    report_ids: list[UUID]


async def together(
    session: AsyncSession, wanted: CaseFilter, *, by: Actor, now: datetime, limit: int
) -> Sequence[Together]:
    """Return the groups of two and more cases that lie together, the most urgent first.

    Up to fifty ids of each are named; the rest is found by the filter.
    """
    ids = func.array_agg(Report.id)
    rank, due, count = func.min(Report.urgency_rank), func.min(Report.next_due_at), func.count()
    query = (
        select(Report.category_id, Report.h3, count, rank, due, ids)
        .where(matching(wanted, by=by, now=now), Report.h3 != cell_of(NOWHERE))
        .group_by(Report.category_id, Report.h3)
        .having(count > 1)
        .order_by(rank, due.asc().nulls_last(), Report.h3, Report.category_id)
        .limit(limit)
    )
    rows = await session.execute(query)
    return [Together(*row[:5], report_ids=sorted(row[5])[:MOST_TOGETHER]) for row in rows]


async def count_cases(session: AsyncSession, wanted: CaseFilter, *, by: Actor, now: datetime) -> int:
    """Return how many cases a filter finds, counted up to :data:`MOST_COUNTED`."""
    found = parts(wanted, by=by, now=now, by_state=False)
    lies_in = lists.in_queue if is_open(wanted) else lists.in_area
    some = [
        select(literal(1)).select_from(Report).where(lies_in(len(code), code), each).limit(MOST_COUNTED)
        for code in found.codes
        for each in found.conditions
    ]
    if not some:
        return 0
    merged = union_all(*some).subquery()
    most = select(merged).limit(MOST_COUNTED).subquery()
    return await session.scalar(select(func.count()).select_from(most)) or 0


async def take(session: AsyncSession, report_id: UUID, *, version: int, by: Actor, now: datetime) -> Report:
    """Assign a case to the caller, who works on it from now on; from somebody else too, which is seen.

    Raises:
        NotFound, EditConflict: see there.
    """
    async with at_desk(session, report_id, version=version, by=by, now=now) as (report, acting):
        report.assigned_to = by.account_id
        moves.touch(report, acting, now=now)
        await outbox.announce(session, Channel.REPORTS, [report.id])
        return report
