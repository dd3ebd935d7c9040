"""What staff write: creating, editing, closing, repairing, sheltering; and who may."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.core.actor import ANONYMOUS, Role
from app.core.ids import new_id
from app.main import create_app
from app.models import Amenity, AmenityState, HolidayPolicy, OutboxEvent, Station, StationClosure
from app.services import stations
from app.services.stations import GivenPosition, StationDraft
from tests.clients import ClientFor, TestClock
from tests.factories.stations import COMMUNITY, make_area, make_closure, make_staff, make_station

NOW = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)  # a Wednesday noon
URL = "/v1/stations"


@pytest.fixture(autouse=True)
def _at_noon(clock):
    clock.at = NOW


@pytest.fixture
async def officer(session, client_for):
    await make_area(session)
    return client_for(await make_staff(session, Role.DISTRICT_OFFICER, "620902", name="李科长"))


def station_in(**given):
    return {
        "name": "金泉路暖蜂驿站",
        "kind": "warm_station",
        "area_code": COMMUNITY,
        "address": "金泉路 1 号",
        "position": {"lat": 39.7443, "lon": 98.5093, "coord_type": "gcj02"},
        "opening_hours": "Mo-Fr 08:30-18:00",
        **given,
    }


async def events(session, name):
    return (await session.scalars(select(OutboxEvent).where(OutboxEvent.name == name))).all()


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
        ({"position": {"lat": 98.5, "lon": 39.7, "coord_type": "gcj02"}}, "invalid_input"),
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


async def test_a_closure_shuts_now_and_ends_on_reopening(session, officer, client):
    station = await make_station(session)
    await session.commit()
    url = f"{URL}/{station.id}"
    given = {"id": str(new_id()), "reason": "停水检修", "ends_at": "2026-06-03T20:00:00+08:00"}

    for _ in range(2):
        made = await officer.post(f"{url}/closures", json=given)
        assert (made.status_code, made.json()["id"]) == (201, given["id"])

    opening = (await client.get(f"{url}?coord_type=wgs84")).json()["opening"]
    assert (opening["is_open"], opening["opens_at"]) == (False, "2026-06-03T12:00:00Z")
    (event,) = await events(session, "station.closed")
    assert event.payload["station_id"] == str(station.id)
    assert event.payload["ends_at"] == "2026-06-03T12:00:00+00:00"
    changed = await officer.post(f"{url}/closures", json={**given, "reason": "别的"})
    assert changed.json()["code"] == "idempotency_key_reused"

    assert (await officer.delete(f"{url}/closures/{given['id']}")).status_code == 204
    assert (await client.get(f"{url}?coord_type=wgs84")).json()["opening"]["is_open"]
    assert len(await events(session, "station.reopened")) == 1


async def test_overlapping_closures_both_hold(session, officer, client, clock):
    station = await make_station(session)
    await make_closure(session, station, NOW - timedelta(hours=1), NOW + timedelta(hours=2))
    await session.commit()
    url = f"{URL}/{station.id}"
    later = {"reason": "装修", "starts_at": "2026-06-03T05:00:00Z", "ends_at": "2026-06-05T05:00:00Z"}
    made = await officer.post(f"{url}/closures", json=later)

    opening = (await client.get(f"{url}?coord_type=wgs84")).json()["opening"]
    assert opening["opens_at"] == "2026-06-05T05:00:00Z"

    await officer.delete(f"{url}/closures/{made.json()['id']}")  # not begun: called off, no trace
    opening = (await client.get(f"{url}?coord_type=wgs84")).json()["opening"]
    assert opening["opens_at"] == "2026-06-03T06:00:00Z"
    assert await session.scalar(select(func.count()).select_from(StationClosure)) == 1


async def test_a_running_closure_leaves_a_trace_when_it_is_ended(session, officer, clock):
    station = await make_station(session)
    closure = await make_closure(session, station, NOW - timedelta(hours=1))
    await session.commit()
    for _ in range(2):
        assert (await officer.delete(f"{URL}/{station.id}/closures/{closure.id}")).status_code == 204
        clock.at = NOW + timedelta(hours=1)
    await session.refresh(closure)
    assert closure.ends_at == NOW


@pytest.mark.parametrize(
    "period",
    [
        {"ends_at": "2026-06-03T04:00:00Z"},
        {"starts_at": "2026-06-04T00:00:00Z", "ends_at": "2026-06-04T00:00:00Z"},
        {"starts_at": "2026-06-01T00:00:00Z", "ends_at": "2026-06-02T00:00:00Z"},
    ],
)
async def test_a_closure_ends_after_it_starts_and_after_now(session, officer, period):
    station = await make_station(session)
    await session.commit()
    answer = await officer.post(f"{URL}/{station.id}/closures", json={"reason": "停水", **period})
    assert (answer.status_code, answer.json()["code"]) == (422, "station.period_invalid")


async def test_broken_is_not_the_same_as_not_there(session, officer, client):
    station = await make_station(session, amenities={Amenity.MICROWAVE: AmenityState.WORKS})
    await session.commit()
    url = f"{URL}/{station.id}"
    photo = "https://img.example.org/1.jpg"
    for body in (
        {"state": "broken", "note": "不加热"},
        {"state": "broken", "note": "不加热", "photo_url": photo},
    ):
        assert (await officer.post(f"{url}/amenities/microwave/state", json=body)).status_code == 200

    (shown,) = (await client.get(f"{url}?coord_type=wgs84")).json()["amenities"]
    assert (shown["state"], shown["note"], shown["photo_url"]) == ("broken", "不加热", photo)
    assert len(await events(session, "station.amenity_state_changed")) == 1
    none = await officer.post(f"{url}/amenities/aed/state", json={"state": "broken"})
    assert (none.status_code, none.json()["code"]) == (409, "station.no_such_amenity")


async def test_a_shelter_opens_whatever_the_hours_and_ends_by_itself(session, officer, client, clock):
    station = await make_station(session, opening_hours="Mo-Fr 08:30-12:30", seats=12)
    await session.commit()
    url = f"{URL}/{station.id}"
    given = {"until": "2026-06-04T00:00:00Z", "seats": 80, "reason": "暴雨红色预警"}
    assert (await officer.post(f"{url}/shelter", json=given)).status_code == 200

    body = (await client.get(f"{url}?coord_type=wgs84")).json()
    assert (body["opening"]["closes_at"], body["seats"]) == ("2026-06-04T00:00:00Z", 80)
    assert body["shelter"]["reason"] == "暴雨红色预警"

    clock.at = datetime(2026, 6, 4, 0, 0, tzinfo=UTC)
    body = (await client.get(f"{url}?coord_type=wgs84")).json()
    assert (body["opening"]["is_open"], body["seats"], body["shelter"]) == (False, 12, None)
    assert await stations.end_expired_shelters(session, now=clock.at) == 1
    assert await stations.end_expired_shelters(session, now=clock.at) == 0
    assert len(await events(session, "station.shelter_ended")) == 1


async def test_a_shelter_has_an_end_and_does_not_open_a_closed_house(session, officer):
    station = await make_station(session)
    await session.commit()
    url = f"{URL}/{station.id}"
    for until in ("2026-06-03T04:00:00Z", "2026-07-04T04:00:00Z"):
        answer = await officer.post(f"{url}/shelter", json={"until": until, "reason": "暴雨"})
        assert answer.json()["code"] == "station.period_invalid"
    await officer.post(f"{url}/closures", json={"reason": "危房"})
    answer = await officer.post(f"{url}/shelter", json={"until": "2026-06-04T00:00:00Z", "reason": "暴雨"})
    assert (answer.status_code, answer.json()["code"]) == (409, "station.closed_now")


async def test_of_two_exceptions_the_later_entry_wins(session, officer, client, clock):
    station = await make_station(
        session, opening_hours="Mo-Fr 08:30-18:00", holiday_policy=HolidayPolicy.SAME
    )
    await session.commit()
    url = f"{URL}/{station.id}"
    made = []
    for hours in ("", "10:00-13:00"):
        clock.at += timedelta(minutes=1)
        given = {"from_on": "2026-06-03", "to_on": "2026-06-04", "hours": hours}
        made.append(await officer.post(f"{url}/hours-exceptions", json=given))
        assert made[-1].status_code == 201

    async def closes_at():
        return (await client.get(f"{url}?coord_type=wgs84")).json()["opening"]["closes_at"]

    assert await closes_at() == "2026-06-03T05:00:00Z"
    await officer.delete(f"{url}/hours-exceptions/{made[1].json()['id']}")
    assert await closes_at() is None
    await officer.delete(f"{url}/hours-exceptions/{made[0].json()['id']}")
    assert await closes_at() == "2026-06-03T10:00:00Z"
    bad = {"from_on": "2026-06-05", "to_on": "2026-06-04", "hours": ""}
    assert (await officer.post(f"{url}/hours-exceptions", json=bad)).json()[
        "code"
    ] == "station.period_invalid"


async def test_confirming_the_data_as_of_today(session, officer, client):
    station = await make_station(session)
    await session.commit()
    answer = await officer.post(f"{URL}/{station.id}/confirm")
    assert answer.json() == {"confirmed_on": "2026-06-03", "version": 2}


def draft(**given):
    return StationDraft(
        **{
            "name": "驿站",
            "kind": "warm_station",
            "area_code": COMMUNITY,
            "address": "路",
            "position": GivenPosition(39.7443, 98.5093, "gcj02"),
            "opening_hours": "24/7",
            "code": "K1",
            **given,
        }
    )


async def test_an_imports_row_is_kept_by_its_code(session):
    await make_area(session)
    by = await make_staff(session, Role.DISTRICT_OFFICER, "620902")
    station, outcome = await stations.keep(session, draft(), by=by, now=NOW)
    assert outcome == "created"
    await session.flush()
    _, outcome = await stations.keep(session, draft(), by=by, now=NOW)
    assert (outcome, station.version) == ("unchanged", 1)
    _, outcome = await stations.keep(
        session, draft(name="新名", amenities=frozenset({Amenity.AED})), by=by, now=NOW
    )
    assert (outcome, station.version, station.name) == ("changed", 2, "新名")
    await stations.remove(session, station.id, by=by, now=NOW)
    _, outcome = await stations.keep(session, draft(), by=by, now=NOW)
    assert (outcome, station.status) == ("changed", "in_service")


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
