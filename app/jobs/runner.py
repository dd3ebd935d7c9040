"""The loops that run jobs and deliver events, in a process of their own or beside the API."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from app.core.clock import utc_now
from app.core.db import Database
from app.jobs.delivery import Reactions, count_backlog, deliver
from app.jobs.loops import Loop
from app.jobs.reactions import REACTIONS
from app.jobs.schedule import Job, run_due
from app.jobs.table import JOBS
from app.realtime.listener import Ids, Listener
from app.services.outbox import Channel

_POLL_S = 5.0
_COUNT_EVERY = 6  # rounds


class Runner:
    """Does what is due, sleeps until a notice or the next poll, and outlives any trouble of the database.

    Any number of runners may look at one database; each job and each area's events are with one of them. Jobs
    and events have a loop each: a job that takes long keeps no news waiting.
    """

    def __init__(
        self,
        db: Database,
        *,
        jobs: Sequence[Job] = JOBS,
        reactions: Reactions = REACTIONS,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the database to look after."""
        self._db = db
        self._jobs = jobs
        self._reactions = reactions
        self._clock = clock
        self._rounds = 0
        self._work = Loop("jobs", self._run_jobs)
        self._news = Loop("events", self._deliver_events)

    def listen(self, listener: Listener) -> None:
        """Wake at once when something changed: whoever records an event announces something with it."""
        for channel in Channel:
            listener.on(channel, self._on_notice)

    async def _on_notice(self, _: Ids | None) -> None:
        self._work.wake()
        self._news.wake()

    def start(self) -> None:
        """Begin in tasks of the running loop."""
        self._work.start()
        self._news.start()

    async def stop(self) -> None:
        """Finish what is being done and end."""
        await asyncio.gather(self._work.stop(), self._news.stop())

    async def _run_jobs(self) -> float:
        await run_due(self._db, self._jobs, now=self._clock)
        return _POLL_S

    async def _deliver_events(self) -> float:
        """Deliver until nothing waits that can be delivered now."""
        while not self._news.is_stopping and await deliver(self._db, self._reactions, now=self._clock()):
            pass
        if self._rounds % _COUNT_EVERY == 0:
            await count_backlog(self._db)
        self._rounds += 1
        return _POLL_S
