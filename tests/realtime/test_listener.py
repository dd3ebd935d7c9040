"""The listener: hears what commits, survives a lost connection, and looks for itself when it was deaf."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from app.realtime.listener import Ids, Listener
from app.runtime import Runtime
from app.services.outbox import Channel, announce
from tests.realtime.waiting import until


@asynccontextmanager
async def listening(listener: Listener) -> AsyncGenerator[None]:
    listener.start()
    try:
        await until(lambda: listener.is_connected)
        yield
    finally:
        await listener.stop()


async def cut_all_listeners(runtime: Runtime) -> None:
    async with runtime.db.writing() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'nuanfeng-listen' AND datname = current_database()"
            )
        )


async def test_a_commit_is_heard_with_its_ids_and_a_rollback_is_not(
    own_runtime: Runtime, own_url: str
) -> None:
    heard: list[Ids | None] = []

    async def notice(ids: Ids | None) -> None:
        heard.append(ids)

    kept, lost = uuid4(), uuid4()
    listener = Listener(own_url)
    listener.on(Channel.STATIONS, notice)
    async with listening(listener):
        async with own_runtime.db._sessions() as session:
            await announce(session, Channel.STATIONS, [lost])
            await session.rollback()
        async with own_runtime.db.writing() as session:
            await announce(session, Channel.OCCUPANCY, [lost])
            await announce(session, Channel.STATIONS, [kept])
        await until(lambda: bool(heard))

    assert heard == [frozenset({kept})]


async def test_notices_gather_while_a_room_works(own_runtime: Runtime, own_url: str) -> None:
    heard: list[Ids | None] = []
    gate = asyncio.Event()

    async def notice(ids: Ids | None) -> None:
        heard.append(ids)
        await gate.wait()

    ids = [uuid4() for _ in range(5)]
    listener = Listener(own_url)
    listener.on(Channel.OCCUPANCY, notice)
    async with listening(listener):
        for each in ids:
            async with own_runtime.db.writing() as session:
                await announce(session, Channel.OCCUPANCY, [each])
            await until(lambda: bool(heard))
        await until(lambda: listener._rooms[0].ids == set(ids[1:]))
        gate.set()
        await until(lambda: len(heard) == 2)

    assert heard == [frozenset(ids[:1]), frozenset(ids[1:])]


async def test_after_a_lost_connection_rooms_look_for_what_they_missed(
    own_runtime: Runtime, own_url: str
) -> None:
    looks, told = [], []

    async def look() -> None:
        looks.append(True)

    async def notice(ids: Ids | None) -> None:
        told.append(ids)

    listener = Listener(own_url)
    listener.on(Channel.STATIONS, notice, catch_up=look)
    listener.on(Channel.GRIDS, notice)
    async with listening(listener):
        await until(lambda: len(looks) == 1)
        assert told == []

        await cut_all_listeners(own_runtime)
        await until(lambda: len(looks) == 2 and bool(told))
        assert told == [None]

        async with own_runtime.db.writing() as session:
            await announce(session, Channel.GRIDS, [UUID(int=1)])
        await until(lambda: len(told) == 2)
    assert told[1] == frozenset({UUID(int=1)})


async def test_polls_make_up_for_lost_notices_and_failures_are_tried_again(own_url: str) -> None:
    looks = []

    async def look() -> None:
        looks.append(True)
        if len(looks) == 2:
            raise RuntimeError("once")

    async def notice(_: Ids | None) -> None:
        raise AssertionError("nobody announced anything")

    listener = Listener(own_url, poll_s=0.05)
    listener.on(Channel.STATIONS, notice, catch_up=look)
    async with listening(listener):
        await until(lambda: len(looks) >= 4)


async def test_a_notice_for_everything_and_one_that_is_not_ours_mean_look_yourself(
    own_runtime: Runtime, own_url: str
) -> None:
    heard: list[Ids | None] = []

    async def notice(ids: Ids | None) -> None:
        heard.append(ids)

    listener = Listener(own_url)
    listener.on(Channel.CALENDAR, notice)
    async with listening(listener):
        for payload in ("*", "not-an-id"):
            async with own_runtime.db.writing() as session:
                await session.execute(
                    text("SELECT pg_notify(:channel, :payload)"),
                    {"channel": Channel.CALENDAR.value, "payload": payload},
                )
            await until(lambda: bool(heard))
        await until(lambda: len(heard) == 2)
    assert heard == [None, None]


async def test_a_server_that_falls_silent_makes_every_room_look(
    own_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Ids | None] = []
    asked = []

    async def notice(ids: Ids | None) -> None:
        told.append(ids)

    async def answers_the_second_time(*_: object, **__: object) -> None:
        asked.append(True)
        if len(asked) == 1:
            raise TimeoutError

    monkeypatch.setattr(asyncpg.Connection, "execute", answers_the_second_time)
    listener = Listener(own_url, poll_s=0.05)
    listener.on(Channel.REPORTS, notice)
    async with listening(listener):
        await until(lambda: len(asked) > 1)

    assert told == [None]


async def test_a_connection_that_cannot_listen_is_closed(
    own_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[asyncpg.Connection] = []
    add = asyncpg.Connection.add_listener

    async def refuses_the_first(self: asyncpg.Connection, *args: object) -> None:
        if self not in made:
            made.append(self)
        if len(made) == 1:
            raise TimeoutError
        await add(self, *args)

    monkeypatch.setattr(asyncpg.Connection, "add_listener", refuses_the_first)
    async with listening(Listener(own_url)):
        first, second = made
        assert first.is_closed()
        assert not second.is_closed()
