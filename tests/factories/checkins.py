"""Visits and the people and places they need."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import EndReason, EvidenceGrade, Visit
from app.services.checkins.writer import NewVisit

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def new_visit(station_id: UUID, account_id: UUID, **given) -> NewVisit:
    """Return a check-in at noon that passed the rules."""
    captured_at = given.get("captured_at", NOON)
    return NewVisit(
        **{
            "id": uuid4(),
            "station_id": station_id,
            "account_id": account_id,
            "area_code": "620102001001",
            "captured_at": captured_at,
            "received_at": max(captured_at, NOON),
            "captured_offline": False,
            "grade": EvidenceGrade.C,
            "code_kind": None,
            "lat": None,
            "lon": None,
            "accuracy_m": None,
            "coord_type": None,
            "due_at": captured_at + timedelta(hours=4),
            "due_reason": EndReason.MAX_STAY,
            "station_version": 1,
            **given,
        }
    )


async def make_visit(session: AsyncSession, station_id: UUID, account_id: UUID, **given) -> Visit:
    """Make an open visit since noon; occupancy is the caller's."""
    captured_at = given.get("captured_at", NOON)
    visit = Visit(
        **{
            "id": uuid4(),
            "station_id": station_id,
            "account_id": account_id,
            "area_code": "620102001001",
            "captured_at": captured_at,
            "received_at": captured_at,
            "captured_offline": False,
            "grade": EvidenceGrade.C,
            "due_at": captured_at + timedelta(hours=4),
            "due_reason": EndReason.MAX_STAY,
            **given,
        }
    )
    session.add(visit)
    await session.flush()
    return visit
