"""Nearby over HTTP: what a rider in the rain sees, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.geo import CoordType, Point, from_wgs84
from app.models import Amenity, AmenityState, EntryRequirement, Occupancy, StationKind, StationStatus
from app.runtime import Runtime
from tests.clients import TestClock
from tests.factories.stations import SUZHOU, make_closure, make_station

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in China
DAYTIME = "Mo-Su 08:00-20:00"


def north_of(place: Point, metres: float) -> Point:
    return Point(place.lat + metres / 111_000, place.lon)


class Rider:
    """Asks, after the board has seen what the test arranged."""

    def __init__(
        self, client: AsyncClient, runtime: Runtime, session: AsyncSession, clock: TestClock
    ) -> None:
        self.client, self.runtime, self.session, self.clock = client, runtime, session, clock

    async def look(self) -> None:
        await self.session.commit()
        self.runtime.realtime.board._clock = self.clock
        await self.runtime.realtime.board.load()

    async def asks(self, at: Point = SUZHOU, **wish: Any) -> Response:
        query = {"lat": at.lat, "lon": at.lon, "coord_type": "wgs84", **wish}
        return await self.client.get("/v1/stations/nearby?" + urlencode(query, doseq=True))

    async def sees(self, at: Point = SUZHOU, **wish: Any) -> dict[str, Any]:
        response = await self.asks(at, **wish)
        assert response.status_code == 200, response.text
        return response.json()

    async def names(self, at: Point = SUZHOU, **wish: Any) -> list[str]:
        return [row["name"] for row in (await self.sees(at, **wish))["stations"]]

    async def fill(self, station_id: UUID, inside: int, *, minutes_ago: float = 4) -> None:
        at = self.clock() - timedelta(minutes=minutes_ago)
        self.session.add(
            Occupancy(station_id=station_id, open_visits=inside, observed_at=at, changed_at=at, correction=0)
        )


@pytest.fixture
def rider(client: AsyncClient, runtime: Runtime, session: AsyncSession, clock: TestClock) -> Rider:
    clock.at = NOON
    return Rider(client, runtime, session, clock)


async def test_a_row_says_what_a_rider_needs(rider: Rider) -> None:
    amenities = {Amenity.HOT_WATER: AmenityState.WORKS, Amenity.MICROWAVE: AmenityState.BROKEN}
    station = await make_station(
        rider.session,
        at=north_of(SUZHOU, 120),
        opening_hours=DAYTIME,
        amenities=amenities,
        floor_text="B1",
        indoor_note="万达广场 3 号门旁",
        entry_requirements=["ring_bell"],
    )
    await rider.fill(station.id, 7)
    await rider.look()

    body = await rider.sees()

    assert body["now"] == "2026-11-23T04:00:00Z"
    assert body["coord_type"] == "wgs84"
    assert body["next_to_open"] is body["nearest_24h"] is None
    (row,) = body["stations"]
    assert row.pop("distance_m") == pytest.approx(120, abs=1)
    assert row.pop("lat") == pytest.approx(station.lat, abs=1e-6)
    assert row.pop("lon") == pytest.approx(station.lon, abs=1e-6)
    assert row == {
        "id": str(station.id),
        "name": station.name,
        "kind": "warm_station",
        "address": station.address,
        "floor_text": "B1",
        "indoor_note": "万达广场 3 号门旁",
        "entry_requirements": ["ring_bell"],
        "amenities": ["hot_water"],
        "open": {
            "state": "open",
            "closes_at": "2026-11-23T12:00:00Z",
            "opens_at": None,
            "closing_soon": False,
            "provisional": False,
        },
        "occupancy": {
            "level": "many",
            "free_seats": 5,
            "seats": 12,
            "observed_at": "2026-11-23T03:56:00Z",
            "age_s": 240,
        },
    }


async def test_the_clock_alone_marks_closes_and_forgets(rider: Rider) -> None:
    station = await make_station(rider.session, opening_hours=DAYTIME)
    await rider.fill(station.id, 12, minutes_ago=0)
    await rider.look()
    assert (await rider.sees())["stations"][0]["occupancy"]["level"] == "full"

    rider.clock.at = NOON + timedelta(minutes=30)
    (row,) = (await rider.sees())["stations"]
    assert row["occupancy"] == {
        "level": "unknown",
        "free_seats": None,
        "seats": 12,
        "observed_at": "2026-11-23T04:00:00Z",
        "age_s": 1800,
    }

    rider.clock.at = NOON + timedelta(hours=7, minutes=39)
    assert (await rider.sees())["stations"][0]["open"]["closing_soon"] is False
    rider.clock.at = NOON + timedelta(hours=7, minutes=40)
    assert (await rider.sees())["stations"][0]["open"]["closing_soon"] is True

    rider.clock.at = NOON + timedelta(hours=8)
    assert (await rider.sees())["stations"] == []
    (row,) = (await rider.sees(open="any"))["stations"]
    assert row["open"]["state"] == "closed"
    assert row["open"]["opens_at"] == "2026-11-24T00:00:00Z"
    assert row["occupancy"]["level"] == "not_accepting"


async def test_nothing_open_names_the_next_to_open_and_the_nearest_round_the_clock(rider: Rider) -> None:
    rider.clock.at = NOON.replace(hour=19)  # three in the morning
    await make_station(rider.session, name="nine", at=north_of(SUZHOU, 50), opening_hours="09:00-18:00")
    await make_station(rider.session, name="seven", at=north_of(SUZHOU, 800), opening_hours="07:00-18:00")
    await make_station(rider.session, name="far seven", at=north_of(SUZHOU, 900), opening_hours="07:00-18:00")
    await make_station(rider.session, name="never closes", at=north_of(SUZHOU, 4000), opening_hours="24/7")
    await make_station(rider.session, name="far", at=north_of(SUZHOU, 9000), opening_hours="24/7")
    await rider.look()

    body = await rider.sees(max_distance_m=1000)

    assert body["stations"] == []
    assert body["next_to_open"]["name"] == "seven"
    assert body["next_to_open"]["open"]["opens_at"] == "2026-11-23T23:00:00Z"
    assert body["nearest_24h"]["name"] == "never closes"
    assert await rider.names() == ["never closes", "far"]


async def test_a_door_open_far_away_does_not_hide_what_opens_near_by(rider: Rider) -> None:
    rider.clock.at = NOON.replace(hour=19)  # three in the morning
    await make_station(rider.session, name="seven", at=north_of(SUZHOU, 800), opening_hours="07:00-18:00")
    await make_station(rider.session, name="six", at=north_of(SUZHOU, 60_000), opening_hours="06:00-18:00")
    await make_station(rider.session, name="far", at=north_of(SUZHOU, 150_000), opening_hours="24/7")
    await rider.look()

    body = await rider.sees()

    assert [row["name"] for row in body["stations"]] == ["far"]
    assert (body["next_to_open"]["name"], body["nearest_24h"]["name"]) == ("seven", "far")


async def test_filters_hold_all_at_once(rider: Rider) -> None:
    both = {Amenity.HOT_WATER: AmenityState.WORKS, Amenity.AED: AmenityState.WORKS}
    broken = {Amenity.HOT_WATER: AmenityState.WORKS, Amenity.AED: AmenityState.BROKEN}
    full = await make_station(rider.session, name="full", amenities=both, at=north_of(SUZHOU, 1))
    good = await make_station(
        rider.session, name="good", amenities=both, at=north_of(SUZHOU, 2), kind=StationKind.DRIVER_HOME
    )
    await make_station(rider.session, name="broken", amenities=broken, at=north_of(SUZHOU, 3))
    await make_station(rider.session, name="nobody counted", amenities=both, at=north_of(SUZHOU, 4))
    await make_station(rider.session, name="planned", at=SUZHOU, status=StationStatus.PLANNED)
    await rider.fill(full.id, 12)
    await rider.fill(good.id, 5)
    await rider.look()

    assert await rider.names() == ["full", "good", "broken", "nobody counted"]
    assert await rider.names(amenities="hot_water,aed") == ["full", "good", "nobody counted"]
    assert await rider.names(amenities=["hot_water", "aed"]) == ["full", "good", "nobody counted"]
    assert await rider.names(min_free=1) == ["good"]
    assert await rider.names(min_free=8) == []
    assert await rider.names(kinds="driver_home,red_station") == ["good"]
    assert await rider.names(kinds="warm_station", amenities="aed", limit=1) == ["full"]
    assert await rider.names(limit=2) == ["full", "good"]


async def test_the_number_of_free_seats_cannot_be_probed_for_one_person(rider: Rider) -> None:
    station = await make_station(rider.session, seats=12)
    await rider.fill(station.id, 1)
    await rider.look()

    assert (await rider.sees(min_free=10))["stations"][0]["occupancy"]["free_seats"] == 10
    assert await rider.names(min_free=11) == []


async def test_a_closure_beats_the_hours(rider: Rider) -> None:
    station = await make_station(rider.session)
    await make_closure(rider.session, station, NOON, NOON + timedelta(hours=3))
    await rider.look()

    body = await rider.sees()

    assert body["stations"] == []
    assert body["next_to_open"]["id"] == str(station.id)
    assert body["next_to_open"]["open"]["opens_at"] == "2026-11-23T07:00:00Z"


@pytest.mark.parametrize("place", [SUZHOU, Point(33.5323, 109.8823)])  # 101 m and 499 m of shift
async def test_one_place_in_three_types_gives_one_order_and_positions_in_kind(
    rider: Rider, place: Point
) -> None:
    for number in range(12):
        at = Point(place.lat + 0.0007 * ((number * 7) % 12), place.lon - 0.0005 * ((number * 5) % 12))
        await make_station(rider.session, name=str(number), at=at)
    await rider.look()

    orders, first = [], []
    for coord_type in CoordType:
        lat, lon = from_wgs84(place, coord_type)
        body = await rider.sees(Point(lat, lon), coord_type=coord_type.value)
        orders.append([(row["name"], row["distance_m"]) for row in body["stations"]])
        first.append((body["stations"][0]["lat"], body["stations"][0]["lon"]))
        assert first[-1] == pytest.approx((lat, lon), abs=2e-6)  # station 0 stands where the rider does

    assert orders[0] == orders[1] == orders[2]
    assert len(set(first)) == 3


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("lat=39.7&lon=98.5", 422, "invalid_input"),
        ("lat=39.7&lon=98.5&coord_type=wgs72", 422, "invalid_input"),
        ("lat=39.7&lon=98.5&coord_type=", 422, "invalid_input"),
        ("lat=98.5&lon=39.7&coord_type=wgs84", 422, "position.swapped"),
        ("lat=48.85&lon=2.35&coord_type=wgs84", 422, "position.foreign"),
        ("lat=0&lon=0&coord_type=bd09", 422, "position.foreign"),
        ("lat=nan&lon=98.5&coord_type=wgs84", 422, "invalid_input"),
        ("lat=1e999&lon=98.5&coord_type=wgs84", 422, "invalid_input"),
        ("lat=390&lon=98.5&coord_type=wgs84", 422, "invalid_input"),
        ("lat=39.7&lon=98.5&coord_type=wgs84&limit=51", 422, "invalid_input"),
        ("lat=39.7&lon=98.5&coord_type=wgs84&limit=0", 422, "invalid_input"),
        ("lat=39.7&lon=98.5&coord_type=wgs84&amenities=pool", 422, "invalid_input"),
        ("lat=39.7&lon=98.5&coord_type=wgs84&open=maybe", 422, "invalid_input"),
        ("lat=39.7&lon=98.5&coord_type=wgs84&min_free=-1", 422, "invalid_input"),
        ("lat=39.7&lon=98.5&coord_type=wgs84&max_distance_m=99999999999999999999", 422, "invalid_input"),
        ("lat=39.7&lon=98.5&coord_type=wgs84&amenity=aed", 422, "invalid_input"),  # a typo is not ignored
    ],
)
async def test_what_cannot_be_meant_is_refused_every_time(
    rider: Rider, query: str, status: int, code: str
) -> None:
    await rider.look()
    for _ in range(2):  # the front learns nothing from a refusal
        response = await rider.client.get(f"/v1/stations/nearby?{query}")
        assert (response.status_code, response.json()["code"]) == (status, code)


async def test_before_the_stations_are_read_the_answer_is_503(client: AsyncClient) -> None:
    response = await client.get("/v1/stations/nearby?lat=39.7&lon=98.5&coord_type=wgs84")
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


async def test_ten_rows_stay_under_ten_kilobytes_whatever_was_written(rider: Rider) -> None:
    everything = dict.fromkeys(Amenity, AmenityState.WORKS)
    for number in range(10):
        station = await make_station(
            rider.session,
            name='超长名称"\\\n' * 40,
            address="酒泉市肃州区" * 60,
            indoor_note="从三号门进,\t乘扶梯" * 60,
            floor_text="地下一层" * 20,
            entry_requirements=[each.value for each in EntryRequirement],
            amenities=everything,
            opening_hours=DAYTIME,
            at=north_of(SUZHOU, number),
        )
        await rider.fill(station.id, 100)
    await rider.look()

    for _ in range(2):
        response = await rider.asks(coord_type="bd09")
        assert len(response.json()["stations"]) == 10
        assert len(response.content) <= 10_000
