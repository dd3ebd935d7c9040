"""What groups were told lately, or are to be: what a demo shows in their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.urgency import RobotVendor
from app.models import GroupRobot, Report, RobotNews, RobotNewsState
from app.services.robots.sending import line_of

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line in a group chat, and how far it came."""

    at: datetime
    vendor: RobotVendor
    group: str
    words: str
    state: RobotNewsState


async def list_said(session: AsyncSession) -> Sequence[Spoken]:
    """Return the last fifty lines, newest first."""
    query = (
        select(RobotNews, GroupRobot.vendor, GroupRobot.name, Report.number)
        .join(GroupRobot, GroupRobot.id == RobotNews.robot_id)
        .join(Report, Report.id == RobotNews.report_id)
        .order_by(RobotNews.id.desc())
        .limit(_SHOWN)
    )
    return [
        Spoken(news.done_at or news.created_at, vendor, name, line_of(news, number), news.state)
        for news, vendor, name, number in await session.execute(query)
    ]
