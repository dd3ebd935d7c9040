"""Facts leave through the outbox: recorded with the change that made them true, delivered after it."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import OutboxEvent


@dataclass(frozen=True, slots=True)
class Event:
    """A fact in the past tense. Its fields are ids, codes and numbers: nothing personal."""

    name: ClassVar[str]


def payload_of(event: Event) -> dict[str, Any]:
    """Return an event's fields as JSON-ready values."""
    return {key: _plain(value) for key, value in asdict(event).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


class Channel(StrEnum):
    """What PostgreSQL tells every process about, by NOTIFY, once a transaction has committed."""

    STATIONS = "nuanfeng_stations"  # a station's facts changed: hours, closure, amenities, …
    OCCUPANCY = "nuanfeng_occupancy"  # how many are inside changed
    GRIDS = "nuanfeng_grids"
    CALENDAR = "nuanfeng_calendar"
    PHOTOS = "nuanfeng_photos"  # a photo is all here, or its copies were made
    REPORTS = "nuanfeng_reports"  # a case was taken in or moved
    RULES = "nuanfeng_rules"  # routing rules, units, time limits, office hours or the catalogue changed
    NOTIFICATIONS = "nuanfeng_notifications"  # somebody was told something, or read it
    GRANTS = "nuanfeng_grants"  # an account's grants, sign-ins or status changed


# A notice holds 8000 bytes; past this many ids it says "everything" instead.
MOST_IDS = 150
EVERYTHING = "*"
_ANNOUNCED = "announced"


async def announce(session: AsyncSession, channel: Channel, ids: Collection[UUID] = ()) -> None:
    """Tell every process, after commit, which rows changed; without ids: all of them.

    A notice may get lost with a connection, so readers also poll; it is speed, not truth.
    """
    session.info.setdefault(_ANNOUNCED, {}).setdefault(channel, []).append(frozenset(ids))
    said = ",".join(map(str, ids)) if 0 < len(ids) <= MOST_IDS else EVERYTHING
    await session.execute(select(func.pg_notify(channel.value, said)))


def announced(session: AsyncSession, channel: Channel) -> frozenset[UUID] | None:
    """Return the rows that this session's transaction announced, or ``None`` for all of them.

    The process that made the change need not wait for its own notice.
    """
    said: list[frozenset[UUID]] = session.info.get(_ANNOUNCED, {}).get(channel, [])
    return None if frozenset() in said else frozenset().union(*said)


def record(session: AsyncSession, event: Event, *, now: datetime, area_code: str | None = None) -> None:
    """Write a fact beside the change; it is delivered after their common commit, at least once."""
    session.add(OutboxEvent(name=event.name, area_code=area_code, payload=payload_of(event), recorded_at=now))
