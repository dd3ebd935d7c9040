"""A case that turns out to be confidential: taken from everybody who had it until then."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import Report, ReportFollower, ReportState, ReportTask, TaskState
from app.services.reports import links

# Where a confidential case stands that nobody has decided on, or that its case worker has.
_STAYS = (ReportState.SUBMITTED, ReportState.ACCEPTED)
_UNFINISHED = (TaskState.OPEN, TaskState.TAKEN, TaskState.RETURNED)


async def hide(session: AsyncSession, report: Report, *, by: Actor, now: datetime) -> ReportState:
    """Make a locked case confidential, and return the state in which it goes on.

    It is with who found out. No unit, contractor or public has it any more, and of the riders only its
    reporter: who saw the same in the street was never meant to read this. What lay with a unit is back at
    the desk, which closes it.
    """
    report.is_confidential, report.public_at = True, None
    report.case_worker_id = report.case_worker_id or by.account_id
    report.unit_id, report.is_designated, report.review_at = None, False, None
    await links.revoke_all(session, report.id, now=now)
    await _drop_tasks(session, report.id, by=by, now=now)
    others = ReportFollower.is_reporter.is_(False)
    await session.execute(delete(ReportFollower).where(ReportFollower.report_id == report.id, others))
    return report.state if report.state in _STAYS else ReportState.ACCEPTED


async def _drop_tasks(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> None:
    unfinished = (ReportTask.report_id == report_id) & ReportTask.state.in_(_UNFINISHED)
    await session.execute(
        update(ReportTask)
        .where(unfinished)
        .values(
            state=TaskState.DROPPED,
            version=ReportTask.version + 1,
            changed_at=now,
            changed_by=by.account_id,
        )
    )
