"""Codes of stations without staff: secrets, shown to who has checked in, and rotated when they leak.

This is the one thing that a check-in opens, so it asks more of it than a visit does: a right code of the
station or a position within its fence. A tap from afar counts as a visit and opens nothing. A code is
encrypted at rest and forgotten when another takes its place; it stands in no list, log, event or export, and
each showing is written down.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.models import DoorCode, DoorCodeRead, Station, Visit
from app.services import authority, outbox
from app.services.accounts.vault import Vault
from app.services.checkins.errors import CheckInFirst, DoorEvidenceNeeded
from app.services.checkins.events import DoorCodeRotated
from app.services.checkins.evidence import shows_presence
from app.services.checkins.scope import own_station
from app.services.stations.queries import STATION_ROLES, get_to_change

# A phone shows a code no longer than this: so soon an old one is gone everywhere.
SHOWN_FOR = timedelta(minutes=1)
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class DoorStatus:
    """What staff see of a door without its code: since when it opens by it, and how often it was shown."""

    is_set: bool
    set_at: datetime | None
    shown_times: int


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code, and when whoever was shown it takes it from the screen."""

    code: str
    hide_at: datetime


async def set_code(
    session: AsyncSession, station_id: UUID, code: str | None, *, vault: Vault, by: Actor, now: datetime
) -> DoorStatus:
    """Let a door open by another code from now on; without one, six digits are drawn.

    The same code again changes nothing.

    Raises:
        NotFound: the station is gone or not the caller's.
    """
    station = await get_to_change(session, station_id, by=by)
    current = await _current(session, station_id)
    if current is None or code is None or _plain(current, vault) != code:
        await _retire(session, current, now=now)
        drawn = code or "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
        session.add(
            DoorCode(
                station_id=station_id,
                code_encrypted=vault.encrypt_door_code(drawn),
                set_at=now,
                set_by=by.account_id,
            )
        )
        _tell(session, station, now=now)
        await session.flush()
    return await _status(session, station_id)


async def drop_code(session: AsyncSession, station_id: UUID, *, by: Actor, now: datetime) -> None:
    """Forget a door's code, when the lock is gone; again is no error.

    Raises:
        NotFound: the station is gone or not the caller's.
    """
    station = await get_to_change(session, station_id, by=by)
    if (current := await _current(session, station_id)) is not None:
        await _retire(session, current, now=now)
        _tell(session, station, now=now)


async def status_of(session: AsyncSession, station_id: UUID, *, by: Actor) -> DoorStatus:
    """Return what staff see of a door without its code.

    Raises:
        NotFound: the station is not the caller's.
    """
    await own_station(session, station_id, by=by)
    return await _status(session, station_id)


async def show_code(
    session: AsyncSession, station_id: UUID, *, vault: Vault, by: Actor, now: datetime
) -> ShownCode:
    """Show a door's code to who is shown to be there by an open visit, or to its staff, and write that down.

    Raises:
        CheckInFirst: the caller is neither.
        DoorEvidenceNeeded: nothing but the caller's own word says that they are there.
        NotFound: the door has no code.
    """
    if not await _looks_after(session, station_id, by=by):
        await _check_presence(session, station_id, by=by)
    current = await _current(session, station_id)
    if current is None:
        raise NotFound
    session.add(DoorCodeRead(code_id=current.id, account_id=by.account_id, read_at=now))
    return ShownCode(_plain(current, vault), now + SHOWN_FOR)


async def rotate_keys(
    session: AsyncSession, *, vault: Vault, after: UUID | None = None, limit: int = 1000
) -> UUID | None:
    """Encrypt a batch of codes anew, by the first key; the doors open by the same ones.

    Returns:
        After which code the next batch starts, or ``None`` at the end.
    """
    query = select(DoorCode).where(DoorCode.retired_at.is_(None)).order_by(DoorCode.id).limit(limit)
    if after is not None:
        query = query.where(DoorCode.id > after)
    batch = (await session.scalars(query.with_for_update())).all()
    for each in batch:
        if each.code_encrypted is not None:
            each.code_encrypted = vault.rotate_door_code(each.code_encrypted)
    return batch[-1].id if len(batch) == limit else None


async def _current(session: AsyncSession, station_id: UUID) -> DoorCode | None:
    query = select(DoorCode).where(DoorCode.station_id == station_id, DoorCode.retired_at.is_(None))
    return await session.scalar(query.execution_options(populate_existing=True))


async def _check_presence(session: AsyncSession, station_id: UUID, *, by: Actor) -> None:
    inside = select(Visit).where(
        Visit.account_id == by.account_id, Visit.station_id == station_id, Visit.ended_at.is_(None)
    )
    visit = await session.scalar(inside)
    if visit is None:
        raise CheckInFirst
    if not shows_presence(visit.grade, visit.code_kind):
        raise DoorEvidenceNeeded


async def _looks_after(session: AsyncSession, station_id: UUID, *, by: Actor) -> bool:
    covered = authority.covers(by, roles=STATION_ROLES, area=Station.area_code, station=Station.id)
    return await session.scalar(select(Station.id).where(Station.id == station_id, covered)) is not None


async def _status(session: AsyncSession, station_id: UUID) -> DoorStatus:
    current = await _current(session, station_id)
    if current is None:
        return DoorStatus(is_set=False, set_at=None, shown_times=0)
    shown = select(func.count()).where(DoorCodeRead.code_id == current.id)
    return DoorStatus(is_set=True, set_at=current.set_at, shown_times=await session.scalar(shown) or 0)


def _plain(door: DoorCode, vault: Vault) -> str:
    if door.code_encrypted is None:
        raise NotFound
    return vault.decrypt_door_code(door.code_encrypted)


async def _retire(session: AsyncSession, door: DoorCode | None, *, now: datetime) -> None:
    if door is not None:
        door.code_encrypted, door.retired_at = None, now
        await session.flush()


def _tell(session: AsyncSession, station: Station, *, now: datetime) -> None:
    outbox.record(session, DoorCodeRotated(station.id), now=now, area_code=station.area_code)
