"""The code of a door: shown to who checked in, rotated at once, and nowhere else to be found."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.models import DoorCode, DoorCodeRead, OutboxEvent, PrintedCode, Visit
from app.runtime import Runtime
from app.services.checkins import doors
from app.services.checkins.codes import printed_code, rotating_code
from tests.checkins.conftest import NOON, World
from tests.clients import ClientFor
from tests.factories.accounts import make_account
from tests.factories.stations import make_station

SECRET = "7391#"


@pytest.fixture
def door(world: World) -> str:
    return f"/v1/stations/{world.station.id}/door-code"


@pytest.fixture
def at_the_door(world: World) -> dict:
    """What the phone of somebody who stands before the door sends along."""
    return {"fix": fix(world)}


def fix(world: World, **given) -> dict:
    where = {"lat": world.station.lat, "lon": world.station.lon}
    return {**where, "accuracy_m": 15.0, "coord_type": "wgs84", **given}


async def test_who_checked_in_is_shown_the_code_for_a_minute(world: World, door: str, at_the_door: dict):
    set_ = await world.manager.put(door, json={"code": SECRET})
    await world.tap(**at_the_door)

    shown = await world.rider.post(f"{door}/show")

    assert set_.json() == {"is_set": True, "set_at": "2026-11-20T04:00:00Z", "shown_times": 0}
    assert shown.json() == {"code": SECRET, "hide_at": "2026-11-20T04:01:00Z"}
    assert shown.headers["cache-control"] == "no-store"
    assert (await world.manager.get(door)).json()["shown_times"] == 1


async def test_without_an_open_visit_there_is_no_code(world: World, door: str, at_the_door: dict, new_rider):
    await world.manager.put(door, json={"code": SECRET})

    before = await world.rider.post(f"{door}/show")
    visit = (await world.tap(**at_the_door)).json()
    other = await (await new_rider()).post(f"{door}/show")
    await world.rider.post(f"/v1/checkins/{visit['id']}/end", json={"captured_at": NOON.isoformat()})
    after = await world.rider.post(f"{door}/show")

    for refused in (before, other, after):
        assert (refused.status_code, refused.json()["code"]) == (403, "door_code.check_in_first")
        assert SECRET not in refused.text


@pytest.mark.parametrize(
    "given",
    [{}, {"fix": {"lat": 39.99}}, {"fix": {"is_mock": True}}, {"code": "nonsense"}],
    ids=["the own word", "far away", "made up", "no code of the station"],
)
async def test_a_visit_that_nothing_shows_to_be_there_opens_no_door(world: World, door: str, given: dict):
    given = {**given, "fix": fix(world, **given["fix"])} if "fix" in given else given
    await world.manager.put(door, json={"code": SECRET})
    assert (await world.tap(**given)).json()["grade"] == "D"

    refused = await world.rider.post(f"{door}/show")

    assert (refused.status_code, refused.json()["code"]) == (403, "door_code.evidence_needed")
    assert "二维码" in refused.json()["detail"]
    assert SECRET not in refused.text
    assert (await world.manager.get(door)).json()["shown_times"] == 0


@pytest.mark.parametrize("printed", [True, False], ids=["paper", "tablet"])
async def test_the_stations_own_code_opens_the_door_without_a_position(
    world: World, door: str, session: AsyncSession, *, printed: bool
):
    """Who withholds the position, and whose phone finds none in a basement, scans."""
    paper = PrintedCode(station_id=world.station.id, issued_at=NOON)
    session.add(paper)
    await session.commit()
    await world.manager.put(door, json={"code": SECRET})
    await world.tap()
    secret, station_id = world.station.code_secret, world.station.id
    code = printed_code(secret, station_id, paper.id) if printed else rotating_code(secret, station_id, NOON)

    visit = (await world.tap(code=code)).json()

    assert (await world.rider.post(f"{door}/show")).json()["code"] == SECRET
    kept = (await session.scalars(select(Visit).where(Visit.id == visit["id"]))).one()
    assert (kept.grade, kept.code_kind) == (("D", "printed") if printed else ("B", "rotating"))


async def test_a_leaked_code_is_dead_once_another_is_set(
    world: World, door: str, at_the_door: dict, session: AsyncSession, runtime: Runtime
):
    await world.manager.put(door, json={"code": SECRET})
    await world.tap(**at_the_door)
    last = (await world.rider.post(f"{door}/show")).json()

    await world.manager.put(door, json={"code": "0864"})

    # Whoever was shown the old code in the same second hides it within a minute; nobody is shown it again.
    assert (last["code"], last["hide_at"]) == (SECRET, (NOON + timedelta(minutes=1)).isoformat()[:19] + "Z")
    assert (await world.rider.post(f"{door}/show")).json()["code"] == "0864"
    world.clock.at = NOON + timedelta(minutes=1)
    assert (await world.rider.post(f"{door}/show")).json()["code"] == "0864"
    old, new = (await session.scalars(select(DoorCode).order_by(DoorCode.id))).all()
    assert (old.code_encrypted, old.retired_at) == (None, NOON)
    assert new.code_encrypted is not None
    assert b"0864" not in new.code_encrypted
    assert runtime.vault.decrypt_door_code(new.code_encrypted) == "0864"
    told = await session.scalars(
        select(OutboxEvent.payload).where(OutboxEvent.name == "station.door_code_rotated")
    )
    assert told.all() == [{"station_id": str(world.station.id)}] * 2


async def test_the_same_code_again_is_no_rotation(world: World, door: str, session: AsyncSession):
    for _ in range(2):
        assert (await world.manager.put(door, json={"code": SECRET})).status_code == 200

    assert len((await session.scalars(select(DoorCode))).all()) == 1


async def test_a_code_is_drawn_for_who_brings_none(world: World, door: str):
    drawn = set()
    for _ in range(2):
        await world.manager.put(door, json={})
        drawn.add((await world.manager.post(f"{door}/show")).json()["code"])

    assert len(drawn) == 2
    assert all(code.isdigit() and len(code) == 6 for code in drawn)


async def test_a_code_that_is_forgotten_is_shown_to_nobody(world: World, door: str, at_the_door: dict):
    await world.manager.put(door, json={"code": SECRET})
    await world.tap(**at_the_door)

    for _ in range(2):
        assert (await world.manager.delete(door)).status_code == 204

    assert (await world.rider.post(f"{door}/show")).json()["code"] == "not_found"
    assert (await world.manager.get(door)).json() == {"is_set": False, "set_at": None, "shown_times": 0}


@pytest.mark.parametrize("code", ["123", "1234567890123", "12 34", "一二三四", "1234\n", 1234, True])
async def test_what_no_lock_takes_is_refused(world: World, door: str, code):
    assert (await world.manager.put(door, json={"code": code})).status_code == 422


async def test_each_showing_is_written_down_for_the_person_too(
    world: World, door: str, at_the_door: dict, session: AsyncSession
):
    await world.manager.put(door, json={"code": SECRET})
    await world.tap(**at_the_door)
    await world.rider.post(f"{door}/show")

    (read,) = (await session.scalars(select(DoorCodeRead))).all()
    assert (read.account_id, read.read_at) == (world.account_id, NOON)
    assert str(read.code_id) in (await world.rider.get("/v1/accounts/me/export")).text


async def test_the_code_stands_nowhere_else(
    world: World, door: str, at_the_door: dict, session: AsyncSession, client_for: ClientFor, caplog
):
    staff = Actor((await make_account(session)).id, (Grant(Role.SYSADMIN),))
    await session.commit()
    await world.manager.put(door, json={"code": SECRET}, headers={"Idempotency-Key": str(uuid4())})
    await world.tap(**at_the_door)
    await world.rider.post(f"{door}/show")

    station = f"/v1/stations/{world.station.id}?coord_type=wgs84"
    everywhere = [
        (await client_for(staff).get(path)).text
        for path in (station, door, "/v1/stations?coord_type=wgs84", "/v1/stations/export?format=csv")
    ]
    everywhere.append((await world.rider.get("/v1/accounts/me/export")).text)
    everywhere += [json.dumps(each) for each in await session.scalars(select(OutboxEvent.payload))]
    assert [text for text in (*everywhere, caplog.text) if SECRET in text] == []


async def test_two_rotations_at_once_leave_one_code(own_runtime: Runtime):
    async with own_runtime.db.writing() as session:
        station = (await make_station(session)).id
        by = Actor((await make_account(session)).id, (Grant(Role.SYSADMIN),))

    async def rotate(code: str) -> None:
        async with own_runtime.db.writing() as session:
            await doors.set_code(session, station, code, vault=own_runtime.vault, by=by, now=NOON)

    await asyncio.gather(*(rotate(code) for code in ("1111", "2222", "3333")))

    async with own_runtime.db.reading() as session:
        current = (await session.scalars(select(DoorCode).where(DoorCode.retired_at.is_(None)))).all()
    assert len(current) == 1


async def test_codes_are_encrypted_anew_by_the_first_key(
    world: World, door: str, session: AsyncSession, runtime: Runtime
):
    await world.manager.put(door, json={"code": SECRET})
    before = (await session.scalars(select(DoorCode.code_encrypted))).one()

    assert await doors.rotate_keys(session, vault=runtime.vault) is None

    after = (await session.scalars(select(DoorCode.code_encrypted))).one()
    assert after != before
    assert runtime.vault.decrypt_door_code(after) == SECRET


def test_a_code_is_hidden_within_a_minute():
    assert timedelta(minutes=1) >= doors.SHOWN_FOR
