"""Where staff read mail: an address that a person named and proved by a code that went there."""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import SignInRequired
from app.core.ids import new_id
from app.core.urgency import Urgency
from app.models import Mailbox
from app.ports import Accepted, OutsideError, Parcel, PushMessage, PushSender
from app.services.accounts import limits
from app.services.accounts.errors import CodeSpent, CodeWrong
from app.services.accounts.vault import Vault
from app.services.notifications.errors import MailUnavailable

LIVES = timedelta(minutes=30)
MOST_TRIES = 5
_KIND = "mailbox.code"


def having(people: Collection[UUID]) -> Select[UUID]:
    """Select those of some people who read mail at an address of theirs."""
    return select(Mailbox.account_id).where(Mailbox.account_id.in_(people), Mailbox.confirmed_at.is_not(None))


def of_account(account_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Return the join's condition for the mailbox that an account's mail goes to."""
    return and_(Mailbox.account_id == account_id, Mailbox.confirmed_at.is_not(None))


async def name(
    db: Database, sender: PushSender | None, address: str, *, vault: Vault, by: Actor, now: datetime
) -> None:
    """Send a code to an address; until it comes back nothing else goes there, nor to the one before.

    It takes the database, not a session: nobody's transaction waits for a mail server.

    Raises:
        TooMany: the caller, or whoever else named the address, asked too often.
        MailUnavailable: nothing can be sent, or the server would not take it.
    """
    if by.account_id is None:
        raise SignInRequired
    if sender is None:
        raise MailUnavailable
    code = f"{secrets.randbelow(10**6):06d}"
    named = {
        "address_encrypted": vault.encrypt_phone(address),
        "code_hash": vault.code_hash(by.account_id, code),
        "code_sent_at": now,
        "tries": 0,
        "confirmed_at": None,
    }
    counted = [
        *limits.uses(limits.CODES_BY_PHONE, f"mailbox:{by.account_id}", vault=vault, now=now),
        *limits.uses(limits.CODES_BY_PHONE, f"mailbox:{address.lower()}", vault=vault, now=now),
    ]
    async with db.writing() as session:
        await limits.count(session, counted)
        row = insert(Mailbox).values(account_id=by.account_id, **named)
        await session.execute(row.on_conflict_do_update(index_elements=["account_id"], set_=named))
    if not await _is_sent(sender, address, code, now=now):
        async with db.writing() as session:
            await limits.give_back(session, counted)
        raise MailUnavailable


async def _is_sent(sender: PushSender, address: str, code: str, *, now: datetime) -> bool:
    message = PushMessage(
        id=new_id(),
        kind=_KIND,
        title="暖蜂",
        body=f"邮箱验证码 {code},30 分钟内有效。Your code is {code}, good for 30 minutes.",
        urgency=Urgency.URGENT,
        expires_at=now + LIVES,
    )
    try:
        (result,) = await sender.send([Parcel(message, address)])
    except OutsideError:
        return False
    return isinstance(result, Accepted)


async def confirm(session: AsyncSession, code: str, *, vault: Vault, by: Actor, now: datetime) -> None:
    """Have the caller's mail go to the address that a code was sent to.

    Raises:
        CodeWrong: it is another one; the try counts although the request is refused.
        CodeSpent: there is none that could still be right.
    """
    if by.account_id is None:
        raise SignInRequired
    spend = (
        update(Mailbox)
        .where(
            Mailbox.account_id == by.account_id,
            Mailbox.confirmed_at.is_(None),
            Mailbox.code_sent_at > now - LIVES,
            Mailbox.tries < MOST_TRIES,
        )
        .values(tries=Mailbox.tries + 1)
        .returning(Mailbox.code_hash, Mailbox.tries)
    )
    found = (await session.execute(spend)).one_or_none()
    if found is None:
        raise CodeSpent
    if not hmac.compare_digest(found.code_hash, vault.code_hash(by.account_id, code)):
        raise CodeWrong(tries_left=MOST_TRIES - found.tries)
    mine = update(Mailbox).where(Mailbox.account_id == by.account_id)
    await session.execute(mine.values(confirmed_at=now, code_hash=b""))


async def own(session: AsyncSession, *, vault: Vault, by: Actor) -> tuple[str, datetime | None] | None:
    """Return the caller's address and since when it is proved."""
    row = await session.get(Mailbox, by.account_id)
    return None if row is None else (vault.decrypt_phone(row.address_encrypted), row.confirmed_at)


async def forget(session: AsyncSession, *, by: Actor) -> None:
    """Send the caller no more mail; it is fine if they had none."""
    await session.execute(delete(Mailbox).where(Mailbox.account_id == by.account_id))


async def rotate_keys(session: AsyncSession, *, vault: Vault) -> None:
    """Encrypt every address anew, by the first key."""
    for mailbox in await session.scalars(select(Mailbox).with_for_update()):
        mailbox.address_encrypted = vault.rotate_phone(mailbox.address_encrypted)
