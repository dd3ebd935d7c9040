"""Accounts, sign-ins and grants, as plain functions."""

import hashlib
import secrets
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.core.clock import local_day
from app.core.ids import new_id
from app.models import Account, AccountBan, Consent, PersonalDataRead, Purpose, RefreshToken, RoleGrant


async def make_account(session: AsyncSession, **given) -> Account:
    """Make a rider who was here today."""
    now = datetime.now(UTC)
    account = Account(
        **{"id": new_id(), "display_name": "小蜂", "created_at": now, "last_seen_on": local_day(now), **given}
    )
    session.add(account)
    await session.flush()
    return account


async def make_session(session: AsyncSession, account: Account, **given) -> RefreshToken:
    """Make a sign-in that lasts a month."""
    now = given.pop("issued_at", datetime.now(UTC))
    token = RefreshToken(
        **{
            "id": new_id(),
            "family_id": uuid4(),
            "account_id": account.id,
            "device_id": uuid4(),
            "token_hash": hashlib.sha256(secrets.token_bytes()).digest(),
            "issued_at": now,
            "expires_at": now + timedelta(days=30),
            **given,
        }
    )
    session.add(token)
    await session.flush()
    return token


async def make_grant(
    session: AsyncSession,
    account: Account,
    role: Role = Role.SYSADMIN,
    *,
    area_code: str | None = None,
    station_id: UUID | None = None,
    **given,
) -> RoleGrant:
    """Make a grant in force since 2020."""
    grant = RoleGrant(
        **{
            "id": new_id(),
            "account_id": account.id,
            "role": role,
            "area_code": area_code,
            "station_id": station_id,
            "valid_from": date(2020, 1, 1),
            "granted_at": datetime.now(UTC),
            **given,
        }
    )
    session.add(grant)
    await session.flush()
    return grant


async def make_ban(session: AsyncSession, account: Account, *, by: Account, **given) -> AccountBan:
    """Make a ban in force; the account's status is the caller's."""
    ban = AccountBan(
        **{
            "id": new_id(),
            "account_id": account.id,
            "area_code": account.area_code,
            "reason": "多次辱骂工作人员",
            "banned_at": datetime.now(UTC),
            "banned_by": by.id,
            **given,
        }
    )
    session.add(ban)
    await session.flush()
    return ban


async def make_read(session: AsyncSession, account: Account, *, by: Account, **given) -> PersonalDataRead:
    """Make an entry of the read log."""
    read = PersonalDataRead(
        **{
            "id": new_id(),
            "reader_id": by.id,
            "subject_id": account.id,
            "what": "phone",
            "reason": "换号",
            "read_at": datetime.now(UTC),
            **given,
        }
    )
    session.add(read)
    await session.flush()
    return read


async def make_consent(session: AsyncSession, account: Account, **given) -> Consent:
    """Make a consent to be located."""
    consent = Consent(
        **{
            "id": new_id(),
            "account_id": account.id,
            "purpose": Purpose.PRECISE_LOCATION,
            "text_version": "2026-11",
            "given_at": datetime.now(UTC),
            **given,
        }
    )
    session.add(consent)
    await session.flush()
    return consent
