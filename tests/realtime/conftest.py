"""Boards on a database of the test's own, with real commits and the listener running."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest

from app.realtime.process import Realtime
from app.runtime import Runtime
from tests.conftest import _clone, _run_sql

StartRealtime = Callable[[], Awaitable[Realtime]]


@pytest.fixture(scope="session")
async def committed_url(server_url: str) -> AsyncGenerator[str]:
    """A database in which tests commit, one after the other."""
    async for url in _clone(server_url, "realtime"):
        yield url


@pytest.fixture
async def own_url(committed_url: str) -> AsyncGenerator[str]:
    """That database, emptied after each test: a clone for each would take longer than the tests."""
    yield committed_url
    await _run_sql(
        committed_url,
        "SET session_replication_role = replica",  # the ledger, empty here, refuses it otherwise
        "TRUNCATE stations, areas, calendar_days, calendar_years CASCADE",
    )


@pytest.fixture
async def start_realtime(own_runtime: Runtime) -> AsyncGenerator[StartRealtime]:
    """Start the realtime part of one more process on the test's database."""
    started: list[Realtime] = []

    async def start() -> Realtime:
        started.append(Realtime(own_runtime.db))
        await started[-1].start()
        return started[-1]

    yield start
    for realtime in started:
        await realtime.stop()
