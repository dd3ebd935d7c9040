"""What of a case everybody may see: staff decide, case by case, or an area's rule when it is accepted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal_column
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import Move, Report, ReportState
from app.services.reports import moves, triage
from app.services.reports.cells import lies_nowhere
from app.services.reports.errors import NotPublishable, ReasonNeeded
from app.services.reports.masking import masked
from app.services.reports.scope import Acting
from app.services.reports.triage import Decision

# What came to nothing, or goes on under another number, is on no map.
HIDDEN = (ReportState.REJECTED, ReportState.DUPLICATE, ReportState.WITHDRAWN)
# How a case was put right is between the desk and its reporter: the public reads none of these steps.
UNTOLD = frozenset(
    {Move.UNDO, Move.MOVE_PIN, Move.REHOME, Move.CHANGE_CATEGORY, Move.PUBLISH, Move.UNPUBLISH}
)
# Written as the partial index is, or the planner does not know it again.
_HIDDEN_SQL: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in HIDDEN]


def is_published() -> ColumnElement[bool]:
    """Return the WHERE condition of the cases that the public map may show; never a confidential one."""
    approved = and_(Report.public_at.is_not(None), Report.is_confidential.is_(False))
    return and_(approved, Report.state.not_in(_HIDDEN_SQL))


def may_be_public(report: Report) -> bool:
    """Tell whether staff may let everybody see a case as it is now."""
    return not (report.is_confidential or lies_nowhere(report) or report.state in HIDDEN)


def words_of(report: Report) -> str:
    """Return what the public reads of a case: what staff wrote, or the reporter's words, numbers covered."""
    return masked(report.description if report.public_text is None else report.public_text)


async def publish(
    session: AsyncSession,
    report_id: UUID,
    decision: Decision,
    *,
    text: str | None,
    by: Actor,
    now: datetime,
) -> Report:
    """Let everybody see a case; once more changes what is read of it.

    Args:
        session: the transaction.
        report_id: which case.
        decision: on which version of it, and a reason for the timeline if there is one.
        text: what the public reads in the place of the reporter's words; ``None`` leaves those.
        by: who decides.
        now: the present instant.

    Raises:
        NotFound, EditConflict: see there.
        NotPublishable: it is confidential, came to nothing, or nobody has said where it is.
    """
    at_desk = triage.at_desk(session, report_id, version=decision.version, by=by, now=now)
    async with at_desk as (report, acting):
        if report.is_confidential:
            raise NotPublishable(because="confidential")
        if lies_nowhere(report):
            raise NotPublishable(because="pin_missing")
        if report.state in HIDDEN:
            raise NotPublishable(because=report.state.value)
        if report.public_at is not None and report.public_text == text:
            return report
        report.public_at, report.public_text = report.public_at or now, text
        await _noted(session, report, Move.PUBLISH, decision, acting=acting, now=now)
        return report


async def unpublish(
    session: AsyncSession, report_id: UUID, decision: Decision, *, by: Actor, now: datetime
) -> Report:
    """Take a case from the map and from other systems' answers at once; again is no error.

    Raises:
        NotFound, EditConflict: see there.
        ReasonNeeded: colleagues and its reporter read why.
    """
    at_desk = triage.at_desk(session, report_id, version=decision.version, by=by, now=now)
    async with at_desk as (report, acting):
        if not decision.reason.strip():
            raise ReasonNeeded
        if report.public_at is None:
            return report
        report.public_at = None
        await _noted(session, report, Move.UNPUBLISH, decision, acting=acting, now=now)
        return report


async def _noted(
    session: AsyncSession, report: Report, move: Move, decision: Decision, *, acting: Acting, now: datetime
) -> None:
    await moves.enter(session, report, move, report.state, acting=acting, now=now, reason=decision.reason)
