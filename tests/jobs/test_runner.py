"""The loop wakes at a notice, and outlives the database."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.core.db import Database, create_engine
from app.jobs.runner import Runner
from app.jobs.schedule import Job
from app.realtime.listener import Listener
from app.runtime import Runtime
from app.services.outbox import Channel, announce, record
from tests.jobs.test_delivery import Happened, Hears, tell


async def until(true: Callable[[], bool], *, patience_s: float = 10) -> None:
    for _ in range(int(patience_s / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError


async def test_a_notice_wakes_it_long_before_the_poll(own_runtime: Runtime, own_url: str, monkeypatch):
    monkeypatch.setattr("app.jobs.runner._POLL_S", 3600)
    hears, listener = Hears(), Listener(own_url)
    runner = Runner(own_runtime.db, jobs=(), reactions={Happened.name: [hears]})
    runner.listen(listener)
    listener.start()
    runner.start()
    await until(lambda: listener.is_connected)

    # A fact that is announced with something, and one alone: both wake it by themselves.
    async with own_runtime.db.writing() as session:
        record(session, Happened(1), now=utc_now())
        await announce(session, Channel.STATIONS)
    await until(lambda: hears.heard == [1])
    await tell(own_runtime.db, Happened(2))
    await until(lambda: hears.heard == [1, 2])
    await runner.stop()
    await listener.stop()


async def test_a_job_that_takes_long_keeps_no_news_waiting(own_runtime: Runtime):
    hears, may_end, begun = Hears(), asyncio.Event(), asyncio.Event()

    async def lasts(_: AsyncSession, *, now: datetime) -> int:
        begun.set()
        await may_end.wait()
        return 0

    job = Job("lasts", lasts, every=timedelta(days=1))
    runner = Runner(own_runtime.db, jobs=[job], reactions={Happened.name: [hears]})
    runner.start()
    async with asyncio.timeout(10):
        await begun.wait()
    await tell(own_runtime.db, Happened(1))
    runner._news.wake()
    await until(lambda: hears.heard == [1])
    may_end.set()
    await runner.stop()


async def test_it_waits_for_a_database_that_is_away(own_url: str, own_runtime: Runtime, monkeypatch):
    monkeypatch.setattr("app.jobs.loops.AFTER_TROUBLE_S", 0.05)
    hears = Hears()
    away = Database(create_engine("postgresql://nobody@/x?host=/nowhere", pool_size=1))
    runner = Runner(away, jobs=(), reactions={Happened.name: [hears]})
    await tell(own_runtime.db, Happened(1))
    runner.start()
    await asyncio.sleep(0.1)

    runner._db = own_runtime.db
    await until(lambda: hears.heard == [1])
    await runner.stop()
