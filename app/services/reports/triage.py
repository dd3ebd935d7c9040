"""The clerk's decisions on what came in."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import Move, Report, ReportStep
from app.services import authority
from app.services.accounts import editors
from app.services.reports import lifecycle, moves, queries, scope, trust
from app.services.reports.scope import Acting


@dataclass(frozen=True, slots=True)
class Decision:
    """What a clerk decides: on which version of the case, and the text that the reporter reads."""

    version: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as those who work on it see it."""

    report: Report
    steps: Sequence[ReportStep]
    possible: Sequence[Move]


async def case(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> Case:
    """Return a case of the caller's desk with its timeline, and what they can do with it now.

    Who lies across the street reads it and can do nothing. That somebody read a confidential one is kept.

    Raises:
        NotFound: it is not theirs to see.
    """
    report = await queries.get(session, report_id, within=or_(scope.on_desk(by), scope.across(by)))
    await trust.note_read(session, report, by=by, now=now)
    is_theirs = authority.may(scope.of_cases(by), roles=scope.DESK, area_code=report.area_code)
    acting = scope.desk_capacity(by, report.area_code)
    possible = lifecycle.possible(report, acting, now=now) if is_theirs else []
    return Case(report, await queries.steps_of(session, report_id), possible)


async def acting_at_desk(session: AsyncSession, report: Report, by: Actor) -> Acting:
    """Return the caller as staff of the case's area, or as the district's officer."""
    capacity = scope.desk_capacity(by, report.area_code)
    return Acting(capacity, by.account_id, await editors.name_of(session, by.account_id))


@asynccontextmanager
async def at_desk(
    session: AsyncSession, report_id: UUID, *, version: int | None, by: Actor, now: datetime
) -> AsyncIterator[tuple[Report, Acting]]:
    """Lock a case of the caller's desk and give it with who they are there; refusals say what is possible.

    Raises:
        NotFound: it is not theirs.
        EditConflict: somebody else moved it meanwhile; names them.
    """
    report = await queries.get_to_move(session, report_id, within=scope.on_desk(by))
    acting = await acting_at_desk(session, report, by)
    with lifecycle.saying(report, acting.capacity, now=now):
        await editors.check_version(session, report, version)
        yield report, acting


async def _decide(
    session: AsyncSession, report_id: UUID, move: Move, decision: Decision, *, by: Actor, now: datetime
) -> Report:
    async with at_desk(session, report_id, version=decision.version, by=by, now=now) as (report, acting):
        await moves.make(session, report, move, acting=acting, now=now, reason=decision.reason)
        return report


async def accept(
    session: AsyncSession, report_id: UUID, decision: Decision, *, by: Actor, now: datetime
) -> Report:
    """Take a report into the area's care.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
    """
    return await _decide(session, report_id, Move.ACCEPT, decision, by=by, now=now)


async def reject(
    session: AsyncSession, report_id: UUID, decision: Decision, *, by: Actor, now: datetime
) -> Report:
    """Refuse a report, with a reason that its reporter reads.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded: see there.
    """
    return await _decide(session, report_id, Move.REJECT, decision, by=by, now=now)
