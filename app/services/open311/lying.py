"""What lies with another city: a whole case, or one task of a case that several units share (协办)."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Open311Sending, Report, ReportTask, TaskState
from app.services.reports import tasks
from app.services.reports.forwarding import IN_HAND

_WITH_UNIT = (TaskState.OPEN, TaskState.TAKEN)


def lies_there() -> ColumnElement[bool]:
    """Return the WHERE condition of what still lies with the unit it was sent to, beside its report."""
    is_case = Open311Sending.task_id.is_(None) & (Report.unit_id == Open311Sending.unit_id)
    is_task = exists().where(
        ReportTask.id == Open311Sending.task_id,
        ReportTask.unit_id == Open311Sending.unit_id,
        ReportTask.state.in_(_WITH_UNIT),
    )
    return Report.state.in_(IN_HAND) & (is_case | is_task)


async def task_of(session: AsyncSession, sending: Open311Sending) -> ReportTask | None:
    """Return the task that was sent; nothing when it was the case itself."""
    if sending.task_id is None:
        return None
    return await session.get_one(ReportTask, sending.task_id, populate_existing=True)


async def lies(session: AsyncSession, report: Report, sending: Open311Sending) -> bool:
    """Tell whether what was sent still lies with its unit: :func:`lies_there` of rows at hand."""
    if report.state not in IN_HAND:
        return False
    task = await task_of(session, sending)
    if task is None:
        return report.unit_id == sending.unit_id
    return task.unit_id == sending.unit_id and task.state in _WITH_UNIT


async def take(session: AsyncSession, report: Report, task: ReportTask, *, now: datetime) -> None:
    """Note that they have begun with a task of a locked case."""
    if task.state is TaskState.OPEN:
        await tasks.note(session, report, task, TaskState.TAKEN, now=now)


async def send_back(
    session: AsyncSession, report: Report, task: ReportTask, reason: str, *, now: datetime
) -> None:
    """Note that a task of a locked case is not theirs; staff give it to somebody else, or drop it."""
    task.result = reason
    await tasks.note(session, report, task, TaskState.RETURNED, now=now)
