"""The queue of jobs: who works when is pgqueuer's affair, by tables beside ours and one connection a worker.

What a transaction asks for (:func:`app.services.outbox.ask`) is a row that commits with it. A NOTIFY wakes
the workers; one of them has the job and says by its heartbeat that it lives; if it does not, another one gets
it.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import structlog
from pgqueuer import AsyncpgDriver, Job, Queries, QueueManager, RetryRequested
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)

from app.core.db import Database, driver_address
from app.core.trouble import trouble_of
from app.services.outbox import QUEUE

log = structlog.get_logger(__name__)

# Longer than a vendor is waited for: who has lost the database ends what it does before another begins.
HEARTBEAT = timedelta(seconds=30)
MOST_TRIES = 8
_POLL = timedelta(seconds=5)
_AT_ONCE = 20
_AFTER_TROUBLE_S = 0.5
_CONNECT_S, _STATEMENT_S = 2.0, 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(minutes=5)
_MOST_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Errand:
    """What is done about the jobs of one name.

    ``limit`` is how many may be done at once over all processes, 0 meaning any.
    ``work`` gets a job's payload and must bear getting it twice.
    """

    name: str
    work: Callable[[bytes], Awaitable[None]]
    limit: int = 0


class Held(Exception):
    """A job failed too often, and not by the database: a person has to look."""


class QueueWorker:
    """Does jobs until it is stopped; outlives any trouble of the database, and hears again after it."""

    def __init__(
        self,
        url: str,
        errands: Sequence[Errand],
        *,
        heartbeat: timedelta = HEARTBEAT,
        poll: timedelta = _POLL,
    ) -> None:
        """Take a database's address in any of SQLAlchemy's forms, and what to do."""
        self._address = driver_address(url)
        self._errands = errands
        self._heartbeat = heartbeat
        self._poll = poll
        self._manager: QueueManager | None = None
        self._running: asyncio.Task[None] | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Begin in a task of the running loop; without errands there is nothing to do."""
        if self._errands:
            self._running = asyncio.create_task(self._run(), name="queue")

    async def stop(self) -> None:
        """Finish the jobs at hand and end."""
        self._is_stopping = True
        if self._manager is not None:
            self._manager.shutdown.set()
        if self._running is not None:
            await self._running

    async def _run(self) -> None:
        while not self._is_stopping:
            try:
                await self._work()
            except Exception as error:
                if trouble_of(error).may_pass:
                    log.warning("the queue waits for the database", error=type(error).__name__)
                else:
                    log.exception("the queue failed")
            if not self._is_stopping:
                await asyncio.sleep(_AFTER_TROUBLE_S)

    async def _work(self) -> None:
        """Work until asked to stop or until the connection is lost; what works by it also listens on it."""
        connection = await asyncpg.connect(
            self._address,
            timeout=_CONNECT_S,
            command_timeout=_STATEMENT_S,
            server_settings={"application_name": "nuanfeng-queue", "jit": "off", "timezone": "UTC"},
        )
        try:
            manager = self._manager = QueueManager(_queries(connection), QUEUE.channel)
            connection.add_termination_listener(lambda _: manager.shutdown.set())
            for errand in self._errands:
                register = manager.entrypoint(errand.name, concurrency_limit=errand.limit, on_failure="hold")
                register(_doing(errand))
            if not self._is_stopping:
                await manager.run(
                    dequeue_timeout=self._poll,
                    batch_size=_AT_ONCE,
                    heartbeat_timeout=self._heartbeat,
                    shutdown_on_listener_failure=True,
                    log_aggregation_interval=timedelta(),
                )
        finally:
            self._manager = None
            with contextlib.suppress(Exception):
                await connection.close(timeout=1)


def _doing(errand: Errand) -> Callable[[Job], Awaitable[None]]:
    """Return what the library calls: failures are tried again; their words may quote people and are not kept.

    Who asks for a database that is away is patient; what fails by itself is held after eight tries.
    """

    async def do(job: Job) -> None:
        try:
            await errand.work(job.payload or b"")
        except Exception as error:
            why, may_pass = type(error).__name__, trouble_of(error).may_pass
            if may_pass:
                log.warning("a job waits for the database", job=job.entrypoint, error=why)
            else:
                log.exception("a job failed", job=job.entrypoint, tries=job.attempts + 1)
        else:
            return
        if not may_pass and job.attempts + 1 >= MOST_TRIES:
            raise Held(why)
        raise RetryRequested(delay=_pause(job.attempts), reason=why)

    return do


def _pause(failures: int) -> timedelta:
    """Return how long to wait after so many failures: from 1 s, doubling to 5 min, by chance a half less."""
    longest = min(_FIRST_PAUSE * (1 << min(failures, 20)), _LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads a crowd, guards nothing


def _queries(connection: asyncpg.Connection) -> Queries:
    builders = QueryBuilderEnvironment(QUEUE), QueryQueueBuilder(QUEUE), QuerySchedulerBuilder(QUEUE)
    return Queries(AsyncpgDriver(connection), *builders)


async def held(db: Database) -> list[Job]:
    """Return the jobs that were set aside, oldest first."""
    async with db.driver() as connection:
        return await _queries(connection).list_failed_jobs(limit=_MOST_SHOWN, order="ASC")


async def release(db: Database, ids: Sequence[int]) -> int:
    """Let held jobs be tried again, all of them without ids; return how many."""
    chosen = [job.id for job in await held(db) if not ids or job.id in ids]
    async with db.driver() as connection:
        await _queries(connection).requeue_jobs(chosen)
    return len(chosen)
