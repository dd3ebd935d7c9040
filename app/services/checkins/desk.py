"""What a check-in needs of its process: the writer, and what is known of stations."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.services.checkins.errors import StationUnknown
from app.services.checkins.writer import CheckinWriter
from app.services.stations.facts import StationFacts, load_facts

# What memory knows is true now; a tap that waited longer is judged by the closures of its own time.
_LIVE = timedelta(minutes=2)


@dataclass(slots=True)
class CheckinDesk:
    """One process's way to write check-ins; ``known`` is its memory of stations, which may be empty."""

    db: Database
    writer: CheckinWriter
    known: Callable[[UUID], StationFacts | None]
    _reads: dict[UUID, asyncio.Task[StationFacts]] = field(default_factory=dict)

    async def station(
        self, station_id: UUID, *, at: datetime, now: datetime, anew: bool = False
    ) -> StationFacts:
        """Return a station's facts as they were at an instant of the last day.

        ``anew`` asks the database, for who found that what memory knows is not so any more.

        Raises:
            StationUnknown: there is no such station.
        """
        if now - at >= _LIVE:
            return await self._read(station_id, at)
        if not anew and (found := self.known(station_id)) is not None:
            return found
        # Thirty people at one door share one look into the database.
        if station_id not in self._reads:
            self._reads[station_id] = asyncio.create_task(self._read(station_id, min(at, now)))
            self._reads[station_id].add_done_callback(lambda _: self._reads.pop(station_id))
        return await asyncio.shield(self._reads[station_id])

    async def _read(self, station_id: UUID, at: datetime) -> StationFacts:
        async with self.db.reading() as session:
            return await read_station(session, station_id, at=at)


async def read_station(session: AsyncSession, station_id: UUID, *, at: datetime) -> StationFacts:
    """Return a station's facts from the database, with the closures that held at an instant or later.

    Raises:
        StationUnknown: there is no such station.
    """
    found = await load_facts(session, now=at, ids=[station_id])
    if not found:
        raise StationUnknown
    return found[0]
