"""What desks hear of suspended cases before they go on by themselves."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Report, ReportState
from app.services import notifications
from app.services.notifications import About
from app.services.reports import numbers
from app.services.telling import people

AHEAD = timedelta(days=1)
_LASTS = timedelta(minutes=30)
_BATCH = 1000


async def remind_of_reviews(session: AsyncSession, *, now: datetime) -> int:
    """Remind each desk, once a date, of suspended cases whose review is due within a day."""
    due = select(Report).where(
        Report.state == ReportState.SUSPENDED, Report.review_at > now, Report.review_at <= now + AHEAD
    )
    told = 0
    for report in await session.scalars(due.order_by(Report.review_at).limit(_BATCH)):
        told += await _remind(session, report, now=now)
    return told


async def _remind(session: AsyncSession, report: Report, *, now: datetime) -> int:
    if report.review_at is None:
        return 0
    kind, params = "desk.confidential", {}
    if not report.is_confidential:
        kind = "desk.review_soon"
        params = {
            "number": numbers.write(report.number),
            "review_at": report.review_at,
            "until": report.review_at + _LASTS,
        }
    return await notifications.tell(
        session,
        kind=kind,
        to=await people.desk(session, report, now=now),
        key=f"review:{report.id}:{report.review_at.timestamp():.0f}",
        params=params,
        subject=About("case", report.id),
        expires_at=report.review_at,
        area_code=None if report.is_confidential else report.area_code,
        now=now,
    )
