"""People of a desk, for tests."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from tests.factories.accounts import make_account, make_grant
from tests.factories.stations import make_area


async def staff_of(
    session: AsyncSession, area_code: str, role: Role = Role.COMMUNITY_STAFF, name: str = "小李"
) -> Actor:
    """Make somebody of an area's desk, with the grant in the database too."""
    await make_area(session, area_code)
    account = await make_account(session, display_name=name)
    await make_grant(session, account, role, area_code=area_code)
    return Actor(account.id, (Grant(role, (area_code,)),))
