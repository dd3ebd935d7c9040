"""What the house itself throws away in time."""

from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import IdempotencyKey, OutboxEvent, RateCounter

KEEP_ANSWERS = timedelta(hours=48)
KEEP_EVENTS = timedelta(days=30)
KEEP_QUEUE_LOG = timedelta(days=1)
KEEP_COUNTERS = timedelta(days=2)  # the longest window is a day


async def forget_answers(session: AsyncSession, *, now: datetime) -> int:
    """Delete the answers kept for repeated requests once no phone asks for them any more."""
    old = delete(IdempotencyKey).where(IdempotencyKey.made_at < now - KEEP_ANSWERS)
    return len((await session.scalars(old.returning(IdempotencyKey.key))).all())


async def forget_events(session: AsyncSession, *, now: datetime) -> int:
    """Delete events that were delivered a month ago."""
    old = delete(OutboxEvent).where(OutboxEvent.delivered_at < now - KEEP_EVENTS)
    return len((await session.scalars(old.returning(OutboxEvent.id))).all())


async def forget_counters(session: AsyncSession, *, now: datetime) -> int:
    """Delete counters of windows long past."""
    old = delete(RateCounter).where(RateCounter.window_start < now - KEEP_COUNTERS)
    return len((await session.scalars(old.returning(RateCounter.key))).all())


async def forget_queue_log(session: AsyncSession, *, now: datetime) -> int:
    """Delete what the queue noted of jobs that were done a day ago."""
    old = text("DELETE FROM pgqueuer_log WHERE created < :before RETURNING 1")
    return len((await session.execute(old, {"before": now - KEEP_QUEUE_LOG})).all())
