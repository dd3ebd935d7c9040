"""Worker processes for the storm: a mother that has everything loaded, and children that are to be killed.

Run as ``python -m tests.notifications.storm URL``. Each line on its input is a child; each child does what a
worker process does (reactions, routing, sending) and says ``PID ID KEY`` for every copy that its vendor took.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database, create_engine
from app.core.embedded import die_with_parent
from app.core.urgency import PushChannel
from app.jobs.pushing import Pusher
from app.jobs.runner import Runner
from app.models import OutboxEvent
from app.ports import Accepted, Parcel, PushResult
from app.realtime.listener import Listener
from app.services.accounts.vault import Vault
from app.services.notifications import tell
from tests.notifications.working import queue_of

EVENT, AT_ONCE = "storm.told", 20
_KEY = "a-key-of-the-tests-that-is-long-enough"


async def tell_one(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """React to an event of the storm: one person is told."""
    await tell(
        session,
        kind="report.reply",
        to=[UUID(event.payload["person"])],
        key=f"event:{event.id}",
        collapse_key="storm",
        now=now,
    )


class SayingVendor:
    """Takes a batch, says so, and answers a moment later: there a worker dies with copies in its hands."""

    most_at_once = AT_ONCE
    most_per_second = 100_000.0

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        for parcel in parcels:
            sys.stdout.write(f"{os.getpid()} {parcel.message.id} {parcel.message.collapse_key}\n")
            sys.stdout.flush()
        await asyncio.sleep(0.02)
        return [Accepted()] * len(parcels)

    async def close(self) -> None:
        """Nothing is open."""


async def _work(url: str) -> None:
    vault = Vault(secret_key=_KEY, phone_keys=[_KEY], phone_hash_key=_KEY)
    db, listener = Database(create_engine(url, pool_size=4)), Listener(url)
    runner = Runner(db, jobs=(), reactions={EVENT: (tell_one,)})
    pusher = Pusher(db, {PushChannel.JPUSH: SayingVendor()}, vault)
    runner.listen(listener)
    listener.start()
    runner.start()
    queue_of(url, pusher.errands()).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        if os.fork() == 0:
            die_with_parent()
            asyncio.run(_work(sys.argv[1]))
