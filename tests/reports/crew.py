"""The people around a case, as callers: staff, officer, unit, grid member."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.models import Report
from tests.factories.accounts import make_account, make_grant
from tests.factories.stations import COMMUNITY

COUNTY = COMMUNITY[:6]


async def staff(session: AsyncSession, area_code: str = COMMUNITY, name: str = "小李") -> Actor:
    return await _holder(session, Grant(Role.COMMUNITY_STAFF, (area_code,)), name)


async def officer(session: AsyncSession, area_code: str = COUNTY) -> Actor:
    return await _holder(session, Grant(Role.DISTRICT_OFFICER, (area_code,)), "区里老赵")


async def unit_user(session: AsyncSession, unit_id: UUID, name: str = "维修工老王") -> Actor:
    account = await make_account(session, display_name=name)
    await make_grant(session, account, Role.HANDLING_UNIT, unit_id=unit_id)
    return Actor(account.id, (Grant(Role.HANDLING_UNIT, unit_id=unit_id),))


async def grid_member(session: AsyncSession, area_code: str = COMMUNITY) -> Actor:
    return await _holder(session, Grant(Role.PART_TIME_GRID_MEMBER, (area_code,)), "骑手小周")


async def rider(session: AsyncSession) -> Actor:
    return Actor((await make_account(session)).id)


async def seen(session: AsyncSession, report: Report, **said: Any) -> dict[str, Any]:
    """Return what a clerk says of a case, with the version that is before their eyes."""
    version = await session.scalar(select(Report.version).where(Report.id == report.id))
    return {"version": version, **said}


async def _holder(session: AsyncSession, grant: Grant, name: str) -> Actor:
    account = await make_account(session, display_name=name)
    return Actor(account.id, (grant,))
