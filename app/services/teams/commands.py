"""Teams: founded, changed, dissolved."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import MemberState, TeamKind, VolunteerTeam
from app.services import areas, authority, outbox
from app.services.accounts import editors
from app.services.teams import queries
from app.services.teams.errors import OrganisationEnded, TeamEnded
from app.services.teams.events import MembershipDecidedOn, TeamChanged


@dataclass(frozen=True, slots=True)
class TeamDraft:
    """A team as who runs it describes it."""

    organisation_id: UUID
    name: str
    kind: TeamKind
    area_code: str
    about: str
    takes_requests: bool
    founded_on: date


async def found(
    session: AsyncSession, team_id: UUID, draft: TeamDraft, *, by: Actor, now: datetime
) -> VolunteerTeam:
    """Found a team; the same id and content again is the same team.

    Raises:
        NotFound: the caller does not speak for the organisation, or the area is none of theirs or its.
        OrganisationEnded: see there.
        KeyReused: the id is another team's.
    """
    await _check(session, draft, by=by, now=now)
    await locks.alone(session, team_id)
    if (kept := await session.get(VolunteerTeam, team_id)) is not None:
        if _draft_of(kept) == draft:
            return kept
        raise KeyReused
    team = VolunteerTeam(id=team_id, **asdict(draft), version=1, changed_at=now, changed_by=by.account_id)
    session.add(team)
    await session.flush()
    _say(session, team, now=now)
    return team


async def edit(
    session: AsyncSession, team_id: UUID, draft: TeamDraft, *, version: int, by: Actor, now: datetime
) -> VolunteerTeam:
    """Change what is said of a team; another organisation or area only for who speaks for it too.

    Raises:
        NotFound, EditConflict: see there.
        TeamEnded, OrganisationEnded: see there.
    """
    team = await _to_change(session, team_id, version=version, by=by, now=now)
    if (draft.organisation_id, draft.area_code) != (team.organisation_id, team.area_code):
        await _check(session, draft, by=by, now=now)
    for key, value in asdict(draft).items():
        setattr(team, key, value)
    _touch(session, team, by=by, now=now)
    return team


async def dissolve(
    session: AsyncSession, team_id: UUID, *, version: int, by: Actor, now: datetime
) -> VolunteerTeam:
    """Dissolve a team: its members' time in it ends, what they did stays.

    Raises:
        NotFound, EditConflict: see there.
        TeamEnded: it was dissolved already.
    """
    team = await _to_change(session, team_id, version=version, by=by, now=now)
    team.ended_at = now
    _touch(session, team, by=by, now=now)
    for member in await queries.open_members(session, team_id):
        member.state, member.ended_at, member.decided_by = MemberState.ENDED, now, by.account_id
        event = MembershipDecidedOn(member.id, team_id, MemberState.ENDED.value, by_themselves=False)
        outbox.record(session, event, now=now, area_code=team.area_code)
    return team


async def list_some(
    session: AsyncSession,
    *,
    area_code: str | None,
    kind: TeamKind | None,
    cursor: str | None,
    limit: int,
) -> Page[VolunteerTeam]:
    """Return a page of the teams of an area, or of all.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    items, has_more = await queries.list_teams(
        session, area_code=area_code, kind=kind, after=read_id_cursor(cursor), limit=limit
    )
    return Page(items, id_cursor(items[-1].id) if has_more else None)


async def _to_change(
    session: AsyncSession, team_id: UUID, *, version: int, by: Actor, now: datetime
) -> VolunteerTeam:
    team = await queries.run_team(session, team_id, by=by, now=now, lock=True)
    await editors.check_version(session, team, version)
    if team.ended_at is not None:
        raise TeamEnded
    return team


async def _check(session: AsyncSession, draft: TeamDraft, *, by: Actor, now: datetime) -> None:
    if not await queries.speaks_for(session, draft.organisation_id, by=by, now=now):
        raise NotFound
    organisation = await queries.get_organisation(session, draft.organisation_id)
    if organisation.ended_at is not None:
        raise OrganisationEnded
    own = authority.may(by, roles=queries.STAFF, area_code=draft.area_code)
    if not own and not authority.is_within(draft.area_code, organisation.area_code):
        raise NotFound
    if not await areas.exists(session, draft.area_code):
        raise NotFound


def _draft_of(team: VolunteerTeam) -> TeamDraft:
    return TeamDraft(
        team.organisation_id,
        team.name,
        team.kind,
        team.area_code,
        team.about,
        team.takes_requests,
        team.founded_on,
    )


def _touch(session: AsyncSession, team: VolunteerTeam, *, by: Actor, now: datetime) -> None:
    team.version += 1
    team.changed_at, team.changed_by = now, by.account_id
    _say(session, team, now=now)


def _say(session: AsyncSession, team: VolunteerTeam, *, now: datetime) -> None:
    outbox.record(session, TeamChanged(team.id, team.version), now=now, area_code=team.area_code)
