"""Cases whose unit cannot do them any more: it has ended, or the case lies where it does not reach.

What an ended unit had goes to its successor, or back to the desk where there is none. A job looks every
minute: a case may come back to a unit that has ended, too, by a check that failed.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import HandlingUnit, Move, Report, ReportState, ReportTask, TaskState
from app.services import outbox
from app.services.outbox import Channel
from app.services.reports import dispatch, links, moves
from app.services.reports.events import TaskChanged
from app.services.reports.scope import SYSTEM

_AT_ONCE = 200
# Where a unit has the case; a suspended one without a successor comes back when it goes on.
_WITH_UNIT = (ReportState.DISPATCHED, ReportState.IN_PROGRESS)
_GIVEN = (TaskState.OPEN, TaskState.TAKEN)
_FURTHEST = 10
HANDED_OVER = "原承办单位已撤销,由{name}承接"
TAKEN_BACK = "原承办单位已撤销,重新分办"
OUT_OF_REACH = "位置更正后不属于原承办单位的服务范围,重新分办"


async def settle(session: AsyncSession, *, now: datetime) -> int:
    """Send cases and tasks of ended units to their successors or back; return how many; for a job."""
    after: UUID | None = None
    settled, found = 0, _AT_ONCE
    # Suspended cases that no successor reaches stay where they are, however many: they are passed over.
    while found == _AT_ONCE and settled < _AT_ONCE:
        batch = await _of_ended(session, after=after)
        for report, unit in batch:
            settled += await _settle(session, report, await _heir(session, unit, report), now=now)
            after = report.id
        found = len(batch)
    return settled + await _settle_tasks(session, now=now)


async def _of_ended(session: AsyncSession, *, after: UUID | None) -> Sequence[Row[Report, HandlingUnit]]:
    here = or_(
        Report.state.in_(_WITH_UNIT),
        and_(Report.state == ReportState.SUSPENDED, HandlingUnit.successor_id.is_not(None)),
    )
    query = (
        select(Report, HandlingUnit)
        .join(HandlingUnit, HandlingUnit.id == Report.unit_id)
        .where(HandlingUnit.ended_at.is_not(None), here)
        .order_by(Report.id)
        .limit(_AT_ONCE)
        .with_for_update(of=Report, skip_locked=True)
    )
    if after is not None:
        query = query.where(Report.id > after)
    return (await session.execute(query.execution_options(populate_existing=True))).all()


async def _heir(session: AsyncSession, unit: HandlingUnit, report: Report) -> HandlingUnit | None:
    """Return the unit in being that took an ended one's place, if it reaches the case's area."""
    heir: HandlingUnit | None = unit
    for _ in range(_FURTHEST):
        if heir is None or heir.ended_at is None:
            break
        heir = None if heir.successor_id is None else await session.get(HandlingUnit, heir.successor_id)
    if heir is None or heir.ended_at is not None or not dispatch.reaches(heir.area_code, report.area_code):
        return None
    return heir


async def _settle(session: AsyncSession, report: Report, heir: HandlingUnit | None, *, now: datetime) -> bool:
    """Settle a case; tell whether there was anything to do now."""
    if heir is None and report.state is ReportState.SUSPENDED:
        return False  # it comes back when it goes on
    if heir is None:
        await _take_back(session, report, TAKEN_BACK, now=now)
        return True
    await links.revoke_all(session, report.id, now=now)
    before = {"from_unit_id": str(report.unit_id)}
    report.unit_id = heir.id
    details = {**before, "unit_id": str(heir.id), "unit_name": heir.name}
    reason = HANDED_OVER.format(name=heir.name)
    await moves.make(session, report, Move.HAND_OVER, acting=SYSTEM, now=now, reason=reason, details=details)
    return True


async def _take_back(session: AsyncSession, report: Report, reason: str, *, now: datetime) -> None:
    """Bring a case in hand back to its desk; that is no return of the unit's, and counted as none."""
    await links.revoke_all(session, report.id, now=now)
    details = {"from_unit_id": str(report.unit_id)}
    await moves.make(session, report, Move.RETURN, acting=SYSTEM, now=now, reason=reason, details=details)
    report.unit_id, report.is_designated = None, False


async def settle_out_of_reach(session: AsyncSession, report: Report, *, now: datetime) -> None:
    """Take a locked case, and its tasks, back from units that do not reach where it lies now.

    Its desk sends it on, to the unit that is proposed there. One that is repaired is checked where it is.
    """
    unit = None if report.unit_id is None else await session.get(HandlingUnit, report.unit_id)
    if unit is not None and not dispatch.reaches(unit.area_code, report.area_code):
        if report.state is ReportState.SUSPENDED:
            await moves.make(session, report, Move.RESUME, acting=SYSTEM, now=now, reason=OUT_OF_REACH)
            report.review_at = None
        if report.state in _WITH_UNIT:
            await _take_back(session, report, OUT_OF_REACH, now=now)
    query = (
        select(ReportTask, HandlingUnit.area_code)
        .join(HandlingUnit, HandlingUnit.id == ReportTask.unit_id)
        .where(ReportTask.report_id == report.id, ReportTask.state.in_(_GIVEN))
        .order_by(ReportTask.id)
    )
    for task, area_code in (await session.execute(query)).all():
        if not dispatch.reaches(area_code, report.area_code):
            task.state, task.result = TaskState.RETURNED, OUT_OF_REACH
            await _tell_of_task(session, task, report, now=now)


async def _settle_tasks(session: AsyncSession, *, now: datetime) -> int:
    query = (
        select(ReportTask, Report, HandlingUnit)
        .join(Report, Report.id == ReportTask.report_id)
        .join(HandlingUnit, HandlingUnit.id == ReportTask.unit_id)
        .where(HandlingUnit.ended_at.is_not(None), ReportTask.state.in_(_GIVEN))
        .order_by(Report.id)
        .limit(_AT_ONCE)
        .with_for_update(of=Report, skip_locked=True)
    )
    found = (await session.execute(query.execution_options(populate_existing=True))).all()
    for task, report, unit in found:
        heir = await _heir(session, unit, report)
        if heir is None:
            task.state, task.result = TaskState.RETURNED, TAKEN_BACK
        else:
            task.unit_id = heir.id
        await _tell_of_task(session, task, report, now=now)
    await session.flush()
    return len(found)


async def _tell_of_task(session: AsyncSession, task: ReportTask, report: Report, *, now: datetime) -> None:
    task.version += 1
    task.changed_at, task.changed_by = now, None
    event = TaskChanged(report.id, task.id, task.unit_id, task.state.value)
    outbox.record(session, event, now=now, area_code=report.area_code)
    await outbox.announce(session, Channel.REPORTS, [report.id])
