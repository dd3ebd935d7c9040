"""The open feed: a public validator passes it, and it says what riders may know."""

import copy
import json
from datetime import UTC, datetime, timedelta

import pytest
from gbfs_validator import GBFS

from app.core.geo import Point
from app.models import (
    Amenity,
    AmenityState,
    EntryRequirement,
    HolidayPolicy,
    Occupancy,
    StationStatus,
)
from tests.factories.stations import make_closure, make_station

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in China
ROOT = "http://127.0.0.1:8000/gbfs/v3/"
NAMES = (
    "gbfs",
    "system_information",
    "station_information",
    "station_status",
    "system_regions",
    "system_alerts",
)


class Kept:
    """What the validator would fetch, fetched already."""

    def __init__(self, files: dict[str, dict]) -> None:
        self.files = files

    def prime_oauth(self) -> None:
        pass

    def get_json(self, url: str) -> dict:
        assert url.startswith(ROOT)
        name = url.removeprefix(ROOT).removesuffix(".json")
        if name not in self.files:
            raise LookupError(url)
        return copy.deepcopy(self.files[name])


def verdict(files: dict[str, dict]) -> dict:
    return GBFS(f"{ROOT}gbfs.json", docked=True, version="3.0", fetcher=Kept(files)).validation()


@pytest.fixture
def show(session, runtime, clock, client):
    """Return the feed as it is once the board has seen what was arranged."""
    clock.at = NOON

    async def look() -> dict[str, dict]:
        await session.commit()
        runtime.realtime.board._clock = clock
        await runtime.realtime.board.load()
        answers = {name: await client.get(f"/gbfs/v3/{name}.json") for name in NAMES}
        assert {answer.status_code for answer in answers.values()} == {200}
        return {name: answer.json() for name, answer in answers.items()}

    return look


@pytest.fixture
async def stations(session):
    busy = await make_station(
        session, name="热闹驿站", seats=10, phone="0937-2612345",
        entry_requirements=[EntryRequirement.QR_SCAN],
        amenities={Amenity.HOT_WATER: AmenityState.BROKEN, Amenity.EBIKE_CHARGING: AmenityState.WORKS},
        opening_hours="Mo-Fr 08:30-18:00", holiday_policy=HolidayPolicy.CLOSED,
    )  # fmt: skip
    quiet = await make_station(session, name="没人知道", seats=None, at=Point(39.75, 98.51))
    shut = await make_station(session, name="关着", opening_hours="Mo-Su 20:00-22:00", phone="13909370001")
    planned = await make_station(session, name="将来", status=StationStatus.PLANNED, phone="12351")
    await make_station(session, name="从前", status=StationStatus.REMOVED)
    session.add(
        Occupancy(
            station_id=busy.id,
            open_visits=5,
            correction=2,
            observed_at=NOON - timedelta(minutes=3),
            changed_at=NOON,
        )
    )
    await make_closure(session, quiet, NOON + timedelta(days=1), NOON + timedelta(days=2))
    return {"busy": busy, "quiet": quiet, "shut": shut, "planned": planned}


async def test_a_public_validator_passes_the_feed(show, stations):
    found = verdict(await show())
    wrong = {file["file"]: file.get("errors") for file in found["files"] if file.get("hasErrors")}
    assert not found["summary"]["hasErrors"], json.dumps(wrong, ensure_ascii=False)[:2000]
    seen = {file["file"] for file in found["files"] if file.get("exists")}
    assert {f"{name}.json" for name in NAMES} <= seen


async def test_a_feed_without_stations_is_valid_too(show):
    assert not verdict(await show())["summary"]["hasErrors"]


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("station_status", lambda data: data["stations"][0].pop("is_returning")),
        ("station_information", lambda data: data["stations"][0].update(lat="39")),
        ("system_information", lambda data: data.update(timezone="Asia/Jiuquan")),
        ("system_alerts", lambda data: data["alerts"][0].update(type="nap")),
        ("system_regions", lambda data: data["regions"][0].pop("name")),
    ],
)
async def test_the_validator_would_notice(show, stations, name, spoil):
    files = await show()
    spoil(files[name]["data"])
    assert verdict(files)["summary"]["hasErrors"]


async def test_a_station_says_what_it_is(show, stations):
    files = await show()
    rows = {row["name"][0]["text"]: row for row in files["station_information"]["data"]["stations"]}
    assert set(rows) == {"热闹驿站", "没人知道", "关着", "将来"}
    busy = rows["热闹驿站"]
    assert (busy["capacity"], busy["region_id"], busy["contact_phone"]) == (10, "620902", "+869372612345")
    assert busy["is_charging_station"]
    assert busy["station_opening_hours"].startswith("Mo-Fr 08:30-18:00")
    assert busy["_amenities"] == ["ebike_charging", "hot_water"]
    assert busy["_entry_requirements"] == ["qr_scan"]
    assert rows["关着"]["contact_phone"] == "+8613909370001"
    assert "contact_phone" not in rows["将来"]
    assert "capacity" not in rows["没人知道"]
    names = {
        region["region_id"]: region["name"][0]["text"]
        for region in files["system_regions"]["data"]["regions"]
    }
    assert names == {"620902": "区划620902"}


async def test_a_station_says_how_it_is_now(show, stations):
    rows = {row["station_id"]: row for row in (await show())["station_status"]["data"]["stations"]}
    of = {name: rows[str(station.id)] for name, station in stations.items()}
    assert of["busy"]["num_docks_available"] == 3
    assert of["busy"]["is_returning"]
    assert of["busy"]["_occupancy_level"] == "MANY_SEATS_AVAILABLE"
    assert of["busy"]["_amenities"] == ["ebike_charging"]
    assert of["busy"]["last_reported"] == "2026-11-23T03:57:00+00:00"
    # No news is not an empty room.
    assert "num_docks_available" not in of["quiet"]
    assert of["quiet"]["_occupancy_level"] == "NO_DATA_AVAILABLE"
    assert of["shut"]["num_docks_available"] == of["planned"]["num_docks_available"] == 0
    assert (of["shut"]["is_returning"], of["shut"]["_occupancy_level"]) == (False, "NOT_ACCEPTING_PASSENGERS")
    assert (of["planned"]["is_installed"], of["planned"]["is_returning"]) == (False, False)
    assert not any(row["is_renting"] for row in rows.values())


async def test_closures_and_faults_are_alerts(show, stations):
    alerts = (await show())["system_alerts"]["data"]["alerts"]
    closure, fault = sorted(alerts, key=lambda alert: alert["type"] == "other")
    assert closure["station_ids"] == [str(stations["quiet"].id)]
    assert closure["times"] == [{"start": "2026-11-24T04:00:00+00:00", "end": "2026-11-25T04:00:00+00:00"}]
    assert closure["summary"][0]["text"] == "临时关闭:停水"
    assert fault["station_ids"] == [str(stations["busy"].id)]
    assert fault["summary"][0]["text"] == "故障:热水"


async def test_an_unchanged_file_is_not_sent_again(show, stations, client, clock):
    await show()
    first = await client.get("/gbfs/v3/station_status.json")
    assert first.headers["cache-control"] == "public, max-age=30"
    assert first.headers["access-control-allow-origin"] == "*"
    again = await client.get("/gbfs/v3/station_status.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    clock.at = NOON + timedelta(seconds=31)
    later = await client.get("/gbfs/v3/station_status.json")
    assert later.json()["last_updated"] > first.json()["last_updated"]


async def test_there_is_no_other_file(client):
    for name in ("vehicle_types", "x", "gbfs%00"):
        assert (await client.get(f"/gbfs/v3/{name}.json")).status_code == 404
