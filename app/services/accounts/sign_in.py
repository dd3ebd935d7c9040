"""Opening an account with a number and the code sent to it."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import local_day
from app.core.ids import new_id
from app.models import Account, AgeBand
from app.services.accounts import banned_numbers, codes, consents, limits, queries, sessions
from app.services.accounts.codes import Asker
from app.services.accounts.consents import Guardian
from app.services.accounts.errors import AccountIdle
from app.services.accounts.sessions import Session
from app.services.accounts.vault import Vault

IDLE_AFTER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a person brings to sign in.

    ``start_fresh`` leaves a sleeping account of the number behind and begins a new one. ``age_band`` and
    ``guardian`` count for a new account.
    """

    phone: str
    code: str
    display_name: str | None = None
    start_fresh: bool = False
    age_band: AgeBand | None = None
    guardian: Guardian | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An opened account and its new session."""

    account: Account
    session: Session
    is_new: bool


def is_idle(last_seen_on: date, *, now: datetime) -> bool:
    """Tell whether an account slept so long that its number may have a new owner."""
    return local_day(now) - last_seen_on > IDLE_AFTER


async def sign_in(
    session: AsyncSession,
    given: SignIn,
    *,
    asker: Asker,
    vault: Vault,
    lifetime: timedelta,
    now: datetime,
) -> SignedIn:
    """Open the number's account, or a new one, on a device.

    Raises:
        TooMany: the device or the address tried too often.
        CodeWrong: the code is another one.
        CodeSpent: no code of the number can still be right.
        AccountIdle: the account slept, the device is not one it used, and no fresh start was asked for.
        GuardianNeeded: a new account of a child without a guardian's word; nothing is made.
    """
    await limits.count(
        session,
        [
            *limits.uses(limits.TRIES_BY_DEVICE, str(asker.device_id), vault=vault, now=now),
            *limits.uses(limits.TRIES_BY_ADDRESS, limits.network_of(asker.address), vault=vault, now=now),
        ],
    )
    phone_hash = vault.phone_hash(given.phone)
    code_id = await codes.check_code(session, phone_hash, given.code, vault=vault, now=now)
    account = await queries.by_phone(session, phone_hash)
    if account is not None and is_idle(account.last_seen_on, now=now):
        account = await _wake(session, account, given, asker, now)
    is_new = account is None
    if account is None:
        account = await _begin(session, given, own_hash=phone_hash, vault=vault, now=now)
    await codes.use_up(session, code_id, now=now)
    account.last_seen_on = local_day(now)
    started = await sessions.start(session, account.id, asker.device_id, lifetime=lifetime, now=now)
    return SignedIn(account, started, is_new)


async def _begin(
    session: AsyncSession, given: SignIn, *, own_hash: bytes, vault: Vault, now: datetime
) -> Account:
    """Make the account of a number that has none."""
    guardian_hash = None
    if given.age_band is AgeBand.UNDER_14:
        guardian_hash = await consents.check_guardian(
            session, given.guardian, own_hash=own_hash, vault=vault, now=now
        )
    account = await make_account(session, given.phone, given.display_name, vault=vault, now=now)
    account.age_band = given.age_band
    if guardian_hash is not None:
        consents.vouch(session, account, guardian_hash, now=now)
    return account


async def _wake(
    session: AsyncSession, account: Account, given: SignIn, asker: Asker, now: datetime
) -> Account | None:
    """Open a sleeping account to a device it knows; the number alone opens none."""
    if given.start_fresh:
        await release_number(session, account, now=now)
        return None
    if not await queries.knows_device(session, account.id, asker.device_id):
        raise AccountIdle
    return account


async def release_number(session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Take the number from an account whose owner has it no more; an officer can bind another.

    A ban stays with both: who slept through ninety days of it may be who begins anew.
    """
    await sessions.end_all(session, account.id, now=now)
    await banned_numbers.remember(session, account, now=now)
    account.phone_hash = account.phone_encrypted = None
    await session.flush()


async def make_account(
    session: AsyncSession, phone: str, display_name: str | None, *, vault: Vault, now: datetime
) -> Account:
    """Make the number's account, or return the one that somebody made in the same instant.

    An account that its number left under a ban left it to the number, too.
    """
    phone_hash = vault.phone_hash(phone)
    made = await session.scalar(
        insert(Account)
        .values(
            id=new_id(),
            phone_hash=phone_hash,
            phone_encrypted=vault.encrypt_phone(phone),
            # Nothing of the number: names are seen by others.
            display_name=display_name or f"骑手{secrets.randbelow(10**4):04d}",
            created_at=now,
            last_seen_on=local_day(now),
        )
        .on_conflict_do_nothing(index_elements=[Account.phone_hash])
        .returning(Account.id)
    )
    account = await queries.by_phone(session, phone_hash)
    if account is None:
        raise LookupError("an account that was just made is gone")
    if made is not None:
        await banned_numbers.carry_over(session, account, now=now)
    return account
