"""The loop that runs jobs and delivers events, in a process of its own or beside the API."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from app.core.clock import utc_now
from app.core.db import Database
from app.core.trouble import trouble_of
from app.jobs.delivery import Reactions, count_backlog, deliver
from app.jobs.reactions import REACTIONS
from app.jobs.schedule import Job, run_due
from app.jobs.table import JOBS
from app.realtime.listener import Ids, Listener
from app.services.outbox import Channel

log = structlog.get_logger(__name__)

_POLL_S = 5.0
_COUNT_EVERY = 6  # rounds
_AFTER_TROUBLE_S = 1.0


class Runner:
    """Does what is due, sleeps until a notice or the next poll, and outlives any trouble of the database.

    Any number of runners may look at one database; each job and each area's events are with one of them.
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
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._running: asyncio.Task[None] | None = None

    def listen(self, listener: Listener) -> None:
        """Wake at once when something changed: whatever records an event announces its change too."""
        for channel in Channel:
            listener.on(channel, self._on_notice)

    async def _on_notice(self, _: Ids | None) -> None:
        self._wake.set()

    def start(self) -> None:
        """Begin in a task of the running loop."""
        self._running = asyncio.create_task(self.run(), name="runner")

    async def stop(self) -> None:
        """Finish what is being done and end."""
        self._is_stopping = True
        self._wake.set()
        if self._running is not None:
            await self._running

    async def run(self) -> None:
        """Work until :meth:`stop`."""
        rounds = 0
        while not self._is_stopping:
            self._wake.clear()
            rest = _POLL_S
            try:
                await self.once()
                if rounds % _COUNT_EVERY == 0:
                    await count_backlog(self._db)
            except Exception as error:
                rest = _AFTER_TROUBLE_S
                if trouble_of(error).may_pass:
                    log.warning("runner waits for the database", error=type(error).__name__)
                else:
                    log.exception("runner failed")
            rounds += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._wake.wait()

    async def once(self) -> None:
        """Run every due job, then deliver until nothing waits that can be delivered now."""
        await run_due(self._db, self._jobs, now=self._clock)
        while not self._is_stopping and await deliver(self._db, self._reactions, now=self._clock()):
            pass
