"""The offline queue: every record answered for itself, in its own order, always the same."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.checkins.conftest import NOON, World
from tests.factories.stations import make_station

MINUTE = timedelta(minutes=1)


def ago(minutes: float) -> str:
    return (NOON - minutes * MINUTE).isoformat()


async def sync(world: World, *records: dict) -> list[dict]:
    response = await world.rider.post("/v1/checkins/sync", json={"records": list(records)})
    assert response.status_code == 200, response.text
    return response.json()["outcomes"]


def check_in(world: World, minutes: float, **given) -> dict:
    return {
        "kind": "check_in", "id": str(uuid4()), "station_id": str(world.station.id),
        "captured_at": ago(minutes), **given,
    }  # fmt: skip


def check_out(visit: dict, minutes: float) -> dict:
    return {"kind": "check_out", "id": str(uuid4()), "visit_id": visit["id"], "captured_at": ago(minutes)}


async def test_a_morning_without_signal(world: World, session: AsyncSession):
    """In any order of sending: worked off as recorded, answered as sent."""
    other = await make_station(session)
    await session.commit()
    first, second = check_in(world, 180), check_in(world, 90, station_id=str(other.id))
    third = check_in(world, 20)

    outcomes = await sync(world, third, check_out(first, 120), second, first)

    assert [each["status"] for each in outcomes] == [200] * 4
    visits = {each["visit"]["id"]: each["visit"] for each in outcomes[:1] + outcomes[2:]}
    assert visits[third["id"]]["ended_at"] is None
    assert outcomes[1]["visit"]["end_reason"] == "tap"
    page = (await world.rider.get("/v1/checkins/mine")).json()["items"]
    assert [visit["end_reason"] for visit in page] == [None, "new_visit", "tap"]
    assert all(visit["captured_offline"] for visit in page)
    assert {visit["received_at"] for visit in page} == {"2026-11-20T04:00:00Z"}
    assert await world.inside() == 1


async def test_a_replay_is_the_same_answer_to_the_letter(world: World):
    visit = check_in(world, 60)
    queue = [
        visit,
        check_out(visit, 30),
        check_in(world, -6),  # from the future
        check_in(world, 25 * 60),
        check_in(world, 7 * 60),  # closed
        {"kind": "check_out", "id": str(uuid4()), "visit_id": str(uuid4()), "captured_at": ago(1)},
    ]
    first = await sync(world, *queue)
    assert [each["code"] for each in first] == [
        None, None, "checkin.in_the_future", "checkin.too_old", "checkin.station_closed",
        "checkin.visit_unknown",
    ]  # fmt: skip
    assert all(each["detail"] for each in first[2:])

    world.clock.at = NOON + 20 * MINUTE  # by now the record from the future would be taken
    assert await sync(world, *queue) == first
    world.clock.at = NOON + timedelta(days=2)
    assert await sync(world, *reversed(queue)) == first[::-1]


async def test_one_bad_record_spoils_no_other(world: World):
    good = check_in(world, 10)
    swapped = {"lat": 88.0, "lon": 39.0, "accuracy_m": 1.0, "coord_type": "wgs84"}
    queue = [
        {"kind": "check_in", "id": str(uuid4())},
        {"kind": "dance", "id": "x"},
        "nonsense",
        {**check_in(world, 5), "fix": swapped},
        {**check_in(world, 5), "captured_at": "yesterday"},
        good,
    ]

    outcomes = await sync(world, *queue)

    assert [each["status"] for each in outcomes] == [422] * 5 + [200]
    assert outcomes[0]["id"] == queue[0]["id"]
    assert outcomes[1]["id"] is None
    assert outcomes[3]["code"] == "position.swapped"
    assert await world.inside() == 1


async def test_an_id_with_another_content_is_refused(world: World):
    record = check_in(world, 10)
    await sync(world, record)

    [outcome] = await sync(world, {**record, "captured_at": ago(9)})
    assert (outcome["status"], outcome["code"]) == (422, "idempotency_key_reused")
    twice = check_in(world, 8)
    outcomes = await sync(world, twice, {**twice, "captured_at": ago(7)}, twice)
    assert sorted(each["status"] for each in outcomes) == [200, 200, 422]


async def test_another_persons_ids_say_nothing(world: World, new_rider):
    record = check_in(world, 10)
    await sync(world, record)

    stranger = await new_rider()
    [outcome] = (await stranger.post("/v1/checkins/sync", json={"records": [record]})).json()["outcomes"]

    assert (outcome["code"], outcome["visit"]) == ("idempotency_key_reused", None)


async def test_leaving_out_of_the_queue(world: World):
    visit = check_in(world, 60)
    far = {"lat": world.station.lat + 0.01, "lon": world.station.lon}
    far |= {"accuracy_m": 5.0, "coord_type": "wgs84"}
    fixes = [
        {"kind": "fix", "id": str(uuid4()), "visit_id": visit["id"], "captured_at": ago(minutes), "fix": far}
        for minutes in (20, 22)
    ]

    first = await sync(world, *fixes, visit)

    assert first[0]["visit"]["end_reason"] == "left"
    assert first[0]["visit"]["ended_at"] == "2026-11-20T03:38:00Z"
    assert await sync(world, *fixes, visit) == first


@pytest.mark.parametrize("size", [0, 101])
async def test_a_queue_holds_one_to_a_hundred(world: World, size: int):
    body = {"records": [check_in(world, 1) for _ in range(size)]}

    assert (await world.rider.post("/v1/checkins/sync", json=body)).status_code == 422


async def test_a_hundred_records_are_taken(world: World):
    outcomes = await sync(world, *(check_in(world, minutes) for minutes in range(100)))

    assert {each["status"] for each in outcomes} == {200}
    assert await world.inside() == 1
