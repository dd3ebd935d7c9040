"""The directory as anyone reads it: lists, pages, and what changed for phones that work offline."""

import gzip
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from app.core.actor import Role
from app.core.clock import utc_now
from app.core.geo import CoordType, Point, to_wgs84
from app.core.ids import new_id
from app.models import Amenity, AmenityState, HolidayPolicy, StationKind, StationStatus
from app.services.areas.calendar import load_calendar
from app.services.stations import directory
from tests.factories.stations import COMMUNITY, make_area, make_closure, make_staff, make_station

NOW = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)  # a Wednesday noon
OTHER = "620802003001"


@pytest.fixture(autouse=True)
def _at_noon(clock):
    clock.at = NOW


async def test_a_page_says_all_in_the_callers_coordinates(session, client):
    station = await make_station(
        session,
        opening_hours="Mo-Fr 08:30-18:00",
        holiday_policy=HolidayPolicy.CLOSED,
        amenities={Amenity.MICROWAVE: AmenityState.BROKEN},
        operators=[{"name": "区总工会", "kind": "union_station", "phone": ""}],
    )
    await make_closure(session, station, NOW + timedelta(days=1), NOW + timedelta(days=2))
    await make_closure(session, station, NOW - timedelta(days=2), NOW - timedelta(days=1))
    await session.commit()

    answer = await client.get(f"/v1/stations/{station.id}?coord_type=gcj02")

    assert answer.status_code == 200
    body = answer.json()
    assert body["opening"] == {
        "is_open": True,
        "closes_at": "2026-06-03T10:00:00Z",
        "opens_at": None,
        "provisional": True,
    }
    assert body["amenities"][0]["state"] == "broken"
    assert body["operators"] == [{"name": "区总工会", "kind": "union_station", "phone": ""}]
    assert len(body["closures"]) == 1
    back = to_wgs84(body["lat"], body["lon"], CoordType.GCJ02)
    assert (back.lat, back.lon) == pytest.approx((station.lat, station.lon), abs=1e-6)
    assert "code_secret" not in answer.text
    again = await client.get(
        f"/v1/stations/{station.id}?coord_type=gcj02", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


async def test_the_datum_of_the_answer_must_be_said(session, client):
    station = await make_station(session)
    await session.commit()
    for path in (f"/v1/stations/{station.id}", "/v1/stations", "/v1/stations/changes"):
        assert (await client.get(path)).status_code == 422
        assert (await client.get(f"{path}?coord_type=wgs72")).status_code == 422


async def test_unknown_and_removed_stations(session, client):
    removed = await make_station(session, status=StationStatus.REMOVED)
    await session.commit()
    assert (await client.get(f"/v1/stations/{new_id()}?coord_type=wgs84")).status_code == 404
    assert (await client.get("/v1/stations/nonsense?coord_type=wgs84")).status_code == 404
    gone = await client.get(f"/v1/stations/{removed.id}?coord_type=wgs84")
    assert (gone.status_code, gone.json()["code"]) == (410, "station.gone")


async def test_lists_filter_and_page_without_gaps(session, client):
    made = [await make_station(session, name=f"驿站{n:02}") for n in range(7)]
    await make_station(session, name="司机之家", kind=StationKind.DRIVER_HOME, address="国道 100% 路")
    await make_station(session, name="平凉", area_code=OTHER)
    await make_station(session, name="没了", status=StationStatus.REMOVED)
    await session.commit()

    seen, cursor = [], None
    while True:
        params = {"coord_type": "wgs84", "area": "620902", "limit": 3} | (
            {"cursor": cursor} if cursor else {}
        )
        body = (await client.get("/v1/stations", params=params)).json()
        seen += [each["id"] for each in body["stations"]]
        if not (cursor := body["next_cursor"]):
            break
    assert len(seen) == len(set(seen)) == 8
    assert {str(each.id) for each in made} < set(seen)

    async def names(**params):
        answer = await client.get("/v1/stations", params={"coord_type": "wgs84", **params})
        return [each["name"] for each in answer.json()["stations"]]

    assert await names(kind="driver_home") == ["司机之家"]
    assert await names(q="100%") == ["司机之家"]
    assert await names(q="驿站0", limit=1) == ["驿站00"]
    assert await names(area=OTHER) == ["平凉"]
    assert await names(q="_") == []
    for bad in ("x", "W10", "!"):
        answer = await client.get("/v1/stations", params={"coord_type": "wgs84", "cursor": bad})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


async def walk(client, **params):
    """Ask for changes page by page; return the stations, the tombstones and the next question's since."""
    stations, gone, cursor = {}, {}, None
    while True:
        given = {"coord_type": "wgs84", **params} | ({"cursor": cursor} if cursor else {})
        body = (await client.get("/v1/stations/changes", params=given)).json()
        stations |= {each["id"]: each for each in body["stations"]}
        gone |= {each["id"]: each for each in body["gone"]}
        if not (cursor := body["next_cursor"]):
            return stations, gone, body["as_of"]


async def test_a_directory_that_has_not_changed_is_not_sent_again(session, client, clock):
    await make_station(session)
    await session.commit()
    url = "/v1/stations/changes?coord_type=wgs84&area=620902"
    tag = (await client.get(url)).headers["etag"]

    clock.at = NOW + timedelta(minutes=5)
    assert (await client.get(url, headers={"if-none-match": tag})).status_code == 304

    await make_station(session)
    await session.commit()
    assert (await client.get(url, headers={"if-none-match": tag})).status_code == 200


async def test_changes_bring_rows_and_tombstones(session, client_for, client, clock):
    for area in (COMMUNITY, OTHER):
        await make_area(session, area)
    stay, edited, removed, merged, leaver = [await make_station(session) for _ in range(5)]
    far = await make_station(session, area_code=OTHER)
    officer = await make_staff(session, Role.DISTRICT_OFFICER, "620902", "620802")
    await session.commit()
    staff = client_for(officer)

    stations, gone, since = await walk(client, area="620902")
    assert stations.keys() == {str(each.id) for each in (stay, edited, removed, merged, leaver)}
    assert not gone
    assert since == "2026-06-03T03:59:30Z"

    clock.at = NOW + timedelta(minutes=5)
    url = "/v1/stations"
    patch = f"{url}/{edited.id}?coord_type=wgs84"
    assert (await staff.patch(patch, json={"version": 1, "name": "新名"})).status_code == 200
    assert (await staff.delete(f"{url}/{removed.id}")).status_code == 204
    merge = await staff.post(f"{url}/{merged.id}/merge", json={"into_id": str(stay.id)})
    assert merge.status_code == 204
    moved = await staff.patch(
        f"{url}/{leaver.id}?coord_type=wgs84", json={"version": 1, "area_code": far.area_code}
    )
    assert moved.status_code == 200

    stations, gone, since = await walk(client, area="620902", since=since)
    assert stations.keys() == {str(edited.id)}
    assert {key: (each["reason"], each["moved_to_id"]) for key, each in gone.items()} == {
        str(removed.id): ("removed", None),
        str(merged.id): ("merged", str(stay.id)),
        str(leaver.id): ("left_area", None),
    }
    stations, gone, _ = await walk(client, area="620802", since=NOW.isoformat())
    assert str(leaver.id) in stations
    assert not gone
    clock.at = NOW + timedelta(minutes=10)
    stations, gone, _ = await walk(client, area="620902", since=clock.at.isoformat())
    assert not stations
    assert not gone


async def test_a_change_that_was_being_written_is_not_missed(session, client, clock):
    await make_station(session)
    await session.commit()
    _, _, since = await walk(client)
    late = await make_station(session, changed_at=NOW - timedelta(seconds=6))
    await session.commit()

    clock.at = NOW + timedelta(minutes=1)
    stations, _, _ = await walk(client, since=since)

    assert str(late.id) in stations


async def test_what_a_long_import_writes_is_not_missed(own_runtime, monkeypatch):
    """However long it runs: the next question reaches back to where the oldest transaction began."""
    for margin in ("OVERLAP", "_STAMPED_BEFORE"):
        monkeypatch.setattr(directory, margin, timedelta())

    async def walked(since):
        async with own_runtime.db.reading() as session:
            found = await directory.changes(
                session, since=since, area_code=None, cursor=None, limit=9, now=utc_now()
            )
        return list(found.ids), found.as_of

    async with own_runtime.db.writing() as importing:
        await importing.execute(text("SELECT 1"))
        await importing.execute(text("SELECT pg_sleep(0.01)"))
        station = await make_station(importing, changed_at=utc_now())
        await importing.flush()
        ids, since = await walked(None)
        assert ids == []

    ids, _ = await walked(since)
    assert ids == [station.id]


async def test_many_changes_come_in_pages_that_overlap_nowhere(session, client):
    made = [await make_station(session, changed_at=NOW - timedelta(seconds=n // 2)) for n in range(9)]
    await session.commit()
    stations, _, _ = await walk(client, limit=2, since=(NOW - timedelta(hours=1)).isoformat())
    assert stations.keys() == {str(each.id) for each in made}


async def test_a_prefecture_fits_a_poor_line(session, client):
    for n in range(500):
        await make_station(
            session,
            name=f"测试街道第{n}社区暖蜂驿站",
            address=f"第{n % 37}大道 {n} 号",
            at=Point(39.5 + n * 0.00171, 98.3 + (n * n % 997) * 0.00083),
            opening_hours="Mo-Fr 08:30-18:00; Sa 09:00-12:00" if n % 3 else "Mo-Su 08:00-22:00",
            holiday_policy=HolidayPolicy.CLOSED,
            phone=f"0937-{2600000 + 7919 * n % 99991}",
            amenities=dict.fromkeys(list(Amenity)[n % 7 : n % 7 + 8], AmenityState.WORKS),
        )
    await session.commit()

    answer = await client.get("/v1/stations/changes?coord_type=gcj02&limit=500")

    assert len(answer.json()["stations"]) == 500
    assert len(gzip.compress(answer.content, 6)) <= 100_000


async def test_an_old_id_leads_to_the_heir_also_along_a_chain(session, client, client_for):
    first, second, third = [await make_station(session) for _ in range(3)]
    officer = await make_staff(session, Role.DISTRICT_OFFICER, "620902")
    await session.commit()
    staff = client_for(officer)
    for old, heir in pairwise((first, second, third)):
        answer = await staff.post(f"/v1/stations/{old.id}/merge", json={"into_id": str(heir.id)})
        assert answer.status_code == 204

    answer = await client.get(f"/v1/stations/{first.id}?coord_type=bd09")

    assert (answer.status_code, answer.json()["code"]) == (308, "station.moved")
    assert answer.headers["location"] == f"/v1/stations/{third.id}?coord_type=bd09"
    followed = await client.get(answer.headers["location"])
    assert followed.json()["id"] == str(third.id)
    _, gone, _ = await walk(client, since=(NOW - timedelta(minutes=1)).isoformat())
    assert {each["moved_to_id"] for each in gone.values()} == {str(third.id)}
    back = await staff.post(f"/v1/stations/{third.id}/merge", json={"into_id": str(first.id)})
    assert back.status_code == 404
    itself = await staff.post(f"/v1/stations/{third.id}/merge", json={"into_id": str(third.id)})
    assert (itself.status_code, itself.json()["code"]) == (409, "station.merge_impossible")


async def test_no_calendar_is_no_crash(session):
    calendar = await load_calendar(session)
    assert calendar.is_provisional(2026)
