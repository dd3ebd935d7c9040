"""Turns on duty for tests, as plain functions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import DutyRank, DutyShift
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
