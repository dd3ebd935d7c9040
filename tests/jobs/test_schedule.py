"""A job runs once in its slot, over many workers, through failures and crashes."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from app.jobs.schedule import Job, pause, run_due
from app.models import JobRun, RateCounter
from app.runtime import Runtime

NOW = datetime(2026, 11, 22, 1, 7, 30, tzinfo=UTC)  # 09:07:30 in China


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


class Counting:
    """Work that leaves a row behind, so that a rollback shows."""

    def __init__(self) -> None:
        self.calls = 0
        self.fails = 0

    async def __call__(self, session, *, now):
        self.calls += 1
        session.add(RateCounter(key=f"run {self.calls}", window_start=now, count=1))
        await session.flush()
        if self.fails:
            self.fails -= 1
            raise ZeroDivisionError
        return 1


async def rows_of(runtime: Runtime) -> int:
    async with runtime.db.reading() as session:
        return len((await session.scalars(select(RateCounter))).all())


@pytest.mark.parametrize(
    ("every", "after", "expected"),
    [
        (timedelta(minutes=15), timedelta(), datetime(2026, 11, 22, 1, 0, tzinfo=UTC)),
        (timedelta(days=1), timedelta(hours=3), datetime(2026, 11, 21, 19, 0, tzinfo=UTC)),
        (timedelta(days=1), timedelta(hours=10), datetime(2026, 11, 21, 2, 0, tzinfo=UTC)),
    ],
)
def test_slots_follow_the_clock_in_china(every, after, expected):
    assert Job("job", Counting(), every=every, after=after).slot(NOW) == expected


async def test_a_job_runs_once_in_each_slot(own_runtime: Runtime):
    work, clock = Counting(), Clock()
    jobs = [Job("job", work, every=timedelta(minutes=15))]

    for _ in range(3):
        await run_due(own_runtime.db, jobs, now=clock)
    assert work.calls == 1
    clock.at += timedelta(minutes=15)
    await run_due(own_runtime.db, jobs, now=clock)
    assert work.calls == 2


async def test_many_workers_run_it_once(own_runtime: Runtime):
    work, clock = Counting(), Clock()
    jobs = [Job(f"job {n}", work, every=timedelta(minutes=15)) for n in range(3)]

    await asyncio.gather(*(run_due(own_runtime.db, jobs, now=clock) for _ in range(8)))

    assert await rows_of(own_runtime) == 3


async def test_a_failure_leaves_nothing_and_is_tried_again_later(own_runtime: Runtime):
    work, other, clock = Counting(), Counting(), Clock()
    work.fails = 2
    jobs = [Job("bad", work, every=timedelta(hours=1)), Job("good", other, every=timedelta(hours=1))]

    await run_due(own_runtime.db, jobs, now=clock)
    await run_due(own_runtime.db, jobs, now=clock)  # too early
    assert (work.calls, other.calls, await rows_of(own_runtime)) == (1, 1, 1)
    async with own_runtime.db.reading() as session:
        run = (await session.scalars(select(JobRun).where(JobRun.name == "bad"))).one()
        assert (run.failures, run.last_error) == (1, "ZeroDivisionError")

    clock.at += pause(0)
    await run_due(own_runtime.db, jobs, now=clock)
    clock.at += pause(1)
    await run_due(own_runtime.db, jobs, now=clock)
    assert (work.calls, await rows_of(own_runtime)) == (3, 2)


async def test_a_job_that_takes_too_long_does_not_stop_those_after_it(own_runtime: Runtime):
    work, clock = Counting(), Clock()

    async def dawdles(session, *, now):
        await session.execute(text("SET LOCAL statement_timeout = 20"))
        await session.execute(text("SELECT pg_sleep(10)"))

    jobs = [Job("slow", dawdles, every=timedelta(hours=1)), Job("good", work, every=timedelta(hours=1))]
    await run_due(own_runtime.db, jobs, now=clock)

    assert work.calls == 1
    async with own_runtime.db.reading() as session:
        run = (await session.scalars(select(JobRun).where(JobRun.name == "slow"))).one()
    assert (run.failures, run.next_try_at) == (1, NOW + pause(0))


async def test_a_job_whose_process_dies_is_done_by_the_next(own_runtime: Runtime):
    work, clock = Counting(), Clock()

    async def dies(session, *, now):
        await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return 1

    with pytest.raises(Exception, match=r"terminat|closed"):
        await run_due(own_runtime.db, [Job("job", dies, every=timedelta(hours=1))], now=clock)
    await run_due(own_runtime.db, [Job("job", work, every=timedelta(hours=1))], now=clock)

    assert work.calls == 1


def test_pauses_grow_to_a_limit():
    assert [pause(n).total_seconds() for n in (0, 1, 2, 99)] == [5, 10, 20, 600]
