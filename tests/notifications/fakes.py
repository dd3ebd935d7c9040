"""A vendor that answers as it is told to, and a worker whose clock a test sets."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from app.core.urgency import PushChannel, Urgency
from app.jobs.pushing import Pusher
from app.models import Notification, PushDelivery
from app.ports import Accepted, Parcel, PushResult
from app.runtime import Runtime
from app.services.notifications.sending import waiting

NEVER, GARBAGE = object(), object()


class FakePush:
    """Gives its answers one a call, takes everything when it has none left, and keeps what it took."""

    most_per_second = 1_000_000.0

    def __init__(self, *answers: object, at_once: int = 500) -> None:
        self.most_at_once = at_once
        self.answers = deque(answers)
        self.sent: list[Parcel] = []
        self.calls = 0

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[PushResult]:
        self.calls += 1
        answer = self.answers.popleft() if self.answers else Accepted("v1")
        if isinstance(answer, Exception):
            raise answer
        if answer is NEVER:
            await asyncio.sleep(3600)
        if answer is GARBAGE:
            return []
        if isinstance(answer, Accepted):
            self.sent += parcels
        return [answer] * len(parcels)


async def push(
    runtime: Runtime, senders: Mapping[PushChannel, FakePush], now: datetime, *, pusher: Pusher | None = None
) -> Pusher:
    """Route and send all that is due at an instant, as if its jobs had come."""
    worker = pusher or Pusher(runtime.db, senders, runtime.vault, clock=lambda: now, patience_s=0.05)
    while await worker.route() or await _send_due(runtime, worker, now):
        pass
    return worker


async def _send_due(runtime: Runtime, worker: Pusher, now: datetime) -> int:
    """Do the jobs of each channel's copies that are due; return how many are due no more."""
    done = 0
    for channel, sender in worker.channels.items():
        for is_emergency in (True, False):
            urgent = Notification.urgency == Urgency.EMERGENCY
            query = (
                select(PushDelivery.id)
                .join(Notification, Notification.id == PushDelivery.notification_id)
                .where(PushDelivery.channel == channel, urgent if is_emergency else ~urgent)
            )
            due = await _due(runtime, query, now)
            await sender.send(due, is_emergency=is_emergency)
            done += len(due) - len(await _due(runtime, query, now))
    return done


async def _due(runtime: Runtime, query: Select, now: datetime) -> list[UUID]:
    async with runtime.db.reading() as session:
        fresh, tried = await waiting(session, (await session.scalars(query)).all(), now=now)
    return [*fresh, *tried]
