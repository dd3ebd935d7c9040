"""The hours that a station promised, kept from one instant to another.

"Promised against actual opening" of a month gone by must not change when the hours change today. So each
change of them ends one version and begins another; a station out of service promises nothing.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Station, StationHours, StationStatus

_SAID = ("opening_hours", "holiday_policy", "holiday_hours", "makeup_policy", "seats")


async def current_of(session: AsyncSession, station_ids: Collection[UUID]) -> dict[UUID, StationHours]:
    """Return what stations promise now, by station."""
    query = select(StationHours).where(
        StationHours.station_id.in_(station_ids), StationHours.valid_to.is_(None)
    )
    return {each.station_id: each for each in await session.scalars(query)}


def keep(session: AsyncSession, station: Station, promised: StationHours | None, *, now: datetime) -> None:
    """Write what a station promises from now on, where that differs from what it promised until now.

    The row in force stays the row in force: what it said until now becomes a row of its own, which has an
    end and so never stands beside another without one.
    """
    said = {name: getattr(station, name) for name in _SAID}
    if station.status is not StationStatus.IN_SERVICE:
        if promised is not None:
            promised.valid_to = now
    elif promised is None:
        session.add(StationHours(station_id=station.id, valid_from=now, **said))
    elif (before := {name: getattr(promised, name) for name in _SAID}) != said:
        session.add(
            StationHours(station_id=station.id, valid_from=promised.valid_from, valid_to=now, **before)
        )
        promised.valid_from = now
        for name, value in said.items():
            setattr(promised, name, value)
