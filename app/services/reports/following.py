"""Riders who saw the same hazard: they follow the first report instead of making a second."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import SignInRequired
from app.models import ReportFollower
from app.services import outbox
from app.services.reports import nearby, queries
from app.services.reports.errors import NotToFollow
from app.services.reports.events import ReportFollowed


async def follow(session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime) -> int:
    """Say that one saw the same, and hear every update from now on; return how many riders did.

    Doing it twice changes nothing.

    Raises:
        NotFound: there is no such report that others may see.
    """
    if by.account_id is None:
        raise SignInRequired
    report = await queries.get(session, report_id, within=nearby.is_shown(now))
    values = {"report_id": report.id, "account_id": by.account_id, "is_reporter": False, "followed_at": now}
    statement = insert(ReportFollower).values(values).on_conflict_do_nothing()
    if await session.scalar(statement.returning(ReportFollower.report_id)) is not None:
        outbox.record(session, ReportFollowed(report.id), now=now, area_code=report.area_code)
    return await count(session, report.id)


async def unfollow(session: AsyncSession, report_id: UUID, *, by: Actor) -> None:
    """Hear no more of a report; one that the caller does not follow is no matter.

    Raises:
        NotToFollow: the caller reported it: it can be withdrawn, not forgotten.
    """
    mine = (ReportFollower.report_id == report_id) & (ReportFollower.account_id == by.account_id)
    if await session.scalar(select(ReportFollower.is_reporter).where(mine)):
        raise NotToFollow
    await session.execute(delete(ReportFollower).where(mine))


async def count(session: AsyncSession, report_id: UUID) -> int:
    """Return how many riders reported or follow a case."""
    return (await nearby.follower_counts(session, [report_id])).get(report_id, 0)
