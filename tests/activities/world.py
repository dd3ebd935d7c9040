"""A community with a team that somebody coordinates, and requests as phones send them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Account, AgeBand, Notification, VolunteerTeam
from app.runtime import Runtime
from tests.factories.accounts import make_account, make_grant
from tests.factories.stations import COMMUNITY, make_staff
from tests.factories.volunteering import make_member, make_team

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, 09:00 in China
ACTIVITIES, SIGN_UPS = "/v1/activities", "/v1/activities/sign-ups"


@dataclass(frozen=True)
class World:
    """A team, who coordinates it, and its community's clerk and the district's officer."""

    team: VolunteerTeam
    coordinator: Actor
    clerk: Actor
    officer: Actor


async def make_world(session: AsyncSession) -> World:
    """Make it."""
    team = await make_team(session)
    coordinator = await rider(session, "周队长")
    await make_member(session, team, coordinator.account_id, is_coordinator=True)
    clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY, name="王社区")
    account = await session.get_one(Account, clerk.account_id)
    await make_grant(session, account, Role.COMMUNITY_STAFF, area_code=COMMUNITY)
    officer = await make_staff(session, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    return World(team, coordinator, clerk, officer)


async def rider(session: AsyncSession, name: str = "小蜂", **given: Any) -> Actor:
    """Make an adult rider."""
    account = await make_account(session, display_name=name, **{"age_band": AgeBand.ADULT, **given})
    return Actor(account.id)


def shift(starts_at: datetime = NOW + timedelta(days=2), *, hours: int = 2, **role: Any) -> dict[str, Any]:
    """Describe a shift with one role."""
    return {
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=hours)).isoformat(),
        "roles": [{"name": "志愿者", "places": 2, **role}],
    }


def activity(team: VolunteerTeam, *shifts: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Describe an activity."""
    return {
        "id": str(uuid4()),
        "team_id": str(team.id),
        "kind": "community_service",
        "title": "清扫楼道",
        "content": "清扫楼道杂物",
        "service_objects": "居民",
        "place": {"kind": "area", "text": "社区院内"},
        "shifts": list(shifts) or [shift()],
        **given,
    }


async def ok(answer: Any, status: int = 200) -> Any:
    """Return an answer's content."""
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def publish(client: Any, described: dict[str, Any]) -> dict[str, Any]:
    """Write an activity and publish it."""
    written = await ok(await client.post(ACTIVITIES, json=described), 201)
    path = f"{ACTIVITIES}/{written['id']}"
    await ok(await client.post(f"{path}/submit", json={"version": written["version"]}))
    return await ok(await client.get(path))


async def react(runtime: Runtime, now: datetime) -> None:
    """Deliver what happened."""
    while await deliver(runtime.db, REACTIONS, now=now):
        pass


async def heard(session: AsyncSession, account_id: UUID | None) -> list[str]:
    """Return the kinds in somebody's inbox, oldest first."""
    query = select(Notification.kind).where(Notification.account_id == account_id).order_by(Notification.id)
    return list(await session.scalars(query))
