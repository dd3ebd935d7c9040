"""Who is trusted with the confidential cases of the demonstration's district: a worker and a supervisor."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.models import RoleGrant
from app.services.reports.trust import DeskDraft, name_desk

_PREFECTURE_DIGITS = 4


async def add(session: AsyncSession, district: str, *, now: datetime) -> None:
    """Name the district's officer as case worker and the prefecture's as supervisor."""
    worker = await _officer(session, district)
    supervisor = await _officer(session, district[:_PREFECTURE_DIGITS])
    draft = DeskDraft(district, None, worker, supervisor)
    by = Actor(supervisor, (Grant(Role.DISTRICT_OFFICER, (district,)),))
    await name_desk(session, draft, by=by, now=now)


async def _officer(session: AsyncSession, area_code: str) -> UUID:
    query = select(RoleGrant.account_id).where(
        RoleGrant.role == Role.DISTRICT_OFFICER, RoleGrant.area_code == area_code
    )
    return (await session.scalars(query)).one()
