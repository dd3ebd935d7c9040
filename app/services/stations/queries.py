"""What is read of stations: one for its page, many for lists, and one to be changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.core.actor import Actor, Role
from app.core.errors import BadCursor, NotFound
from app.core.pages import Page, decode_cursor, encode_cursor, page_of
from app.models import (
    HoursException,
    Station,
    StationAmenity,
    StationClosure,
    StationKind,
    StationStatus,
)
from app.services import authority
from app.services.stations.errors import StationGone

# Who may write to an area's stations, and who may write to one.
AREA_ROLES = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)
STATION_ROLES = (Role.STATION_MANAGER, *AREA_ROLES)
_MOST_HOPS = 20


@dataclass(frozen=True, slots=True)
class Moved:
    """The station that took the place of the one asked for."""

    station_id: UUID


async def get(session: AsyncSession, station_id: UUID, *, now: datetime) -> Station | Moved:
    """Return a station with all that its page shows, or the one that took its place.

    Closures that are over are left out.

    Raises:
        NotFound: there never was one.
        StationGone: it was removed, and nothing took its place.
    """
    query = (
        select(Station)
        .where(Station.id == station_id)
        .options(
            selectinload(Station.amenities),
            selectinload(
                Station.closures.and_(or_(StationClosure.ends_at.is_(None), StationClosure.ends_at > now))
            ),
            selectinload(Station.exceptions),
        )
        .execution_options(populate_existing=True)
    )
    station = await session.scalar(query)
    if station is None:
        raise NotFound
    if station.merged_into_id is not None:
        return Moved(await _last_of_chain(session, station.merged_into_id))
    if station.status is StationStatus.REMOVED:
        raise StationGone
    return station


async def _last_of_chain(session: AsyncSession, station_id: UUID) -> UUID:
    for _ in range(_MOST_HOPS):
        query = select(Station.merged_into_id).where(Station.id == station_id)
        if (following := await session.scalar(query)) is None:
            break
        station_id = following
    return station_id


async def get_to_change(
    session: AsyncSession, station_id: UUID, *, by: Actor, roles: Sequence[Role] = STATION_ROLES
) -> Station:
    """Return a living station in the caller's scope, locked until the transaction ends.

    Raises:
        NotFound: there is none, it is gone, or it is not the caller's.
    """
    query = (
        select(Station)
        .where(Station.id == station_id, Station.status != StationStatus.REMOVED)
        .where(authority.covers(by, roles=roles, area=Station.area_code, station=Station.id))
        .with_for_update(key_share=True)  # who checks in meanwhile need not wait
        .execution_options(populate_existing=True)
    )
    station = await session.scalar(query)
    if station is None:
        raise NotFound
    return station


async def check_in_scope(session: AsyncSession, station_id: UUID, *, by: Actor) -> None:
    """Return when a living station is in the caller's scope.

    Raises:
        NotFound: there is none, it is gone, or it is not the caller's.
    """
    query = (
        select(Station.id)
        .where(Station.id == station_id, Station.status != StationStatus.REMOVED)
        .where(authority.covers(by, roles=STATION_ROLES, area=Station.area_code, station=Station.id))
    )
    if await session.scalar(query) is None:
        raise NotFound


async def find_by_code(session: AsyncSession, code: str) -> Station | None:
    """Return the station that an office calls ``code``, gone or not."""
    return await session.scalar(select(Station).where(Station.code == code))


async def by_code_to_change(session: AsyncSession, codes: Collection[str], *, by: Actor) -> Sequence[Station]:
    """Return the stations with these codes in the caller's area, gone or not, locked in one order for all."""
    query = (
        select(Station)
        .where(Station.code.in_(codes), authority.covers(by, roles=AREA_ROLES, area=Station.area_code))
        .order_by(Station.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).all()


async def amenities_of(session: AsyncSession, station_ids: Collection[UUID]) -> Sequence[StationAmenity]:
    """Return what stations have, locked with the station by whoever changes it."""
    query = select(StationAmenity).where(StationAmenity.station_id.in_(station_ids))
    return (await session.scalars(query)).all()


async def closures_holding(
    session: AsyncSession, station_id: UUID, *, at: datetime
) -> Sequence[StationClosure]:
    """Return the closures that keep a station shut at an instant."""
    query = select(StationClosure).where(
        StationClosure.station_id == station_id,
        StationClosure.starts_at <= at,
        or_(StationClosure.ends_at.is_(None), StationClosure.ends_at > at),
    )
    return (await session.scalars(query)).all()


async def closure_of(session: AsyncSession, station_id: UUID, closure_id: UUID) -> StationClosure:
    """Return one closure of a station.

    Raises:
        NotFound: there is none with this id.
    """
    closure = await session.get(StationClosure, closure_id)
    if closure is None or closure.station_id != station_id:
        raise NotFound
    return closure


async def closures_alike(
    session: AsyncSession,
    station_id: UUID,
    period: tuple[datetime, datetime | None, str],
    *,
    now: datetime,
) -> Sequence[StationClosure]:
    """Return the closures not yet over with the same reason and end as a period, and the same start.

    Two that hold already have the same start: each of two people says "from now on" in their own second.
    """
    starts_at, ends_at, reason = period
    same_start = StationClosure.starts_at == starts_at
    if starts_at <= now:
        same_start = or_(same_start, StationClosure.starts_at <= now)
    query = select(StationClosure).where(
        StationClosure.station_id == station_id,
        StationClosure.reason == reason,
        StationClosure.ends_at.is_not_distinct_from(ends_at),
        or_(StationClosure.ends_at.is_(None), StationClosure.ends_at > now),
        same_start,
    )
    return (await session.scalars(query.order_by(StationClosure.entered_at, StationClosure.id))).all()


async def exception_of(session: AsyncSession, station_id: UUID, exception_id: UUID) -> HoursException:
    """Return one dated exception of a station's hours.

    Raises:
        NotFound: there is none with this id.
    """
    exception = await session.get(HoursException, exception_id)
    if exception is None or exception.station_id != station_id:
        raise NotFound
    return exception


async def merged_into(session: AsyncSession, station_id: UUID) -> Sequence[Station]:
    """Return the stations whose place this one took."""
    query = select(Station).where(Station.merged_into_id == station_id).with_for_update(key_share=True)
    return (await session.scalars(query)).all()


async def expired_shelters(session: AsyncSession, *, now: datetime) -> Sequence[Station]:
    """Return stations whose time as a shelter is over, skipping those that somebody is changing."""
    query = select(Station).where(Station.shelter_until <= now)
    return (await session.scalars(query.with_for_update(key_share=True, skip_locked=True))).all()


async def page(
    session: AsyncSession,
    *,
    area_code: str | None = None,
    kinds: Sequence[StationKind] = (),
    text: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> Page[UUID]:
    """Return a page of living stations by name, as ids; the facts are read for the page only.

    Args:
        session: the transaction to read in.
        area_code: only those in this division.
        kinds: only of these kinds.
        text: only those whose name, address or code contains this.
        cursor: where the page before ended.
        limit: how many at most.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    query = select(Station).where(Station.status != StationStatus.REMOVED)
    if area_code is not None:
        query = query.where(authority.within(Station.area_code, area_code))
    if kinds:
        query = query.where(Station.kind.in_(kinds))
    if text:
        columns = (Station.name, Station.address, Station.code)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    after = None if cursor is None else _key(cursor)
    rows, more = await page_of(session, query, by=(Station.name, Station.id), after=after, limit=limit)
    following = encode_cursor([rows[-1].name, str(rows[-1].id)]) if more else None
    return Page([row.id for row in rows], following)


def _key(cursor: str) -> tuple[str, UUID]:
    name, station_id = decode_cursor(cursor, size=2)
    return name, uuid_of_cursor(station_id)


def uuid_of_cursor(text: str) -> UUID:
    """Return an id that a cursor holds.

    Raises:
        BadCursor: it is none.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise BadCursor from error
