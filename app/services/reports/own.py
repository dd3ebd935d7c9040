"""What a rider sees of the reports they sent or follow: the case and its public timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.pages import Page, read_time_cursor, time_cursor
from app.models import (
    Move,
    PhotoRole,
    Report,
    ReportFollower,
    ReportSatisfaction,
    ReportState,
    ReportStep,
)
from app.services import photos
from app.services.reports import following, lifecycle, moves, pictures, queries, scope
from app.services.reports.pictures import Picture
from app.services.reports.scope import REPORTER


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report as one of its followers sees it; ``steps`` is its timeline, oldest first.

    ``parent`` is the case that it was merged into, with that one's timeline: it goes on there.
    Its reporter sees all the photos they named, others those that staff let everybody see.
    """

    report: Report
    is_reporter: bool
    followers: int
    steps: Sequence[ReportStep]
    parent: Report | None
    parent_steps: Sequence[ReportStep]
    satisfaction: ReportSatisfaction | None
    possible: Sequence[Move]
    pictures: Sequence[Picture]


async def own_report(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> OwnReport:
    """Return a report that the caller sent or follows, and what they can do about it now.

    Raises:
        NotFound: the caller has no such report.
    """
    report = await queries.get(session, report_id, within=scope.followed(by))
    parent = await _parent_of(session, report)
    mine = await queries.sent_by(session, report_id, by=by) is not None
    return OwnReport(
        report,
        mine,
        await following.count(session, report_id),
        await queries.steps_of(session, report_id),
        parent,
        [] if parent is None else await queries.steps_of(session, parent.id),
        await queries.satisfaction_of(session, report) if mine else None,
        lifecycle.possible(parent or report, REPORTER.capacity, now=now) if mine else [],
        await _seen_by(session, report_id, is_reporter=mine),
    )


async def _parent_of(session: AsyncSession, report: Report) -> Report | None:
    """Return the case that a report goes on as; one that turned out to be secret is nobody else's to read."""
    if report.parent_id is None:
        return None
    public = Report.is_confidential.is_(False)
    return await session.scalar(select(Report).where(Report.id == report.parent_id, public))


async def _seen_by(session: AsyncSession, report_id: UUID, *, is_reporter: bool) -> list[Picture]:
    found = (await pictures.pictures_of(session, [report_id])).get(report_id, [])
    return [each for each in found if _may_see(each, is_reporter=is_reporter)]


def _may_see(picture: Picture, *, is_reporter: bool) -> bool:
    if is_reporter and picture.link.role is PhotoRole.BEFORE:
        return True
    return picture.photo is not None and photos.is_public(picture.photo)


async def withdraw(
    session: AsyncSession, report_id: UUID, *, reason: str, by: Actor, now: datetime
) -> Report:
    """Take one's own report back, which is possible until the area has decided on it.

    Raises:
        NotFound: the caller sent no such report.
        IllegalMove: it was decided on; withdrawn already is no matter.
    """
    report = await queries.get_to_move(session, report_id, within=scope.reported(by))
    if report.state is not ReportState.WITHDRAWN:
        await moves.make(session, report, Move.WITHDRAW, acting=REPORTER, now=now, reason=reason)
    return report


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
        query = query.where(tuple_(*place) < tuple_(*read_time_cursor(cursor)))
    query = query.order_by(*(column.desc() for column in place)).limit(limit + 1)
    rows = (await session.execute(query)).all()
    items = [(report, is_reporter) for report, is_reporter, _ in rows[:limit]]
    if len(rows) <= limit:
        return Page(items, None)
    report, _, followed_at = rows[limit - 1]
    return Page(items, time_cursor(followed_at, report.id))
