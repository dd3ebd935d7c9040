"""Partners' keys: random, told once, kept as a digest."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import NotFound
from app.models import Account, Open311Key
from app.services import areas
from app.services.open311.errors import KeyRefused

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewKey:
    """For whom a key is, and in which area their requests may lie."""

    name: str
    area_code: str


async def issue(session: AsyncSession, new: NewKey, *, by: Actor, now: datetime) -> tuple[Open311Key, str]:
    """Give a partner a key; the secret is returned once and never again.

    The partner gets an account of its own that nobody signs in to: it stands where a reporter stands.

    Raises:
        NotFound: there is no such area.
    """
    await areas.get(session, new.area_code)
    partner = Account(display_name=new.name, created_at=now, last_seen_on=local_day(now))
    session.add(partner)
    await session.flush()
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    key = Open311Key(
        name=new.name,
        area_code=new.area_code,
        key_hash=hash_of(secret),
        partner_id=partner.id,
        issued_at=now,
        issued_by=by.account_id,
    )
    session.add(key)
    await session.flush()
    return key, secret


async def list_keys(session: AsyncSession) -> Sequence[Open311Key]:
    """Return all keys, revoked ones too, the newest first."""
    query = select(Open311Key).order_by(Open311Key.issued_at.desc(), Open311Key.id.desc())
    return (await session.scalars(query)).all()


async def revoke(session: AsyncSession, key_id: UUID, *, now: datetime) -> None:
    """End a key; again is no error.

    Raises:
        NotFound: there is none.
    """
    key = await session.get(Open311Key, key_id, with_for_update=True)
    if key is None:
        raise NotFound
    key.revoked_at = key.revoked_at or now


async def check_key(session: AsyncSession, secret: str | None) -> Open311Key:
    """Return the key in force that a secret is.

    Raises:
        KeyRefused: it is none.
    """
    if not secret:
        raise KeyRefused
    query = select(Open311Key).where(Open311Key.key_hash == hash_of(secret), Open311Key.revoked_at.is_(None))
    key = await session.scalar(query)
    if key is None:
        raise KeyRefused
    return key


def hash_of(secret: str) -> bytes:
    """Return what is kept of a key; it is random, so a plain hash suffices."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()
