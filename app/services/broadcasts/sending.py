"""Broadcasts that are due: begun, told batch by batch, finished; whoever dies leaves no batch half told.

A batch is one transaction that also moves ``last_id`` on, and an inbox takes a broadcast once, so killing
and resuming double nothing. Copies are due five hundred a second: others' news goes out in between.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.models import Broadcast, BroadcastMove, BroadcastState
from app.services import notifications
from app.services.broadcasts import audience, commands, lifecycle, moves, queries
from app.services.notifications import WRITTEN, About

BATCH = 5000
_SLICE = 1000
_COPIES_A_SECOND = 500
_TOO_LATE = "已过截止时间 its time was over before it began"


async def send_next(db: Database, clock: Callable[[], datetime]) -> bool:
    """Do the next piece of the broadcast that has waited longest, and say whether there was any."""
    async with db.writing() as session:
        return await go_on(session, now=clock())


async def go_on(session: AsyncSession, *, now: datetime) -> bool:
    """Begin the broadcast that is due, or tell its next batch; return whether there was anything to do."""
    broadcast = await queries.next_due(session, now=now)
    if broadcast is None:
        return False
    if broadcast.state is BroadcastState.SCHEDULED:
        await _begin(session, broadcast, now=now)
    else:
        await _tell_batch(session, broadcast, now=now)
    return True


async def _begin(session: AsyncSession, broadcast: Broadcast, *, now: datetime) -> None:
    if broadcast.ends_at is not None and broadcast.ends_at <= now:
        await commands.call_off(session, broadcast, reason=_TOO_LATE, by=None, now=now)
        return
    broadcast.people = await audience.count(session, commands.audience_of(broadcast), at=now)
    if lifecycle.needs_second_person(broadcast.people) and broadcast.approved_at is None:
        await moves.make(session, broadcast, BroadcastMove.HOLD, by=None, now=now)
        return
    broadcast.counted_from = now
    said = notifications.Written(broadcast.title_zh, broadcast.body_zh, broadcast.title_en, broadcast.body_en)
    await notifications.write_text(session, broadcast.id, said, now=now)
    await moves.make(session, broadcast, BroadcastMove.BEGIN, by=None, now=now)


async def _tell_batch(session: AsyncSession, broadcast: Broadcast, *, now: datetime) -> None:
    people = await audience.some_after(
        session,
        commands.audience_of(broadcast),
        broadcast.last_id,
        at=broadcast.counted_from or now,
        limit=BATCH,
    )
    for start in range(0, len(people), _SLICE):
        await _tell(session, broadcast, people[start : start + _SLICE], now=now)
    if people:
        broadcast.last_id = people[-1]
    if len(people) < BATCH:
        broadcast.done_at = now
        await moves.make(session, broadcast, BroadcastMove.FINISH, by=None, now=now)


async def _tell(
    session: AsyncSession, broadcast: Broadcast, people: Sequence[UUID], *, now: datetime
) -> None:
    begun_at = broadcast.counted_from or now
    due_at = begun_at + timedelta(seconds=broadcast.told / _COPIES_A_SECOND)
    broadcast.told += await notifications.tell(
        session,
        kind=WRITTEN,
        to=people,
        key=f"broadcast:{broadcast.id}",
        subject=About(WRITTEN, broadcast.id),
        urgency=broadcast.urgency,
        expires_at=broadcast.ends_at,
        area_code=broadcast.area_code,
        push_after=max(due_at - now, timedelta()),
        now=now,
    )
