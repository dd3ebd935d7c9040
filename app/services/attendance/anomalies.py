"""What a liaison should look at (domain §0.5): a list with reasons, and never a punishment by itself."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import SHANGHAI, local_day
from app.core.geo import Point
from app.models import (
    ActivityShift,
    Attendance,
    LedgerBook,
    LedgerEntry,
    Provenance,
    Station,
    VolunteerActivity,
    VolunteerTeam,
)
from app.services import authority
from app.services.attendance.queries import POINT_FENCE_M
from app.services.checkins.evidence import Sighting, is_too_fast
from app.services.ledger import scope
from app.services.teams.queries import STAFF, run_by

# A handful may come and go together; from here on somebody should look.
LEAST_ALIKE = 5
NIGHT_FROM, NIGHT_UNTIL = 0, 5  # o'clock in China; nobody's volunteering is planned there by default
MOST_MANUAL = 0.3
_HOUR = timedelta(hours=1)
_MOST_LISTED, _MOST_READ = 200, 20_000
# As SQL and not as a parameter: the same expression stands in GROUP BY.
_MINUTE: ColumnElement[str] = literal_column("'minute'")


class AnomalyKind(StrEnum):
    """What is odd."""

    SAME_DEVICE = "same_device"  # several people signed in on one phone
    IMPOSSIBLE_TRAVEL = "impossible_travel"  # two activities faster after one another than anybody rides
    IDENTICAL_TIMES = "identical_times"  # five or more came and went in the same minutes
    MOCK_POSITION = "mock_position"  # the phone said that an app made its position up
    NIGHT = "night"  # over an hour between midnight and five
    MANUAL_SHARE = "manual_share"  # over three tenths of a book's minutes were typed in


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something odd: at a shift or in a book, how many people it is about, and by how much."""

    kind: AnomalyKind
    shift_id: UUID | None
    book_id: UUID | None
    people: int
    detail: str


async def find(session: AsyncSession, *, since: date, until: date, by: Actor, now: datetime) -> list[Anomaly]:
    """Return what is odd about the shifts and books that the caller runs, of some days (both included).

    It names shifts and counts people; who they are is seen with the shift.
    """
    begin, end = _midnight(since), _midnight(until + timedelta(days=1))
    days = and_(Attendance.in_at >= begin, Attendance.in_at < end)
    found = [
        *await _same_device(session, days, by=by, now=now),
        *await _identical_times(session, days, by=by, now=now),
        *await _mock(session, days, by=by, now=now),
        *await _night(session, days, by=by, now=now),
        *await _travel(session, days, by=by, now=now),
        *await _manual(session, since, until, by=by, now=now),
    ]
    return found[:_MOST_LISTED]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=SHANGHAI))


def _of_caller(*columns: Any, by: Actor, now: datetime) -> Select[Any]:
    """Select of attendances at shifts of activities that the caller runs."""
    return (
        select(*columns)
        .select_from(Attendance)
        .join(ActivityShift, ActivityShift.id == Attendance.shift_id)
        .join(VolunteerActivity, VolunteerActivity.id == ActivityShift.activity_id)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerActivity.team_id)
        .where(or_(run_by(by, now=now), authority.covers(by, roles=STAFF, area=VolunteerActivity.area_code)))
        .limit(_MOST_LISTED)
    )


async def _same_device(
    session: AsyncSession, days: ColumnElement[bool], *, by: Actor, now: datetime
) -> list[Anomaly]:
    people = func.count(Attendance.account_id.distinct())
    query = (
        _of_caller(Attendance.shift_id, people, by=by, now=now)
        .where(days, Attendance.device_id.is_not(None))
        .group_by(Attendance.shift_id, Attendance.device_id)
        .having(people > 1)
    )
    rows = await session.execute(query)
    return [Anomaly(AnomalyKind.SAME_DEVICE, shift_id, None, count, "") for shift_id, count in rows]


async def _identical_times(
    session: AsyncSession, days: ColumnElement[bool], *, by: Actor, now: datetime
) -> list[Anomaly]:
    came, went = (func.date_trunc(_MINUTE, at) for at in (Attendance.in_at, Attendance.out_at))
    query = (
        _of_caller(Attendance.shift_id, came, went, func.count(), by=by, now=now)
        .where(
            days,
            Attendance.out_at.is_not(None),
            # Who is listed gets the times that the list says, and is marked for it anyway.
            Attendance.out_provenance != Provenance.ORGANISER_LIST,
        )
        .group_by(Attendance.shift_id, came, went)
        .having(func.count() >= LEAST_ALIKE)
    )
    return [
        Anomaly(AnomalyKind.IDENTICAL_TIMES, shift_id, None, count, f"{_clock(first)}–{_clock(last)}")
        for shift_id, first, last, count in await session.execute(query)
    ]


async def _mock(
    session: AsyncSession, days: ColumnElement[bool], *, by: Actor, now: datetime
) -> list[Anomaly]:
    query = (
        _of_caller(Attendance.shift_id, func.count(), by=by, now=now)
        .where(days, Attendance.is_doubtful)
        .group_by(Attendance.shift_id)
    )
    rows = await session.execute(query)
    return [Anomaly(AnomalyKind.MOCK_POSITION, shift_id, None, count, "") for shift_id, count in rows]


async def _night(
    session: AsyncSession, days: ColumnElement[bool], *, by: Actor, now: datetime
) -> list[Anomaly]:
    query = _of_caller(Attendance.shift_id, Attendance.in_at, Attendance.out_at, by=by, now=now).where(
        days, Attendance.out_at.is_not(None)
    )
    people: dict[UUID, int] = {}
    for shift_id, in_at, out_at in await session.execute(query.limit(_MOST_READ)):
        if at_night(in_at, out_at) > _HOUR:
            people[shift_id] = people.get(shift_id, 0) + 1
    return [Anomaly(AnomalyKind.NIGHT, shift_id, None, count, "") for shift_id, count in people.items()]


async def _travel(
    session: AsyncSession, days: ColumnElement[bool], *, by: Actor, now: datetime
) -> list[Anomaly]:
    """Compare where each person's activities are, one after the other; nobody's position is kept for it."""
    lat = func.coalesce(VolunteerActivity.lat, Station.lat)
    lon = func.coalesce(VolunteerActivity.lon, Station.lon)
    query = _of_caller(
        Attendance.account_id,
        Attendance.shift_id,
        Attendance.in_at,
        Attendance.out_at,
        lat.label("lat"),
        lon.label("lon"),
        by=by,
        now=now,
    )
    query = query.outerjoin(Station, Station.id == VolunteerActivity.station_id)
    query = query.where(days, Attendance.account_id.is_not(None), lat.is_not(None))
    ordered = query.order_by(Attendance.account_id, Attendance.in_at).limit(_MOST_READ)
    found, before = [], None
    for row in await session.execute(ordered):
        if before is not None and before.account_id == row.account_id:
            left = Sighting(Point(before.lat, before.lon), POINT_FENCE_M, before.out_at or before.in_at)
            came = Sighting(Point(row.lat, row.lon), POINT_FENCE_M, row.in_at)
            if is_too_fast(left, came):
                found.append(Anomaly(AnomalyKind.IMPOSSIBLE_TRAVEL, row.shift_id, None, 1, ""))
        before = row
    return found


async def _manual(
    session: AsyncSession, since: date, until: date, *, by: Actor, now: datetime
) -> list[Anomaly]:
    mine = (await scope.reach(session, by=by, now=now)).overseen()
    typed = func.sum(LedgerEntry.counted).filter(LedgerEntry.provenance == Provenance.MANUAL)
    query = (
        select(LedgerEntry.book_id, typed, func.sum(LedgerEntry.counted))
        .join(LedgerBook, LedgerBook.id == LedgerEntry.book_id)
        .where(
            mine,
            LedgerEntry.served_on.between(since, until),
            LedgerEntry.provenance != Provenance.IMPORTED,
        )
        .group_by(LedgerEntry.book_id)
        .having(typed > MOST_MANUAL * func.sum(LedgerEntry.counted))
        .limit(_MOST_LISTED)
    )
    return [
        Anomaly(AnomalyKind.MANUAL_SHARE, None, book_id, 0, f"{manual}/{minutes}")
        for book_id, manual, minutes in await session.execute(query)
    ]


def at_night(in_at: datetime, out_at: datetime) -> timedelta:
    """Return how much of a stretch lies between midnight and five in China."""
    day, total = local_day(in_at), timedelta()
    while day <= local_day(out_at):
        begin = datetime.combine(day, time(NIGHT_FROM, tzinfo=SHANGHAI))
        end = datetime.combine(day, time(NIGHT_UNTIL, tzinfo=SHANGHAI))
        total += max(min(out_at, end) - max(in_at, begin), timedelta())
        day += timedelta(days=1)
    return total


def _clock(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%H:%M")
