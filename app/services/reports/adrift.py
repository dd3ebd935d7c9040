"""Open cases that wait for somebody who does not come: found, and given to somebody who does."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import and_, exists, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.models import Account, HandlingUnit, Move, Report, ReportState, ReportStep, StepActor
from app.services import authority, outbox
from app.services.accounts import actor_of
from app.services.outbox import Channel
from app.services.reports import moves, presence, scope, triage
from app.services.reports.filters import IS_LISTED, IS_OPEN
from app.services.reports.handling_errors import ClerkUnfit

MOST_REASSIGNED = 500
_WITH_UNIT = (ReportState.DISPATCHED, ReportState.IN_PROGRESS)


class Missing(StrEnum):
    """Who does not come."""

    UNIT_ENDED = "unit_ended"  # it came back from a unit that is no more, and nobody has sent it on
    UNIT_WITHOUT_USER = "unit_without_user"  # nobody can sign in for its unit: telephone
    CLERK_GONE = "clerk_gone"  # whom it is assigned to is suspended, deleted, or on no desk any more


@dataclass(frozen=True, slots=True)
class Adrift:
    """A case, who does not come, and whom it is assigned to and lies with."""

    report: Report
    missing: list[Missing]
    clerk: str | None
    unit: str | None


async def adrift(
    session: AsyncSession, *, area_code: str | None, by: Actor, now: datetime, limit: int
) -> list[Adrift]:
    """Return open cases of the caller's desk that wait for somebody who does not come, as its list does."""
    taken_back = exists().where(
        ReportStep.report_id == Report.id,
        ReportStep.move == Move.RETURN,
        ReportStep.actor == StepActor.SYSTEM,
        ReportStep.at == Report.state_at,
    )
    back = and_(Report.state == ReportState.RETURNED, taken_back)
    alone = and_(Report.state.in_(_WITH_UNIT), ~presence.in_unit(Report.unit_id, now=now))
    gone = and_(Report.assigned_to.is_not(None), ~presence.on_a_desk(Report.assigned_to, now=now))
    inside = true() if area_code is None else authority.at_level(Report.area_code, area_code)
    query = (
        select(Report, Account.display_name, HandlingUnit.name, back, alone, gone)
        .join(Account, Account.id == Report.assigned_to, isouter=True)
        .join(HandlingUnit, HandlingUnit.id == Report.unit_id, isouter=True)
        .where(scope.on_desk(by), IS_LISTED, IS_OPEN, inside, or_(back, alone, gone))
        .order_by(Report.urgency_rank, Report.queue_at, Report.id)
        .limit(limit)
    )
    return [
        Adrift(report, [each for each, is_so in zip(Missing, flags, strict=True) if is_so], clerk, unit)
        for report, clerk, unit, *flags in await session.execute(query)
    ]


async def reassign(
    session: AsyncSession, ids: Collection[UUID], *, to: UUID | None, by: Actor, now: datetime
) -> int:
    """Assign open cases of the caller's desk to a colleague, or to nobody; return how many were not yet.

    Raises:
        NotFound: one of them is not on the caller's desk.
        ClerkUnfit: the colleague is not staff of all these places.
    """
    query = select(Report).where(Report.id.in_(ids), scope.on_desk(by), IS_LISTED).order_by(Report.id)
    locked = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.scalars(locked)).all()
    if len(found) < len(set(ids)):
        raise NotFound
    if to is not None:
        colleague = scope.of_cases(await actor_of(session, to, now=now))
        if not all(authority.may(colleague, roles=scope.DESK, area_code=each.area_code) for each in found):
            raise ClerkUnfit
    changed = [report for report in found if report.assigned_to != to]
    for report in changed:
        report.assigned_to = to
        moves.touch(report, await triage.acting_at_desk(session, report, by), now=now)
    await outbox.announce(session, Channel.REPORTS, [report.id for report in changed])
    return len(changed)
