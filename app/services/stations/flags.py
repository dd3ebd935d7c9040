"""What riders find at the door: one tap, no name; two alike within two hours reach the manager."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.keys import derive, keyed_hash
from app.models import FlagKind, Station, StationFlag, StationStatus
from app.services.outbox import record
from app.services.stations import queries
from app.services.stations.events import StationFlagged

WINDOW = timedelta(hours=2)
SHOWN_FOR = timedelta(hours=24)
_ENOUGH = 2
_HASH_BYTES = 16


def sender_hash(secret: str, sender: str, station_id: UUID) -> bytes:
    """Return what tells two senders at a station apart and says nothing else, not even across stations."""
    return keyed_hash(derive(secret, "station flags"), station_id.bytes, sender.encode())[:_HASH_BYTES]


async def flag(
    session: AsyncSession, station_id: UUID, kind: FlagKind, *, sender: bytes, now: datetime
) -> bool:
    """Take one tap; tell whether it counts, which a second one of the same sender in two hours does not.

    The second sender within two hours raises the event, and no other does until two hours later.

    Raises:
        NotFound: there is no such station.
    """
    area_code = await session.scalar(
        select(Station.area_code).where(Station.id == station_id, Station.status == StationStatus.IN_SERVICE)
    )
    if area_code is None:
        raise NotFound
    # Taps for one station and kind go one after the other: each sees those before it.
    await session.execute(select(func.pg_advisory_xact_lock(_lock_key(station_id, kind))))
    recent = (
        await session.execute(
            select(StationFlag.sender_hash, StationFlag.raised_alarm)
            .where(StationFlag.station_id == station_id, StationFlag.kind == kind)
            .where(StationFlag.flagged_at > now - WINDOW)
        )
    ).all()
    senders = {each.sender_hash for each in recent}
    if sender in senders:
        return False
    alarm = len(senders) + 1 >= _ENOUGH and not any(each.raised_alarm for each in recent)
    session.add(
        StationFlag(station_id=station_id, kind=kind, flagged_at=now, sender_hash=sender, raised_alarm=alarm)
    )
    if alarm:
        record(session, StationFlagged(station_id, kind.value), now=now, area_code=area_code)
    return True


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How often riders found one thing at a door lately."""

    kind: FlagKind
    count: int
    last_at: datetime


async def recent_flags(
    session: AsyncSession, station_id: UUID, *, by: Actor, now: datetime
) -> Sequence[FlagCount]:
    """Return what riders said in the last 24 hours, by kind, the newest first; never who said it.

    Raises:
        NotFound: there is no such station, or it is not the caller's.
    """
    await queries.check_in_scope(session, station_id, by=by)
    last_at = func.max(StationFlag.flagged_at)
    rows = await session.execute(
        select(StationFlag.kind, func.count(), last_at)
        .where(StationFlag.station_id == station_id, StationFlag.flagged_at > now - SHOWN_FOR)
        .group_by(StationFlag.kind)
        .order_by(last_at.desc(), StationFlag.kind)
    )
    return [FlagCount(*row) for row in rows]


def _lock_key(station_id: UUID, kind: FlagKind) -> int:
    digest = hashlib.sha256(f"flags:{station_id}:{kind}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
