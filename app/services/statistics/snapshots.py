"""Closing a month: what was counted then stands, and the same question has the same answer next year."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.core.errors import AppError, NotFound
from app.core.ids import new_id
from app.models import Area, StatisticsSnapshot
from app.services import authority
from app.services.reports import scope
from app.services.statistics.counting import count
from app.services.statistics.tallies import Cells, from_json, month_of, to_json

COUNTY = 6


class MonthGoesOn(AppError):
    """A month is closed when it is over."""

    code = "statistics.month_goes_on"
    status = 409
    zh = "这个月还没有结束"
    en = "This month is not over"


async def close_month(session: AsyncSession, area_code: str, *, month: date, by: Actor, now: datetime) -> int:
    """Close a month of an officer's area and return how many counties were closed now.

    What is closed already stays as it is.

    Raises:
        NotFound: the area is not theirs.
        MonthGoesOn: see there.
    """
    if not authority.may(scope.of_cases(by), roles=(Role.DISTRICT_OFFICER,), area_code=area_code):
        raise NotFound
    if month_of(month)[1] > now:
        raise MonthGoesOn
    return await _close(session, await _open_counties(session, area_code[:COUNTY], month), month, now)


async def close_last_month(session: AsyncSession, *, now: datetime) -> int:
    """Close the month before this one wherever that is not done yet; for a job."""
    last = (local_day(now).replace(day=1) - timedelta(days=1)).replace(day=1)
    return await _close(session, await _open_counties(session, "", last), last, now)


async def snapshots_in(
    session: AsyncSession, codes: Sequence[str], month: date
) -> Sequence[StatisticsSnapshot]:
    """Return the snapshots that hold some areas' month."""
    query = select(StatisticsSnapshot).where(
        StatisticsSnapshot.month == month,
        or_(*(authority.within(StatisticsSnapshot.area_code, code[:COUNTY]) for code in codes)),
    )
    return (await session.scalars(query.order_by(StatisticsSnapshot.area_code))).all()


def frozen(snapshots: Sequence[StatisticsSnapshot], codes: Sequence[str]) -> Cells:
    """Return the counts of some areas as snapshots hold them."""
    return {
        key: tally
        for snapshot in snapshots
        for key, tally in from_json(snapshot.content).items()
        if key[0].startswith(tuple(codes))
    }


async def open_counties(session: AsyncSession, codes: Sequence[str], month: date) -> list[str]:
    """Return the counties of some areas whose month is not closed."""
    return [county for code in codes for county in await _open_counties(session, code[:COUNTY], month)]


async def _open_counties(session: AsyncSession, inside: str, month: date) -> list[str]:
    county = func.left(Area.code, COUNTY)
    # 嘉峪关 has no counties: its towns' first six digits stand for one. A zone's towns likewise.
    query = (
        select(county).where(func.length(Area.code) >= COUNTY, authority.within(Area.code, inside)).distinct()
    )
    closed = select(StatisticsSnapshot.area_code).where(StatisticsSnapshot.month == month)
    return sorted(await session.scalars(query.where(county.not_in(closed))))


async def _close(session: AsyncSession, counties: Sequence[str], month: date, now: datetime) -> int:
    since, until = month_of(month)
    made = 0
    for county in counties:
        cells = await count(session, [county], since=since, until=until, now=now)
        row = {"id": new_id(), "month": month, "area_code": county, "content": to_json(cells), "made_at": now}
        kept = insert(StatisticsSnapshot).values(row).on_conflict_do_nothing()
        made += len((await session.execute(kept.returning(StatisticsSnapshot.id))).all())
    return made
