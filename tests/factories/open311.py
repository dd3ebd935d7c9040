"""Partners and what they may read, as plain functions."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Open311Endpoint,
    Open311Format,
    Open311Key,
    Open311Note,
    Open311Sending,
    Photo,
    PhotoState,
    Report,
    UnitKind,
)
from app.services.accounts.vault import Vault
from app.services.open311.keys import hash_of
from tests.factories.accounts import make_account
from tests.factories.photos import make_photo
from tests.factories.reports import make_report, make_unit
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


async def make_endpoint(
    session: AsyncSession, vault: Vault, *, unit_id: UUID | None = None, **given: Any
) -> Open311Endpoint:
    """Make a unit that is another city's endpoint, spoken to in JSON with a key."""
    if unit_id is None:
        unit_id = (await make_unit(session, kind=UnitKind.OPEN311, name="邻市12345平台")).id
    values = {
        "url": "https://city.example/open311/v2/",
        "fmt": Open311Format.JSON,
        "jurisdiction_id": None,
        "api_key_encrypted": vault.encrypt_shared(ARRANGED_KEY),
        "services": {"*": {"code": "road_damage", "attributes": {}}},
        "statuses": {},
        "has_updates": False,
        "is_enabled": True,
        "changed_at": NOW,
        **given,
    }
    endpoint = Open311Endpoint(unit_id=unit_id, **values)
    session.add(endpoint)
    await session.flush()
    return endpoint


async def make_sending(session: AsyncSession, report: Report, unit_id: UUID, **given: Any) -> Open311Sending:
    """Make a case of a unit that waits to leave."""
    values = {
        "report_id": report.id,
        "unit_id": unit_id,
        "reference": f"NF{report.number}-1",
        "next_try_at": NOW,
        "created_at": NOW,
        **given,
    }
    sending = Open311Sending(**values)
    session.add(sending)
    await session.flush()
    return sending


async def make_note(session: AsyncSession, sending: Open311Sending, **given: Any) -> Open311Note:
    """Make a word of another city."""
    values = {
        "id": uuid4(),
        "sending_id": sending.id,
        "report_id": sending.report_id,
        "status": "IN_PROGRESS",
        "text": "已派人",
        "at": NOW,
        "received_at": NOW,
        **given,
    }
    note = Open311Note(**values)
    session.add(note)
    await session.flush()
    return note
