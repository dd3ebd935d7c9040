"""Who belongs to what, who runs it, and who is appointed to what."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.core.errors import NotFound
from app.core.pages import page_of
from app.models import (
    Account,
    MemberState,
    OrganisationLiaison,
    TeamInvitation,
    TeamKind,
    TeamMember,
    VolunteerOrganisation,
    VolunteerTeam,
)
from app.services import authority
from app.services.teams.errors import TeamEnded

STAFF = (Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)
OPEN = (MemberState.REQUESTED, MemberState.ACTIVE)


def spoken_for(by: Actor, *, now: datetime) -> ColumnElement[bool]:
    """Return the WHERE condition of the organisations that the caller speaks for today."""
    today = local_day(now)
    liaison = exists().where(
        OrganisationLiaison.organisation_id == VolunteerOrganisation.id,
        OrganisationLiaison.account_id == by.account_id,
        in_force(OrganisationLiaison.valid_from, OrganisationLiaison.valid_to, today),
        OrganisationLiaison.revoked_at.is_(None),
    )
    return or_(authority.covers(by, roles=STAFF, area=VolunteerOrganisation.area_code), liaison)


async def organisations_of_liaison(session: AsyncSession, *, by: Actor, now: datetime) -> frozenset[UUID]:
    """Return the organisations for which somebody named the caller to speak, today."""
    query = select(OrganisationLiaison.organisation_id).where(
        OrganisationLiaison.account_id == by.account_id,
        in_force(OrganisationLiaison.valid_from, OrganisationLiaison.valid_to, local_day(now)),
        OrganisationLiaison.revoked_at.is_(None),
    )
    return frozenset(await session.scalars(query))


async def liaisons_of(session: AsyncSession, organisation_id: UUID, *, now: datetime) -> Sequence[UUID]:
    """Return who speaks for an organisation today."""
    query = select(OrganisationLiaison.account_id).where(
        OrganisationLiaison.organisation_id == organisation_id,
        in_force(OrganisationLiaison.valid_from, OrganisationLiaison.valid_to, local_day(now)),
        OrganisationLiaison.revoked_at.is_(None),
    )
    return (await session.scalars(query)).all()


def in_force(
    valid_from: InstrumentedAttribute[date], valid_to: InstrumentedAttribute[date | None], day: date
) -> ColumnElement[bool]:
    """Return the WHERE condition of terms, both days included, that hold on a day."""
    return and_(valid_from <= day, or_(valid_to.is_(None), valid_to >= day))


def run_by(by: Actor, *, now: datetime) -> ColumnElement[bool]:
    """Return the WHERE condition of the teams that the caller runs.

    A team is run by its area's staff, by its coordinators, and by who speaks for its organisation.
    """
    coordinating = aliased(TeamMember)  # the query around may be about members itself
    coordinator = exists().where(
        coordinating.team_id == VolunteerTeam.id,
        coordinating.account_id == by.account_id,
        coordinating.is_coordinator,
        coordinating.state == MemberState.ACTIVE,
    )
    spoken = exists().where(
        VolunteerOrganisation.id == VolunteerTeam.organisation_id, spoken_for(by, now=now)
    )
    return or_(authority.covers(by, roles=STAFF, area=VolunteerTeam.area_code), coordinator, spoken)


async def organisation_to_change(
    session: AsyncSession, organisation_id: UUID, *, by: Actor
) -> VolunteerOrganisation:
    """Return an organisation in the caller's area, locked.

    Raises:
        NotFound: there is none, or it is another area's.
    """
    query = select(VolunteerOrganisation).where(
        VolunteerOrganisation.id == organisation_id,
        authority.covers(by, roles=STAFF, area=VolunteerOrganisation.area_code),
    )
    found = (await session.scalars(query.with_for_update())).one_or_none()
    if found is None:
        raise NotFound
    return found


async def get_organisation(session: AsyncSession, organisation_id: UUID) -> VolunteerOrganisation:
    """Return an organisation, whoever asks.

    Raises:
        NotFound: there is none.
    """
    found = await session.get(VolunteerOrganisation, organisation_id)
    if found is None:
        raise NotFound
    return found


async def speaks_for(session: AsyncSession, organisation_id: UUID, *, by: Actor, now: datetime) -> bool:
    """Tell whether the caller speaks for an organisation today: as its liaison, or its area's staff."""
    query = select(VolunteerOrganisation.id).where(
        VolunteerOrganisation.id == organisation_id, spoken_for(by, now=now)
    )
    return await session.scalar(query) is not None


async def list_organisations(
    session: AsyncSession, *, area_code: str | None, after: UUID | None, limit: int
) -> tuple[Sequence[VolunteerOrganisation], bool]:
    """Return a page of the organisations that have not ended, of an area on request."""
    query = select(VolunteerOrganisation).where(VolunteerOrganisation.ended_at.is_(None))
    if area_code is not None:
        query = query.where(authority.within(VolunteerOrganisation.area_code, area_code))
    return await page_of(
        session, query, by=[VolunteerOrganisation.id], after=None if after is None else [after], limit=limit
    )


async def list_liaisons(
    session: AsyncSession, organisation_id: UUID
) -> Sequence[Row[OrganisationLiaison, str]]:
    """Return who speaks for an organisation, now or from a day on, with their names."""
    query = (
        select(OrganisationLiaison, Account.display_name)
        .join(Account, Account.id == OrganisationLiaison.account_id)
        .where(
            OrganisationLiaison.organisation_id == organisation_id, OrganisationLiaison.revoked_at.is_(None)
        )
        .order_by(OrganisationLiaison.id)
        .limit(200)
    )
    return (await session.execute(query)).all()


async def get_team(session: AsyncSession, team_id: UUID) -> VolunteerTeam:
    """Return a team, whoever asks.

    Raises:
        NotFound: there is none.
    """
    team = await session.get(VolunteerTeam, team_id)
    if team is None:
        raise NotFound
    return team


async def open_team(session: AsyncSession, team_id: UUID) -> VolunteerTeam:
    """Return a team under which something new begins: it is not dissolved before that is done.

    Raises:
        NotFound: there is none.
        TeamEnded: it was dissolved.
    """
    team = await session.get(VolunteerTeam, team_id, with_for_update={"read": True, "key_share": True})
    if team is None:
        raise NotFound
    if team.ended_at is not None:
        raise TeamEnded
    return team


async def run_team(
    session: AsyncSession, team_id: UUID, *, by: Actor, now: datetime, lock: bool = False
) -> VolunteerTeam:
    """Return a team that the caller runs.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    query = select(VolunteerTeam).where(VolunteerTeam.id == team_id, run_by(by, now=now))
    if lock:
        query = query.with_for_update(of=VolunteerTeam)
    team = (await session.scalars(query.execution_options(populate_existing=lock))).one_or_none()
    if team is None:
        raise NotFound
    return team


async def list_teams(
    session: AsyncSession,
    *,
    area_code: str | None,
    kind: TeamKind | None,
    after: UUID | None,
    limit: int,
) -> tuple[Sequence[VolunteerTeam], bool]:
    """Return a page of the teams that were not dissolved."""
    query = select(VolunteerTeam).where(VolunteerTeam.ended_at.is_(None))
    if area_code is not None:
        query = query.where(authority.within(VolunteerTeam.area_code, area_code))
    if kind is not None:
        query = query.where(VolunteerTeam.kind == kind)
    return await page_of(
        session, query, by=[VolunteerTeam.id], after=None if after is None else [after], limit=limit
    )


async def count_members(session: AsyncSession, team_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many belong to each of some teams."""
    query = (
        select(TeamMember.team_id, func.count())
        .where(TeamMember.team_id.in_(team_ids), TeamMember.state == MemberState.ACTIVE)
        .group_by(TeamMember.team_id)
    )
    found = dict((await session.execute(query)).all())
    return {team_id: found.get(team_id, 0) for team_id in team_ids}


async def list_members(
    session: AsyncSession, team_id: UUID, *, after: UUID | None, limit: int
) -> tuple[Sequence[Row[TeamMember, str]], bool]:
    """Return a page of who belongs to a team or asks to, by name."""
    query = (
        select(TeamMember, Account.display_name)
        .join(Account, Account.id == TeamMember.account_id)
        .where(TeamMember.team_id == team_id, TeamMember.state.in_(OPEN))
        .order_by(TeamMember.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(TeamMember.id > after)
    rows = (await session.execute(query)).all()
    return rows[:limit], len(rows) > limit


async def open_membership(session: AsyncSession, team_id: UUID, account_id: UUID | None) -> TeamMember | None:
    """Return somebody's membership of a team, or their request for it."""
    query = select(TeamMember).where(
        TeamMember.team_id == team_id, TeamMember.account_id == account_id, TeamMember.state.in_(OPEN)
    )
    return (await session.scalars(query)).one_or_none()


async def is_member(session: AsyncSession, team_id: UUID, account_id: UUID | None) -> bool:
    """Tell whether somebody belongs to a team."""
    member = await open_membership(session, team_id, account_id)
    return member is not None and member.state is MemberState.ACTIVE


async def member_of_run_team(
    session: AsyncSession, member_id: UUID, *, by: Actor, now: datetime
) -> TeamMember:
    """Return a membership of a team that the caller runs, locked.

    Raises:
        NotFound: there is none, or the team is not theirs.
    """
    query = (
        select(TeamMember)
        .join(VolunteerTeam, VolunteerTeam.id == TeamMember.team_id)
        .where(TeamMember.id == member_id, TeamMember.account_id.is_not(None), run_by(by, now=now))
        .with_for_update(of=TeamMember)
    )
    member = (await session.scalars(query)).one_or_none()
    if member is None:
        raise NotFound
    return member


async def account_of_member(session: AsyncSession, team_id: UUID, member_id: UUID) -> UUID:
    """Return who a present member of a team is.

    Raises:
        NotFound: there is none.
    """
    query = select(TeamMember.account_id).where(
        TeamMember.id == member_id, TeamMember.team_id == team_id, TeamMember.state == MemberState.ACTIVE
    )
    account_id = await session.scalar(query)
    if account_id is None:
        raise NotFound
    return account_id


async def own_membership(session: AsyncSession, member_id: UUID, *, by: Actor) -> TeamMember:
    """Return one of the caller's own memberships, locked.

    Raises:
        NotFound: it is not theirs.
    """
    query = select(TeamMember).where(TeamMember.id == member_id, TeamMember.account_id == by.account_id)
    member = (await session.scalars(query.with_for_update())).one_or_none()
    if member is None or by.account_id is None:
        raise NotFound
    return member


async def own_memberships(session: AsyncSession, *, by: Actor) -> Sequence[Row[TeamMember, VolunteerTeam]]:
    """Return the caller's memberships and requests, the latest first."""
    query = (
        select(TeamMember, VolunteerTeam)
        .join(VolunteerTeam, VolunteerTeam.id == TeamMember.team_id)
        .where(TeamMember.account_id == by.account_id)
        .order_by(TeamMember.asked_at.desc(), TeamMember.id)
        .limit(200)
    )
    return (await session.execute(query)).all()


async def coordinators_of(session: AsyncSession, team_id: UUID) -> Sequence[UUID]:
    """Return who coordinates a team."""
    query = select(TeamMember.account_id).where(
        TeamMember.team_id == team_id, TeamMember.is_coordinator, TeamMember.state == MemberState.ACTIVE
    )
    return [each for each in await session.scalars(query) if each is not None]


async def members_of(session: AsyncSession, team_id: UUID) -> Sequence[UUID]:
    """Return who belongs to a team."""
    query = select(TeamMember.account_id).where(
        TeamMember.team_id == team_id, TeamMember.state == MemberState.ACTIVE
    )
    return [each for each in await session.scalars(query) if each is not None]


async def list_invitations(session: AsyncSession, team_id: UUID) -> Sequence[TeamInvitation]:
    """Return a team's invitations, the latest first."""
    query = select(TeamInvitation).where(TeamInvitation.team_id == team_id)
    return (await session.scalars(query.order_by(TeamInvitation.made_at.desc()).limit(100))).all()


async def invitation_by(session: AsyncSession, code_hash: bytes) -> TeamInvitation | None:
    """Return the invitation of a code, locked: its uses are counted one by one."""
    query = select(TeamInvitation).where(TeamInvitation.code_hash == code_hash)
    return (await session.scalars(query.with_for_update())).one_or_none()


async def enter_member(session: AsyncSession, values: Mapping[str, Any]) -> bool:
    """Write a membership unless its person has one in the team, and tell whether it was written."""
    written = insert(TeamMember).values(values).on_conflict_do_nothing().returning(TeamMember.id)
    return await session.scalar(written) is not None


async def open_members(session: AsyncSession, team_id: UUID) -> Sequence[TeamMember]:
    """Return who belongs to a team or asks to, locked."""
    query = select(TeamMember).where(TeamMember.team_id == team_id, TeamMember.state.in_(OPEN))
    return (await session.scalars(query.order_by(TeamMember.id).with_for_update())).all()


async def nobodys_memberships(session: AsyncSession) -> Sequence[TeamMember]:
    """Return open memberships whose person's account was deleted."""
    query = select(TeamMember).where(TeamMember.account_id.is_(None), TeamMember.state.in_(OPEN))
    return (await session.scalars(query.order_by(TeamMember.id).with_for_update())).all()


async def in_same_teams(session: AsyncSession, account_id: UUID, other_id: UUID) -> Sequence[TeamMember]:
    """Return somebody's open memberships of teams in which another account has one too."""
    theirs = select(TeamMember.team_id).where(TeamMember.account_id == other_id, TeamMember.state.in_(OPEN))
    query = select(TeamMember).where(
        TeamMember.account_id == account_id, TeamMember.state.in_(OPEN), TeamMember.team_id.in_(theirs)
    )
    return (await session.scalars(query)).all()


async def phone_kept_of(session: AsyncSession, account_id: UUID | None) -> bytes | None:
    """Return an account's number as it is kept."""
    return await session.scalar(select(Account.phone_encrypted).where(Account.id == account_id))
