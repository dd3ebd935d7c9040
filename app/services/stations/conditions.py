"""What changes at a station from day to day: closures, broken things, shelter, other hours."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.clock import local_day
from app.core.errors import KeyReused
from app.core.ids import new_id
from app.models import Amenity, AmenityState, HoursException, Station, StationAmenity, StationClosure
from app.services.outbox import record
from app.services.stations import album, queries
from app.services.stations.editing import touch
from app.services.stations.errors import ClosedNow, NoSuchAmenity, PeriodInvalid
from app.services.stations.events import (
    AmenityStateChanged,
    ShelterDeclared,
    ShelterEnded,
    StationClosed,
    StationReopened,
    StationRevised,
)
from app.services.stations.hours import checked

LONGEST_SHELTER = timedelta(days=30)
LONGEST_EXCEPTION = timedelta(days=400)
_CLOCK = Actor(account_id=None, grants=(Grant(Role.SYSADMIN),))


async def close(
    session: AsyncSession,
    station_id: UUID,
    *,
    starts_at: datetime,
    ends_at: datetime | None,
    reason: str,
    by: Actor,
    now: datetime,
    closure_id: UUID | None = None,
) -> StationClosure:
    """Close a station from an instant to another, or until it is reopened; closures may overlap.

    Who is inside is told and their visits end, by the event. A second call with the same
    ``closure_id`` and content changes nothing; nor does one without an id for the same period and reason.

    Raises:
        NotFound: the station is gone or not the caller's.
        PeriodInvalid: the period is over or ends before it begins.
        KeyReused: the id names another closure.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise PeriodInvalid(
            hint="结束时间应晚于开始时间和现在;it must end later than it starts, and later than now"
        )
    if closure_id is None:
        twins = await queries.closures_alike(session, station_id, (starts_at, ends_at, reason), now=now)
        if twins:
            return twins[0]
        closure_id = new_id()
    if kept := await session.get(StationClosure, closure_id):
        if (kept.station_id, kept.starts_at, kept.ends_at, kept.reason) != (
            station_id,
            starts_at,
            ends_at,
            reason,
        ):
            raise KeyReused
        return kept
    closure = StationClosure(
        id=closure_id,
        station_id=station_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        entered_at=now,
        entered_by=by.account_id,
    )
    session.add(closure)
    await touch(session, station, by=by, now=now)
    event = StationClosed(station_id, closure.id, starts_at, ends_at)
    record(session, event, now=now, area_code=station.area_code)
    return closure


async def reopen(
    session: AsyncSession, station_id: UUID, closure_id: UUID, *, by: Actor, now: datetime
) -> None:
    """End a closure now, or call it off when it has not begun; one that is over stays as it is.

    The same period with the same reason that somebody else entered, too, ends with it.

    Raises:
        NotFound: there is no such closure, or the station is not the caller's.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    closure = await queries.closure_of(session, station_id, closure_id)
    if closure.ends_at is not None and closure.ends_at <= now:
        return
    period = closure.starts_at, closure.ends_at, closure.reason
    for each in await queries.closures_alike(session, station_id, period, now=now):
        if each.starts_at >= now:
            await session.delete(each)
        else:
            each.ends_at = now
        record(session, StationReopened(station_id, each.id), now=now, area_code=station.area_code)
    await touch(session, station, by=by, now=now)


async def set_amenity_state(
    session: AsyncSession,
    station_id: UUID,
    amenity: Amenity,
    state: AmenityState,
    *,
    note: str,
    photo_url: str,
    photo_id: UUID | None,
    by: Actor,
    now: datetime,
) -> StationAmenity:
    """Say that something is broken, short of supply, or works again.

    ``photo_id`` names a photo of it, whose bytes may still be coming; without one, an earlier photo goes.

    Raises:
        NotFound: the station is gone or not the caller's.
        NoSuchAmenity: the station does not have it: broken is not the same as not there.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    row = await session.get(StationAmenity, (station_id, amenity))
    if row is None:
        raise NoSuchAmenity
    was = row.state
    row.state, row.note, row.photo_url = state, note, photo_url
    row.state_at, row.state_by = now, by.account_id
    await album.show_fault(session, row, photo_id, by=by, now=now)
    await touch(session, station, by=by, now=now)
    if was is not state:
        event = AmenityStateChanged(station_id, amenity.value, state.value)
        record(session, event, now=now, area_code=station.area_code)
    return row


async def declare_shelter(
    session: AsyncSession,
    station_id: UUID,
    *,
    until: datetime,
    seats: int | None,
    reason: str,
    by: Actor,
    now: datetime,
) -> Station:
    """Open a station's doors in a disaster, whatever its hours, until an instant.

    Raises:
        NotFound: the station is gone or not the caller's.
        PeriodInvalid: the end is past or more than thirty days away.
        ClosedNow: its staff closed it; whoever did had a reason.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    if not now < until <= now + LONGEST_SHELTER:
        raise PeriodInvalid(hint="避险开放须在 30 天内结束;a shelter ends within 30 days from now")
    if await queries.closures_holding(session, station_id, at=now):
        raise ClosedNow
    station.shelter_until, station.shelter_seats, station.shelter_reason = until, seats, reason
    await touch(session, station, by=by, now=now)
    record(session, ShelterDeclared(station_id, until), now=now, area_code=station.area_code)
    return station


async def end_shelter(session: AsyncSession, station_id: UUID, *, by: Actor, now: datetime) -> Station:
    """Give a station its own hours and seats back; nothing happens when it is no shelter.

    Raises:
        NotFound: the station is gone or not the caller's.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    if station.shelter_until is not None:
        await _end_shelter(session, station, by=by, now=now)
    return station


async def end_expired_shelters(session: AsyncSession, *, now: datetime) -> int:
    """End the shelters whose time is over and return how many; for a job every minute.

    Their timetables end by themselves at the second; this gives the directory the old seats back.
    """
    expired = await queries.expired_shelters(session, now=now)
    for station in expired:
        await _end_shelter(session, station, by=_CLOCK, now=now)
    return len(expired)


async def _end_shelter(session: AsyncSession, station: Station, *, by: Actor, now: datetime) -> None:
    station.shelter_until, station.shelter_seats, station.shelter_reason = None, None, ""
    await touch(session, station, by=by, now=now)
    record(session, ShelterEnded(station.id), now=now, area_code=station.area_code)


@dataclass(frozen=True, slots=True)
class ExceptionDraft:
    """Other hours from one day to another, both included; empty hours mean closed."""

    from_on: date
    to_on: date
    hours: str
    note: str = ""


async def add_exception(
    session: AsyncSession,
    station_id: UUID,
    draft: ExceptionDraft,
    *,
    by: Actor,
    now: datetime,
    exception_id: UUID | None = None,
) -> HoursException:
    """Give a station other hours on some days; of two that overlap the later entry wins.

    Raises:
        NotFound: the station is gone or not the caller's.
        PeriodInvalid: the days are over, in the wrong order, or more than 400.
        HoursInvalid, HoursUnsupported, HoursCutShort: the hours cannot be used as written.
        KeyReused: the id names another exception.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    today = local_day(now)
    if not max(draft.from_on, today) <= draft.to_on <= draft.from_on + LONGEST_EXCEPTION:
        raise PeriodInvalid(
            hint="日期须从今天起、先后正确、不超过 400 天;from today on, in order, at most 400 days"
        )
    hours = checked(draft.hours, today=today) if draft.hours else ""
    exception_id = exception_id or new_id()
    if kept := await session.get(HoursException, exception_id):
        if (kept.station_id, kept.from_on, kept.to_on, kept.hours) != (
            station_id,
            draft.from_on,
            draft.to_on,
            hours,
        ):
            raise KeyReused
        return kept
    exception = HoursException(
        id=exception_id,
        station_id=station_id,
        from_on=draft.from_on,
        to_on=draft.to_on,
        hours=hours,
        note=draft.note,
        entered_at=now,
        entered_by=by.account_id,
    )
    session.add(exception)
    await _hours_changed(session, station, by=by, now=now)
    return exception


async def drop_exception(
    session: AsyncSession, station_id: UUID, exception_id: UUID, *, by: Actor, now: datetime
) -> None:
    """Take dated hours back; what they said of days gone by stays said.

    Raises:
        NotFound: there are none with this id, or the station is not the caller's.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    exception = await queries.exception_of(session, station_id, exception_id)
    yesterday = local_day(now) - timedelta(days=1)
    if exception.from_on > yesterday:
        await session.delete(exception)
    else:
        exception.to_on = min(exception.to_on, yesterday)
    await _hours_changed(session, station, by=by, now=now)


async def _hours_changed(session: AsyncSession, station: Station, *, by: Actor, now: datetime) -> None:
    await touch(session, station, by=by, now=now)
    event = StationRevised(station.id, station.version, "exceptions")
    record(session, event, now=now, area_code=station.area_code)


async def confirm(session: AsyncSession, station_id: UUID, *, by: Actor, now: datetime) -> Station:
    """Note that a station's data were looked at today and are right.

    Raises:
        NotFound: the station is gone or not the caller's.
    """
    station = await queries.get_to_change(session, station_id, by=by)
    station.confirmed_on = local_day(now)
    await touch(session, station, by=by, now=now)
    return station
