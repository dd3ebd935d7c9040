"""A closing station and those inside: they are told, their visits end, and lifting it gives them back."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import EndReason, OutboxEvent, StationClosure, Visit
from app.runtime import Runtime
from app.services.checkins import closing, upkeep
from app.services.stations.events import StationClosed
from tests.checkins.conftest import NOON, World

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def closed(
    session: AsyncSession, station_id: UUID, starts_at: datetime, ends_at: datetime | None = None
) -> OutboxEvent:
    """Enter a closure and return the news of it."""
    closure = StationClosure(
        station_id=station_id, starts_at=starts_at, ends_at=ends_at, reason="停水", entered_at=starts_at
    )
    session.add(closure)
    await session.flush()
    payload = {"station_id": str(station_id), "closure_id": str(closure.id)}
    return OutboxEvent(name=StationClosed.name, payload=payload)


async def due(session: AsyncSession) -> list[tuple[datetime, EndReason]]:
    rows = await session.execute(select(Visit.due_at, Visit.due_reason).order_by(Visit.captured_at))
    return [tuple(row) for row in rows]


async def told(session: AsyncSession, name: str) -> list[dict]:
    return list(await session.scalars(select(OutboxEvent.payload).where(OutboxEvent.name == name)))


async def test_a_closure_tells_those_inside_and_ends_their_visits(world: World, session: AsyncSession):
    await world.tap()
    now = NOON + 10 * MINUTE
    event = await closed(session, world.station.id, now)

    for _ in range(2):
        await closing.tell_occupants(session, event, now=now)
    await session.commit()

    assert await told(session, "station.occupants_told") == [
        {"station_id": str(world.station.id), "visits": 1, "ends_at": (now + 15 * MINUTE).isoformat()}
    ]
    assert await upkeep.end_due_visits(session, now=now + 14 * MINUTE) == 0
    assert await upkeep.end_due_visits(session, now=now + 15 * MINUTE) == 1
    ended = (await session.execute(select(Visit.end_reason, Visit.ended_at))).one()
    assert tuple(ended) == (EndReason.CLOSED, now + 15 * MINUTE)


async def test_a_closure_later_today_ends_visits_then_and_not_those_that_end_before(
    world: World, session: AsyncSession, new_rider
):
    await world.tap()
    world.clock.at = NOON + 2 * HOUR
    await world.tap(rider=await new_rider())
    event = await closed(session, world.station.id, NOON + 4 * HOUR)

    await closing.tell_occupants(session, event, now=NOON + 2 * HOUR)

    assert [at for at, _ in await due(session)] == [NOON + 4 * HOUR, NOON + 4 * HOUR + 15 * MINUTE]


async def deliver_all(world: World, runtime: Runtime) -> None:
    await deliver(runtime.db, REACTIONS, now=world.clock.at)


@pytest.fixture
def lift(world: World, runtime: Runtime):
    """Close the station for a while over HTTP, look around, and lift the closure again."""

    async def close_and_lift(*, starts_in: timedelta, lifted_after: timedelta, told_between: bool = True):
        closure_id, path = str(uuid4()), f"/v1/stations/{world.station.id}/closures"
        body = {
            "id": closure_id,
            "reason": "停水",
            "starts_at": (world.clock.at + starts_in).isoformat(),
            "ends_at": (world.clock.at + starts_in + 3 * HOUR).isoformat(),
        }
        assert (await world.manager.post(path, json=body)).status_code == 201
        if told_between:
            await deliver_all(world, runtime)
        world.clock.at += lifted_after
        assert (await world.manager.delete(f"{path}/{closure_id}")).status_code == 204
        await deliver_all(world, runtime)

    return close_and_lift


async def test_a_closure_that_is_lifted_gives_visits_their_time_back(
    world: World, session: AsyncSession, new_rider, lift
):
    world.clock.at = NOON + 3 * HOUR
    await world.tap()
    world.clock.at = NOON + 5 * HOUR  # 17:00: the hours end before the longest stay does
    await world.tap(rider=await new_rider())

    await lift(starts_in=timedelta(), lifted_after=5 * MINUTE)

    assert await due(session) == [
        (NOON + 7 * HOUR, EndReason.MAX_STAY),
        (NOON + 8 * HOUR + 15 * MINUTE, EndReason.CLOSED),
    ]
    assert await told(session, "station.occupants_may_stay") == [
        {"station_id": str(world.station.id), "visits": 2}
    ]


async def test_a_closure_that_is_called_off_before_it_begins_gives_the_time_back(
    world: World, session: AsyncSession, lift
):
    await world.tap()

    await lift(starts_in=HOUR, lifted_after=MINUTE)

    assert await due(session) == [(NOON + 4 * HOUR, EndReason.MAX_STAY)]


async def test_while_another_closure_holds_nobody_gets_time_back(world: World, session: AsyncSession, lift):
    await world.tap()
    await closing.tell_occupants(session, await closed(session, world.station.id, NOON), now=NOON)

    await lift(starts_in=timedelta(), lifted_after=MINUTE)

    assert await due(session) == [(NOON + 15 * MINUTE, EndReason.CLOSED)]
    assert await told(session, "station.occupants_may_stay") == []


async def test_news_of_a_closure_that_was_lifted_meanwhile_tells_nobody(
    world: World, session: AsyncSession, lift
):
    await world.tap()

    await lift(starts_in=timedelta(), lifted_after=MINUTE, told_between=False)

    assert await due(session) == [(NOON + 4 * HOUR, EndReason.MAX_STAY)]
    assert await told(session, "station.occupants_told") == []
