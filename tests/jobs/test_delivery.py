"""Events reach their reactions: at least once, in order within an area, and poison is set aside."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select, text

from app.core.db import Database
from app.jobs import delivery
from app.jobs.delivery import MOST_TRIES, deliver
from app.jobs.schedule import pause
from app.models import OutboxEvent, RateCounter
from app.runtime import Runtime
from app.services.outbox import Event, record

NOW = datetime(2026, 11, 22, 1, 7, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Happened(Event):
    name: ClassVar[str] = "test.happened"
    number: int


@dataclass(frozen=True, slots=True)
class Unheard(Event):
    name: ClassVar[str] = "test.unheard"


class Hears:
    """A reaction that remembers, and fails on the numbers it is told to."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.poison: set[int] = set()

    async def __call__(self, session, event, *, now):
        number = event.payload["number"]
        session.add(RateCounter(key=f"heard {number}", window_start=now, count=1))
        await session.flush()
        if number in self.poison:
            raise ZeroDivisionError
        self.heard.append(number)


@pytest.fixture
def hears() -> Hears:
    return Hears()


@pytest.fixture
def db(own_runtime: Runtime) -> Database:
    return own_runtime.db


async def tell(db: Database, *events: Event, area: str | None = "620902") -> None:
    async with db.writing() as session:
        for event in events:
            record(session, event, now=NOW, area_code=area)


async def events_of(db: Database) -> list[OutboxEvent]:
    async with db.reading() as session:
        return list(await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)))


async def test_events_are_heard_in_order_and_once(db: Database, hears: Hears):
    await tell(db, *(Happened(n) for n in range(250)))

    while await deliver(db, {Happened.name: [hears]}, now=NOW):
        pass

    assert hears.heard == list(range(250))
    assert all(event.delivered_at == NOW for event in await events_of(db))


async def test_a_transaction_of_many_slow_events_ends_early_and_the_rest_follows(
    db: Database, hears: Hears, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "LONGEST_S", 0.0)
    await tell(db, *(Happened(n) for n in range(3)))
    await tell(db, Happened(10), area="620921")

    assert await deliver(db, {Happened.name: [hears]}, now=NOW) == 2
    assert sorted(hears.heard) == [0, 10]
    while await deliver(db, {Happened.name: [hears]}, now=NOW):
        pass
    assert [number for number in hears.heard if number != 10] == [0, 1, 2]


async def test_what_nobody_hears_does_not_wait(db: Database):
    await tell(db, Unheard())

    assert await deliver(db, {}, now=NOW) == 1
    assert (await events_of(db))[0].delivered_at == NOW


async def test_many_workers_keep_the_order_and_deliver_once(db: Database, hears: Hears):
    for area in ("620902", "620921", None):
        await tell(db, *(Happened(n) for n in range(40)), area=area)

    async def work() -> None:
        for _ in range(4):
            await deliver(db, {Happened.name: [_once_a_number]}, now=NOW)

    seen: list[tuple[str | None, int]] = []

    async def _once_a_number(session, event, *, now):
        await asyncio.sleep(0)
        seen.append((event.area_code, event.payload["number"]))

    await asyncio.gather(*(work() for _ in range(5)))

    for area in ("620902", "620921", None):
        assert [number for where, number in seen if where == area] == list(range(40))


async def test_a_failure_holds_back_its_area_but_no_other(db: Database, hears: Hears):
    hears.poison = {1}
    await tell(db, Happened(0), Happened(1), Happened(2))
    await tell(db, Happened(10), area="620921")

    await deliver(db, {Happened.name: [hears]}, now=NOW)

    assert hears.heard == [0, 10]
    async with db.reading() as session:
        traces = await session.scalars(select(RateCounter.key).order_by(RateCounter.key))
        assert list(traces) == ["heard 0", "heard 10"]

    hears.poison = set()
    await deliver(db, {Happened.name: [hears]}, now=NOW)  # too early
    await deliver(db, {Happened.name: [hears]}, now=NOW + pause(0))
    assert hears.heard == [0, 10, 1, 2]


async def test_poison_is_held_until_a_person_releases_it(db: Database, hears: Hears):
    hears.poison = {0}
    await tell(db, Happened(0), Happened(1))
    at = NOW
    for _ in range(MOST_TRIES):
        await deliver(db, {Happened.name: [hears]}, now=at)
        at += timedelta(hours=1)

    assert hears.heard == [1]
    async with db.reading() as session:
        held = await delivery.held(session)
        assert [(event.payload, event.last_error) for event in held] == [({"number": 0}, "ZeroDivisionError")]
        ids = [event.id for event in held]

    hears.poison = set()
    async with db.writing() as session:
        assert await delivery.release(session, [max(ids) + 1000]) == 0
        assert await delivery.release(session, ids) == 1
    await deliver(db, {Happened.name: [hears]}, now=at)
    assert hears.heard == [1, 0]


async def test_one_reaction_that_fails_undoes_the_others_of_its_event(db: Database, hears: Hears):
    async def fails(session, event, *, now):
        raise ZeroDivisionError

    await tell(db, Happened(0))
    await deliver(db, {Happened.name: [hears, fails]}, now=NOW)

    async with db.reading() as session:
        assert (await session.scalars(select(RateCounter))).all() == []


async def test_a_reaction_that_takes_too_long_keeps_only_its_own_area_waiting(db: Database, hears: Hears):
    async def dawdles(session, event, *, now):
        if event.area_code == "620102":
            await session.execute(text("SET LOCAL statement_timeout = 20"))
            await session.execute(text("SELECT pg_sleep(10)"))

    reactions = {Happened.name: [hears, dawdles]}
    await tell(db, Happened(1), area="620102")
    await tell(db, Happened(2), area="620902")

    for tries in range(MOST_TRIES):
        await deliver(db, reactions, now=NOW + sum((pause(n) for n in range(tries)), timedelta()))

    slow, other = await events_of(db)
    assert other.delivered_at == NOW
    assert (slow.tries, slow.delivered_at) == (MOST_TRIES, None)
    assert slow.held_at is not None
