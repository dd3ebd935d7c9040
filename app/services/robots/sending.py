"""Speaking in groups: no faster than the vendors bear, several news in one message, by number alone.

Who speaks holds the robot by ``busy_until``, in a transaction of its own, for longer than a request takes;
the request holds no connection of ours. Who dies in between leaves news that are told again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from cryptography.fernet import InvalidToken
from sqlalchemy import Update, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.core.ids import new_id
from app.core.urgency import RobotVendor, Urgency
from app.models import GroupRobot, Report, RobotFact, RobotNews, RobotNewsState
from app.ports import (
    Accepted,
    DeadTarget,
    OutsideError,
    Parcel,
    PushMessage,
    PushResult,
    PushSender,
    RetryLater,
)
from app.services.accounts.vault import Vault
from app.services.reports import numbers

log = structlog.get_logger(__name__)

_CLAIM, _REST, _MINUTE = timedelta(minutes=1), timedelta(minutes=1), timedelta(minutes=1)
# WeCom and DingTalk take 20 messages a minute from a robot, and DingTalk falls silent for ten minutes after
# more (the vendors' pages); Feishu bears more.
PER_MINUTE = 20
_LINES = 20
_WORTH = timedelta(days=1)
MOST_TRIES = 10
DISABLED_AFTER = timedelta(days=3)
_APP = "暖蜂"
WORDS: Mapping[RobotFact, str] = {
    RobotFact.NEW_CASE: "新案件",
    RobotFact.DISPATCHED: "案件已派遣",
    RobotFact.RETURNED: "案件被退回",
    RobotFact.DUE_SOON: "案件即将到期",
    RobotFact.OVERDUE: "案件已超期",
    RobotFact.EMERGENCY: "紧急情况,请值班人员确认",
    RobotFact.NOBODY_ON_DUTY: "紧急情况,此刻无人值班",
}
_WAITING = RobotNews.state == RobotNewsState.WAITING


@dataclass(frozen=True, slots=True)
class Speaker:
    """What speaking needs: the ways to the vendors, the key to the robots' secrets, a clock."""

    ways: Mapping[RobotVendor, PushSender]
    vault: Vault
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Claimed:
    robot_id: UUID
    news: Sequence[UUID]
    vendor: RobotVendor
    parcel: Parcel


async def say_next(db: Database, speaker: Speaker) -> bool:
    """Have the robot that has waited longest say what waits for it; tell whether there was any."""
    async with db.writing() as session:
        claimed = await _claim(session, speaker, now=speaker.clock())
    if claimed is None:
        return False
    result: PushResult
    try:
        (result,) = await speaker.ways[claimed.vendor].send([claimed.parcel])
    except OutsideError:
        result = RetryLater("failed", is_vendor_down=True)
    async with db.writing() as session:
        await _note(session, claimed, result, now=speaker.clock())
    return True


async def _claim(session: AsyncSession, speaker: Speaker, *, now: datetime) -> _Claimed | None:
    due = (RobotNews.robot_id == GroupRobot.id) & _WAITING & (RobotNews.next_try_at <= now)
    free = or_(GroupRobot.busy_until.is_(None), GroupRobot.busy_until <= now)
    query = (
        select(GroupRobot)
        .where(GroupRobot.ended_at.is_(None), GroupRobot.disabled_at.is_(None), free)
        .where(GroupRobot.vendor.in_(speaker.ways), exists().where(due))
        .order_by(GroupRobot.busy_until.asc().nulls_first(), GroupRobot.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    query = query.execution_options(populate_existing=True)
    # One whose news are all given up, or whose address nobody can read, leaves the turn to the next.
    while (robot := await session.scalar(query)) is not None:
        if (claimed := await _next_of(session, robot, speaker, now=now)) is not None:
            return claimed
        await session.flush()
    return None


async def _next_of(
    session: AsyncSession, robot: GroupRobot, speaker: Speaker, *, now: datetime
) -> _Claimed | None:
    news = await _waiting(session, robot, now=now)
    lines = [line_of(each, number) for each, number in news]
    if not lines:
        return None
    _count(robot, now=now)
    message = PushMessage(
        id=new_id(),
        kind="robot",
        title=_APP,
        body="\n".join(lines),
        urgency=Urgency.NORMAL,
        expires_at=now + _WORTH,
    )
    told = [each.id for each, _ in news]
    try:
        target = speaker.vault.decrypt_shared(robot.target_encrypted)
    except InvalidToken:
        # Kept under a key of ours that is gone: the others speak meanwhile.
        await _fail(session, robot, told, RetryLater("unreadable address"), now=now)
        return None
    return _Claimed(robot.id, told, robot.vendor, Parcel(message, target))


def line_of(news: RobotNews, number: int) -> str:
    """Return what a group is told: a few words and a case's number."""
    return f"{WORDS[news.fact]} {numbers.write(number)}"


async def _waiting(session: AsyncSession, robot: GroupRobot, *, now: datetime) -> list[tuple[RobotNews, int]]:
    """Return the oldest news for a robot; what is a day old, or of a case that became secret, is given up."""
    query = (
        select(RobotNews, Report)
        .join(Report, Report.id == RobotNews.report_id)
        .where(RobotNews.robot_id == robot.id, _WAITING, RobotNews.next_try_at <= now)
        .order_by(RobotNews.event_id)
        .limit(_LINES)
    )
    going = list[tuple[RobotNews, int]]()
    for news, report in await session.execute(query):
        if report.is_confidential or now >= news.created_at + _WORTH:
            news.state, news.done_at = RobotNewsState.FAILED, now
        else:
            going.append((news, report.number))
    return going


def _count(robot: GroupRobot, *, now: datetime) -> None:
    """Count one more message in the robot's minute, and hold it: when the minute is full, to its end."""
    if robot.minute_from is None or not robot.minute_from <= now < robot.minute_from + _MINUTE:
        robot.minute_from, robot.minute_count = now, 0
    robot.minute_count += 1
    robot.busy_until = now + _CLAIM


async def _note(session: AsyncSession, claimed: _Claimed, result: PushResult, *, now: datetime) -> None:
    robot = await session.get_one(GroupRobot, claimed.robot_id, with_for_update=True)
    if not isinstance(result, Accepted):
        await _fail(session, robot, claimed.news, result, now=now)
        return
    await session.execute(_told(claimed.news).values(state=RobotNewsState.SENT, done_at=now))
    robot.failing_since = robot.last_error = None
    is_full = robot.minute_count >= PER_MINUTE and robot.minute_from is not None
    robot.busy_until = robot.minute_from + _MINUTE if is_full and robot.minute_from else now


def _told(news: Sequence[UUID]) -> Update:
    mine = update(RobotNews).where(RobotNews.id.in_(news), _WAITING)
    return mine.execution_options(synchronize_session=False)


async def _fail(
    session: AsyncSession, robot: GroupRobot, news: Sequence[UUID], result: PushResult, *, now: datetime
) -> None:
    rest = _REST
    if isinstance(result, RetryLater):
        rest = max(result.after or _REST, _REST)
    robot.failing_since = robot.failing_since or now
    robot.last_error = getattr(result, "reason", "gone")
    robot.busy_until = now + rest
    await session.execute(_told(news).values(tries=RobotNews.tries + 1, next_try_at=now + rest))
    given_up = _told(news).where(RobotNews.tries >= MOST_TRIES)
    await session.execute(given_up.values(state=RobotNewsState.FAILED, done_at=now))
    if isinstance(result, DeadTarget) or now - robot.failing_since >= DISABLED_AFTER:
        robot.disabled_at = now
        log.warning("robot disabled", robot_id=str(robot.id), reason=robot.last_error)
