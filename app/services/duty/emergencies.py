"""Emergencies as those on duty see and move them: who was called, what can be done; never who reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.models import (
    Account,
    DutyAcknowledgement,
    DutyCall,
    DutyLadder,
    DutyRung,
    Move,
    Report,
    StepActor,
)
from app.services import authority
from app.services.accounts import editors
from app.services.duty.queries import ON_CALL
from app.services.reports import dispatch, lifecycle, moves, queries, safety, scope, triage
from app.services.reports.dispatch import Dispatched, Order
from app.services.reports.scope import Acting
from app.services.reports.triage import Decision

LISTED_FOR = timedelta(days=7)
_MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Called:
    """Who was called on a rung, under the name they show today."""

    call: DutyCall
    name: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """A case with the ladder of calls about it, and what the caller can do with it now."""

    report: Report
    ladder: DutyLadder
    rungs: Sequence[DutyRung]
    calls: Sequence[Called]
    seen: DutyAcknowledgement | None
    possible: Sequence[Move]


def was_called(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the emergencies that the caller was called about.

    Who has lost their role over the area since reaches them no more, and nobody a secret one.
    """
    called = (
        select(DutyLadder.report_id)
        .join(DutyCall, DutyCall.ladder_id == DutyLadder.id)
        .where(DutyCall.account_id == by.account_id)
    )
    serves = authority.covers(scope.of_cases(by), roles=ON_CALL, area=Report.area_code)
    return and_(Report.id.in_(called), serves, Report.is_confidential.is_(False))


def reach(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the emergencies that the caller sees: called about, or of their desk."""
    return or_(was_called(by), and_(scope.on_desk(by), Report.is_confidential.is_(False)))


async def get(session: AsyncSession, report_id: UUID, *, by: Actor) -> Report:
    """Return an emergency that the caller sees.

    Raises:
        NotFound: they do not.
    """
    return await queries.get(session, report_id, within=reach(by))


async def see(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> Emergency:
    """Return an emergency with its last ladder.

    Raises:
        NotFound: the caller does not see it, or nobody was ever to be called about it.
    """
    report = await get(session, report_id, by=by)
    found = await _with_ladders(session, [report], by=by, now=now)
    if not found:
        raise NotFound
    return found[0]


async def recent(session: AsyncSession, *, by: Actor, now: datetime) -> list[Emergency]:
    """Return the emergencies of the last seven days that the caller sees, the newest first."""
    since = now - LISTED_FOR
    lately = select(DutyLadder.report_id).where(DutyLadder.started_at > since)
    query = select(Report).where(Report.id.in_(lately), reach(by))
    query = query.order_by(Report.submitted_at.desc(), Report.id.desc()).limit(_MOST_LISTED)
    return await _with_ladders(session, (await session.scalars(query)).all(), by=by, now=now)


async def _with_ladders(
    session: AsyncSession, reports: Sequence[Report], *, by: Actor, now: datetime
) -> list[Emergency]:
    ids = [report.id for report in reports]
    ladders = select(DutyLadder).where(DutyLadder.report_id.in_(ids)).order_by(DutyLadder.round)
    last = {each.report_id: each for each in await session.scalars(ladders)}
    of_last = [each.id for each in last.values()]
    rungs = (
        select(DutyRung).where(DutyRung.ladder_id.in_(of_last)).order_by(DutyRung.reached_at, DutyRung.due_at)
    )
    calls = (
        select(DutyCall, Account.display_name)
        .join(Account, Account.id == DutyCall.account_id)
        .where(DutyCall.ladder_id.in_(of_last))
        .order_by(DutyCall.called_at, DutyCall.id)
    )
    seen = select(DutyAcknowledgement).where(DutyAcknowledgement.ladder_id.in_(of_last))
    reached = (await session.scalars(rungs)).all()
    called = [Called(call, name) for call, name in await session.execute(calls)]
    first = {each.ladder_id: each for each in await session.scalars(seen)}
    mine = {each.call.ladder_id for each in called if each.call.account_id == by.account_id}
    return [
        Emergency(
            report,
            ladder,
            [each for each in reached if each.ladder_id == ladder.id],
            [each for each in called if each.call.ladder_id == ladder.id],
            first.get(ladder.id),
            lifecycle.possible(report, _capacity(report, by, is_called=ladder.id in mine), now=now),
        )
        for report in reports
        if (ladder := last.get(report.id))
    ]


def _capacity(report: Report, by: Actor, *, is_called: bool) -> StepActor:
    return StepActor.DUTY if is_called else scope.desk_capacity(by, report.area_code)


async def accept(
    session: AsyncSession, report_id: UUID, decision: Decision, *, by: Actor, now: datetime
) -> Report:
    """Take an emergency into the area's care as who is on duty.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
    """
    report, acting = await _to_move(session, report_id, by=by)
    with lifecycle.saying(report, acting.capacity, now=now):
        await editors.check_version(session, report, decision.version)
        await moves.make(session, report, Move.ACCEPT, acting=acting, now=now, reason=decision.reason)
    return report


async def make_safe(
    session: AsyncSession, report_id: UUID, decision: Decision, *, by: Actor, now: datetime
) -> Report:
    """Say as who is on duty that an emergency harms nobody any more.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
    """
    report, acting = await _to_move(session, report_id, by=by)
    with lifecycle.saying(report, acting.capacity, now=now):
        await editors.check_version(session, report, decision.version)
        await safety.secure(session, report, acting=acting, now=now, reason=decision.reason)
    return report


async def send(
    session: AsyncSession, report_id: UUID, order: Order, *, by: Actor, now: datetime
) -> Dispatched:
    """Send an emergency to a unit in one step, accepted or not.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
        OfficerDecides: units sent it back twice.
        UnitNeeded, UnitUnfit: no unit was named, or none that can.
    """
    report, acting = await _to_move(session, report_id, by=by)
    return await dispatch.order_out(session, report, order, acting=acting, now=now)


async def _to_move(session: AsyncSession, report_id: UUID, *, by: Actor) -> tuple[Report, Acting]:
    """Return a locked emergency, and in which capacity the caller moves it: on duty if they were called."""
    report = await queries.get_to_move(session, report_id, within=reach(by))
    called = await session.scalar(select(Report.id).where(Report.id == report_id, was_called(by)))
    if called is None:
        return report, await triage.acting_at_desk(session, report, by)
    name = await editors.name_of(session, by.account_id)
    return report, Acting(StepActor.DUTY, by.account_id, name)
