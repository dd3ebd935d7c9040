"""The counter and its history, as a station's keepers see them: numbers, never who."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.pages import Page, decode_cursor, encode_cursor, instant_of
from app.models import OccupancyQuarter
from app.services.checkins import queries
from app.services.checkins.desk import read_station
from app.services.stations.occupancy_level import Level, inside_of, level_of

LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CounterView:
    """A station's counter now."""

    station_id: UUID
    inside: int
    level: Level
    open_visits: int
    correction: int
    seats: int | None
    observed_at: datetime | None
    headcount_at: datetime | None
    headcount_by: str | None
    taps_since_headcount: int


async def see_counter(session: AsyncSession, station_id: UUID, *, by: Actor, now: datetime) -> CounterView:
    """Return a station's counter.

    Raises:
        NotFound: the station is not the caller's to look after.
    """
    await queries.kept_station(session, station_id, by=by)
    station = await read_station(session, station_id, at=now)
    counter = await queries.counter(session, station_id)
    inside = inside_of(counter.open_visits, counter.correction)
    return CounterView(
        station_id=station_id,
        inside=inside,
        level=level_of(
            inside=inside,
            seats=station.seats,
            observed_at=counter.observed_at,
            now=now,
            accepting=station.timetable.at(now).is_open is not False,
        ),
        open_visits=counter.open_visits,
        correction=counter.correction,
        seats=station.seats,
        observed_at=counter.observed_at,
        headcount_at=counter.headcount_at,
        headcount_by=counter.headcount_by,
        taps_since_headcount=counter.taps_since,
    )


async def history(
    session: AsyncSession,
    station_id: UUID,
    *,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
    by: Actor,
    now: datetime,
) -> Page[OccupancyQuarter]:
    """Return a station's quarter hours of an interval (by default the last day), oldest first.

    Raises:
        NotFound: the station is not the caller's to look after.
    """
    await queries.kept_station(session, station_id, by=by)
    end = until or now
    start = since or end - LOOK_BACK if cursor is None else instant_of(decode_cursor(cursor, size=1)[0])
    rows = await queries.quarters(session, station_id, since=start, until=end, limit=limit + 1)
    following = rows[limit].starts_at if len(rows) > limit else None
    return Page(rows[:limit], None if following is None else encode_cursor((following.isoformat(),)))
