"""Exports: what an office imports again unchanged, and what no spreadsheet runs."""

import csv
import io
import json

import pytest
from python_calamine import CalamineWorkbook

from app.core.actor import Actor, Grant, Role
from app.core.geo import CoordType, to_wgs84
from app.models import (
    Accessibility,
    Amenity,
    AmenityState,
    EntryRequirement,
    HolidayPolicy,
    MakeupPolicy,
    Station,
    StationKind,
    StationStatus,
)
from app.services.stations.exchange import queries
from tests.factories.accounts import make_account
from tests.factories.stations import make_station

FORMATS = ["xlsx", "csv", "geojson"]
NASTY = "=cmd|' /C calc'!A0"


@pytest.fixture
async def office(session, client_for):
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id, (Grant(Role.DISTRICT_OFFICER, ("620902",)),)))


async def make_full_station(session, **given) -> Station:
    return await make_station(
        session,
        amenities={Amenity.HOT_WATER: AmenityState.BROKEN, Amenity.AED: AmenityState.WORKS},
        **{
            "name": "䶮𠮷“蜂”驿站,\n二楼",
            "kind": StationKind.RED_STATION,
            "status": StationStatus.PLANNED,
            "address": NASTY,
            "given_lon": 98.50830000000001,
            "given_lat": 39.1 + 0.2,
            "at": to_wgs84(39.1 + 0.2, 98.50830000000001, CoordType.GCJ02),
            "floor_text": "-1层",
            "indoor_note": "'@东门",
            "entry_requirements": [EntryRequirement.QR_SCAN, EntryRequirement.RING_BELL],
            "accessibility": [Accessibility.STEP_FREE],
            "operators": [
                {"name": "市总工会", "kind": StationKind.UNION_STATION, "phone": "12351"},
                {"name": "街道、社区", "kind": None, "phone": ""},
            ],
            "service_items": ["法律咨询,周三", "代收信件"],
            "photo_urls": ["https://a.example/1.jpg", "https://a.example/2.jpg"],
            "phone": "+8613909370001",
            "seats": 0,
            "geofence_m": 80,
            "opening_hours": 'Mo-Fr 08:30-18:00; Sa 09:00-12:00 unknown "先打电话"',
            "holiday_policy": HolidayPolicy.OWN_HOURS,
            "holiday_hours": "10:00-16:00",
            "makeup_policy": MakeupPolicy.AS_WORKDAY,
            "is_invented": True,
            **given,
        },
    )


@pytest.mark.parametrize("kind", FORMATS)
async def test_what_was_exported_changes_nothing_when_it_is_imported(session, office, kind):
    full = await make_full_station(session)
    plain = await make_station(session, name="朴素驿站", phone="", seats=None)
    await session.commit()
    exported = await office.get("/v1/stations/export", params={"format": kind})
    assert exported.status_code == 200
    report = (await office.post("/v1/stations/import", files={"file": exported.content})).json()
    assert {row["code"]: row["problems"] or row["changes"] for row in report["rows"]} == {
        full.code: [],
        plain.code: [],
    }
    assert (report["unchanged"], report["ignored_columns"]) == (2, [])


@pytest.mark.parametrize("kind", FORMATS)
async def test_what_was_exported_makes_the_same_stations_where_there_are_none(session, office, kind):
    full = await make_full_station(session, opening_hours="Mo-Fr 08:30-18:00")
    await session.commit()
    exported = await office.get("/v1/stations/export", params={"format": kind})
    full.code = "renamed"
    await session.commit()
    report = (await office.post("/v1/stations/import", files={"file": exported.content})).json()
    assert report["created"] == 1, report
    again = await office.get("/v1/stations/export", params={"format": kind})
    assert len(again.content) > len(exported.content)


async def test_csv_opens_in_excel_and_runs_nothing(session, office):
    await make_full_station(session)
    await session.commit()
    exported = await office.get("/v1/stations/export", params={"format": "csv"})
    assert exported.content.startswith(b"\xef\xbb\xbf")
    fields = [field for line in csv.reader(io.StringIO(exported.text)) for field in line]
    assert f"'{NASTY}" in fields
    assert not [field for field in fields if field.lstrip("\ufeff").startswith(("=", "+", "-", "@", "\t"))]


async def test_a_workbook_keeps_codes_and_phones_as_text_and_holds_no_formula(session, office):
    await make_full_station(session, code="007", phone="0937-2612345")
    await session.commit()
    exported = await office.get("/v1/stations/export")
    line = CalamineWorkbook.from_filelike(io.BytesIO(exported.content)).get_sheet_by_index(0).to_python()[1]
    assert line[0] == "007"
    assert "0937-2612345" in line
    assert "620902006001" in line


async def test_positions_come_in_the_datum_asked_for(session, office):
    station = await make_station(session)
    await session.commit()
    given = await office.get("/v1/stations/export", params={"format": "geojson", "coord_type": "wgs84"})
    (feature,) = given.json()["features"]
    assert feature["geometry"]["coordinates"] == [round(station.lon, 7), round(station.lat, 7)]
    assert (feature["properties"]["经度"], feature["properties"]["坐标系"]) == (
        round(station.lon, 7),
        "WGS-84",
    )
    own = (await office.get("/v1/stations/export", params={"format": "geojson"})).json()["features"][0]
    assert own["properties"]["经度"] == station.given_lon
    assert own["geometry"] == feature["geometry"]
    assert station.given_coord_type is CoordType.GCJ02


async def test_only_the_callers_stations_are_exported(session, office, client_for):
    mine = await make_station(session, code="mine")
    other = await make_station(session, code="other", area_code="620302100001")
    await make_station(session, code="gone", status=StationStatus.REMOVED)
    await session.commit()

    async def codes(client, **query):
        text = (await client.get("/v1/stations/export", params={"format": "csv", **query})).text
        return [line[0] for line in csv.reader(io.StringIO(text))][1:]

    assert await codes(office) == ["mine"]
    assert await codes(office, area="620302") == []
    account = await make_account(session)
    await session.commit()
    manager = client_for(Actor(account.id, (Grant(Role.STATION_MANAGER, station_id=other.id),)))
    assert await codes(manager) == ["other"]
    assert (await client_for().get("/v1/stations/export")).status_code == 401
    assert mine.code == "mine"


@pytest.mark.parametrize("kind", ["csv", "geojson"])
async def test_batches_join_without_seam(session, office, monkeypatch, kind):
    monkeypatch.setattr(queries, "BATCH", 2)
    monkeypatch.setattr(queries.in_scope, "__kwdefaults__", {**queries.in_scope.__kwdefaults__, "limit": 2})
    for at in range(4):
        await make_station(session, code=f"S{at}")
    await session.commit()
    text = (await office.get("/v1/stations/export", params={"format": kind})).text
    if kind == "csv":
        assert [line[0] for line in csv.reader(io.StringIO(text))][1:] == ["S0", "S1", "S2", "S3"]
    else:
        assert len(json.loads(text)["features"]) == 4


async def test_the_empty_form_can_be_imported_once_filled(client, office):
    form = await client.get("/v1/stations/import-template.xlsx")
    assert form.status_code == 200
    report = (await office.post("/v1/stations/import", files={"file": form.content})).json()
    assert (report["rows"], report["ignored_columns"], report["sheet"]) == ([], [], "站点")
