"""Sign-in codes: sent by SMS, kept hashed, five minutes, five tries, the newest only."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.core.ids import new_id
from app.models import SignInCode
from app.ports import OutsideError, SmsSender
from app.services.accounts import limits, queries
from app.services.accounts.errors import CodeSpent, CodeWrong, SmsUnavailable
from app.services.accounts.vault import Vault

LIVES = timedelta(minutes=5)
MOST_TRIES = 5
RESEND_AFTER = limits.CODES_BY_PHONE[0].window


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as far as limits care: the phone's own id and the address it comes from."""

    device_id: UUID
    address: str


async def send_code(
    db: Database, sms: SmsSender, phone: str, *, asker: Asker, vault: Vault, now: datetime
) -> None:
    """Send a fresh code to a number; whether an account has the number is never looked at.

    It takes the database, not a session: the provider may need seconds, and a transaction that waited
    for it would hold the counters of everybody behind the same address.

    Raises:
        TooMany: the number, the device or the address asked too often.
        SmsUnavailable: the provider failed; then nothing counts and an earlier code still works.
    """
    code_id, code = new_id(), f"{secrets.randbelow(10**6):06d}"
    counted = [
        *limits.uses(limits.CODES_BY_PHONE, phone, vault=vault, now=now),
        *limits.uses(limits.CODES_BY_DEVICE, str(asker.device_id), vault=vault, now=now),
        *limits.uses(limits.CODES_BY_ADDRESS, limits.network_of(asker.address), vault=vault, now=now),
    ]
    async with db.writing() as session:
        await limits.count(session, counted)
        session.add(
            SignInCode(
                id=code_id,
                phone_hash=vault.phone_hash(phone),
                code_hash=vault.code_hash(code_id, code),
                sent_at=now,
                expires_at=now + LIVES,
            )
        )
    try:
        await sms.send_code(phone, code)
    except OutsideError as error:
        async with db.writing() as session:
            await session.execute(delete(SignInCode).where(SignInCode.id == code_id))
            await limits.give_back(session, counted)
        raise SmsUnavailable from error


async def check_code(
    session: AsyncSession, phone_hash: bytes, code: str, *, vault: Vault, now: datetime
) -> UUID:
    """Spend one try of the newest code sent to a number and return its id when it is right.

    The code stays good until :func:`use_up`, so that a sign-in that needs one more word may come again.

    Raises:
        CodeWrong: it is another one; the try counts although the request is refused.
        CodeSpent: there is none that could still be right.
    """
    newest = await queries.newest_code_id(session, phone_hash)
    spend = (
        update(SignInCode)
        .where(
            SignInCode.id == newest,
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > now,
            SignInCode.tries < MOST_TRIES,
        )
        .values(tries=SignInCode.tries + 1)
        .returning(SignInCode.id, SignInCode.code_hash, SignInCode.tries)
    )
    found = (await session.execute(spend)).one_or_none()
    if found is None:
        raise CodeSpent
    if not hmac.compare_digest(found.code_hash, vault.code_hash(found.id, code)):
        raise CodeWrong(tries_left=MOST_TRIES - found.tries)
    code_id: UUID = found.id
    return code_id


async def use_up(session: AsyncSession, code_id: UUID, *, now: datetime) -> None:
    """Make a code worthless: it has opened what it was sent for."""
    await session.execute(update(SignInCode).where(SignInCode.id == code_id).values(used_at=now))
