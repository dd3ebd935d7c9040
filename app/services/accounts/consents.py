"""Consents: given for a purpose and a version of its text, taken back at any time, kept as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import InvalidInput
from app.core.ids import new_id
from app.models import Account, AgeBand, Consent, Purpose
from app.services import outbox
from app.services.accounts import codes, policy, queries
from app.services.accounts.errors import GuardianNeeded, PolicyChanged
from app.services.accounts.events import ConsentWithdrawn
from app.services.accounts.vault import Vault
from app.services.outbox import Channel


@dataclass(frozen=True, slots=True)
class Guardian:
    """A guardian's number, and the code sent to it as their word."""

    phone: str
    code: str


async def agree(
    session: AsyncSession, purpose: Purpose, *, text_version: str, by: Actor, now: datetime
) -> Consent:
    """Keep the caller's consent; agreeing again to the same text changes nothing.

    Raises:
        InvalidInput: a guardian's consent is not the person's own to give.
        PolicyChanged: the text in force is another version.
    """
    if purpose is Purpose.GUARDIAN:
        raise InvalidInput(hint="purpose")
    if text_version != policy.current().version:
        raise PolicyChanged(version=policy.current().version)
    own = await queries.get_own(session, by=by)
    await queries.lock_accounts(session, {own.id})
    for kept in await queries.consents_of(session, own.id, purpose):
        if kept.text_version == text_version and kept.withdrawn_at is None:
            return kept
    consent = _add(session, own, purpose, given_at=now)
    await outbox.announce(session, Channel.GRANTS, [own.id])
    return consent


async def withdraw(session: AsyncSession, purpose: Purpose, *, by: Actor, now: datetime) -> None:
    """Take the caller's consent back, from now on; doing it twice changes nothing.

    Who never agreed refuses by this, which counts the same.

    Raises:
        InvalidInput: a guardian's consent ends with the account, which may be deleted at any time.
    """
    if purpose is Purpose.GUARDIAN:
        raise InvalidInput(hint="purpose")
    own = await queries.get_own(session, by=by)
    await queries.lock_accounts(session, {own.id})
    kept = await queries.consents_of(session, own.id, purpose)
    if kept and all(each.withdrawn_at is not None for each in kept):
        return
    for each in kept or [_add(session, own, purpose, given_at=None)]:
        each.withdrawn_at = each.withdrawn_at or now
    outbox.record(session, ConsentWithdrawn(own.id, purpose.value), now=now, area_code=own.area_code)
    await outbox.announce(session, Channel.GRANTS, [own.id])


async def list_own(session: AsyncSession, *, by: Actor) -> Sequence[Consent]:
    """Return all that the caller ever agreed to, oldest first."""
    own = await queries.get_own(session, by=by)
    return await queries.consents_of(session, own.id, None)


def younger(one: AgeBand | None, other: AgeBand | None) -> AgeBand | None:
    """Return the younger of two bands that the same person named, for the stricter rules count."""
    named = [band for band in AgeBand if band in {one, other}]
    return named[0] if named else None


async def check_guardian(
    session: AsyncSession, guardian: Guardian | None, *, own_hash: bytes | None, vault: Vault, now: datetime
) -> bytes:
    """Return the hash of a guardian's number, whose code is right and used up by this.

    Raises:
        GuardianNeeded: there is no guardian, or it is the child's own number.
        CodeWrong, CodeSpent: the guardian's code is not, or no longer, right.
    """
    if guardian is None:
        raise GuardianNeeded
    guardian_hash = vault.phone_hash(guardian.phone)
    if guardian_hash == own_hash:
        raise GuardianNeeded
    code_id = await codes.check_code(session, guardian_hash, guardian.code, vault=vault, now=now)
    await codes.use_up(session, code_id, now=now)
    return guardian_hash


def vouch(session: AsyncSession, account: Account, guardian_hash: bytes, *, now: datetime) -> None:
    """Keep that a guardian agreed to a child's account."""
    account.age_band = AgeBand.UNDER_14
    _add(session, account, Purpose.GUARDIAN, given_at=now, guardian_hash=guardian_hash)


async def declare_child(
    session: AsyncSession, guardian: Guardian, *, by: Actor, vault: Vault, now: datetime
) -> Account:
    """Say that the caller is under 14, with a guardian's word.

    Raises:
        GuardianNeeded: the guardian's number is the caller's own.
        CodeWrong, CodeSpent: the guardian's code is not, or no longer, right.
    """
    own = await queries.get_own(session, by=by)
    guardian_hash = await check_guardian(session, guardian, own_hash=own.phone_hash, vault=vault, now=now)
    [account] = await queries.lock_accounts(session, {own.id})
    vouch(session, account, guardian_hash, now=now)
    account.version += 1
    return account


def _add(
    session: AsyncSession,
    account: Account,
    purpose: Purpose,
    *,
    given_at: datetime | None,
    guardian_hash: bytes | None = None,
) -> Consent:
    consent = Consent(
        id=new_id(),
        account_id=account.id,
        purpose=purpose,
        text_version=policy.current().version,
        given_at=given_at,
        guardian_hash=guardian_hash,
    )
    session.add(consent)
    return consent
