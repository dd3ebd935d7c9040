"""Turns on duty for tests, as plain functions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.models import DutyRank, DutyShift, Report, Urgency
from tests.factories.accounts import make_account, make_grant
from tests.factories.reports import make_category, make_report
from tests.factories.stations import COMMUNITY, make_area

NIGHT = datetime(2026, 11, 20, 18, 15, tzinfo=UTC)  # 02:15 in China


async def make_shift(
    session: AsyncSession, account_id: UUID, *, area_code: str = COMMUNITY, **given: Any
) -> DutyShift:
    """Put somebody first on duty for twelve hours around a night's emergency."""
    await make_area(session, area_code)
    starts_at = given.get("starts_at", NIGHT - timedelta(hours=6))
    shift = DutyShift(
        **{
            "id": uuid4(),
            "area_code": area_code,
            "account_id": account_id,
            "rank": None if "in_place_of_id" in given else DutyRank.FIRST,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=12),
            "version": 1,
            "changed_at": starts_at,
            **given,
        }
    )
    session.add(shift)
    await session.flush()
    return shift


async def on_call(
    session: AsyncSession, name: str, role: Role = Role.PART_TIME_GRID_MEMBER, **given: Any
) -> Actor:
    """Put somebody with a role over an area on its roster, in the database and as a caller."""
    area_code = given.setdefault("area_code", COMMUNITY)
    await make_area(session, area_code)
    account = await make_account(session, display_name=name)
    await make_grant(session, account, role, area_code=area_code)
    await make_shift(session, account.id, **given)
    return Actor(account.id, (Grant(role, (area_code,)),))


async def full_house(session: AsyncSession) -> tuple[Actor, Actor, Actor]:
    """Put somebody on every rung of the community: a first, a backup, the district's."""
    first = await on_call(session, "网格员小陈")
    backup = await on_call(session, "社区老周", Role.COMMUNITY_STAFF, rank="backup")
    district = await on_call(session, "区值班室", Role.DISTRICT_OFFICER, area_code=COMMUNITY[:6])
    return first, backup, district


async def make_emergency(session: AsyncSession, *, at: datetime = NIGHT, **given: Any) -> Report:
    """Report an open manhole at night."""
    await make_category(
        session,
        "manhole_cover",
        urgency=Urgency.EMERGENCY,
        phones=[{"number": "110", "zh": "公安", "en": "Police"}],
    )
    return await make_report(
        session,
        **{"category_id": "manhole_cover", "urgency": Urgency.EMERGENCY, "submitted_at": at, **given},
    )
