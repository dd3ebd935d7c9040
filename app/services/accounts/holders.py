"""Who holds a role over something today: whom to tell about it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.models import Account, AccountStatus, RoleGrant
from app.services import areas
from app.services.accounts.queries import in_force


async def of_station(session: AsyncSession, station_id: UUID, *, now: datetime) -> list[UUID]:
    """Return the managers of a station who can act today."""
    return await _accounts(session, RoleGrant.station_id == station_id, now=now)


async def of_unit(session: AsyncSession, unit_id: UUID, *, now: datetime) -> list[UUID]:
    """Return who acts for a handling unit today."""
    return await _accounts(session, RoleGrant.unit_id == unit_id, now=now)


async def of_area(
    session: AsyncSession, area_code: str, roles: Collection[Role], *, now: datetime
) -> list[UUID]:
    """Return who holds one of some roles over an area today, nearest first: the narrowest that has anybody.

    A grant over what the area was called earlier counts.
    """
    for code in (await areas.load_lineage(session)).above(area_code):
        held = RoleGrant.role.in_(roles) & (RoleGrant.area_code == code)
        if found := await _accounts(session, held, now=now):
            return found
    return []


async def all_over(
    session: AsyncSession, area_code: str, roles: Collection[Role], *, now: datetime
) -> list[UUID]:
    """Return everybody who holds one of some roles over an area today, however wide their own is."""
    above = (await areas.load_lineage(session)).above(area_code)
    return await _accounts(session, RoleGrant.role.in_(roles) & RoleGrant.area_code.in_(above), now=now)


async def _accounts(session: AsyncSession, held: ColumnElement[bool], *, now: datetime) -> list[UUID]:
    query = (
        select(RoleGrant.account_id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(held, in_force(now), Account.status == AccountStatus.ACTIVE)
        .distinct()
    )
    return list(await session.scalars(query))
