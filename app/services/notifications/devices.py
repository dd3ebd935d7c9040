"""Phones and browsers as the vendors know them, each bound to the sign-in in which it was named.

A sign-in that ends takes them along (:mod:`app.services.accounts.sessions`). Between a rider who signs out
and the next one who signs in on the same phone, nothing reaches it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.core.urgency import PushChannel
from app.models import PushDevice, RefreshToken
from app.services.accounts.queries import lock_accounts
from app.services.notifications.errors import ChannelHasNoDevice

UNUSED_FOR = timedelta(days=90)
MOST_CONSENTS = 100
WITH_DEVICE = frozenset(
    {PushChannel.GETUI, PushChannel.JPUSH, PushChannel.FCM, PushChannel.WEB_PUSH, PushChannel.WECHAT}
)


@dataclass(frozen=True, slots=True)
class Naming:
    """What an app says of itself: the vendor's token, and how many more WeChat messages were agreed to."""

    channel: PushChannel
    token: str
    consents: int = 0


async def register(session: AsyncSession, given: Naming, *, by: Actor, now: datetime) -> PushDevice:
    """Bind a token to the caller's sign-in; the one it had before, and whoever had the token, lose it.

    Raises:
        SignInRequired: the sign-in is over.
        ChannelHasNoDevice: people are not reached by a device there.
    """
    if given.channel not in WITH_DEVICE:
        raise ChannelHasNoDevice
    if by.account_id is None or by.session_id is None:
        raise SignInRequired
    # As whatever ends a sign-in: nothing is bound to one that is over.
    await lock_accounts(session, {by.account_id})
    live = exists().where(RefreshToken.family_id == by.session_id, RefreshToken.revoked_at.is_(None))
    if not await session.scalar(select(live)):
        raise SignInRequired
    digest = hashlib.sha256(f"{given.channel}\n{given.token}".encode()).digest()
    # Two phones that name one token go one after the other.
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest[:8], signed=True))))
    place = (PushDevice.session_id == by.session_id) & (PushDevice.channel == given.channel)
    same = PushDevice.token_hash == digest
    known = await session.scalar(select(PushDevice).where(same, place))
    if known is None:
        await session.execute(delete(PushDevice).where(or_(same, place)))
        known = PushDevice(
            account_id=by.account_id,
            session_id=by.session_id,
            channel=given.channel,
            token=given.token,
            token_hash=digest,
            registered_at=now,
        )
        session.add(known)
    known.seen_at = now
    if given.channel is PushChannel.WECHAT:
        known.credits = min((known.credits or 0) + given.consents, MOST_CONSENTS)
    await session.flush()
    return known


async def unregister(session: AsyncSession, channel: PushChannel, *, by: Actor) -> None:
    """Take a channel away from the caller's sign-in; one that is not there is no matter."""
    await session.execute(
        delete(PushDevice).where(PushDevice.session_id == by.session_id, PushDevice.channel == channel)
    )


async def list_own_devices(session: AsyncSession, *, by: Actor) -> Sequence[PushDevice]:
    """Return the caller's devices, of all their sign-ins, oldest first."""
    query = select(PushDevice).where(PushDevice.account_id == by.account_id)
    return (await session.scalars(query.order_by(PushDevice.registered_at, PushDevice.id))).all()


async def forget_devices(session: AsyncSession, *, now: datetime) -> int:
    """Delete devices whose apps were not started for 90 days."""
    old = delete(PushDevice).where(PushDevice.seen_at < now - UNUSED_FOR).returning(PushDevice.id)
    return len((await session.scalars(old)).all())
