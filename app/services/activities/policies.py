"""What an area wants of activities, and the certificates that volunteers showed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.clock import local_day
from app.core.errors import InvalidInput, NotFound, SignInRequired
from app.models import MemberState, Qualification, VolunteerPolicy
from app.services import areas, authority
from app.services.accounts import editors
from app.services.teams import queries as team_queries


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """Whether activities are approved before they are published, and how many shifts a week are enough."""

    needs_approval: bool
    most_shifts_a_week: int | None


async def see(session: AsyncSession, area_code: str, *, by: Actor) -> VolunteerPolicy | None:
    """Return what an area itself says, if anything.

    Raises:
        NotFound: it is not the caller's.
    """
    await _check(session, area_code, by=by)
    return await session.get(VolunteerPolicy, area_code)


async def put(
    session: AsyncSession,
    area_code: str,
    draft: PolicyDraft,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> VolunteerPolicy:
    """Say what an area wants; ``version`` is 0 where it said nothing yet.

    Raises:
        NotFound: it is not the caller's.
        EditConflict: somebody else said something since.
    """
    await _check(session, area_code, by=by)
    kept = await session.get(VolunteerPolicy, area_code, with_for_update=True)
    if (0 if kept is None else kept.version) != version:
        raise await editors.conflict(session, None if kept is None else kept.changed_by)
    if kept is None:
        kept = VolunteerPolicy(area_code=area_code, version=0)
        session.add(kept)
    kept.needs_approval, kept.most_shifts_a_week = draft.needs_approval, draft.most_shifts_a_week
    kept.version, kept.changed_at, kept.changed_by = kept.version + 1, now, by.account_id
    return kept


async def confirm_qualification(
    session: AsyncSession, member_id: UUID, name: str, *, valid_to: date, by: Actor, now: datetime
) -> None:
    """Keep that a member showed a certificate, and until when it is good; the paper is not kept.

    Raises:
        NotFound: it is not the caller's team, or they do not belong to it.
        InvalidInput: it is good no more; nobody confirms their own.
    """
    member = await team_queries.member_of_run_team(session, member_id, by=by, now=now)
    if member.state is not MemberState.ACTIVE or member.account_id is None:
        raise NotFound
    if by.account_id is None:
        raise SignInRequired
    if valid_to < local_day(now) or member.account_id == by.account_id:
        raise InvalidInput(hint="valid_to")
    values = {"valid_to": valid_to, "confirmed_at": now, "confirmed_by": by.account_id}
    written = insert(Qualification).values(account_id=member.account_id, name=name, **values)
    await session.execute(
        written.on_conflict_do_update(
            index_elements=[Qualification.account_id, Qualification.name], set_=values
        )
    )


async def _check(session: AsyncSession, area_code: str, *, by: Actor) -> None:
    if not authority.may(by, roles=(Role.DISTRICT_OFFICER,), area_code=area_code):
        raise NotFound
    if not await areas.exists(session, area_code):
        raise NotFound
