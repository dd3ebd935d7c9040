"""When two accounts turn out to be one person: each report is followed once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ReportFollower


async def drop_doubled_following(
    session: AsyncSession, absorbed_id: UUID, survivor_id: UUID, *, now: datetime
) -> None:
    """Leave one following of each report that both accounts follow; who reported it stays its reporter."""
    del now
    theirs = ReportFollower.account_id == absorbed_id
    ours = ReportFollower.account_id == survivor_id
    reported = select(ReportFollower.report_id).where(theirs, ReportFollower.is_reporter)
    followed = select(ReportFollower.report_id).where(ours)
    await session.execute(
        update(ReportFollower).where(ours, ReportFollower.report_id.in_(reported)).values(is_reporter=True)
    )
    await session.execute(delete(ReportFollower).where(theirs, ReportFollower.report_id.in_(followed)))
