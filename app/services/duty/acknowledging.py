"""Saying "seen": the first who does so has it, everybody else is told who that was."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.errors import NotFound
from app.models import (
    AcknowledgedBy,
    Category,
    DutyAcknowledgement,
    DutyCall,
    DutyLadder,
    LadderState,
    Report,
)
from app.services import categories
from app.services.accounts.editors import name_of
from app.services.duty import emergencies, ladder, links, queries
from app.services.duty.errors import AlreadySeen, EmergencyOver, LinkUnknown
from app.services.duty.links import CallLinks


async def acknowledge(
    session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime
) -> DutyAcknowledgement:
    """Say, signed in, that one has seen an emergency; again by the same person is the same answer.

    Raises:
        NotFound: the caller was not called about it, and it is not of their desk.
        AlreadySeen: somebody else was first.
        EmergencyOver: see there.
    """
    report = await emergencies.get(session, report_id, by=by)
    seen = DutyAcknowledgement(
        at=now,
        how=AcknowledgedBy.SIGNED_IN,
        account_id=by.account_id,
        name=await name_of(session, by.account_id),
    )
    return await _first(session, report, seen, now=now)


async def acknowledge_by_link(
    session: AsyncSession, token: str, *, opener: CallLinks, now: datetime
) -> DutyAcknowledgement:
    """Say by a call's link, without signing in, that one has seen an emergency.

    Raises:
        LinkUnknown: the link opens no call, or no longer.
        AlreadySeen, EmergencyOver: see there.
    """
    call, report, name = await by_link(session, token, opener=opener, now=now)
    seen = DutyAcknowledgement(
        at=now, how=AcknowledgedBy.LINK, account_id=call.account_id, name=name, call_id=call.id
    )
    return await _first(session, report, seen, now=now)


async def by_link(
    session: AsyncSession, token: str, *, opener: CallLinks, now: datetime
) -> tuple[DutyCall, Report, str]:
    """Return the call that a link opens, its case, and the name of who was called.

    Raises:
        LinkUnknown: it opens none, it is a day old, or they hold no role over the area any more.
    """
    call_id = opener.read(token)
    call = None if call_id is None else await session.get(DutyCall, call_id)
    if call is None or now >= call.called_at + links.LIVES:
        raise LinkUnknown
    on_ladder = await session.get_one(DutyLadder, call.ladder_id)
    report = await session.get_one(Report, on_ladder.report_id)
    people = await queries.people_of(session, report.area_code, only=[call.account_id])
    person = people.get(call.account_id)
    if person is None or not person.serves(now) or report.is_confidential:
        raise LinkUnknown
    return call, report, person.name


async def linked(
    session: AsyncSession, token: str, *, opener: CallLinks, now: datetime
) -> tuple[Report, Category, datetime | None]:
    """Return the case that a call's link is about, and when somebody said that they have seen it.

    Raises:
        LinkUnknown: see :func:`by_link`.
    """
    _, report, _ = await by_link(session, token, opener=opener, now=now)
    # As "seen" counts: for the newest ladder, whichever the link is of.
    last = await ladder.newest(session, report.id)
    seen = None if last is None else await session.get(DutyAcknowledgement, last.id)
    category = await categories.get(session, report.category_id)
    return report, category, None if seen is None else seen.at


async def _first(
    session: AsyncSession, report: Report, seen: DutyAcknowledgement, *, now: datetime
) -> DutyAcknowledgement:
    last = await ladder.newest(session, report.id, lock=True)
    if last is None:
        raise NotFound
    kept = await session.get(DutyAcknowledgement, last.id)
    if kept is not None:
        if kept.account_id == seen.account_id:
            return kept
        raise AlreadySeen(name=kept.name, at=f"{kept.at.astimezone(SHANGHAI):%H:%M}")
    if last.state is LadderState.OVER or not ladder.needs(report):
        raise EmergencyOver
    seen.ladder_id = last.id
    await ladder.note(session, last, report, seen, now=now)
    return seen
