"""Reading handling units."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.models import HandlingUnit


async def get(session: AsyncSession, unit_id: UUID) -> HandlingUnit:
    """Return a handling unit, in being or not.

    Raises:
        NotFound: there is none.
    """
    unit = await session.get(HandlingUnit, unit_id)
    if unit is None:
        raise NotFound
    return unit
