"""A vendor that answers as it is told to, and a worker whose clock a test sets."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core.urgency import PushChannel
from app.jobs.pushing import Pusher
from app.ports import Accepted, Parcel, PushResult
from app.runtime import Runtime

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
    """Route and send all that is due at an instant."""
    worker = pusher or Pusher(runtime.db, senders, runtime.vault, clock=lambda: now, patience_s=0.05)
    is_busy = True
    while is_busy:
        is_busy = await worker.route() is None
        for each in worker.channels.values():
            while await each.once() is None:
                is_busy = True
    return worker
