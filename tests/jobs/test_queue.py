"""A job that fails is tried again; what fails by itself is held in the end, shown, and done on wish."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import main
from app.jobs.queue import Errand
from app.jobs.tidying import KEEP_QUEUE_LOG, forget_queue_log
from app.services.outbox import ask
from tests.notifications.working import working
from tests.realtime.waiting import until


class Failing:
    """Raises what it is given, one a call, and does the work when nothing is left."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.done: list[bytes] = []

    async def __call__(self, payload: bytes) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.done.append(payload)


async def ask_for(runtime, *payloads: bytes) -> None:
    async with runtime.db.writing() as session:
        for payload in payloads:
            ask(session, "test.errand", payload)


async def queued(runtime) -> list[tuple]:
    async with runtime.db.reading() as session:
        rows = await session.execute(text("SELECT payload, status::text FROM pgqueuer ORDER BY id"))
        return [tuple(row) for row in rows]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr("app.jobs.queue._FIRST_PAUSE", timedelta(milliseconds=10))
    monkeypatch.setattr("app.jobs.queue._LONGEST_PAUSE", timedelta(milliseconds=10))
    monkeypatch.setattr("app.jobs.queue.MOST_TRIES", 3)


async def test_what_fails_by_itself_is_held_and_done_on_wish(own_runtime, own_url, monkeypatch):
    work = Failing(*[ZeroDivisionError("13912345678 MARK") for _ in range(3)])
    await ask_for(own_runtime, b"x", b"x")
    async with working(own_url, [Errand("test.errand", work, 1)]):
        await until(lambda: not work.errors)
        async with asyncio.timeout(10):
            while await queued(own_runtime) != [(b"x", "failed")]:  # noqa: ASYNC110 - it lies in the database
                await asyncio.sleep(0.05)
        async with own_runtime.db.reading() as session:
            assert "MARK" not in str(
                (await session.execute(text("SELECT l::text FROM pgqueuer_log l"))).all()
            )

        monkeypatch.setenv("DATABASE_URL", own_url)
        runner = CliRunner()
        shown = await asyncio.to_thread(runner.invoke, main, ["jobs"], catch_exceptions=False)
        again = await asyncio.to_thread(runner.invoke, main, ["jobs", "--retry"], catch_exceptions=False)
        assert ("test.errand" in shown.output, again.output.strip()) == (True, "1")
        await until(lambda: work.done == [b"x"])


async def test_the_databases_failures_are_borne(own_runtime, own_url):
    work = Failing(*[ConnectionRefusedError() for _ in range(5)])
    await ask_for(own_runtime, b"1")
    async with working(own_url, [Errand("test.errand", work)]):
        await until(lambda: work.done == [b"1"])
    assert await queued(own_runtime) == []
    async with own_runtime.db.writing() as session:
        kept = await session.scalar(text("SELECT max(created) FROM pgqueuer_log"))
        assert await forget_queue_log(session, now=kept + KEEP_QUEUE_LOG) == 12
        assert await forget_queue_log(session, now=kept + KEEP_QUEUE_LOG + timedelta(seconds=1)) == 1


async def test_what_a_savepoint_asked_for_is_void_with_it(own_runtime):
    async with own_runtime.db.writing() as session:
        ask(session, "test.errand", b"kept")
        savepoint = await session.begin_nested()
        ask(session, "test.errand", b"void")
        await savepoint.rollback()
        async with session.begin_nested():
            ask(session, "test.errand", b"kept too")

    assert await queued(own_runtime) == [(b"kept", "queued"), (b"kept too", "queued")]
