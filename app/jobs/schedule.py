"""What the clock starts, and how a job runs once however many processes look at the same table."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import SHANGHAI
from app.core.db import Database
from app.core.metrics import JOB_RUNS
from app.core.trouble import Trouble, trouble_of
from app.models import JobRun

log = structlog.get_logger(__name__)

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)
_DAY_ONE = datetime(2000, 1, 1, tzinfo=SHANGHAI)
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Work(Protocol):
    """A job's function: one transaction, safe to run twice, returns how many rows it touched."""

    def __call__(self, session: AsyncSession, *, now: datetime) -> Awaitable[int]:
        """Do the work."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is due once in every slot of ``every``, counted from midnight in China plus ``after``."""

    name: str
    work: Work
    every: timedelta
    after: timedelta = field(default=timedelta())

    def slot(self, now: datetime) -> datetime:
        """Return when the slot that holds an instant began."""
        return now - (now - _DAY_ONE - self.after) % self.every


async def run_due(db: Database, jobs: Sequence[Job], *, now: Callable[[], datetime]) -> None:
    """Run every job whose slot nobody has done yet; what fails is logged and tried again later.

    So is one that takes longer than the database bears: it must not keep the others from running.
    """
    async with db.writing() as session:
        due = await _due(session, jobs, now=now())
    for job in due:
        at = now()
        try:
            async with db.writing() as session:
                rows = await _run(session, job, now=at)
        except Exception as error:
            if trouble_of(error) is Trouble.AWAY:
                raise
            log.exception("job failed", job=job.name)
            JOB_RUNS.labels(job.name, "failed").inc()
            async with db.writing() as session:
                await _note_failure(session, job, error, now=at)
        else:
            JOB_RUNS.labels(job.name, "done").inc()
            if rows:
                log.info("job done", job=job.name, rows=rows)


async def _due(session: AsyncSession, jobs: Sequence[Job], *, now: datetime) -> list[Job]:
    runs = {run.name: run for run in await session.scalars(select(JobRun))}
    new = [{"name": job.name, "slot": _NEVER, "failures": 0} for job in jobs if job.name not in runs]
    if new:
        await session.execute(insert(JobRun).values(new).on_conflict_do_nothing())
    return [job for job in jobs if job.name not in runs or _is_due(job, runs[job.name], now=now)]


def _is_due(job: Job, run: JobRun, *, now: datetime) -> bool:
    return run.slot < job.slot(now) and (run.next_try_at is None or run.next_try_at <= now)


async def _run(session: AsyncSession, job: Job, *, now: datetime) -> int | None:
    """Do a job's slot in this transaction: it is marked as done when, and only when, its work commits."""
    # Another process that works on it holds the row, and this one goes on without waiting.
    mine = select(JobRun).where(JobRun.name == job.name).with_for_update(skip_locked=True)
    run = await session.scalar(mine)
    if run is None or not _is_due(job, run, now=now):
        return None
    rows = await job.work(session, now=now)
    run.slot, run.done_at, run.failures = job.slot(now), now, 0
    run.next_try_at = run.last_error = None
    return rows


async def _note_failure(session: AsyncSession, job: Job, error: Exception, *, now: datetime) -> None:
    failures = await session.scalar(select(JobRun.failures).where(JobRun.name == job.name)) or 0
    await session.execute(
        update(JobRun)
        .where(JobRun.name == job.name)
        .values(failures=failures + 1, next_try_at=now + pause(failures), last_error=type(error).__name__)
    )


def pause(failures: int) -> timedelta:
    """Return how long to wait after so many failures before this one: 5 s, doubling up to 10 min."""
    return min(_FIRST_PAUSE * (1 << min(failures, 20)), _LONGEST_PAUSE)
