"""What an import must know beforehand, and what an export reads: set-wise, whatever the number of rows."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.core.actor import Actor
from app.core.geo import Point
from app.models import Area, Station, StationStatus
from app.services import authority
from app.services.stations.queries import STATION_ROLES

BATCH = 1000

T = TypeVar("T")


async def by_code(session: AsyncSession, codes: Collection[str]) -> dict[str, Station]:
    """Return the stations that have these codes, with their amenities, gone or not."""
    found: dict[str, Station] = {}
    for some in _batches(codes):
        query = select(Station).where(Station.code.in_(some)).options(selectinload(Station.amenities))
        stations = await session.scalars(query.execution_options(populate_existing=True))
        found |= {station.code: station for station in stations}
    return found


async def places_by_name(session: AsyncSession, names: Collection[str]) -> dict[str, dict[str, Point]]:
    """Return where the stations in the directory with these names stand, by name and code."""
    found: dict[str, dict[str, Point]] = {}
    for some in _batches(names):
        query = select(Station.name, Station.code, Station.lat, Station.lon).where(
            Station.name.in_(some), Station.status != StationStatus.REMOVED
        )
        for name, code, lat, lon in await session.execute(query):
            found.setdefault(name, {})[code] = Point(lat, lon)
    return found


async def codes_by_name(session: AsyncSession, names: Collection[str]) -> dict[tuple[str, str], list[str]]:
    """Return the codes of the stations in the directory with these names, by division and name."""
    found: dict[tuple[str, str], list[str]] = {}
    for some in _batches(names):
        query = select(Station.area_code, Station.name, Station.code).where(
            Station.name.in_(some), Station.status != StationStatus.REMOVED
        )
        for area_code, name, code in await session.execute(query):
            found.setdefault((area_code, name), []).append(code)
    return found


async def areas_in_force(session: AsyncSession, codes: Collection[str]) -> set[str]:
    """Return which of these divisions exist and have not been abolished."""
    found: set[str] = set()
    for some in _batches(codes):
        query = select(Area.code).where(Area.code.in_(some), Area.valid_to.is_(None))
        found |= set(await session.scalars(query))
    return found


async def in_scope(
    session: AsyncSession, *, by: Actor, area_code: str | None, after: UUID | None, limit: int = BATCH
) -> Sequence[Station]:
    """Return a batch of the stations that the caller's staff grants reach, by id."""
    query = (
        select(Station)
        .where(Station.status != StationStatus.REMOVED)
        .where(authority.covers(by, roles=STATION_ROLES, area=Station.area_code, station=Station.id))
        .options(selectinload(Station.amenities))
    )
    if area_code is not None:
        query = query.where(authority.within(Station.area_code, area_code))
    if after is not None:
        query = query.where(Station.id > after)
    return (await session.scalars(query.order_by(Station.id).limit(limit))).all()


def _batches(values: Collection[T]) -> Iterator[list[T]]:
    left = iter(values)
    while some := list(islice(left, BATCH)):
        yield some
