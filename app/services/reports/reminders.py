"""What the clock does to cases: reminders, overdue steps, the end of suspensions, calendars that come out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.metrics import RULES_FAILING
from app.models import Move, OutboxEvent, Report, ReportDeadline, ReportState, RoutingRule
from app.services import outbox
from app.services.reports import deadlines, moves
from app.services.reports.events import PromisesCounted, ReportDueSoon, ReportOverdue
from app.services.reports.scope import SYSTEM

_BATCH = 1000


async def remind(session: AsyncSession, *, now: datetime) -> int:
    """Tell, once a promise, that a fifth of its time is left; suspended cases wait."""
    due = ReportDeadline.remind_at <= now, ReportDeadline.reminded_at.is_(None), ReportDeadline.due_at > now
    found = await _open(session, *due)
    for row, area_code in found:
        row.reminded_at = now
        event = ReportDueSoon(row.report_id, row.step.value, row.due_at)
        outbox.record(session, event, now=now, area_code=area_code)
    return len(found)


async def tell_overdue(session: AsyncSession, *, now: datetime) -> int:
    """Tell, once a promise, that its time is over."""
    found = await _open(session, ReportDeadline.due_at <= now, ReportDeadline.overdue_at.is_(None))
    for row, area_code in found:
        row.overdue_at = now
        event = ReportOverdue(row.report_id, row.step.value, row.due_at)
        outbox.record(session, event, now=now, area_code=area_code)
    return len(found)


async def _open(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[tuple[ReportDeadline, str]]:
    query = (
        select(ReportDeadline, Report.area_code)
        .join(Report, Report.id == ReportDeadline.report_id)
        .where(ReportDeadline.met_at.is_(None), ReportDeadline.dropped_at.is_(None))
        .where(ReportDeadline.paused_at.is_(None), *conditions)
        .order_by(ReportDeadline.due_at)
        .limit(_BATCH)
        .with_for_update(of=ReportDeadline, skip_locked=True)
    )
    return [(row, area_code) for row, area_code in await session.execute(query)]


async def end_suspensions(session: AsyncSession, *, now: datetime) -> int:
    """Set suspended cases going again on their review date."""
    due = select(Report).where(Report.state == ReportState.SUSPENDED, Report.review_at <= now)
    found = (await session.scalars(due.limit(_BATCH).with_for_update(skip_locked=True))).all()
    for report in found:
        report.review_at = None
        reason = "挂账复核日期已到"
        await moves.make(session, report, Move.RESUME, acting=SYSTEM, now=now, reason=reason)
    return len(found)


async def count_failing_rules(session: AsyncSession, *, now: datetime) -> int:  # noqa: ARG001 - a job's form
    """Set the gauge of rules that could not be applied; nothing is written."""
    failing = select(func.count()).where(RoutingRule.failing_at.is_not(None), RoutingRule.ended_at.is_(None))
    RULES_FAILING.set(await session.scalar(failing) or 0)
    return 0


async def count_again(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to a published calendar: what was promised provisionally is counted again, piece after piece."""
    after = event.payload.get("last_id")
    last_id = await deadlines.recount(session, after=after and UUID(after), now=now)
    if last_id is not None:
        outbox.record(session, PromisesCounted(last_id), now=now)
