"""What a list row, a map pin or a feed needs of a station, read set-wise for any number of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Select, Uuid, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.clock import local_day
from app.core.geo import Point
from app.models import (
    Amenity,
    AmenityState,
    HolidayPolicy,
    HoursException,
    MakeupPolicy,
    Station,
    StationAmenity,
    StationClosure,
    StationKind,
    StationStatus,
)
from app.services.areas.calendar import Calendar, load_calendar
from app.services.stations.hours import DatedHours, Schedule, compile_hours
from app.services.stations.timetable import Closed, OwnTimetable, Timetable

# Dated rules reach from yesterday, whose night may still be open, past the next year's calendar.
_WINDOW_BEFORE = timedelta(days=1)
_WINDOW_AFTER = timedelta(days=400)
# So many rows are made into facts at a time: some tens of milliseconds.
_PIECE = 2000

T = TypeVar("T")
Amenities = tuple[tuple[Amenity, AmenityState], ...]


@dataclass(frozen=True, slots=True)
class StationFacts:
    """One station as riders see it; the position is WGS-84.

    ``seats`` are a shelter's while one is declared; ``closures`` are those in force or to come.
    ``merged_into_id`` is the station that took this one's place; the chain ends there.
    ``timetable`` was compiled for the day of loading and the 400 days after it: load at least daily.
    """

    id: UUID
    code: str
    name: str
    kind: StationKind
    status: StationStatus
    area_code: str
    address: str
    point: Point
    floor_text: str
    indoor_note: str
    entry_requirements: tuple[str, ...]
    accessibility: tuple[str, ...]
    amenities: Amenities
    seats: int | None
    phone: str
    geofence_m: int
    opening_hours: str
    timetable: Timetable
    closures: tuple[Closed, ...]
    is_invented: bool
    merged_into_id: UUID | None
    version: int
    changed_at: datetime


async def load_facts(
    session: AsyncSession,
    *,
    now: datetime,
    ids: Collection[UUID] | None = None,
    changed_since: datetime | None = None,
) -> list[StationFacts]:
    """Return stations by id, with four queries for each two thousand of them.

    A whole country is read in such pieces so that requests are answered in between.

    Args:
        session: the transaction to read in.
        now: the instant whose day the timetables are compiled for.
        ids: only these; removed and merged ones too. Without it every station.
        changed_since: only those that changed at this instant or later.
    """
    first, last = local_day(now) - _WINDOW_BEFORE, local_day(now) + _WINDOW_AFTER
    calendar = await load_calendar(session, first=first - timedelta(days=1), last=last)
    schedules = _Schedules(calendar, first, last)
    query = _COLUMNS.order_by(Station.id).limit(_PIECE)
    if ids is not None:
        query = query.where(_among(Station.id, ids))
    if changed_since is not None:
        query = query.where(Station.changed_at >= changed_since)
    rows = (await session.execute(query)).all()
    found = await _complete(session, rows, schedules, now)
    while len(rows) == _PIECE:
        rows = (await session.execute(query.where(Station.id > rows[-1].id))).all()
        found += await _complete(session, rows, schedules, now)
    return found


def _among(column: InstrumentedAttribute[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of some ids; one statement text for any number."""
    return column == any_(literal(list(ids), ARRAY(Uuid())))


async def _complete(
    session: AsyncSession, rows: Sequence[Row[Any]], schedules: "_Schedules", now: datetime
) -> list[StationFacts]:
    ids = [row.id for row in rows]
    amenities = await _amenities(session, ids)
    closures = await _closures(session, ids, now)
    exceptions = await _exceptions(session, ids, schedules.first)
    return [
        _facts(
            row,
            amenities.get(row.id, ()),
            closures.get(row.id, ()),
            schedules.of(row, exceptions.get(row.id, ())),
            now,
        )
        for row in rows
    ]


_COLUMNS: Select[*tuple[Any, ...]] = select(
    Station.id,
    Station.code,
    Station.name,
    Station.kind,
    Station.status,
    Station.area_code,
    Station.address,
    Station.lat,
    Station.lon,
    Station.floor_text,
    Station.indoor_note,
    Station.entry_requirements,
    Station.accessibility,
    Station.seats,
    Station.shelter_until,
    Station.shelter_seats,
    Station.phone,
    Station.geofence_m,
    Station.opening_hours,
    Station.holiday_policy,
    Station.holiday_hours,
    Station.makeup_policy,
    Station.is_invented,
    Station.merged_into_id,
    Station.version,
    Station.changed_at,
)


def _facts(
    row: Row[Any],
    amenities: Amenities,
    closures: tuple[Closed, ...],
    schedule: Schedule,
    now: datetime,
) -> StationFacts:
    shelters = row.shelter_until is not None and row.shelter_until > now
    timetable: Timetable = schedule
    if closures or shelters:
        timetable = OwnTimetable(schedule, closures, row.shelter_until if shelters else None)
    return StationFacts(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        status=row.status,
        area_code=row.area_code,
        address=row.address,
        point=Point(row.lat, row.lon),
        floor_text=row.floor_text,
        indoor_note=row.indoor_note,
        entry_requirements=tuple(row.entry_requirements),
        accessibility=tuple(row.accessibility),
        amenities=amenities,
        seats=row.shelter_seats if shelters and row.shelter_seats is not None else row.seats,
        phone=row.phone,
        geofence_m=row.geofence_m,
        opening_hours=row.opening_hours,
        timetable=timetable,
        closures=closures,
        is_invented=row.is_invented,
        merged_into_id=row.merged_into_id,
        version=row.version,
        changed_at=row.changed_at,
    )


class _Schedules:
    """Schedules of one load, one for all stations with the same hours."""

    def __init__(self, calendar: Calendar, first: date, last: date) -> None:
        self.first = first
        self._last = last
        self._calendar = calendar
        self._made: dict[tuple[Any, ...], Schedule] = {}

    def of(self, row: Row[Any], exceptions: tuple[DatedHours, ...]) -> Schedule:
        key = (row.opening_hours, row.holiday_policy, row.holiday_hours, row.makeup_policy, exceptions)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(
        self,
        base: str,
        holiday_policy: HolidayPolicy,
        holiday_hours: str,
        makeup_policy: MakeupPolicy,
        exceptions: tuple[DatedHours, ...],
    ) -> Schedule:
        compiled = compile_hours(
            base,
            holiday_policy=holiday_policy,
            holiday_hours=holiday_hours,
            makeup_policy=makeup_policy,
            calendar=self._calendar,
            exceptions=exceptions,
            first=self.first,
            last=self._last,
        )
        ignores_calendar = holiday_policy is HolidayPolicy.SAME and makeup_policy is MakeupPolicy.AS_WEEKEND
        return Schedule(compiled, None if ignores_calendar else self._calendar.official_years)


async def _amenities(session: AsyncSession, ids: list[UUID]) -> dict[UUID, Amenities]:
    said = func.concat(StationAmenity.amenity, ":", StationAmenity.state)
    listed = func.string_agg(said, aggregate_order_by(literal(","), StationAmenity.amenity))
    query = (
        select(StationAmenity.station_id, listed)
        .where(_among(StationAmenity.station_id, ids))
        .group_by(StationAmenity.station_id)
    )
    return {station_id: _read_amenities(text) for station_id, text in await session.execute(query)}


@lru_cache(maxsize=65536)
def _read_amenities(text: str) -> Amenities:
    """Read ``hot_water:works,wifi:broken``; stations that offer the same share one tuple."""
    pairs = (each.split(":") for each in text.split(","))
    return tuple((Amenity(amenity), AmenityState(state)) for amenity, state in pairs)


async def _closures(
    session: AsyncSession, ids: list[UUID], now: datetime
) -> Mapping[UUID, tuple[Closed, ...]]:
    ahead = or_(StationClosure.ends_at.is_(None), StationClosure.ends_at > now)
    query = select(StationClosure.station_id, StationClosure.starts_at, StationClosure.ends_at).where(
        ahead, _among(StationClosure.station_id, ids)
    )
    rows = await session.execute(query)
    return _by_station((station_id, Closed(starts_at, ends_at)) for station_id, starts_at, ends_at in rows)


async def _exceptions(
    session: AsyncSession, ids: list[UUID], first: date
) -> Mapping[UUID, tuple[DatedHours, ...]]:
    # A night that began the day before the window still reaches into it.
    query = (
        select(HoursException.station_id, HoursException.from_on, HoursException.to_on, HoursException.hours)
        .where(HoursException.to_on >= first - timedelta(days=1))
        .where(_among(HoursException.station_id, ids))
        .order_by(HoursException.entered_at, HoursException.id)
    )
    rows = await session.execute(query)
    return _by_station(
        (station_id, DatedHours(from_on, to_on, hours)) for station_id, from_on, to_on, hours in rows
    )


def _by_station(pairs: Iterable[tuple[UUID, T]]) -> dict[UUID, tuple[T, ...]]:
    found: dict[UUID, list[T]] = {}
    for station_id, each in pairs:
        found.setdefault(station_id, []).append(each)
    return {station_id: tuple(each) for station_id, each in found.items()}
