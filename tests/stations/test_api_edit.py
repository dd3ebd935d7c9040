"""What staff write of a station: creating, editing, merging; and who may."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.actor import ANONYMOUS, Role
from app.core.ids import new_id
from app.main import create_app
from app.models import Amenity, AmenityState, Station
from tests.clients import ClientFor, TestClock
from tests.factories.stations import make_area, make_closure, make_staff, make_station
from tests.stations.staff import NOW, URL, events, station_in


@pytest.fixture(autouse=True)
def _at_noon(clock):
    clock.at = NOW


async def test_creating_a_station(session, officer):
    given = station_in(
        id=str(new_id()),
        code="SZ-001",
        amenities=["hot_water", "wifi"],
        seats=12,
        operators=[{"name": "总工会"}],
    )

    answer = await officer.post(URL, json=given)

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["id"] == given["id"]
    assert body["version"] == 1
    assert body["holiday_policy"] == "closed"
    assert body["given_position"] == given["position"]
    assert (body["lat"], body["lon"]) == (39.7443, 98.5093)
    assert {each["amenity"] for each in body["amenities"]} == {"hot_water", "wifi"}
    station = await session.get(Station, body["id"])
    assert station.lat != 39.7443
    assert station.lat == pytest.approx(39.7443, abs=0.01)
    assert len(station.code_secret) == 32
    assert len(await events(session, "station.created")) == 1
    again = await officer.post(URL, json=given)
    assert (again.status_code, again.json()["id"]) == (201, given["id"])
    assert len(await events(session, "station.created")) == 1
    other = await officer.post(URL, json={**given, "name": "另一处"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    taken = await officer.post(URL, json=station_in(code="SZ-001"))
    assert (taken.status_code, taken.json()["code"]) == (409, "station.code_taken")


async def test_a_retry_by_key_makes_one_station(session, officer):
    headers = {"Idempotency-Key": str(new_id())}
    first = await officer.post(URL, json=station_in(), headers=headers)
    second = await officer.post(URL, json=station_in(), headers=headers)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert await session.scalar(select(func.count()).select_from(Station)) == 1


async def test_round_the_clock_stays_open_on_holidays_unless_said(officer):
    answer = await officer.post(URL, json=station_in(opening_hours="24/7"))
    assert answer.json()["holiday_policy"] == "same"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"opening_hours": "周一至周五"}, "hours.invalid"),
        ({"opening_hours": "Mo-Fr 08:00-18:00; PH off"}, "hours.unsupported"),
        ({"opening_hours": "Mo-Fr 22:00-06:00; Sa 10:00-12:00"}, "hours.cut_short"),
        ({"holiday_policy": "own_hours"}, "hours.holiday_hours_missing"),
        ({"holiday_policy": "own_hours", "holiday_hours": "8-10"}, "hours.invalid"),
        ({"position": {"lat": 98.5, "lon": 39.7, "coord_type": "gcj02"}}, "position.swapped"),
        ({"position": {"lat": 34.5, "lon": 30.7, "coord_type": "gcj02"}}, "position.foreign"),
        ({"position": {"lat": 85.0, "lon": 39.7, "coord_type": "gcj02"}}, "position.swapped"),
        ({"position": {"lat": 39.7, "lon": 98.5}}, "invalid_input"),
        ({"position": {"lat": "39.7", "lon": 98.5, "coord_type": "gcj02"}}, "invalid_input"),
        ({"area_code": "620902006999"}, "station.area_unknown"),
        ({"area_code": "62090"}, "invalid_input"),
        ({"name": ""}, "invalid_input"),
        ({"name": "a\0b"}, "invalid_input"),
        ({"seats": False}, "invalid_input"),
        ({"seats": -1}, "invalid_input"),
        ({"seats": 10**30}, "invalid_input"),
        ({"amenities": ["sauna"]}, "invalid_input"),
        ({"photo_urls": ["javascript:alert(1)"]}, "invalid_input"),
        ({"typo": 1}, "invalid_input"),
    ],
)
async def test_what_cannot_be_right_is_refused(officer, change, code):
    answer = await officer.post(URL, json=station_in(**change))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_an_edit_changes_what_it_names_and_a_late_editor_learns_who_was_first(session, officer):
    station = await make_station(
        session, amenities={Amenity.HOT_WATER: AmenityState.BROKEN, Amenity.WIFI: AmenityState.WORKS}
    )
    await session.commit()
    url = f"{URL}/{station.id}?coord_type=wgs84"

    answer = await officer.patch(
        url, json={"version": 1, "seats": None, "amenities": ["hot_water", "aed"], "phone": "0937-1"}
    )

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["version"], body["seats"], body["phone"], body["name"]) == (2, None, "0937-1", station.name)
    states = {each["amenity"]: each["state"] for each in body["amenities"]}
    assert states == {"hot_water": "broken", "aed": "works"}
    assert body["changed_at"] == "2026-06-03T04:00:00Z"
    (event,) = await events(session, "station.revised")
    assert event.payload["fields"] == "amenities,phone,seats"
    late = await officer.patch(url, json={"version": 1, "name": "晚了"})
    assert (late.status_code, late.json()["code"]) == (409, "edit_conflict")
    assert late.json()["editor"] == "李科长"
    null = await officer.patch(url, json={"version": 2, "name": None})
    assert null.status_code == 422


async def test_a_place_far_from_the_old_one_is_asked_about(session, client_for, officer):
    station = await make_station(session)
    manager = client_for(await make_staff(session, Role.STATION_MANAGER, station=station))
    await make_area(session, "620902006002")
    await session.commit()
    url = f"{URL}/{station.id}?coord_type=wgs84"
    shenzhen = {"position": {"lat": 22.5, "lon": 114.0, "coord_type": "wgs84"}}

    asked = await manager.patch(url, json={"version": 1, **shenzhen})
    assert (asked.status_code, asked.json()["code"]) == (422, "station.moved_far")
    assert 2300 < asked.json()["kilometres"] < 2500
    near = {"position": {"lat": station.lat + 0.04, "lon": station.lon, "coord_type": "wgs84"}}
    assert (await manager.patch(url, json={"version": 1, **near})).status_code == 200
    sure = await manager.patch(url, json={"version": 2, "confirm_far": True, **shenzhen})
    assert (sure.status_code, sure.json()["lat"]) == (200, 22.5)
    other = {"position": {"lat": 39.8, "lon": 98.5, "coord_type": "wgs84"}, "area_code": "620902006002"}
    assert (await officer.patch(url, json={"version": 3, **other})).status_code == 200


async def test_a_manager_edits_but_does_not_move_between_areas(session, client_for):
    station = await make_station(session)
    manager = client_for(await make_staff(session, Role.STATION_MANAGER, station=station))
    await make_area(session, "620902006002")
    await session.commit()
    url = f"{URL}/{station.id}?coord_type=wgs84"
    assert (await manager.patch(url, json={"version": 1, "phone": "1"})).status_code == 200
    assert (await manager.patch(url, json={"version": 2, "area_code": "620902006002"})).status_code == 404
    assert (await manager.patch(url, json={"version": 2, "code": "x"})).status_code == 404
    assert (await manager.delete(f"{URL}/{station.id}")).status_code == 403


WRITES = [
    ("PATCH", "?coord_type=wgs84", {"version": 1, "phone": "1"}),
    ("POST", "/closures", {"reason": "停水"}),
    ("DELETE", "/closures/{closure}", None),
    ("POST", "/amenities/hot_water/state", {"state": "broken"}),
    ("POST", "/shelter", {"until": "2026-06-04T00:00:00Z", "reason": "暴雨"}),
    ("DELETE", "/shelter", None),
    ("POST", "/hours-exceptions", {"from_on": "2026-07-01", "to_on": "2026-07-01", "hours": ""}),
    ("DELETE", "/hours-exceptions/{closure}", None),
    ("POST", "/confirm", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
async def test_only_the_stations_staff_may_write(session, client_for, client, method, path, body):
    station = await make_station(session)
    elsewhere = await make_station(session, area_code="620802003001")
    closure = await make_closure(session, station, NOW + timedelta(days=1))
    strangers = [
        await make_staff(session, Role.DISTRICT_OFFICER, "620802"),
        await make_staff(session, Role.COMMUNITY_STAFF, "620902006002"),
        await make_staff(session, Role.STATION_MANAGER, station=elsewhere),
    ]
    worker = await make_staff(session, Role.WORKER)
    await session.commit()
    url = f"{URL}/{station.id}{path}".replace("{closure}", str(closure.id))

    for stranger in strangers:
        assert (await client_for(stranger).request(method, url, json=body)).status_code == 404
    assert (await client_for(worker).request(method, url, json=body)).status_code == 403
    assert (await client_for(ANONYMOUS).request(method, url, json=body)).status_code == 401
    await session.refresh(station)
    assert station.version == 1


async def test_creating_outside_ones_scope(session, client_for):
    await make_area(session)
    manager = await make_staff(session, Role.STATION_MANAGER, station=await make_station(session))
    stranger = await make_staff(session, Role.COMMUNITY_STAFF, "620902006002")
    await session.commit()
    assert (await client_for(manager).post(URL, json=station_in())).status_code == 403
    assert (await client_for(stranger).post(URL, json=station_in())).status_code == 404


async def test_two_editors_at_once_one_wins(own_runtime):
    async with own_runtime.db.writing() as session:
        station = await make_station(session)
        staff = [await make_staff(session, Role.DISTRICT_OFFICER, "620902", name=n) for n in ("甲", "乙")]
    client_for = ClientFor(create_app(own_runtime), TestClock())
    url = f"{URL}/{station.id}?coord_type=wgs84"

    answers = await asyncio.gather(
        *(client_for(each).patch(url, json={"version": 1, "phone": str(n)}) for n, each in enumerate(staff))
    )

    assert sorted(each.status_code for each in answers) == [200, 409]
    await client_for.close()


async def test_two_that_merge_into_each_other_at_once(own_runtime):
    async with own_runtime.db.writing() as session:
        a, b = await make_station(session), await make_station(session)
        officer = await make_staff(session, Role.DISTRICT_OFFICER, "620902")
    client_for = ClientFor(create_app(own_runtime), TestClock())

    answers = await asyncio.gather(
        *(
            client_for(officer).post(f"{URL}/{one.id}/merge", json={"into_id": str(other.id)})
            for one, other in ((a, b), (b, a))
        )
    )

    assert sorted(each.status_code for each in answers) == [204, 404]
    await client_for.close()


async def test_the_same_new_station_twice_at_once_is_one(own_runtime):
    async with own_runtime.db.writing() as session:
        await make_area(session)
        officer = await make_staff(session, Role.DISTRICT_OFFICER, "620902")
    client_for = ClientFor(create_app(own_runtime), TestClock())
    given = station_in(id=str(new_id()), code="SZ-1")

    same = await asyncio.gather(*(client_for(officer).post(URL, json=given) for _ in range(4)))
    rivals = [station_in(id=str(new_id()), code="SZ-2") for _ in range(4)]
    other = await asyncio.gather(*(client_for(officer).post(URL, json=each) for each in rivals))

    assert [each.status_code for each in same] == [201] * 4
    assert sorted(each.status_code for each in other) == [201, 409, 409, 409]
    async with own_runtime.db.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Station)) == 2
        assert len(await events(session, "station.created")) == 2
    await client_for.close()
