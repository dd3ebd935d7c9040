"""Visits end by a tap, by leaving, and by rules; the person's word beats the rule's guess."""

from datetime import timedelta
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import OutboxEvent, Visit
from app.services.checkins import upkeep
from tests.checkins.conftest import NOON, World

MINUTE = timedelta(minutes=1)


async def end(world: World, visit_id: str, after: timedelta) -> Response:
    body = {"captured_at": (NOON + after).isoformat()}
    return await world.rider.post(f"/v1/checkins/{visit_id}/end", json=body)


async def seen(world: World, visit_id: str, after: timedelta, **fix) -> dict:
    """Report a fix so many minutes later; the clock goes along."""
    world.clock.at = max(world.clock.at or NOON, NOON + after)
    door = {"lat": world.station.lat, "lon": world.station.lon, "accuracy_m": 10.0, "coord_type": "wgs84"}
    body = {"captured_at": (NOON + after).isoformat(), "fix": {**door, **fix}}
    return (await world.rider.post(f"/v1/checkins/{visit_id}/fixes", json=body)).json()


@pytest.fixture
async def visit_id(world: World) -> str:
    visit_id = (await world.tap()).json()["id"]
    world.clock.at = NOON + 30 * MINUTE
    return visit_id


async def test_a_tap_ends_the_visit_once(world: World, visit_id: str, session: AsyncSession):
    first = await end(world, visit_id, 20 * MINUTE)
    again = await end(world, visit_id, 20 * MINUTE)

    assert first.json() == again.json()
    assert (first.json()["ended_at"], first.json()["end_reason"]) == ("2026-11-20T04:20:00Z", "tap")
    assert await world.inside() == 0
    names = (await session.scalars(select(OutboxEvent.name).order_by(OutboxEvent.id))).all()
    assert names == ["visit.started", "visit.ended"]
    visit = await session.get_one(Visit, visit_id)
    assert visit.end_received_at == NOON + 30 * MINUTE


async def test_a_tap_cannot_end_before_the_visit_began(world: World, visit_id: str):
    assert (await end(world, visit_id, -5 * MINUTE)).json()["ended_at"] == "2026-11-20T04:00:00Z"


async def test_a_tap_that_arrives_after_the_rule_ended_it_is_the_truth(
    world: World, visit_id: str, session: AsyncSession
):
    world.clock.at = NOON + timedelta(hours=5)
    assert await upkeep.end_due_visits(session, now=world.clock.at) == 1
    await session.commit()

    body = (await end(world, visit_id, timedelta(hours=1))).json()

    assert (body["ended_at"], body["end_reason"]) == ("2026-11-20T05:00:00Z", "tap")
    assert await world.inside() == 0


async def test_a_visit_of_somebody_else_is_not_there(world: World, visit_id: str, new_rider):
    stranger = await new_rider()
    body = {"captured_at": NOON.isoformat()}

    fix = {"lat": 39.0, "lon": 98.0, "accuracy_m": 5.0, "coord_type": "wgs84"}

    for path, extra in (("end", {}), ("fixes", {"fix": fix})):
        response = await stranger.post(f"/v1/checkins/{visit_id}/{path}", json={**body, **extra})
        assert (response.status_code, response.json()["code"]) == (404, "checkin.visit_unknown")
    assert await world.inside() == 1
    assert (await world.rider.post(f"/v1/checkins/{uuid4()}/end", json=body)).status_code == 404


async def test_a_check_out_is_not_taken_from_the_future_or_after_a_day(world: World, visit_id: str):
    assert (await end(world, visit_id, 36 * MINUTE)).json()["code"] == "checkin.in_the_future"
    world.clock.at = NOON + timedelta(hours=25)
    assert (await end(world, visit_id, timedelta(0))).json()["code"] == "checkin.too_old"


async def test_two_fixes_outside_end_the_visit_at_the_first(world: World, visit_id: str):
    outside = {"lat": world.station.lat + 0.003}

    assert (await seen(world, visit_id, 10 * MINUTE, **outside))["ended_at"] is None
    left = await seen(world, visit_id, 12 * MINUTE, **outside)

    assert (left["ended_at"], left["end_reason"]) == ("2026-11-20T04:10:00Z", "left")
    assert await world.inside() == 0


async def test_the_same_fix_twice_is_one_fix(world: World, visit_id: str):
    outside = {"lat": world.station.lat + 0.003}

    for _ in range(3):
        assert (await seen(world, visit_id, 10 * MINUTE, **outside))["ended_at"] is None


@pytest.mark.parametrize("between", [{}, {"lat": 39.7443, "accuracy_m": 30.0}])
async def test_coming_back_in_between_starts_over(world: World, visit_id: str, between: dict):
    outside = {"lat": world.station.lat + 0.003}

    await seen(world, visit_id, 10 * MINUTE, **outside)
    await seen(world, visit_id, 11 * MINUTE, **between)
    assert (await seen(world, visit_id, 12 * MINUTE, **outside))["ended_at"] is None


@pytest.mark.parametrize("says_nothing", [{"accuracy_m": 1500.0}, {"is_mock": True}])
async def test_a_fix_that_says_nothing_neither_ends_nor_saves(
    world: World, visit_id: str, says_nothing: dict
):
    far = {"lat": world.station.lat + 0.02}

    await seen(world, visit_id, 10 * MINUTE, **far, **says_nothing)
    await seen(world, visit_id, 11 * MINUTE, **far)
    await seen(world, visit_id, 12 * MINUTE, **says_nothing)
    assert (await seen(world, visit_id, 13 * MINUTE, **far))["end_reason"] == "left"


async def test_no_position_of_a_leaving_phone_is_kept(world: World, visit_id: str, session: AsyncSession):
    await seen(world, visit_id, 10 * MINUTE)

    visit = await session.get_one(Visit, visit_id)
    assert (visit.lat, visit.lon, visit.coord_type) == (None, None, None)
