"""Partners and what they may read, as plain functions."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Open311Key, Photo, PhotoState, Report
from app.services.open311.keys import hash_of
from tests.factories.accounts import make_account
from tests.factories.photos import make_photo
from tests.factories.reports import make_report
from tests.factories.stations import COMMUNITY, make_area

ARRANGED_KEY = "a-key-of-the-tests"
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


async def make_key(
    session: AsyncSession, secret: str = ARRANGED_KEY, *, area_code: str = COMMUNITY, **given
) -> Open311Key:
    """Make a partner with a key."""
    await make_area(session, area_code)
    partner = await make_account(session, display_name="邻市平台")
    values = {
        "name": "邻市平台",
        "area_code": area_code,
        "key_hash": hash_of(secret),
        "partner_id": partner.id,
        "issued_at": NOW,
        **given,
    }
    key = Open311Key(**values)
    session.add(key)
    await session.flush()
    return key


async def make_public(session: AsyncSession, **given) -> Report:
    """Make a report that staff approved for the public."""
    return await make_report(session, **{"public_at": NOW, **given})


async def make_approved_photo(session: AsyncSession, report_id: UUID, **given) -> Photo:
    """Make a photo of a report that everybody may see."""
    owner = await make_account(session)
    values = {
        "about_id": report_id,
        "state": PhotoState.READY,
        "ready_at": NOW,
        "attached_at": NOW,
        "approved_at": NOW,
        "approved_by": owner.id,
        **given,
    }
    return await make_photo(session, owner.id, **values)
