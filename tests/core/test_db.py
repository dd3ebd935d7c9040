"""When a transaction commits, and what happens then."""

import time
from types import SimpleNamespace

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

from app.core.clock import utc_now
from app.core.db import _check_alive, after_commit
from app.core.errors import AppError, NotFound
from app.models import RateCounter
from app.runtime import Runtime


class Counted(AppError):
    code = "counted"
    status = 403
    zh = en = "no"
    keeps_writes = True


async def count(runtime: Runtime) -> int:
    async with runtime.db.reading() as session:
        return await session.scalar(select(func.count()).select_from(RateCounter)) or 0


async def test_a_reading_session_cannot_write_and_leaves_no_trace(own_runtime):
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with own_runtime.db.reading() as session:
            await session.execute(insert(RateCounter).values(key="k", window_start=utc_now(), count=1))

    # The same connection writes again.
    async with own_runtime.db.writing() as session:
        session.add(RateCounter(key="k", window_start=utc_now(), count=1))
    assert await count(own_runtime) == 1


async def write_and_raise(runtime: Runtime, error: Exception, told: list[str]) -> None:
    async with runtime.db.writing() as session:
        session.add(RateCounter(key="k", window_start=utc_now(), count=1))
        after_commit(session, lambda: told.append("committed"))
        raise error


@pytest.mark.parametrize("error", [NotFound(), RuntimeError("fault")])
async def test_an_error_undoes_what_was_written(own_runtime, error):
    told: list[str] = []

    with pytest.raises(type(error)):
        await write_and_raise(own_runtime, error, told)

    assert (await count(own_runtime), told) == (0, [])


async def test_a_refusal_that_keeps_writes_commits_them(own_runtime):
    told: list[str] = []

    with pytest.raises(Counted):
        await write_and_raise(own_runtime, Counted(), told)

    assert (await count(own_runtime), told) == (1, ["committed"])


async def test_a_connection_that_the_server_closed_is_not_lent(own_runtime):
    async with own_runtime.db.driver() as first, own_runtime.db.driver() as second:
        await first.execute(f"SELECT pg_terminate_backend({second.get_server_pid()})")
        while not second.is_closed():
            await first.execute("SELECT 1")

    for _ in range(2):
        assert await count(own_runtime) == 0


@pytest.mark.parametrize(("idle_s", "is_asked"), [(0, False), (60, True), (None, False)])
def test_a_connection_that_lay_long_is_asked_before_it_is_lent(idle_s, is_asked):
    asked: list[bool] = []

    def ping() -> None:
        asked.append(True)
        raise OSError("no route to host")

    connection = SimpleNamespace(driver_connection=SimpleNamespace(is_closed=lambda: False), ping=ping)
    info = {} if idle_s is None else {"used_at": time.monotonic() - idle_s}

    if is_asked:
        with pytest.raises(InvalidatePoolError):
            _check_alive(connection, SimpleNamespace(info=info), None)
    else:
        _check_alive(connection, SimpleNamespace(info=info), None)

    assert bool(asked) is is_asked
