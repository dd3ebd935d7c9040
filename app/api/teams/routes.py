"""Teams: everybody finds them, people ask or are invited, who runs one keeps its list."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.deps import Now, OnceDep, ReadDep, RuntimeDep, SessionDep, Worker
from app.api.errors import problems
from app.api.schemas import AreaCodeText, Cursor, Limit
from app.api.teams.schemas import (
    CoordinatorIn,
    DecideIn,
    InvitationIn,
    InvitationList,
    InvitationOut,
    JoinIn,
    JoinRequestIn,
    MemberOut,
    MemberPage,
    MemberPhoneOut,
    MembershipList,
    MembershipOut,
    NewInvitationOut,
    OwnMembershipOut,
    RemoveIn,
    SharesPhoneIn,
    TeamEdit,
    TeamIn,
    TeamOut,
    TeamPage,
    VersionIn,
)
from app.core.errors import BadCursor, EditConflict, KeyReused, NotFound
from app.models import TeamKind, VolunteerTeam
from app.services import teams
from app.services.teams import NewInvitation, membership, queries

router = APIRouter(prefix="/teams", tags=["teams"])


@router.get("", responses=problems(BadCursor))
async def list_teams(
    session: ReadDep,
    *,
    area: Annotated[AreaCodeText | None, Query()] = None,
    kind: TeamKind | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TeamPage:
    """List the teams of an area, or of all; how many belong to each, never who."""
    page = await teams.list_some(session, area_code=area, kind=kind, cursor=cursor, limit=limit)
    counts = await teams.count_members(session, [each.id for each in page.items])
    return TeamPage(
        items=[TeamOut.of(each, counts[each.id]) for each in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "",
    status_code=201,
    response_model=TeamOut,
    responses=problems(NotFound, KeyReused, teams.OrganisationEnded),
)
async def found_team(given: TeamIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep) -> Response:
    """Found a team of a body that one speaks for, or whose area one is staff of."""

    async def work() -> TeamOut:
        return await _shown(session, await teams.found(session, given.id, given.draft(), by=by, now=now))

    return await once(work, status=201)


@router.get("/mine")
async def list_own_memberships(by: Worker, session: ReadDep) -> MembershipList:
    """List one's own memberships and requests, the latest first."""
    rows = await queries.own_memberships(session, by=by)
    return MembershipList(items=[OwnMembershipOut.in_team(*row) for row in rows])


@router.post(
    "/join",
    response_model=MembershipOut,
    responses=problems(teams.InvitationUnknown, teams.TeamEnded, teams.AlreadyMember, KeyReused),
)
async def join_team(given: JoinIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep) -> Response:
    """Come into a team by a code that its coordinator gave."""

    async def work() -> MembershipOut:
        joined = await membership.join(
            session, given.code, given.id, shares_phone=given.shares_phone, by=by, now=now
        )
        return MembershipOut.of(joined)

    return await once(work)


@router.post("/memberships/{member_id:uuid}/leave", responses=problems(NotFound))
async def leave_team(member_id: UUID, by: Worker, session: SessionDep, now: Now) -> MembershipOut:
    """Leave a team, or take a request back."""
    return MembershipOut.of(await membership.leave(session, member_id, by=by, now=now))


@router.put("/memberships/{member_id:uuid}/shares-phone", responses=problems(NotFound))
async def share_phone(
    member_id: UUID, given: SharesPhoneIn, by: Worker, session: SessionDep
) -> MembershipOut:
    """Agree that who runs the team may see one's number, or take that back at once."""
    return MembershipOut.of(
        await membership.share_phone(session, member_id, shares=given.shares_phone, by=by)
    )


@router.post("/members/{member_id:uuid}/decide", responses=problems(NotFound, teams.MembershipDecided))
async def decide_request(
    member_id: UUID, given: DecideIn, *, by: Worker, session: SessionDep, now: Now
) -> MemberOut:
    """Let somebody in who asked, or refuse them; they are told."""
    return MemberOut.of(
        await membership.decide(
            session, member_id, lets_in=given.lets_in, reason=given.reason, by=by, now=now
        )
    )


@router.post("/members/{member_id:uuid}/remove", responses=problems(NotFound, teams.MembershipDecided))
async def remove_member(
    member_id: UUID, given: RemoveIn, *, by: Worker, session: SessionDep, now: Now
) -> MemberOut:
    """End somebody's time in a team, with a reason that they are told."""
    return MemberOut.of(await membership.remove(session, member_id, reason=given.reason, by=by, now=now))


@router.put("/members/{member_id:uuid}/coordinator", responses=problems(NotFound, teams.MembershipDecided))
async def name_coordinator(
    member_id: UUID, given: CoordinatorIn, *, by: Worker, session: SessionDep, now: Now
) -> MemberOut:
    """Have a member coordinate the team, or no longer."""
    return MemberOut.of(
        await membership.name_coordinator(
            session, member_id, is_coordinator=given.is_coordinator, by=by, now=now
        )
    )


@router.post("/members/{member_id:uuid}/phone", responses=problems(NotFound, teams.PhoneNotShared))
async def see_phone(
    member_id: UUID, *, by: Worker, runtime: RuntimeDep, session: SessionDep, now: Now
) -> MemberPhoneOut:
    """See the number of a member who shares it; that it was seen is logged."""
    return MemberPhoneOut(
        phone=await membership.phone_of(session, member_id, by=by, vault=runtime.vault, now=now)
    )


@router.get("/{team_id:uuid}", responses=problems(NotFound))
async def see_team(team_id: UUID, session: ReadDep) -> TeamOut:
    """See a team, in being or dissolved."""
    return await _shown(session, await teams.get_team(session, team_id))


@router.put(
    "/{team_id:uuid}",
    responses=problems(NotFound, EditConflict, teams.TeamEnded, teams.OrganisationEnded),
)
async def edit_team(team_id: UUID, given: TeamEdit, *, by: Worker, session: SessionDep, now: Now) -> TeamOut:
    """Change what is said of a team."""
    team = await teams.edit(session, team_id, given.draft(), version=given.version, by=by, now=now)
    return await _shown(session, team)


@router.post("/{team_id:uuid}/dissolve", responses=problems(NotFound, EditConflict, teams.TeamEnded))
async def dissolve_team(
    team_id: UUID, given: VersionIn, *, by: Worker, session: SessionDep, now: Now
) -> TeamOut:
    """Dissolve a team; what its members did stays."""
    return await _shown(
        session, await teams.dissolve(session, team_id, version=given.version, by=by, now=now)
    )


@router.post(
    "/{team_id:uuid}/requests",
    status_code=201,
    response_model=MembershipOut,
    responses=problems(NotFound, KeyReused, teams.TeamEnded, teams.TakesNoRequests, teams.AlreadyMember),
)
async def ask_to_join(
    team_id: UUID, given: JoinRequestIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Ask to belong to a team; its coordinators are told."""

    async def work() -> MembershipOut:
        asked = await membership.ask(
            session, team_id, given.id, shares_phone=given.shares_phone, by=by, now=now
        )
        return MembershipOut.of(asked)

    return await once(work, status=201)


@router.get("/{team_id:uuid}/members", responses=problems(NotFound, BadCursor))
async def list_members(
    team_id: UUID, by: Worker, session: ReadDep, now: Now, *, cursor: Cursor = None, limit: Limit = 50
) -> MemberPage:
    """List who belongs to a team or asks to: names, to who runs it."""
    page = await membership.list_members(session, team_id, by=by, cursor=cursor, limit=limit, now=now)
    return MemberPage(items=[MemberOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get("/{team_id:uuid}/invitations", responses=problems(NotFound))
async def list_invitations(team_id: UUID, by: Worker, session: ReadDep, now: Now) -> InvitationList:
    """List a team's invitations, the latest first; their codes were shown once."""
    await teams.run_team(session, team_id, by=by, now=now)
    found = await queries.list_invitations(session, team_id)
    return InvitationList(items=[InvitationOut.of(each) for each in found])


@router.post(
    "/{team_id:uuid}/invitations", status_code=201, responses=problems(NotFound, KeyReused, teams.TeamEnded)
)
async def invite(
    team_id: UUID, given: InvitationIn, *, by: Worker, session: SessionDep, now: Now
) -> NewInvitationOut:
    """Make a code by which people come in; it is shown here and never again."""
    new = NewInvitation(given.id, given.most_uses, given.expires_at)
    return NewInvitationOut.with_code(*await membership.invite(session, team_id, new, by=by, now=now))


@router.delete(
    "/{team_id:uuid}/invitations/{invitation_id:uuid}", status_code=204, responses=problems(NotFound)
)
async def take_back_invitation(
    team_id: UUID, invitation_id: UUID, *, by: Worker, session: SessionDep, now: Now
) -> None:
    """Make a code open nothing any more; who came by it stays."""
    await membership.take_back_invitation(session, team_id, invitation_id, by=by, now=now)


async def _shown(session: ReadDep, team: VolunteerTeam) -> TeamOut:
    counts = await teams.count_members(session, [team.id])
    return TeamOut.of(team, counts[team.id])
