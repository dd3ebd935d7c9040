"""Binding an account to another number: by its owner with both numbers, or by an officer on the spot."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import local_day
from app.models import Account
from app.services import outbox
from app.services.accounts import banned_numbers, codes, limits, queries, reach, readlog, sessions
from app.services.accounts.errors import CodeSpent, PersonNotFound, PhoneTaken
from app.services.accounts.events import NumberRebound
from app.services.accounts.sign_in import is_idle, release_number
from app.services.accounts.vault import Vault


@dataclass(frozen=True, slots=True)
class Rebinding:
    """What an officer enters with the person in front of them.

    The same number twice reopens an account that slept. The code was sent to the new number.
    """

    phone: str
    new_phone: str
    code: str
    reason: str


async def change_number(
    session: AsyncSession,
    new_phone: str,
    *,
    old_code: str,
    new_code: str,
    by: Actor,
    vault: Vault,
    now: datetime,
) -> Account:
    """Bind the caller's account to a new number; it takes a code sent to each of the two.

    Raises:
        CodeWrong, CodeSpent: one of the codes is not, or no longer, right.
        PhoneTaken: another account in use has the new number.
    """
    own = await queries.get_own(session, by=by)
    if own.phone_hash is None:
        raise CodeSpent
    old_id = await codes.check_code(session, own.phone_hash, old_code, vault=vault, now=now)
    await _bind(session, own, new_phone, new_code, by=by, vault=vault, now=now)
    await codes.use_up(session, old_id, now=now)
    return own


async def rebind(session: AsyncSession, given: Rebinding, *, by: Actor, vault: Vault, now: datetime) -> None:
    """Bind the account of one number to another at an officer's word, and sign it out everywhere.

    Raises:
        TooMany: the officer has rebound, or tried, enough for a day.
        PersonNotFound: no account of this number that the caller covers; one that holds roles is covered
            only by those who could give all of them.
        CodeWrong, CodeSpent: the code is not, or no longer, right.
        PhoneTaken: another account in use has the new number.
    """
    await limits.count(session, limits.uses(limits.REBINDINGS, str(by.account_id), vault=vault, now=now))
    account = await queries.by_phone(session, vault.phone_hash(given.phone))
    if account is None or not await reach.covers_person(session, account, by=by, now=now):
        raise PersonNotFound
    readlog.log_read(
        session,
        account.id,
        by=by,
        what="phone",
        reason=given.reason,
        area_code=account.area_code,
        now=now,
    )
    await _bind(session, account, given.new_phone, given.code, by=by, vault=vault, now=now)
    await sessions.end_all(session, account.id, now=now)


async def _bind(
    session: AsyncSession, account: Account, phone: str, code: str, *, by: Actor, vault: Vault, now: datetime
) -> None:
    phone_hash = vault.phone_hash(phone)
    code_id = await codes.check_code(session, phone_hash, code, vault=vault, now=now)
    await queries.lock_accounts(session, {account.id})
    holder = await queries.by_phone(session, phone_hash)
    if holder is not None and holder.id != account.id:
        if not is_idle(holder.last_seen_on, now=now):
            raise PhoneTaken
        # The number was recycled: who slept through it loses it to who holds it in hand.
        await release_number(session, holder, now=now)
    if account.phone_hash != phone_hash:
        await banned_numbers.remember(session, account, now=now)
    account.phone_hash = phone_hash
    account.phone_encrypted = vault.encrypt_phone(phone)
    account.last_seen_on = local_day(now)
    await codes.use_up(session, code_id, now=now)
    if by.account_id is not None:
        outbox.record(session, NumberRebound(account.id, by.account_id), now=now)
