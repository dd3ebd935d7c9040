"""What a transaction says is written as it commits, by one statement, and only what still holds."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Database
from app.core.ids import new_id
from app.models import OutboxEvent, RateCounter
from app.runtime import Runtime
from app.services.outbox import Channel, Event, announce, record

NOW = datetime(2026, 11, 22, 1, 7, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Happened(Event):
    name: ClassVar[str] = "test.happened"
    number: int


@dataclass(frozen=True, slots=True)
class Unspeakable(Event):
    name: ClassVar[str] = "test.unspeakable"
    what: object


class Refused(Exception):
    """Something went wrong within a savepoint."""


async def say(
    session: AsyncSession, number: int, *, then: Awaitable[None] | None = None, fail: bool = False
) -> None:
    """Record a fact within a savepoint, do more within it, record a second, and perhaps fail."""
    async with session.begin_nested():
        record(session, Happened(number), now=NOW)
        if then:
            await then
        record(session, Happened(number + 1), now=NOW)
        if fail:
            raise Refused


@pytest.fixture
def db(runtime: Runtime) -> Database:
    return runtime.db


@pytest.fixture
def sent(db: Database):
    """The statements that reach the server."""
    statements: list[str] = []
    engine = db.engine.sync_engine

    def note(_connection, _cursor, statement, _values, _context, _many):
        if "SAVEPOINT" not in statement:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


async def numbers(db: Database) -> list[int]:
    async with db.reading() as session:
        return [
            row["number"]
            for row in await session.scalars(select(OutboxEvent.payload).order_by(OutboxEvent.id))
        ]


async def test_all_that_a_transaction_says_costs_one_statement(db: Database, sent: list[str]):
    async with db.writing() as session:
        for number in range(40):
            record(session, Happened(number), now=NOW, area_code="620902")
        await announce(session, Channel.STATIONS, [new_id()])
        await announce(session, Channel.REPORTS)
        assert sent == []

    assert len(sent) == 1
    assert await numbers(db) == list(range(40))


async def test_what_was_said_within_a_savepoint_is_void_with_it(db: Database):
    async with db.writing() as session:
        record(session, Happened(0), now=NOW)
        with pytest.raises(Refused):
            await say(session, 10, then=say(session, 20), fail=True)
        record(session, Happened(1), now=NOW)
        await say(session, 30, then=say(session, 40))
        record(session, Happened(2), now=NOW)

    assert await numbers(db) == [0, 1, 30, 40, 41, 31, 2]


async def count_nothing(session: AsyncSession) -> None:
    session.add(RateCounter(key="nothing", window_start=NOW))
    await session.flush()


async def test_what_the_database_refuses_takes_along_what_was_said_with_it(db: Database):
    async with db.writing() as session:
        record(session, Happened(0), now=NOW)
        with pytest.raises(DBAPIError):
            await say(session, 10, then=count_nothing(session))

    assert await numbers(db) == [0]


async def test_nothing_is_left_of_a_transaction_that_failed(db: Database):
    async with db._sessions() as session:
        record(session, Happened(0), now=NOW)
        await session.rollback()
        record(session, Happened(1), now=NOW)
        await session.flush()
        await session.close()
        record(session, Happened(2), now=NOW)
        await session.commit()

    assert await numbers(db) == [2]


async def test_a_fact_that_json_cannot_hold_fails_where_it_is_recorded(db: Database):
    async with db.writing() as session:
        with pytest.raises(TypeError):
            record(session, Unspeakable(object()), now=NOW)
        record(session, Happened(0), now=NOW)

    assert await numbers(db) == [0]
