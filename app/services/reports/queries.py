"""What is read of reports: one to look at, one to be moved, its timeline."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.geo import Point
from app.models import (
    Report,
    ReportFollower,
    ReportOrigin,
    ReportSatisfaction,
    ReportStep,
    ReportTask,
)
from app.services.accounts import editors
from app.services.reports import scope
from app.services.reports.doubts import Seen

_MOST_LATELY = 200


async def get(session: AsyncSession, report_id: UUID, *, within: ColumnElement[bool]) -> Report:
    """Return a report inside a scope of :mod:`app.services.reports.scope`.

    Raises:
        NotFound: there is none, or it is not the caller's to see.
    """
    report = await session.scalar(select(Report).where(Report.id == report_id, within))
    if report is None:
        raise NotFound
    return report


async def get_to_move(
    session: AsyncSession, report_id: UUID, *, within: ColumnElement[bool], version: int | None = None
) -> Report:
    """Return a report inside a scope, locked until the transaction ends.

    Args:
        session: the transaction.
        report_id: which one.
        within: what the caller reaches.
        version: what the caller has before their eyes; ``None`` from who cannot know (a phone).

    Raises:
        NotFound: there is none, or it is not the caller's to move.
        EditConflict: somebody else moved it meanwhile; names them.
    """
    query = select(Report).where(Report.id == report_id, within).with_for_update()
    report = await session.scalar(query.execution_options(populate_existing=True))
    if report is None:
        raise NotFound
    await editors.check_version(session, report, version)
    return report


async def steps_of(session: AsyncSession, report_id: UUID) -> Sequence[ReportStep]:
    """Return a case's steps, oldest first."""
    query = select(ReportStep).where(ReportStep.report_id == report_id).order_by(ReportStep.id)
    return (await session.scalars(query)).all()


async def tasks_of(session: AsyncSession, report_id: UUID) -> Sequence[ReportTask]:
    """Return the tasks of a case's co-handlers, oldest first."""
    query = select(ReportTask).where(ReportTask.report_id == report_id).order_by(ReportTask.id)
    return (await session.scalars(query)).all()


async def satisfaction_of(
    session: AsyncSession, report: Report, *, lock: bool = False
) -> ReportSatisfaction | None:
    """Return what the reporter was asked at the case's last closing, if it was not reopened since."""
    query = select(ReportSatisfaction).where(
        ReportSatisfaction.report_id == report.id, ReportSatisfaction.closing == report.reopened_count
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(query)


async def sent_by(session: AsyncSession, report_id: UUID, *, by: Actor) -> Report | None:
    """Return the report of an id when the caller sent it."""
    query = select(Report).where(Report.id == report_id, scope.reported(by))
    return await session.scalar(query)


async def origin_of(session: AsyncSession, report_id: UUID) -> ReportOrigin | None:
    """Return who sent a report and from where; for commands that tell the reporter, never for handlers."""
    return await session.get(ReportOrigin, report_id)


# Asked for each report that comes: built once.
_LATELY = (
    select(Report.lat, Report.lon, Report.captured_at, Report.submitted_at)
    .join(ReportFollower, ReportFollower.report_id == Report.id)
    .where(
        ReportFollower.account_id == bindparam("account_id"),
        ReportFollower.is_reporter,
        ReportFollower.followed_at > bindparam("since"),
    )
    .order_by(ReportFollower.followed_at.desc())
    .limit(_MOST_LATELY)
)


async def lately_of(session: AsyncSession, *, since: datetime, by: Actor) -> list[Seen]:
    """Return where and when the caller reported something since an instant, the newest first."""
    rows = await session.execute(_LATELY, {"account_id": by.account_id, "since": since})
    return [Seen(Point(lat, lon), captured_at, submitted_at) for lat, lon, captured_at, submitted_at in rows]
