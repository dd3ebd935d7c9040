"""双报到: units that serve a community, and people who serve where they live.

That a person reports may say that they are a Party member: who they are is shown to nobody here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound
from app.models import DualReporting, VolunteerOrganisation
from app.services import areas, authority, outbox
from app.services.teams import queries
from app.services.teams.errors import AlreadyReporting, OrganisationEnded
from app.services.teams.events import CommunityReported
from app.services.teams.queries import STAFF

_COMMUNITY = 12
_FEWEST_SHOWN = 5  # fewer could be known by their numbers (domain: small cells)


@dataclass(frozen=True, slots=True)
class Community:
    """Who reports to a community: its units, and how many people; ``None`` stands for fewer than five."""

    units: Sequence[Row[DualReporting, VolunteerOrganisation]]
    people: int | None


async def report_unit(
    session: AsyncSession,
    reporting_id: UUID,
    *,
    organisation_id: UUID,
    community_code: str,
    by: Actor,
    now: datetime,
) -> DualReporting:
    """Enter that a unit serves a community; its staff or who speaks for the unit says so.

    Raises:
        NotFound: there is no such community or unit, or the caller is neither.
        OrganisationEnded, AlreadyReporting: see there.
        KeyReused: the id is another entry's.
    """
    organisation = await queries.get_organisation(session, organisation_id)
    speaks = await queries.speaks_for(session, organisation_id, by=by, now=now)
    if not speaks and not authority.may(by, roles=STAFF, area_code=community_code):
        raise NotFound
    if organisation.ended_at is not None:
        raise OrganisationEnded
    row = DualReporting(
        id=reporting_id, organisation_id=organisation_id, community_code=community_code, reported_at=now
    )
    return await _enter(session, row, now=now)


async def report_self(
    session: AsyncSession,
    reporting_id: UUID,
    *,
    organisation_id: UUID | None,
    community_code: str,
    by: Actor,
    now: datetime,
) -> DualReporting:
    """Report to the community where one lives, on behalf of a unit or of oneself.

    Raises:
        NotFound: there is no such community or unit.
        AlreadyReporting: end the other one first.
        KeyReused: the id is another entry's.
    """
    if organisation_id is not None:
        await queries.get_organisation(session, organisation_id)
    row = DualReporting(
        id=reporting_id,
        organisation_id=organisation_id,
        account_id=by.account_id,
        community_code=community_code,
        reported_at=now,
    )
    return await _enter(session, row, now=now)


async def end_unit(session: AsyncSession, reporting_id: UUID, *, by: Actor, now: datetime) -> None:
    """End a unit's serving a community; doing it twice changes nothing.

    Raises:
        NotFound: it is not the caller's community.
    """
    query = select(DualReporting).where(
        DualReporting.id == reporting_id,
        DualReporting.account_id.is_(None),
        authority.covers(by, roles=STAFF, area=DualReporting.community_code),
    )
    found = (await session.scalars(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound
    _end(session, found, now=now)


async def end_own(session: AsyncSession, *, by: Actor, now: datetime) -> None:
    """End one's own reporting; it is fine if there is none."""
    if (found := await own(session, by=by)) is not None:
        _end(session, found, now=now)


async def own(session: AsyncSession, *, by: Actor) -> DualReporting | None:
    """Return where the caller reports as a person."""
    query = select(DualReporting).where(
        DualReporting.account_id == by.account_id, DualReporting.ended_at.is_(None)
    )
    return (await session.scalars(query)).one_or_none()


async def of_community(session: AsyncSession, community_code: str, *, by: Actor) -> Community:
    """Return who reports to a community of the caller.

    Raises:
        NotFound: it is not theirs.
    """
    if not authority.may(by, roles=STAFF, area_code=community_code):
        raise NotFound
    at = (DualReporting.community_code == community_code, DualReporting.ended_at.is_(None))
    units = (
        select(DualReporting, VolunteerOrganisation)
        .join(VolunteerOrganisation, VolunteerOrganisation.id == DualReporting.organisation_id)
        .where(*at, DualReporting.account_id.is_(None))
        .order_by(VolunteerOrganisation.name, DualReporting.id)
        .limit(500)
    )
    people = await session.scalar(select(func.count()).where(*at, DualReporting.account_id.is_not(None))) or 0
    return Community(
        (await session.execute(units)).all(), people if people == 0 or people >= _FEWEST_SHOWN else None
    )


async def end_doubled(session: AsyncSession, absorbed_id: UUID, survivor_id: UUID, *, now: datetime) -> None:
    """End, before two accounts merge, one of their two reportings; the survivor's stays."""
    both = select(DualReporting).where(
        DualReporting.account_id.in_([absorbed_id, survivor_id]), DualReporting.ended_at.is_(None)
    )
    found = (await session.scalars(both)).all()
    if len(found) > 1:
        for each in found:
            if each.account_id == absorbed_id:
                each.ended_at = now
        await session.flush()


async def _enter(session: AsyncSession, row: DualReporting, *, now: datetime) -> DualReporting:
    if len(row.community_code) != _COMMUNITY or not await areas.exists(session, row.community_code):
        raise NotFound
    said = (row.organisation_id, row.account_id, row.community_code)
    values = dict(zip(("organisation_id", "account_id", "community_code"), said, strict=True))
    written = (
        insert(DualReporting)
        .values(id=row.id, reported_at=now, **values)
        .on_conflict_do_nothing()
        .returning(DualReporting.id)
    )
    is_new = await session.scalar(written) is not None
    kept = await session.get(DualReporting, row.id)
    if kept is None:
        raise AlreadyReporting
    if (kept.organisation_id, kept.account_id, kept.community_code) != said:
        raise KeyReused
    if is_new:
        outbox.record(
            session, CommunityReported(kept.id, is_over=False), now=now, area_code=kept.community_code
        )
    return kept


def _end(session: AsyncSession, found: DualReporting, *, now: datetime) -> None:
    if found.ended_at is None:
        found.ended_at = now
        event = CommunityReported(found.id, is_over=True)
        outbox.record(session, event, now=now, area_code=found.community_code)
