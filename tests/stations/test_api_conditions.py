"""What staff say from day to day: closing, repairing, sheltering, other hours."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.core.ids import new_id
from app.models import Amenity, AmenityState, HolidayPolicy, StationClosure
from app.services import stations
from tests.factories.stations import make_closure, make_station
from tests.stations.staff import NOW, URL, events


@pytest.fixture(autouse=True)
def _at_noon(clock):
    clock.at = NOW


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


async def test_a_closure_entered_twice_is_lifted_at_once(session, officer, client, clock):
    station = await make_station(session)
    await session.commit()
    url = f"{URL}/{station.id}"

    async def close(**given):
        return (await officer.post(f"{url}/closures", json={"reason": "停水", **given})).json()["id"]

    first = await close()
    clock.at = NOW + timedelta(seconds=20)
    assert await close() == first
    own_id = str(new_id())
    assert await close(id=own_id) == own_id
    later = await close(starts_at="2026-06-09T04:00:00Z")
    assert later not in {first, own_id}
    assert (await officer.delete(f"{url}/closures/{first}")).status_code == 204
    page = (await client.get(f"{url}?coord_type=wgs84")).json()
    assert page["opening"]["is_open"]
    assert [each["id"] for each in page["closures"]] == [later]


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
    await session.commit()
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
