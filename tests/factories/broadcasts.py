"""Broadcasts, and people enough to hear them."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.ids import new_id
from app.core.urgency import Urgency
from app.models import AudienceKind, Broadcast, BroadcastState
from tests.factories.accounts import make_account, make_grant
from tests.factories.stations import COMMUNITY, make_area

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in China
COUNTY = COMMUNITY[:6]
TEXT = {
    "zh": {"title": "寒潮送温暖MARK", "body": "站里有姜汤MARK"},
    "en": {"title": "A cold wave MARK", "body": "There is ginger tea MARK"},
}
_PEOPLE = """
INSERT INTO accounts (id, display_name, area_code, worker_kind, status, created_at, last_seen_on, version)
SELECT gen_random_uuid(), 'x', :area, :kind, 'active', now(), current_date, 1 FROM generate_series(1, :count)
"""


async def make_broadcast(session: AsyncSession, **given: Any) -> Broadcast:
    """Make a broadcast to a community that waits for a second person."""
    await make_area(session, given.get("area_code", COMMUNITY))
    broadcast = Broadcast(
        **{
            "id": new_id(),
            "area_code": COMMUNITY,
            "audience": AudienceKind.AREA,
            "days": 30,
            "title_zh": TEXT["zh"]["title"],
            "body_zh": TEXT["zh"]["body"],
            "title_en": TEXT["en"]["title"],
            "body_en": TEXT["en"]["body"],
            "urgency": Urgency.NORMAL,
            "send_at": NOW,
            "state": BroadcastState.WAITING,
            "version": 1,
            "made_at": NOW,
            "changed_at": NOW,
            "told": 0,
            **given,
        }
    )
    session.add(broadcast)
    await session.flush()
    return broadcast


async def make_people(
    session: AsyncSession, count: int, *, area_code: str = COMMUNITY, worker_kind: str | None = None
) -> None:
    """Make so many riders whose own area it is."""
    await make_area(session, area_code)
    given = {"area": area_code, "kind": worker_kind, "count": count}
    await session.execute(text(_PEOPLE), given)


async def make_officer(session: AsyncSession, area_code: str = COUNTY) -> Actor:
    """Make an officer of an area, granted in the database too."""
    await make_area(session, area_code)
    account = await make_account(session, display_name=f"负责人{area_code}")
    await make_grant(session, account, Role.DISTRICT_OFFICER, area_code=area_code)
    return Actor(account.id, (Grant(Role.DISTRICT_OFFICER, (area_code,)),))


def body(**given: Any) -> dict[str, Any]:
    """Return what an officer posts: a text for a community."""
    audience = {"kind": "area", "area_code": COMMUNITY}
    return {"id": str(uuid4()), "audience": audience, **TEXT, **given}
