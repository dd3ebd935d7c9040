"""Whom a broadcast is for: a condition over accounts, counted for a preview and walked batch by batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    Account,
    AccountStatus,
    AudienceKind,
    MemberState,
    Station,
    TeamMember,
    Visit,
    WorkerKind,
)
from app.services import authority

USUAL_DAYS, MOST_DAYS = 30, 90


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a broadcast is for; ``days`` is how far back a visit counts."""

    kind: AudienceKind
    area_code: str
    station_id: UUID | None = None
    worker_kind: WorkerKind | None = None
    team_id: UUID | None = None
    days: int = USUAL_DAYS


async def count(session: AsyncSession, audience: Audience, *, at: datetime) -> int:
    """Return how many people an audience has, visits counted back from an instant."""
    query = select(func.count()).select_from(Account).where(_members(audience, at))
    return await session.scalar(query) or 0


async def some_after(
    session: AsyncSession, audience: Audience, last_id: UUID | None, *, at: datetime, limit: int
) -> Sequence[UUID]:
    """Return the next people of an audience in the order of their accounts."""
    query = select(Account.id).where(_members(audience, at))
    if last_id is not None:
        query = query.where(Account.id > last_id)
    return (await session.scalars(query.order_by(Account.id).limit(limit))).all()


def _members(audience: Audience, at: datetime) -> ColumnElement[bool]:
    return (Account.status == AccountStatus.ACTIVE) & _KINDS[audience.kind](audience, at)


def _of_area(audience: Audience, at: datetime) -> ColumnElement[bool]:
    there = select(Station.id).where(authority.within(Station.area_code, audience.area_code))
    return or_(
        authority.within(Account.area_code, audience.area_code),
        _visited(Visit.station_id.in_(there), audience, at),
    )


def _of_worker_kind(audience: Audience, at: datetime) -> ColumnElement[bool]:
    return (Account.worker_kind == audience.worker_kind) & _of_area(audience, at)


def _of_station(audience: Audience, at: datetime) -> ColumnElement[bool]:
    return _visited(Visit.station_id == audience.station_id, audience, at)


def _of_team(audience: Audience, at: datetime) -> ColumnElement[bool]:  # noqa: ARG001 - members are of now
    members = select(TeamMember.account_id).where(
        TeamMember.team_id == audience.team_id,
        TeamMember.state == MemberState.ACTIVE,
        TeamMember.account_id.is_not(None),
    )
    return Account.id.in_(members)


def _visited(where: ColumnElement[bool], audience: Audience, at: datetime) -> ColumnElement[bool]:
    since = at - timedelta(days=audience.days)
    visitors = select(Visit.account_id).where(
        where, Visit.captured_at > since, Visit.captured_at <= at, Visit.account_id.is_not(None)
    )
    return Account.id.in_(visitors)


# A new kind is a value of the enumeration and a line here.
_KINDS: Mapping[AudienceKind, Callable[[Audience, datetime], ColumnElement[bool]]] = {
    AudienceKind.AREA: _of_area,
    AudienceKind.WORKER_KIND: _of_worker_kind,
    AudienceKind.STATION: _of_station,
    AudienceKind.TEAM: _of_team,
}
