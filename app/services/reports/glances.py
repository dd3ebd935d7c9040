"""What a clerk sees of many cases without opening one: the first photo, and the working days left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.models import Photo, Report
from app.services.areas import load_calendar
from app.services.reports import pictures, scope
from app.services.reports.filters import IS_LISTED

MOST_GLANCES = 100  # the longest page of a list


@dataclass(frozen=True, slots=True)
class Glance:
    """The first photo that arrived, how many were named, and the working days to the next promise.

    ``working_days_left`` is 0 on the day itself and until offices have worked a day since, below zero
    afterwards; ``None``: nothing is owed.
    """

    report_id: UUID
    photo: Photo | None
    photo_count: int
    working_days_left: int | None


async def glances(
    session: AsyncSession, ids: Sequence[UUID], *, by: Actor, now: datetime
) -> Sequence[Glance]:
    """Return a glance at each of some cases of the caller's desk, in no order; others are left out.

    So are confidential ones, which stand in no list: that somebody looked at one is kept.
    """
    mine = and_(scope.on_desk(by), IS_LISTED)
    query = select(Report.id, Report.next_due_at).where(Report.id.in_(ids), mine)
    due = {row.id: row.next_due_at for row in await session.execute(query)}
    found = await pictures.pictures_of(session, list(due))
    left = await _left(session, {at for at in due.values() if at is not None}, now=now)
    return [
        Glance(
            report_id,
            next((each.photo for each in found.get(report_id, []) if each.photo is not None), None),
            len(found.get(report_id, [])),
            None if due_at is None else left[due_at],
        )
        for report_id, due_at in due.items()
    ]


async def _left(session: AsyncSession, ends: set[datetime], *, now: datetime) -> Mapping[datetime, int]:
    today = local_day(now)
    days = {local_day(at) for at in ends} | {today}
    calendar = await load_calendar(session, first=min(days), last=max(days))
    return {at: calendar.working_days_between(today, local_day(at)) for at in ends}
