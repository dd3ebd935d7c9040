"""A station's month in numbers, for those who run it: what was promised, kept, and used.

All is counted in Asia/Shanghai's month, up to the last full quarter of an hour. Managers see counts, never
who; hours in which fewer than three people came are left out of the popular times.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import SHANGHAI, local_day
from app.core.errors import InvalidInput
from app.models import (
    FlagKind,
    HoursException,
    OccupancyQuarter,
    Station,
    StationClosure,
    StationFlag,
    StationHours,
    Visit,
)
from app.services.areas.calendar import load_calendar
from app.services.checkins.scope import own_station
from app.services.stations.hours import DatedHours, Schedule, compile_hours
from app.services.stations.occupancy_level import FEWEST_SHOWN

QUARTER = timedelta(minutes=15)
HOURS_OF_WEEK = 7 * 24
_DAY = timedelta(days=1)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Opening:
    """Promised against kept: the hours as they stood at each instant, less the closures that staff entered.

    ``flagged_closed`` counts riders who stood before a closed door while it was promised open;
    ``seen_quarters`` are quarters of an hour, of those promised, in which somebody was inside.
    """

    promised_minutes: int
    closed_minutes: int
    kept_minutes: int
    kept_share: float | None
    flagged_closed: int
    flagged_days: int
    promised_quarters: int
    seen_quarters: int


@dataclass(frozen=True, slots=True)
class Peak:
    """The most that were inside at once, and the quarter of an hour in which they were."""

    occupancy: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Numbers:
    """A station's month; ``popular_times`` begins with Monday 0 o'clock.

    There ``None`` stands for an hour of the week in which fewer than three people were there all month.
    """

    station_id: UUID
    month: str
    since: datetime
    until: datetime
    opening: Opening
    visits: int
    visitors: int
    peak: Peak | None
    popular_times: Sequence[float | None]


async def numbers_of(
    session: AsyncSession, station_id: UUID, *, month: date, by: Actor, now: datetime
) -> Numbers:
    """Return a station's month.

    Args:
        session: the transaction to read in.
        station_id: which station.
        month: its first day.
        by: the caller, of the station's staff.
        now: the present instant; a month that goes on is counted up to here.

    Raises:
        NotFound: there is no such station, or it is not the caller's.
        InvalidInput: the month has not begun.
    """
    station = await own_station(session, station_id, by=by)
    first, until = month_until(month, now)
    if first > now:
        raise InvalidInput(hint="这个月还没有开始")
    # Nothing was promised before the station stood here.
    since = min(max(first, _hour_of(station.created_at)), until)
    quarters = await _quarters(session, station_id, since, until)
    visits, visitors = await _visits(session, station_id, since, until)
    return Numbers(
        station_id=station_id,
        month=f"{month:%Y-%m}",
        since=since,
        until=until,
        opening=await _opening(session, station, since, until, quarters),
        visits=visits,
        visitors=visitors,
        peak=max(
            (Peak(most, at) for at, most in quarters.items() if most),
            key=lambda peak: peak.occupancy,
            default=None,
        ),
        popular_times=popular_times(quarters, await _people(session, station_id, since, until), since, until),
    )


def month_until(month: date, now: datetime) -> Span:
    """Return a month's first instant, and its last or the last full quarter of an hour."""
    first = datetime(month.year, month.month, 1, tzinfo=SHANGHAI)
    following = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=SHANGHAI)
    local = now.astimezone(SHANGHAI)
    quarter = local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0)
    return first, max(first, min(following, quarter))


def promised_spans(schedule: Schedule, since: datetime, until: datetime) -> Iterator[Span]:
    """Yield when hours promise an open door; "by telephone" promises nothing."""
    at = since
    while at < until:
        state = schedule.look(at)
        ends_at = min(state.changes_at or until, until)
        if state.is_open is True:
            yield at, ends_at
        at = max(ends_at, at + timedelta(minutes=1))


def overlap(one: Iterable[Span], two: Sequence[Span]) -> timedelta:
    """Return how long spans of one sort and of another hold together; each sort must not overlap itself."""
    return sum(
        (
            max(min(end, other_end) - max(start, other_start), timedelta())
            for start, end in one
            for other_start, other_end in two
        ),
        timedelta(),
    )


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans with those that overlap made one, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def popular_times(
    quarters: Mapping[datetime, int], people: Mapping[int, int], since: datetime, until: datetime
) -> tuple[float | None, ...]:
    """Return for each hour of the week how many are there at its busiest, on average; of few, nothing.

    Three heads at once are three people, too: some stations count heads and see no check-ins.

    Args:
        quarters: the most that were inside in each quarter of an hour.
        people: how many different ones were there in an hour of the week.
        since: the first instant that counts.
        until: the instant after the last.
    """
    busiest: dict[datetime, int] = {}
    for starts_at, most in quarters.items():
        hour = _hour_of(starts_at)
        busiest[hour] = max(busiest.get(hour, 0), most)
    sums, times, known = [0] * HOURS_OF_WEEK, [0] * HOURS_OF_WEEK, dict(people)
    hours = (until - since) // timedelta(hours=1)
    for at in (since + timedelta(hours=number) for number in range(hours)):
        times[_of_week(at)] += 1
        sums[_of_week(at)] += (most := busiest.get(at, 0))
        known[_of_week(at)] = max(known.get(_of_week(at), 0), most)
    means = [total / count if count else 0.0 for total, count in zip(sums, times, strict=True)]
    return tuple(
        round(mean, 1) if known.get(hour, 0) >= FEWEST_SHOWN else None for hour, mean in enumerate(means)
    )


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)


def _of_week(at: datetime) -> int:
    local = at.astimezone(SHANGHAI)
    return local.weekday() * 24 + local.hour


async def _opening(
    session: AsyncSession,
    station: Station,
    since: datetime,
    until: datetime,
    quarters: Mapping[datetime, int],
) -> Opening:
    promised = await _promised(session, station, since, until)
    closed = joined(await _closures(session, station.id, since, until))
    promised_for = sum((end - start for start, end in promised), timedelta())
    closed_for = overlap(promised, closed)
    kept_for = promised_for - closed_for
    flags = [at for at in await _closed_flags(session, station.id, since, until) if _within(at, promised)]
    seen = [at for at, most in quarters.items() if most and _within(at, promised)]
    return Opening(
        promised_minutes=_minutes(promised_for),
        closed_minutes=_minutes(closed_for),
        kept_minutes=_minutes(kept_for),
        kept_share=round(kept_for / promised_for, 4) if promised_for else None,
        flagged_closed=len(flags),
        flagged_days=len({at.astimezone(SHANGHAI).date() for at in flags}),
        promised_quarters=int(promised_for / QUARTER),
        seen_quarters=len(seen),
    )


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60


def _within(at: datetime, spans: Sequence[Span]) -> bool:
    return any(start <= at < end for start, end in spans)


async def _promised(session: AsyncSession, station: Station, since: datetime, until: datetime) -> list[Span]:
    """Return when an open door was promised, by the hours that stood at each instant."""
    first, last = since.date() - _DAY, until.astimezone(SHANGHAI).date()
    calendar = await load_calendar(session)
    exceptions = await _exceptions(session, station.id, first, last)
    spans: list[Span] = []
    for hours in await _versions(session, station.id, since, until):
        compiled = compile_hours(
            hours.opening_hours,
            holiday_policy=hours.holiday_policy,
            holiday_hours=hours.holiday_hours,
            makeup_policy=hours.makeup_policy,
            calendar=calendar,
            exceptions=exceptions,
            first=first,
            last=last,
        )
        schedule = Schedule(compiled, calendar.official_years)
        spans += promised_spans(schedule, max(hours.valid_from, since), min(hours.valid_to or until, until))
    return spans


async def _versions(
    session: AsyncSession, station_id: UUID, since: datetime, until: datetime
) -> Sequence[StationHours]:
    query = select(StationHours).where(
        StationHours.station_id == station_id,
        StationHours.valid_from < until,
        or_(StationHours.valid_to.is_(None), StationHours.valid_to > since),
    )
    return (await session.scalars(query.order_by(StationHours.valid_from))).all()


async def _exceptions(session: AsyncSession, station_id: UUID, first: date, last: date) -> list[DatedHours]:
    """Return dated hours; one that was entered after its first day promised nothing for the days before."""
    query = (
        select(HoursException)
        .where(HoursException.station_id == station_id)
        .where(HoursException.to_on >= first - _DAY, HoursException.from_on <= last)
        .order_by(HoursException.entered_at, HoursException.id)
    )
    return [
        DatedHours(max(each.from_on, local_day(each.entered_at)), each.to_on, each.hours)
        for each in await session.scalars(query)
    ]


async def _closures(session: AsyncSession, station_id: UUID, since: datetime, until: datetime) -> list[Span]:
    query = select(StationClosure.starts_at, StationClosure.ends_at).where(
        StationClosure.station_id == station_id,
        StationClosure.starts_at < until,
        or_(StationClosure.ends_at.is_(None), StationClosure.ends_at > since),
    )
    return [(starts_at, ends_at or until) for starts_at, ends_at in await session.execute(query)]


async def _closed_flags(
    session: AsyncSession, station_id: UUID, since: datetime, until: datetime
) -> Sequence[datetime]:
    query = select(StationFlag.flagged_at).where(
        StationFlag.station_id == station_id,
        StationFlag.kind == FlagKind.WAS_CLOSED,
        StationFlag.flagged_at >= since,
        StationFlag.flagged_at < until,
    )
    return (await session.scalars(query)).all()


async def _visits(
    session: AsyncSession, station_id: UUID, since: datetime, until: datetime
) -> tuple[int, int]:
    query = select(func.count(), func.count(Visit.account_id.distinct())).where(
        Visit.station_id == station_id, Visit.captured_at >= since, Visit.captured_at < until
    )
    visits, visitors = (await session.execute(query)).one()
    return visits, visitors


async def _people(
    session: AsyncSession, station_id: UUID, since: datetime, until: datetime
) -> dict[int, int]:
    """Return how many different people were there in each hour of the week, from Monday 0 o'clock."""
    left_at = func.coalesce(Visit.ended_at, func.least(Visit.due_at, until))
    came_in = func.date_trunc("hour", Visit.captured_at)
    stays = (
        select(Visit.account_id, func.generate_series(came_in, left_at, timedelta(hours=1)).label("at"))
        .where(Visit.station_id == station_id, Visit.captured_at >= since, Visit.captured_at < until)
        .subquery()
    )
    local = func.timezone(SHANGHAI.key, stays.c.at)
    of_week = ((func.extract("isodow", local) - 1) * 24 + func.extract("hour", local)).label("of_week")
    query = select(of_week, func.count(stays.c.account_id.distinct())).group_by(of_week)
    return {int(at): people for at, people in await session.execute(query)}


async def _quarters(
    session: AsyncSession, station_id: UUID, since: datetime, until: datetime
) -> dict[datetime, int]:
    """Return the most that were inside in each quarter of an hour; one that is missing had nobody."""
    query = (
        select(OccupancyQuarter.starts_at, OccupancyQuarter.peak)
        .where(
            OccupancyQuarter.station_id == station_id,
            OccupancyQuarter.starts_at >= since,
            OccupancyQuarter.starts_at < until,
        )
        .order_by(OccupancyQuarter.starts_at)
    )
    return {row.starts_at: row.peak for row in await session.execute(query)}
