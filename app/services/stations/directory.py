"""The offline directory: what changed since a phone last asked, and what is no longer there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.pages import decode_cursor, encode_cursor, instant_of
from app.core.running import longest_running
from app.models import Station, StationDeparture, StationStatus
from app.services import authority
from app.services.stations.queries import uuid_of_cursor

# A row carries the instant at which its change began, and shows when it commits. The next question
# therefore reaches back, further while an import still runs: rows may come twice, none is missed.
OVERLAP = timedelta(seconds=30)
_STAMPED_BEFORE = timedelta(seconds=20)  # at most, before its transaction began
_BEGINNING = "-"


class GoneReason(StrEnum):
    """Why a phone should forget a station."""

    REMOVED = "removed"
    MERGED = "merged"
    LEFT_AREA = "left_area"


@dataclass(frozen=True, slots=True)
class Gone:
    """A tombstone; ``moved_to_id`` is the station that took a merged one's place."""

    id: UUID
    reason: GoneReason
    moved_to_id: UUID | None


@dataclass(frozen=True, slots=True)
class Changes:
    """One page of changes; when ``next_cursor`` is null, ask next time with ``since=as_of``."""

    ids: Sequence[UUID]
    gone: Sequence[Gone]
    as_of: datetime
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a walk through the changes stands: its question, and the last row it gave."""

    since: datetime | None
    as_of: datetime
    after: tuple[datetime, UUID] | None = None

    def cursor(self, last: Row[Any]) -> str:
        since = _BEGINNING if self.since is None else self.since.isoformat()
        return encode_cursor([since, self.as_of.isoformat(), last.changed_at.isoformat(), str(last.id)])


async def changes(
    session: AsyncSession,
    *,
    since: datetime | None,
    area_code: str | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> Changes:
    """Return stations that changed since an instant, and those that are gone from the area.

    Args:
        session: the transaction to read in.
        since: the ``as_of`` of the last walk; None for the whole directory.
        area_code: only this division.
        cursor: the page before's; it carries ``since`` with it.
        limit: how many rows at most.
        now: the present instant.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    place = _read(cursor) if cursor is not None else _Place(since, await _safe(session, now))
    rows = (await session.execute(_changed(place, area_code).limit(limit + 1))).all()
    more, rows = len(rows) > limit, rows[:limit]
    gone = [_tombstone(row) for row in rows if row.status is StationStatus.REMOVED]
    if place.after is None and place.since is not None and area_code is not None:
        gone += await _departed(session, place.since, area_code)
    return Changes(
        ids=[row.id for row in rows if row.status is not StationStatus.REMOVED],
        gone=gone,
        as_of=place.as_of,
        next_cursor=place.cursor(rows[-1]) if more else None,
    )


async def _safe(session: AsyncSession, now: datetime) -> datetime:
    """Return the latest instant since which everything that is not to be seen yet will have changed."""
    return now - max(OVERLAP, await longest_running(session) + _STAMPED_BEFORE)


def _changed(place: _Place, area_code: str | None) -> Select[*tuple[Any, ...]]:
    query = select(Station.id, Station.status, Station.merged_into_id, Station.changed_at)
    if place.since is None:
        query = query.where(Station.status != StationStatus.REMOVED)
    else:
        query = query.where(Station.changed_at >= place.since)
    if place.after is not None:
        query = query.where(tuple_(Station.changed_at, Station.id) > place.after)
    if area_code is not None:
        query = query.where(authority.within(Station.area_code, area_code))
    return query.order_by(Station.changed_at, Station.id)


def _tombstone(row: Row[Any]) -> Gone:
    reason = GoneReason.REMOVED if row.merged_into_id is None else GoneReason.MERGED
    return Gone(row.id, reason, row.merged_into_id)


async def _departed(session: AsyncSession, since: datetime, area_code: str) -> list[Gone]:
    query = (
        select(StationDeparture.station_id)
        .join(Station, Station.id == StationDeparture.station_id)
        .where(StationDeparture.left_at >= since)
        .where(authority.within(StationDeparture.area_code, area_code))
        .where(~authority.within(Station.area_code, area_code))
        .distinct()
    )
    return [Gone(station_id, GoneReason.LEFT_AREA, None) for station_id in await session.scalars(query)]


def _read(cursor: str) -> _Place:
    since, as_of, changed_at, station_id = decode_cursor(cursor, size=4)
    return _Place(
        since=None if since == _BEGINNING else instant_of(since),
        as_of=instant_of(as_of),
        after=(instant_of(changed_at), uuid_of_cursor(station_id)),
    )
