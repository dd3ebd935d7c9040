"""What the demonstration asks of the database before it fills it."""

import asyncio

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.models import Account, Area, AreaKind, Station
from app.services.demo.places import District
from app.services.demo.stations import Community

_COMMUNITY, _LOCK = 5, 2026_11
_ASK_AGAIN_S = 0.2


async def is_empty(session: AsyncSession) -> bool:
    """Tell whether nobody and nothing is there yet; a second demonstration at once waits, and is told no."""
    # The other takes longer than a statement may: it is asked again and again, not waited for inside one.
    while not await session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):  # noqa: ASYNC110 - a database
        await asyncio.sleep(_ASK_AGAIN_S)
    used = select(or_(select(Account).exists(), select(Station).exists()))
    return not await session.scalar(used)


async def communities_of(session: AsyncSession, district: District) -> list[Community]:
    """Return a district's urban communities in force, by code."""
    town = aliased(Area)
    query = (
        select(Area.code, town.name, Area.name)
        .join(town, town.code == func.left(Area.code, 9))
        .where(
            Area.code.startswith(district.code),
            Area.level == _COMMUNITY,
            Area.kind == AreaKind.OFFICIAL,
            Area.valid_to.is_(None),
            or_(Area.name.contains("社区"), Area.name.contains("居委会")),
        )
        .order_by(Area.code)
    )
    return [
        Community(code, f"{district.name}{town_name}{name}")
        for code, town_name, name in await session.execute(query)
    ]
