"""Selects over accounts, their sign-ins, codes and grants."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant
from app.core.clock import local_day
from app.core.errors import NotFound
from app.models import Account, AccountStatus, RefreshToken, RoleGrant, SignInCode


async def get_own(session: AsyncSession, *, by: Actor) -> Account:
    """Return the caller's own account."""
    account = await session.scalar(select(Account).where(Account.id == by.account_id))
    if account is None:
        raise NotFound
    return account


async def by_phone(session: AsyncSession, phone_hash: bytes) -> Account | None:
    """Return the account of a number."""
    return await session.scalar(select(Account).where(Account.phone_hash == phone_hash))


async def lock_accounts(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Account]:
    """Lock accounts, in one order for everybody, and return them as they are now.

    Writers who only refer to an account, as visits do, do not wait for it.
    """
    query = (
        select(Account)
        .where(Account.id.in_(ids))
        .order_by(Account.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    await session.flush()
    return (await session.scalars(query)).all()


async def newest_code_id(session: AsyncSession, phone_hash: bytes) -> UUID | None:
    """Return the code that was sent to a number last."""
    newest_first = (SignInCode.sent_at.desc(), SignInCode.id.desc())
    query = select(SignInCode.id).where(SignInCode.phone_hash == phone_hash).order_by(*newest_first)
    return await session.scalar(query.limit(1))


async def get_token(session: AsyncSession, token_hash: bytes) -> RefreshToken | None:
    """Return the link of a chain that a token names."""
    query = select(RefreshToken).where(RefreshToken.token_hash == token_hash)
    return await session.scalar(query.execution_options(populate_existing=True))


async def account_of_token(session: AsyncSession, token_hash: bytes) -> UUID | None:
    """Return whose a refresh token is."""
    return await session.scalar(
        select(RefreshToken.account_id).where(RefreshToken.token_hash == token_hash)
    )


async def accounts_on_device(session: AsyncSession, device_id: UUID) -> set[UUID]:
    """Return who is signed in on a device."""
    query = select(RefreshToken.account_id).where(
        RefreshToken.device_id == device_id, RefreshToken.revoked_at.is_(None)
    )
    return set(await session.scalars(query))


async def knows_device(session: AsyncSession, account_id: UUID, device_id: UUID) -> bool:
    """Tell whether an account was once signed in on a device and never signed out of it."""
    query = select(
        exists().where(
            RefreshToken.account_id == account_id,
            RefreshToken.device_id == device_id,
            RefreshToken.revoked_at.is_(None),
        )
    )
    return bool(await session.scalar(query))


async def status_of(session: AsyncSession, account_id: UUID) -> AccountStatus | None:
    """Return whether an account may act, or ``None`` when there is no such account."""
    return await session.scalar(select(Account.status).where(Account.id == account_id))


async def live_sessions(session: AsyncSession, account_id: UUID, *, now: datetime) -> frozenset[UUID]:
    """Return the ids of an account's sign-ins that were not signed out, revoked or left to expire."""
    query = select(RefreshToken.family_id).where(
        RefreshToken.account_id == account_id,
        RefreshToken.revoked_at.is_(None),
        RefreshToken.expires_at > now,
    )
    return frozenset(await session.scalars(query))


async def grants_in_force(session: AsyncSession, account_id: UUID, *, now: datetime) -> tuple[Grant, ...]:
    """Return the grants of an account that count on the Chinese day of ``now``, both ends included."""
    today = local_day(now)
    query = select(RoleGrant).where(
        RoleGrant.account_id == account_id,
        RoleGrant.revoked_at.is_(None),
        RoleGrant.valid_from <= today,
        (RoleGrant.valid_to >= today) | RoleGrant.valid_to.is_(None),
    )
    return tuple([_grant(row) for row in await session.scalars(query)])


def _grant(row: RoleGrant) -> Grant:
    codes = () if row.area_code is None else (row.area_code,)
    return Grant(row.role, area_codes=codes, station_id=row.station_id)
