"""Belonging to a team: asking, being let in, the way out, and codes that invite."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound, SignInRequired
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import MemberState, TeamInvitation, TeamMember
from app.services import accounts, outbox
from app.services.accounts import editors
from app.services.accounts.vault import Vault, token_hash
from app.services.teams import queries
from app.services.teams.errors import (
    AlreadyMember,
    InvitationUnknown,
    MembershipDecided,
    PhoneNotShared,
    TakesNoRequests,
)
from app.services.teams.events import MembershipDecidedOn, MembershipRequested

LONGEST_INVITATION = timedelta(days=60)
_CODE_BYTES = 9  # 12 characters


@dataclass(frozen=True, slots=True)
class Named:
    """A membership with its person's name; of a number who runs the team sees only whether it is shared."""

    member: TeamMember
    name: str


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """How many may come in by a code, and until when."""

    id: UUID
    most_uses: int
    expires_at: datetime


async def ask(
    session: AsyncSession, team_id: UUID, member_id: UUID, *, shares_phone: bool, by: Actor, now: datetime
) -> TeamMember:
    """Ask to belong to a team; the same id again is the same request.

    Raises:
        NotFound: there is no such team.
        TeamEnded, TakesNoRequests, AlreadyMember: see there.
        KeyReused: the id is another request's.
    """
    if (kept := await _kept(session, member_id, team_id, by=by)) is not None:
        return kept
    team = await queries.open_team(session, team_id)
    if not team.takes_requests:
        raise TakesNoRequests
    member = await _enter(session, team_id, member_id, shares_phone=shares_phone, by=by, now=now)
    outbox.record(session, MembershipRequested(member_id, team_id), now=now, area_code=team.area_code)
    return member


async def join(
    session: AsyncSession,
    code: str,
    member_id: UUID,
    *,
    shares_phone: bool,
    by: Actor,
    now: datetime,
) -> TeamMember:
    """Come into a team by a code that its coordinator gave; who had asked is let in by it.

    Raises:
        InvitationUnknown, TeamEnded, AlreadyMember: see there.
        KeyReused: the id is another membership's.
    """
    invitation = await queries.invitation_by(session, token_hash(code))
    if invitation is None or invitation.revoked_at is not None or invitation.expires_at <= now:
        raise InvitationUnknown
    if (kept := await _kept(session, member_id, invitation.team_id, by=by)) is not None:
        return kept
    if invitation.uses >= invitation.most_uses:
        raise InvitationUnknown
    team = await queries.open_team(session, invitation.team_id)
    member = await queries.open_membership(session, team.id, by.account_id)
    if member is None:
        member = await _enter(session, team.id, member_id, shares_phone=shares_phone, by=by, now=now)
    elif member.state is MemberState.ACTIVE:
        raise AlreadyMember
    invitation.uses += 1
    member.invitation_id, member.shares_phone = invitation.id, shares_phone
    _settle(session, member, MemberState.ACTIVE, area_code=team.area_code, by=by, now=now)
    return member


async def invite(
    session: AsyncSession, team_id: UUID, new: NewInvitation, *, by: Actor, now: datetime
) -> tuple[TeamInvitation, str]:
    """Make a code by which people come into a team; it is shown once, only its hash stays.

    Raises:
        NotFound: the team is not the caller's.
        TeamEnded: see there.
        KeyReused: the id was used before; a lost code is not shown again.
    """
    await queries.run_team(session, team_id, by=by, now=now)
    await queries.open_team(session, team_id)
    if by.account_id is None:
        raise SignInRequired
    if await session.get(TeamInvitation, new.id) is not None:
        raise KeyReused
    code = secrets.token_urlsafe(_CODE_BYTES)
    invitation = TeamInvitation(
        id=new.id,
        team_id=team_id,
        code_hash=token_hash(code),
        most_uses=new.most_uses,
        uses=0,
        made_at=now,
        made_by=by.account_id,
        expires_at=min(new.expires_at, now + LONGEST_INVITATION),
    )
    session.add(invitation)
    return invitation, code


async def take_back_invitation(
    session: AsyncSession, team_id: UUID, invitation_id: UUID, *, by: Actor, now: datetime
) -> None:
    """Make a code open nothing any more; who came by it stays. Twice changes nothing.

    Raises:
        NotFound: it is not the caller's.
    """
    await queries.run_team(session, team_id, by=by, now=now)
    invitation = await session.get(TeamInvitation, invitation_id)
    if invitation is None or invitation.team_id != team_id:
        raise NotFound
    invitation.revoked_at = invitation.revoked_at or now


async def decide(
    session: AsyncSession, member_id: UUID, *, lets_in: bool, reason: str, by: Actor, now: datetime
) -> Named:
    """Let somebody in who asked to belong, or refuse them with a reason.

    Raises:
        NotFound: it is not the caller's team.
        MembershipDecided: it was decided, or taken back.
    """
    member = await queries.member_of_run_team(session, member_id, by=by, now=now)
    if member.state is not MemberState.REQUESTED:
        raise MembershipDecided
    member.reason = reason
    state = MemberState.ACTIVE if lets_in else MemberState.REFUSED
    return await _decided(session, member, state, by=by, now=now)


async def remove(session: AsyncSession, member_id: UUID, *, reason: str, by: Actor, now: datetime) -> Named:
    """End somebody's time in a team, with a reason that they are told.

    Raises:
        NotFound: it is not the caller's team.
        MembershipDecided: they do not belong to it.
    """
    member = await queries.member_of_run_team(session, member_id, by=by, now=now)
    if member.state is not MemberState.ACTIVE:
        raise MembershipDecided
    member.reason = reason
    return await _decided(session, member, MemberState.REMOVED, by=by, now=now)


async def name_coordinator(
    session: AsyncSession, member_id: UUID, *, is_coordinator: bool, by: Actor, now: datetime
) -> Named:
    """Have a member coordinate the team, or no longer.

    Raises:
        NotFound: it is not the caller's team.
        MembershipDecided: they do not belong to it.
    """
    member = await queries.member_of_run_team(session, member_id, by=by, now=now)
    if member.state is not MemberState.ACTIVE:
        raise MembershipDecided
    member.is_coordinator = is_coordinator
    return Named(member, await editors.name_of(session, member.account_id))


async def leave(session: AsyncSession, member_id: UUID, *, by: Actor, now: datetime) -> TeamMember:
    """Leave a team, or take a request back; doing it twice changes nothing.

    Raises:
        NotFound: it is not the caller's membership.
    """
    member = await queries.own_membership(session, member_id, by=by)
    if member.state in queries.OPEN:
        team = await queries.get_team(session, member.team_id)
        left = MemberState.LEFT if member.state is MemberState.ACTIVE else MemberState.WITHDRAWN
        _settle(session, member, left, area_code=team.area_code, by=by, now=now)
    return member


async def share_phone(session: AsyncSession, member_id: UUID, *, shares: bool, by: Actor) -> TeamMember:
    """Agree that who runs the team may see one's number, or take that back; it counts at once.

    Raises:
        NotFound: it is not the caller's membership.
    """
    member = await queries.own_membership(session, member_id, by=by)
    member.shares_phone = shares
    return member


async def phone_of(session: AsyncSession, member_id: UUID, *, by: Actor, vault: Vault, now: datetime) -> str:
    """Return the number of a member who shares it; that it was read is logged.

    Raises:
        NotFound: it is not the caller's team, or they do not belong to it.
        PhoneNotShared: see there.
    """
    member = await queries.member_of_run_team(session, member_id, by=by, now=now)
    if member.account_id is None or member.state not in queries.OPEN:
        raise NotFound
    kept = await queries.phone_kept_of(session, member.account_id)
    if not member.shares_phone or kept is None:
        raise PhoneNotShared
    team = await queries.get_team(session, member.team_id)
    accounts.log_read(
        session, member.account_id, by=by, what="phone", reason="team", area_code=team.area_code, now=now
    )
    return vault.decrypt_phone(kept)


async def list_members(
    session: AsyncSession, team_id: UUID, *, by: Actor, cursor: str | None, limit: int, now: datetime
) -> Page[Named]:
    """Return a page of who belongs to a team or asks to.

    Raises:
        NotFound: it is not the caller's team.
        BadCursor: the cursor is not one of this list.
    """
    await queries.run_team(session, team_id, by=by, now=now)
    rows, has_more = await queries.list_members(session, team_id, after=read_id_cursor(cursor), limit=limit)
    items = [Named(member, name) for member, name in rows]
    return Page(items, id_cursor(items[-1].member.id) if has_more else None)


async def forget_gone(session: AsyncSession, *, now: datetime) -> int:
    """End what is left of memberships whose person is gone, and return how many."""
    gone = await queries.nobodys_memberships(session)
    for member in gone:
        member.state, member.ended_at, member.is_coordinator = MemberState.LEFT, now, False
    return len(gone)


async def end_doubled(session: AsyncSession, absorbed_id: UUID, survivor_id: UUID, *, now: datetime) -> None:
    """End, before two accounts merge, one of their memberships of the same team; the survivor's stays."""
    for member in await queries.in_same_teams(session, absorbed_id, survivor_id):
        member.state, member.ended_at, member.is_coordinator = MemberState.LEFT, now, False
    await session.flush()


async def _kept(session: AsyncSession, member_id: UUID, team_id: UUID, *, by: Actor) -> TeamMember | None:
    kept = await session.get(TeamMember, member_id)
    if kept is not None and (kept.account_id, kept.team_id) != (by.account_id, team_id):
        raise KeyReused
    return kept


async def _enter(
    session: AsyncSession, team_id: UUID, member_id: UUID, *, shares_phone: bool, by: Actor, now: datetime
) -> TeamMember:
    """Write a request; of two at once the second finds the first one's."""
    row = {
        "id": member_id,
        "team_id": team_id,
        "account_id": by.account_id,
        "state": MemberState.REQUESTED,
        "is_coordinator": False,
        "shares_phone": shares_phone,
        "asked_at": now,
        "reason": "",
    }
    if not await queries.enter_member(session, row):
        kept = await _kept(session, member_id, team_id, by=by)
        if kept is None:
            raise AlreadyMember
        return kept
    return await session.get_one(TeamMember, member_id)


async def _decided(
    session: AsyncSession, member: TeamMember, state: MemberState, *, by: Actor, now: datetime
) -> Named:
    team = await queries.get_team(session, member.team_id)
    _settle(session, member, state, area_code=team.area_code, by=by, now=now)
    return Named(member, await editors.name_of(session, member.account_id))


def _settle(
    session: AsyncSession,
    member: TeamMember,
    state: MemberState,
    *,
    area_code: str,
    by: Actor,
    now: datetime,
) -> None:
    member.state, member.decided_by = state, by.account_id
    if state is MemberState.ACTIVE:
        member.joined_at = now
    else:
        member.ended_at, member.is_coordinator = now, False
    own = member.account_id == by.account_id
    event = MembershipDecidedOn(member.id, member.team_id, state.value, by_themselves=own)
    outbox.record(session, event, now=now, area_code=area_code)
