"""Cases, and tasks of cases, for a unit that is another city's system: noted with what sends them there.

They leave afterwards, by :mod:`app.services.open311`; what is committed with the move cannot get lost.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    HandlingUnit,
    Move,
    Open311Sending,
    Report,
    ReportState,
    ReportStep,
    ReportTask,
    TaskState,
    UnitKind,
)
from app.services.reports import numbers

_SENDS = frozenset({Move.DISPATCH, Move.REOPEN, Move.HAND_OVER})
IN_HAND = (ReportState.DISPATCHED, ReportState.IN_PROGRESS, ReportState.SUSPENDED)


async def follow(session: AsyncSession, report: Report, step: ReportStep, *, now: datetime) -> None:
    """Queue a locked case that a move has just sent to a unit, if that is another city's system."""
    if step.move not in _SENDS or report.state not in IN_HAND or report.unit_id is None:
        return
    await _queue(session, report, report.unit_id, task_id=None, now=now)


async def follow_task(session: AsyncSession, report: Report, task: ReportTask, *, now: datetime) -> None:
    """Queue a task of a locked case that has just been given to a unit, if that is another city's system."""
    if task.state is TaskState.OPEN:
        await _queue(session, report, task.unit_id, task_id=task.id, now=now)


async def _queue(
    session: AsyncSession, report: Report, unit_id: UUID, *, task_id: UUID | None, now: datetime
) -> None:
    unit = await session.get(HandlingUnit, unit_id)
    if unit is None or unit.kind is not UnitKind.OPEN311:
        return
    before = select(func.count()).select_from(Open311Sending).where(Open311Sending.report_id == report.id)
    number = (await session.scalar(before) or 0) + 1
    session.add(
        Open311Sending(
            report_id=report.id,
            task_id=task_id,
            unit_id=unit.id,
            reference=f"{numbers.write(report.number)}-{number}",
            next_try_at=now,
            created_at=now,
        )
    )
