"""The loop wakes at a notice, and outlives the database."""

import asyncio
from collections.abc import Callable

from app.core.db import Database, create_engine
from app.jobs.runner import Runner
from app.realtime.listener import Listener
from app.runtime import Runtime
from app.services.outbox import Channel, announce
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

    async with own_runtime.db.writing() as session:
        await announce(session, Channel.STATIONS)
    await tell(own_runtime.db, Happened(1))
    async with own_runtime.db.writing() as session:
        await announce(session, Channel.STATIONS)

    await until(lambda: hears.heard == [1])
    await runner.stop()
    await listener.stop()


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
