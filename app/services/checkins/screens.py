"""Who may show a station's codes: tablets with a link of their own, and papers that can be revoked.

The rotating code is a secret while it lives, so only a tablet whose link a manager issued may fetch it.
Such a link's secret is random and kept as a digest; revoking it blanks the tablet at its next fetch.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.models import PrintedCode, Screen, Station, StationStatus
from app.services.checkins import codes
from app.services.checkins.scope import own_station

_SECRET_BYTES = 32

# What is issued for a station and can be revoked.
Issued = TypeVar("Issued", Screen, PrintedCode)


@dataclass(frozen=True, slots=True)
class ScreenCode:
    """What a tablet shows: the station, the code's path, and for how many seconds to show it."""

    station_id: UUID
    station_name: str
    path: str
    changes_in_s: float


@dataclass(frozen=True, slots=True)
class Poster:
    """What is printed: the station as its people call it, and the code's path."""

    printed: PrintedCode
    station: Station
    path: str


async def issue_screen(
    session: AsyncSession, station_id: UUID, *, label: str, by: Actor, now: datetime
) -> tuple[Screen, str]:
    """Let a tablet show the station's rotating code; the secret is told once and never again."""
    station = await own_station(session, station_id, by=by)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    screen = Screen(
        station_id=station.id, secret_hash=_hash(secret), label=label, issued_at=now, issued_by=by.account_id
    )
    session.add(screen)
    await session.flush()
    return screen, secret


async def issued_of(
    session: AsyncSession, kind: type[Issued], station_id: UUID, *, by: Actor
) -> Sequence[Issued]:
    """Return the tablets or the papers of a station, the newest first."""
    await own_station(session, station_id, by=by)
    query = select(kind).where(kind.station_id == station_id)
    return (await session.scalars(query.order_by(kind.issued_at.desc(), kind.id.desc()))).all()


async def revoke(
    session: AsyncSession, kind: type[Issued], station_id: UUID, issued_id: UUID, *, by: Actor, now: datetime
) -> Issued:
    """Blank a tablet, or make a paper worthless; again is no error."""
    await own_station(session, station_id, by=by)
    issued = await session.get(kind, issued_id, with_for_update=True)
    if issued is None or issued.station_id != station_id:
        raise NotFound
    issued.revoked_at = issued.revoked_at or now
    return issued


async def show_code(session: AsyncSession, secret: str, *, now: datetime) -> ScreenCode:
    """Return the rotating code for the tablet that knows this secret.

    Raises:
        NotFound: no tablet knows it, it was revoked, or its station is gone.
    """
    query = (
        select(Station.id, Station.name, Station.code_secret)
        .join(Screen, Screen.station_id == Station.id)
        .where(Screen.secret_hash == _hash(secret), Screen.revoked_at.is_(None))
        .where(Station.status == StationStatus.IN_SERVICE)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound
    return ScreenCode(found.id, found.name, codes.rotating_code(found.code_secret, found.id, now), _left(now))


async def issue_printed(session: AsyncSession, station_id: UUID, *, by: Actor, now: datetime) -> PrintedCode:
    """Make a new paper code; those issued before stay good until they are revoked."""
    station = await own_station(session, station_id, by=by)
    printed = PrintedCode(station_id=station.id, issued_at=now, issued_by=by.account_id)
    session.add(printed)
    await session.flush()
    return printed


async def poster_of(session: AsyncSession, station_id: UUID, printed_id: UUID, *, by: Actor) -> Poster:
    """Return what to print; a revoked paper is not printed again.

    Raises:
        NotFound: there is no such paper, it was revoked, or it is not the caller's.
    """
    station = await own_station(session, station_id, by=by)
    printed = await session.get(PrintedCode, printed_id)
    if printed is None or printed.station_id != station_id or printed.revoked_at is not None:
        raise NotFound
    return Poster(printed, station, codes.printed_code(station.code_secret, station.id, printed.id))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def _left(now: datetime) -> float:
    """Return the seconds until the next slot begins."""
    slot = timedelta(seconds=codes.SLOT_S)
    return (slot - timedelta(seconds=now.timestamp() % codes.SLOT_S)).total_seconds()
