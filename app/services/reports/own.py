"""What a rider sees of the reports they sent or follow: the case and its public timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import BadCursor
from app.core.pages import Page, decode_cursor, encode_cursor
from app.models import Move, Report, ReportFollower, ReportSatisfaction, ReportStep
from app.services.reports import lifecycle, queries, scope
from app.services.reports.scope import REPORTER


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report as one of its followers sees it; ``steps`` is its timeline, oldest first.

    ``parent`` is the case that it was merged into, with that one's timeline: it goes on there.
    """

    report: Report
    is_reporter: bool
    steps: Sequence[ReportStep]
    parent: Report | None
    parent_steps: Sequence[ReportStep]
    satisfaction: ReportSatisfaction | None
    possible: Sequence[Move]


async def own_report(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> OwnReport:
    """Return a report that the caller sent or follows, and what they can do about it now.

    Raises:
        NotFound: the caller has no such report.
    """
    report = await queries.get(session, report_id, within=scope.followed(by))
    is_mine = await queries.sent_by(session, report_id, by=by) is not None
    parent = None if report.parent_id is None else await session.get(Report, report.parent_id)
    return OwnReport(
        report,
        is_mine,
        await queries.steps_of(session, report_id),
        parent,
        [] if parent is None else await queries.steps_of(session, parent.id),
        await queries.satisfaction_of(session, report) if is_mine else None,
        lifecycle.possible(parent or report, REPORTER.capacity, now=now),
    )


async def own_reports(
    session: AsyncSession, *, by: Actor, cursor: str | None, limit: int
) -> Page[tuple[Report, bool]]:
    """Return a page of the reports the caller sent or follows, newest first, and which of them they sent.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    query: Select[Report, bool, datetime] = (
        select(Report, ReportFollower.is_reporter, ReportFollower.followed_at)
        .join(ReportFollower, ReportFollower.report_id == Report.id)
        .where(ReportFollower.account_id == by.account_id)
    )
    place = (ReportFollower.followed_at, ReportFollower.report_id)
    if cursor is not None:
        query = query.where(tuple_(*place) < tuple_(*_key(cursor)))
    query = query.order_by(*(column.desc() for column in place)).limit(limit + 1)
    rows = (await session.execute(query)).all()
    items = [(report, is_reporter) for report, is_reporter, _ in rows[:limit]]
    if len(rows) <= limit:
        return Page(items, None)
    report, _, followed_at = rows[limit - 1]
    return Page(items, encode_cursor([followed_at.isoformat(), str(report.id)]))


def _key(cursor: str) -> tuple[datetime, UUID]:
    at, report_id = decode_cursor(cursor, size=2)
    try:
        return datetime.fromisoformat(at), UUID(report_id)
    except ValueError as error:
        raise BadCursor from error
