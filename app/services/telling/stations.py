"""What managers hear of their stations, and who is inside of a closing."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.urgency import Urgency
from app.models import OutboxEvent, Photo, Station, StationClosure
from app.services import notifications, stations
from app.services.accounts import holders
from app.services.checkins.events import OccupantsMayStay, OccupantsTold
from app.services.notifications import About
from app.services.stations.events import StationClosed, StationFlagged, StationPhotoWaiting
from app.services.telling import people


async def _managers(session: AsyncSession, station: Station, *, now: datetime) -> list[UUID]:
    """Return a station's managers, or where it has none, its area's staff."""
    return await holders.of_station(session, station.id, now=now) or await people.staff(
        session, station.area_code, now=now
    )


async def _tell(
    session: AsyncSession,
    event: OutboxEvent,
    kind: str,
    to: Iterable[UUID],
    *,
    station: Station,
    params: Mapping[str, Any],
    now: datetime,
    key: str | None = None,
    urgency: Urgency = Urgency.NORMAL,
    expires_at: datetime | None = None,
) -> None:
    await notifications.tell(
        session,
        kind=kind,
        to=to,
        key=key or f"event:{event.id}",
        params={"station": station.name, **params},
        subject=About("station", station.id),
        urgency=urgency,
        expires_at=expires_at,
        area_code=station.area_code,
        collapse_key=f"station:{station.id}",
        now=now,
    )


async def _flagged(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a station's managers what two riders found at the door."""
    station = await session.get(Station, UUID(event.payload["station_id"]))
    if station is not None:
        to = await _managers(session, station, now=now)
        params = {"flag": event.payload["kind"]}
        await _tell(session, event, "station.flagged", to, station=station, params=params, now=now)


async def _photo_waits(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell an area's staff that photos of a station wait to be looked at: once, however many come then."""
    station = await session.get(Station, UUID(event.payload["station_id"]))
    photo = await session.get(Photo, UUID(event.payload["photo_id"]))
    if station is None or photo is None:
        return
    if not await stations.album.has_waited_longest(session, station.id, photo.id):
        return
    to = set(await people.staff(session, station.area_code, now=now)) - {photo.owner_id}
    await _tell(
        session,
        event,
        "station.photo_waiting",
        to,
        station=station,
        params={},
        key=f"photo:{photo.id}",
        now=now,
    )


async def _closed(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a station's other managers that it closes."""
    station = await session.get(Station, UUID(event.payload["station_id"]))
    closure = await session.get(StationClosure, UUID(event.payload["closure_id"]))
    if station is None or closure is None:
        return
    managers = await _managers(session, station, now=now)
    to = [each for each in managers if each != closure.entered_by]
    params = {"starts_at": closure.starts_at}
    await _tell(
        session,
        event,
        "station.closed",
        to,
        station=station,
        params=params,
        expires_at=closure.ends_at,
        now=now,
    )


async def _has_to_leave(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell those inside a station that closes until when they may stay."""
    station = await session.get(Station, UUID(event.payload["station_id"]))
    ends_at = datetime.fromisoformat(event.payload["ends_at"])
    if station is None or ends_at <= now:
        return
    to = await people.leaving(session, station.id)
    await _tell(
        session,
        event,
        "place.closing",
        to,
        station=station,
        params={"ends_at": ends_at},
        urgency=Urgency.URGENT,
        expires_at=ends_at,
        now=now,
    )


async def _may_stay(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell those who were to leave that they need not."""
    station = await session.get(Station, UUID(event.payload["station_id"]))
    if station is not None:
        to = await people.inside_since(session, station.id, before=event.recorded_at)
        await _tell(session, event, "place.stays_open", to, station=station, params={}, now=now)


STATIONS: Mapping[str, Callable[..., Awaitable[None]]] = {
    StationFlagged.name: _flagged,
    StationPhotoWaiting.name: _photo_waits,
    StationClosed.name: _closed,
    OccupantsTold.name: _has_to_leave,
    OccupantsMayStay.name: _may_stay,
}
