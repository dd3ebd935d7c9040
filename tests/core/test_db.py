"""When a transaction commits, and what happens then."""

import pytest
from sqlalchemy import func, select

from app.core.clock import utc_now
from app.core.db import after_commit
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
