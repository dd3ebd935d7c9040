"""One tap at the door; two alike in two hours reach the manager, once."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor, Grant, Role
from app.core.ids import new_id
from app.main import create_app
from app.models import FlagKind, OutboxEvent, StationFlag, StationStatus
from app.services import stations
from tests.clients import ClientFor, TestClock
from tests.factories.stations import make_station

NOW = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon(clock):
    clock.at = NOW


async def tap(client, station, sender, kind="was_closed"):
    answer = await client.post(
        f"/v1/stations/{station.id}/flags", json={"kind": kind, "client_id": str(sender)}
    )
    assert answer.status_code == 204, answer.text


async def raised(session):
    return await session.scalar(
        select(func.count()).select_from(OutboxEvent).where(OutboxEvent.name == "station.flagged")
    )


async def test_a_second_sender_raises_the_event_and_a_third_does_not(session, client):
    station = await make_station(session)
    await session.commit()
    first, second = uuid4(), uuid4()
    await tap(client, station, first)
    await tap(client, station, first)
    assert await raised(session) == 0
    await tap(client, station, second, kind="was_full")
    assert await raised(session) == 0
    await tap(client, station, second)
    assert await raised(session) == 1
    await tap(client, station, uuid4())
    assert await raised(session) == 1
    event = await session.scalar(select(OutboxEvent).where(OutboxEvent.name == "station.flagged"))
    assert event.payload == {"station_id": str(station.id), "kind": "was_closed"}
    assert event.area_code == station.area_code


async def test_two_hours_later_a_new_burst_begins(session, client, clock):
    station = await make_station(session)
    await session.commit()
    first, second = uuid4(), uuid4()
    await tap(client, station, first)
    clock.at = NOW + timedelta(hours=2)
    await tap(client, station, second)
    assert await raised(session) == 0
    await tap(client, station, first)
    assert await raised(session) == 1
    clock.at += timedelta(hours=1, minutes=59)
    await tap(client, station, uuid4())
    assert await raised(session) == 1
    clock.at += timedelta(minutes=1)
    await tap(client, station, uuid4())
    assert await raised(session) == 2


async def test_the_sender_is_not_kept(session, client):
    station, other = await make_station(session), await make_station(session)
    await session.commit()
    sender = uuid4()
    await tap(client, station, sender)
    await tap(client, other, sender)
    flags = (await session.scalars(select(StationFlag))).all()
    assert len({each.sender_hash for each in flags}) == 2
    assert all(sender.bytes not in each.sender_hash for each in flags)


async def test_what_cannot_be_flagged(session, client):
    planned = await make_station(session, status=StationStatus.PLANNED)
    await session.commit()
    for station_id, kind, status in (
        (planned.id, "was_closed", 404),
        (new_id(), "was_closed", 404),
        (planned.id, "was_dirty", 422),
    ):
        answer = await client.post(
            f"/v1/stations/{station_id}/flags", json={"kind": kind, "client_id": str(uuid4())}
        )
        assert answer.status_code == status


async def test_the_second_of_two_at_once_sees_the_first(own_runtime):
    async with own_runtime.db.writing() as session:
        station = await make_station(session)

    async def second():
        async with own_runtime.db.writing() as later:
            await stations.flag(later, station.id, FlagKind.WAS_FULL, sender=b"2", now=NOW)

    async with own_runtime.db.writing() as session:
        await stations.flag(session, station.id, FlagKind.WAS_FULL, sender=b"1", now=NOW)
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.15)
        assert not waiting.done()
    await waiting

    async with own_runtime.db.reading() as session:
        assert await raised(session) == 1


async def test_many_at_once_raise_one_event(own_runtime):
    async with own_runtime.db.writing() as session:
        station = await make_station(session)
    client_for = ClientFor(create_app(own_runtime), TestClock())
    client = client_for()

    await asyncio.gather(*(tap(client, station, uuid4()) for _ in range(12)))

    async with own_runtime.db.reading() as session:
        assert await raised(session) == 1
        assert await session.scalar(select(func.count()).select_from(StationFlag)) == 12
    await client_for.close()


async def test_the_manager_reads_counts_of_the_last_day_and_no_senders(session, client, client_for, clock):
    station = await make_station(session)
    await session.commit()
    manager = client_for(
        Actor(account_id=new_id(), grants=(Grant(Role.STATION_MANAGER, station_id=station.id),))
    )
    await tap(client, station, uuid4())
    clock.at = NOW + timedelta(hours=20)
    await tap(client, station, uuid4(), kind="was_full")
    await tap(client, station, uuid4(), kind="was_full")

    answer = await manager.get(f"/v1/stations/{station.id}/flags")

    assert answer.json() == {
        "flags": [
            {"kind": "was_full", "count": 2, "last_at": "2026-06-04T00:00:00Z"},
            {"kind": "was_closed", "count": 1, "last_at": "2026-06-03T04:00:00Z"},
        ]
    }
    clock.at = NOW + timedelta(hours=25)
    later = (await manager.get(f"/v1/stations/{station.id}/flags")).json()["flags"]
    assert [each["kind"] for each in later] == ["was_full"]
