"""What the house throws away, and what it must not."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs import tidying
from app.jobs.table import JOBS
from app.models import IdempotencyKey, OutboxEvent, RateCounter

NOW = datetime(2026, 11, 22, 1, 7, 30, tzinfo=UTC)


async def test_answers_are_kept_for_two_days(session: AsyncSession):
    for age in (47, 49):
        made_at = NOW - timedelta(hours=age)
        session.add(IdempotencyKey(actor=str(age), key=uuid4(), fingerprint=b"", made_at=made_at))
    await session.flush()

    assert await tidying.forget_answers(session, now=NOW) == 1
    assert list(await session.scalars(select(IdempotencyKey.actor))) == ["47"]


async def test_only_events_delivered_long_ago_go(session: AsyncSession):
    old, new = NOW - timedelta(days=31), NOW - timedelta(days=29)
    for name, delivered_at in (("old", old), ("new", new), ("waiting", None)):
        session.add(OutboxEvent(name=name, payload={}, recorded_at=old, delivered_at=delivered_at))
    await session.flush()

    assert await tidying.forget_events(session, now=NOW) == 1
    assert set(await session.scalars(select(OutboxEvent.name))) == {"new", "waiting"}


async def test_counters_of_past_windows_go(session: AsyncSession):
    for days in (1, 3):
        session.add(RateCounter(key="k", window_start=NOW - timedelta(days=days), count=1))
    await session.flush()

    assert await tidying.forget_counters(session, now=NOW) == 1


async def test_every_job_of_the_table_runs_on_an_empty_database(session: AsyncSession):
    for job in JOBS:
        assert await job.work(session, now=NOW) == 0, job.name


def test_jobs_have_names_of_their_own():
    assert len({job.name for job in JOBS}) == len(JOBS)
