"""A worker's queue on a database of a test's own: it hears, polls often, and misses the dead soon."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from app.jobs.queue import Errand, QueueWorker

HEARTBEAT = timedelta(seconds=3)
_POLL = timedelta(seconds=0.2)


def queue_of(url: str, errands: Sequence[Errand]) -> QueueWorker:
    return QueueWorker(url, errands, heartbeat=HEARTBEAT, poll=_POLL)


@asynccontextmanager
async def working(url: str, *many: Sequence[Errand]) -> AsyncGenerator[None]:
    """Have a worker do each of some lists of errands; when the block ends, all of them finish."""
    queues = [queue_of(url, errands) for errands in many]
    for queue in queues:
        queue.start()
    try:
        yield
    finally:
        await asyncio.gather(*(queue.stop() for queue in queues))
