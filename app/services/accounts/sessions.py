"""Sign-ins of devices: chains of refresh tokens, each used once.

A token's successor is computed from it, so a phone that lost the answer and asks again within a minute
gets the same successor. Any other second use means that two parties hold the chain: it ends.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.core.ids import new_id
from app.models import PushDevice, RefreshToken
from app.services import outbox
from app.services.accounts import queries
from app.services.accounts.errors import SessionEnded
from app.services.accounts.vault import Vault, token_hash
from app.services.outbox import Channel

LOST_ANSWER_GRACE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in of one device, with the token that renews it next."""

    id: UUID
    account_id: UUID
    refresh_token: str
    expires_at: datetime


async def start(
    session: AsyncSession, account_id: UUID, device_id: UUID, *, lifetime: timedelta, now: datetime
) -> Session:
    """Bind a device to an account; whoever was signed in on that device before is signed out of it."""
    others = await queries.accounts_on_device(session, device_id)
    await queries.lock_accounts(session, {account_id, *others})
    if others:
        await _revoke(session, RefreshToken.device_id == device_id, now=now)
        await outbox.announce(session, Channel.GRANTS, others)
    token, session_id = secrets.token_urlsafe(32), new_id()
    link = _link(token, session_id, account_id, device_id, now=now, lifetime=lifetime)
    session.add(link)
    return Session(session_id, account_id, token, link.expires_at)


async def renew(
    session: AsyncSession,
    token: str,
    *,
    device_id: UUID,
    vault: Vault,
    lifetime: timedelta,
    now: datetime,
) -> Session:
    """Exchange a refresh token for its successor.

    Raises:
        SessionEnded: it is unknown, revoked or expired; or it came a second time or from another
            device, which ends the sign-in for whoever holds it.
    """
    account_id = await queries.account_of_token(session, token_hash(token))
    if account_id is None:
        raise SessionEnded
    # Everything that changes an account's sign-ins takes this lock first: no link escapes a sign-out.
    [account] = await queries.lock_accounts(session, {account_id})
    used = await queries.get_token(session, token_hash(token))
    if used is None or used.revoked_at is not None or used.expires_at <= now:
        raise SessionEnded
    successor = vault.token_after(token)
    if used.device_id != device_id:
        await end(session, account_id, used.family_id, now=now)
        raise SessionEnded
    account.last_seen_on = local_day(now)
    if used.used_at is None:
        used.used_at = now
        link = _link(successor, used.family_id, account_id, device_id, now=now, lifetime=lifetime)
        session.add(link)
        return Session(used.family_id, account_id, successor, link.expires_at)
    next_link = await queries.get_token(session, token_hash(successor))
    is_lost_answer = now - used.used_at <= LOST_ANSWER_GRACE and next_link and next_link.used_at is None
    if next_link is None or not is_lost_answer:
        await end(session, account_id, used.family_id, now=now)
        raise SessionEnded
    return Session(used.family_id, account_id, successor, next_link.expires_at)


async def end(session: AsyncSession, account_id: UUID, session_id: UUID, *, now: datetime) -> None:
    """Sign one device out."""
    await queries.lock_accounts(session, {account_id})
    ours = (RefreshToken.account_id == account_id) & (RefreshToken.family_id == session_id)
    await _revoke(session, ours, now=now)
    await outbox.announce(session, Channel.GRANTS, [account_id])


async def end_all(session: AsyncSession, account_id: UUID, *, now: datetime) -> None:
    """Sign an account out everywhere."""
    await queries.lock_accounts(session, {account_id})
    await _revoke(session, RefreshToken.account_id == account_id, now=now)
    await outbox.announce(session, Channel.GRANTS, [account_id])


async def sign_out(session: AsyncSession, *, everywhere: bool, by: Actor, now: datetime) -> None:
    """Sign the caller out, of this sign-in or of all."""
    if by.account_id is None:
        return
    if everywhere:
        await end_all(session, by.account_id, now=now)
    elif by.session_id is not None:
        await end(session, by.account_id, by.session_id, now=now)


async def _revoke(session: AsyncSession, which: ColumnElement[bool], *, now: datetime) -> None:
    """End sign-ins; the phones that were named in them hear nothing more, whoever holds them next."""
    ended = update(RefreshToken).where(which, RefreshToken.revoked_at.is_(None)).values(revoked_at=now)
    families = set(await session.scalars(ended.returning(RefreshToken.family_id)))
    await session.execute(delete(PushDevice).where(PushDevice.session_id.in_(families)))


def _link(
    token: str, family_id: UUID, account_id: UUID, device_id: UUID, *, now: datetime, lifetime: timedelta
) -> RefreshToken:
    return RefreshToken(
        id=new_id(),
        family_id=family_id,
        account_id=account_id,
        device_id=device_id,
        token_hash=token_hash(token),
        issued_at=now,
        expires_at=now + lifetime,
    )
