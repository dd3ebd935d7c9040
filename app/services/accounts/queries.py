"""Selects over accounts, their sessions and grants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Grant
from app.core.clock import local_day
from app.models import Account, AccountStatus, RefreshToken, RoleGrant


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
