"""What groups are told of: an event becomes one piece of news for each group, where it was recorded."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.models import GroupRobot, Move, OutboxEvent, Report, RobotFact, RobotNews, RobotNewsState
from app.services import areas
from app.services.duty.events import DutyRungReached, NobodyOnDuty
from app.services.reports.events import ReportDueSoon, ReportMoved, ReportOverdue, ReportSubmitted

# A group is told what is new; what could not be told in a day is in everybody's lists anyway.
KEEP = timedelta(days=30)

_MOVES = {Move.DISPATCH.value: RobotFact.DISPATCHED, Move.RETURN.value: RobotFact.RETURNED}
EVENTS: Mapping[str, Callable[[Mapping[str, Any]], RobotFact | None]] = {
    ReportSubmitted.name: lambda _: RobotFact.NEW_CASE,
    ReportMoved.name: lambda payload: _MOVES.get(payload["move"]),
    ReportDueSoon.name: lambda _: RobotFact.DUE_SOON,
    ReportOverdue.name: lambda _: RobotFact.OVERDUE,
    DutyRungReached.name: lambda _: RobotFact.EMERGENCY,
    NobodyOnDuty.name: lambda _: RobotFact.NOBODY_ON_DUTY,
}


async def enqueue(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Note an event of a case for every group that is told of it; a confidential case for none.

    An area's group hears of the area's cases, a unit's group of those that are with the unit.
    """
    fact = EVENTS[event.name](event.payload)
    if fact is None:
        return
    report = await session.get(Report, UUID(event.payload["report_id"]))
    if report is None or report.is_confidential:
        return
    above = (await areas.load_lineage(session)).above(report.area_code)
    whose: ColumnElement[bool] = GroupRobot.unit_id.is_(None) & GroupRobot.area_code.in_(above)
    if report.unit_id is not None:
        whose = or_(whose, GroupRobot.unit_id == report.unit_id)
    told = select(GroupRobot.id, GroupRobot.facts).where(
        GroupRobot.ended_at.is_(None), GroupRobot.disabled_at.is_(None), whose
    )
    rows = [
        {
            "id": new_id(),
            "robot_id": robot_id,
            "report_id": report.id,
            "event_id": event.id,
            "fact": fact,
            "state": RobotNewsState.WAITING,
            "tries": 0,
            "next_try_at": now,
            "created_at": now,
        }
        for robot_id, facts in (await session.execute(told)).all()
        if fact.value in facts
    ]
    if rows:
        await session.execute(insert(RobotNews).values(rows).on_conflict_do_nothing())


async def forget(session: AsyncSession, *, now: datetime) -> int:
    """Delete what is older than a month, told or not."""
    old = delete(RobotNews).where(RobotNews.created_at < now - KEEP)
    return len((await session.scalars(old.returning(RobotNews.id))).all())
