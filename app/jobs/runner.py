"""The loop that runs jobs and delivers events, in a process of its own or beside the API."""

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
        self._rounds = 0
        self._loop = Loop("runner", self._round)

    def listen(self, listener: Listener) -> None:
        """Wake at once when something changed: whatever records an event announces its change too."""
        for channel in Channel:
            listener.on(channel, self._on_notice)

    async def _on_notice(self, _: Ids | None) -> None:
        self._loop.wake()

    def start(self) -> None:
        """Begin in a task of the running loop."""
        self._loop.start()

    async def stop(self) -> None:
        """Finish what is being done and end."""
        await self._loop.stop()

    async def _round(self) -> float:
        await self.once()
        if self._rounds % _COUNT_EVERY == 0:
            await count_backlog(self._db)
        self._rounds += 1
        return _POLL_S

    async def once(self) -> None:
        """Run every due job, then deliver until nothing waits that can be delivered now."""
        await run_due(self._db, self._jobs, now=self._clock)
        while not self._loop.is_stopping and await deliver(self._db, self._reactions, now=self._clock()):
            pass
