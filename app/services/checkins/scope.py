"""The station that a member of its staff asks about."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.models import Station
from app.services import authority
from app.services.stations.queries import STATION_ROLES


async def own_station(session: AsyncSession, station_id: UUID, *, by: Actor) -> Station:
    """Return a station of the caller's, gone or not.

    Raises:
        NotFound: there is none, or it is not the caller's.
    """
    query = select(Station).where(
        Station.id == station_id,
        authority.covers(by, roles=STATION_ROLES, area=Station.area_code, station=Station.id),
    )
    station = (await session.scalars(query)).one_or_none()
    if station is None:
        raise NotFound
    return station
