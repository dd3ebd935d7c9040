"""A station stands where its division is: by the grids that are drawn, else by the stations around."""

import json
import re

import pytest

from app.core.clock import local_day, utc_now
from app.core.geo import Point
from app.core.geodesy import geodesic_m
from app.core.migrate import ROOT
from app.models import Grid
from tests.factories.grids import drawn, square
from tests.factories.stations import COMMUNITY, SUZHOU, make_area, make_station
from tests.stations.exchange.test_import import HEADINGS, changed, workbook
from tests.stations.staff import URL, station_in

NEXT_TOWN = "620902100001"  # 西洞镇; the serial is invented


def at(lat, lon):
    return {"position": {"lat": lat, "lon": lon, "coord_type": "wgs84"}}


@pytest.fixture
async def grid(session, officer):
    """Draw one grid of the community, some hundred metres wide."""
    session.add(
        Grid(
            scheme="civil",
            code=f"{COMMUNITY}001",
            name="一格",
            community_code=COMMUNITY,
            polygon=drawn(1, square(0, 0, 10))["geometry"],
            valid_from=local_day(utc_now()),
        )
    )
    await session.flush()


async def create(officer, **given):
    return await officer.post(URL, json=station_in(**given))


async def test_where_grids_are_drawn_they_say_where_the_community_lies(session, officer, grid):
    inside = await create(officer, **at(39.745, 98.505))
    near = await create(officer, **at(39.745, 98.518))  # across the border street
    assert (inside.status_code, near.status_code) == (201, 201)

    far = await create(officer, **at(39.745, 98.605))  # one digit wrong
    assert (far.status_code, far.json()["code"]) == (422, "station.outside_area")
    assert (far.json()["kilometres"], far.json()["area_code"]) == (8, COMMUNITY)
    sure = await create(officer, **at(39.745, 98.605), confirm_far=True)
    assert sure.status_code == 201


async def test_a_move_to_another_community_is_looked_at_too(session, officer, grid):
    await make_area(session, NEXT_TOWN)
    station = await make_station(session, area_code=NEXT_TOWN, at=Point(39.65, 98.3))
    await session.commit()
    url = f"{URL}/{station.id}?coord_type=wgs84"

    only_code = await officer.patch(url, json={"version": 1, "area_code": COMMUNITY})
    assert only_code.json()["code"] == "station.outside_area"
    both = {"version": 1, "area_code": COMMUNITY, **at(39.9, 98.5)}
    assert (await officer.patch(url, json=both)).json()["code"] == "station.outside_area"
    right = await officer.patch(url, json={**both, **at(39.744, 98.504)})
    assert right.status_code == 200
    renamed = await officer.patch(url, json={"version": 2, "name": "改名的驿站"})
    assert renamed.status_code == 200


async def test_without_grids_the_stations_of_the_town_and_the_county_say_it(session, officer):
    assert (await create(officer, **at(39.7431, 98.5083))).status_code == 201  # the first: nothing is known
    wrong = await create(officer, **at(39.1431, 98.5083))
    assert (wrong.json()["code"], wrong.json()["kilometres"]) == ("station.outside_area", 67)
    await make_area(session, NEXT_TOWN)
    await session.commit()
    assert (await create(officer, **at(39.1431, 98.5083), area_code=NEXT_TOWN)).status_code == 201
    too_far = await create(officer, **at(38.0, 98.5083), area_code=NEXT_TOWN, code="SZ-3")
    assert too_far.json()["code"] == "station.outside_area"


async def test_metres_across_a_river_are_straight_line_and_said_to_be(session, client, runtime):
    """The bridge is kilometres away; nobody is told that the way is short, only how far it lies."""
    far_bank = await make_station(session, at=Point(SUZHOU.lat, SUZHOU.lon + 0.01))
    await session.commit()
    await runtime.realtime.board.load()
    where = f"lat={SUZHOU.lat}&lon={SUZHOU.lon}&coord_type=wgs84"

    (row,) = (await client.get(f"/v1/stations/nearby?{where}")).json()["stations"]

    straight = geodesic_m(SUZHOU, Point(far_bank.lat, far_bank.lon))
    assert row["distance_m"] == round(straight)
    document = json.loads((ROOT / "openapi.json").read_text(encoding="utf-8"))
    [said] = {
        schema["properties"]["distance_m"]["description"]
        for name, schema in document["components"]["schemas"].items()
        if name.startswith("Nearby") and "distance_m" in schema.get("properties", {})
    }
    assert "直线" in said
    words = (ROOT / "app/web/words.js").read_text(encoding="utf-8")
    assert all(re.search(rf'{unit}: \["直线', words) for unit in ("metres", "kilometres"))


async def test_a_list_with_a_wrong_digit_is_refused_in_the_clerks_words(session, officer):
    good = [changed(编号=f"SZ-{n}", 名称=f"驿站{n}", 纬度=SUZHOU.lat + n / 1000) for n in range(3)]
    wrong = changed(编号="SZ-9", 名称="写错的驿站", 经度=97.5083)
    file = {"file": ("台账.xlsx", workbook(*good, wrong, headings=HEADINGS))}

    report = (await officer.post(f"{URL}/import", files=file)).json()

    assert (report["is_written"], [row["action"] for row in report["rows"]]) == (
        False,
        ["create"] * 3 + ["refused"],
    )
    (problem,) = report["rows"][-1]["problems"]
    assert (problem["column"], problem["problem"]) == ("经度", f"离社区 {COMMUNITY} 约 86 公里")
    sure = (await officer.post(f"{URL}/import?confirm_far=true", files=file)).json()
    assert (sure["is_written"], sure["created"]) == (True, 4)
