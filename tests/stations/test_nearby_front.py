"""The front before the nearest stations: it says what the route says, or leaves the request to it."""

import json
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.stations import nearby as nearby_room
from app.api.stations.nearby import NearbyOut
from app.core.geo import CoordType, Point
from app.models import Amenity, AmenityState, StationKind
from tests.clients import ClientFor
from tests.factories.stations import make_station
from tests.stations.test_api_nearby import DAYTIME, Rider, rider

__all__ = ["rider"]


async def test_the_front_answers_what_the_route_has_accepted_once(
    rider: Rider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_station(rider.session)
    await rider.look()
    first = await rider.sees(amenities="hot_water")

    def fail(*_: Any) -> bytes:
        raise AssertionError("the route was asked")

    monkeypatch.setattr(nearby_room, "answer", fail)
    assert await rider.sees(amenities="hot_water") == first
    assert (await rider.asks(amenities="aed")).status_code == 500


coordinates = st.tuples(st.floats(3, 54), st.floats(73, 136))
queries = st.fixed_dictionaries(
    {"coord_type": st.sampled_from([each.value for each in CoordType])},
    optional={
        "limit": st.integers(1, 50),
        "open": st.sampled_from(["now", "any"]),
        "amenities": st.sampled_from(["hot_water", "aed", "hot_water,aed", ""]),
        "kinds": st.sampled_from(["warm_station", "driver_home,red_station"]),
        "min_free": st.integers(0, 12),
        "max_distance_m": st.sampled_from([1, 1000, 1_000_000]),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=coordinates, query=queries)
async def test_front_and_route_say_the_same_and_what_the_schema_promises(
    twins: tuple[AsyncClient, AsyncClient], at: tuple[float, float], query: dict[str, Any]
) -> None:
    with_front, route_alone = twins
    text = f"lat={at[0]:.6f}&lon={at[1]:.6f}&" + urlencode(query)
    learned = await with_front.get(f"/v1/stations/nearby?lat=39.7&lon=98.5&{text.split('&', 2)[2]}")
    assert learned.status_code == 200

    by_front = await with_front.get(f"/v1/stations/nearby?{text}")
    by_route = await route_alone.get(f"/v1/stations/nearby?{text}")

    assert by_front.status_code == by_route.status_code == 200
    assert by_front.content == by_route.content
    assert by_front.headers["content-type"] == by_route.headers["content-type"]
    promised = NearbyOut.model_validate_json(by_front.content).model_dump_json()
    assert json.loads(promised) == by_front.json()


KNOWN = "&coord_type=gcj02&open=any"
SENT = [
    "lat=39.7&lon=98.5" + KNOWN,
    "lat=39&lon=98" + KNOWN,
    "lat=39.70000000000000001&lon=98.5" + KNOWN,
    "lat=-39.7&lon=98.5" + KNOWN,
    "lat=+39.7&lon=98.5" + KNOWN,
    "lat=39.7e0&lon=98.5" + KNOWN,
    "lat=3_9.7&lon=98.5" + KNOWN,
    "lat=%33%39.7&lon=98.5" + KNOWN,
    "lat=39.&lon=.5" + KNOWN,
    "lat=nan&lon=inf" + KNOWN,
    "lat=&lon=98.5" + KNOWN,
    "lat=98.5&lon=39.7" + KNOWN,
    "lat=48.85&lon=2.35" + KNOWN,
    "lat=399&lon=98.5" + KNOWN,
    "lon=98.5&lat=39.7" + KNOWN,
    "lat=39.7&lon=98.5" + KNOWN + "&lat=30",
    "lat=39.7&lon=98.5" + KNOWN + "&l%61t=30",
    "lat=39.7&lon=98.5" + KNOWN + "&",
    "lat=39.7&lon=98.5" + KNOWN + "&limit=0",
    "lat=39.7&lon=98.5" + KNOWN + "&limit=1&limit=2",
    "lat=39.7&lon=98.5" + KNOWN + "&amenities=",
    "lat=39.7&lon=98.5" + KNOWN + "&amenities=aed%2Chot_water",
    "lat=39.7&lon=98.5" + KNOWN + "&amenities=aed&amenities=pool",
    "lat=39.7&lon=98.5" + KNOWN + "&open=now",
    "lat=39.7&lon=98.5" + KNOWN + "&min_free=false",
    "lat=39.7&lon=98.5" + KNOWN + "&max_distance_m=1%00",
    "lat=39.7&lon=98.5" + KNOWN.upper(),
    "lat=39.7&lon=98.5&" + KNOWN,
    "lat=39.7&lon=98.5",
    KNOWN,
    "",
]


async def test_front_and_route_say_the_same_to_whatever_is_sent(
    twins: tuple[AsyncClient, AsyncClient],
) -> None:
    with_front, route_alone = twins
    for query in SENT * 2:  # asked first and asked again
        by_front = await with_front.get(f"/v1/stations/nearby?{query}")
        by_route = await route_alone.get(f"/v1/stations/nearby?{query}")
        assert (by_front.status_code, by_front.content) == (by_route.status_code, by_route.content), query
        assert by_front.headers["content-type"] == by_route.headers["content-type"]


@pytest.fixture
async def twins(rider: Rider, app: FastAPI, client_for: ClientFor) -> tuple[AsyncClient, AsyncClient]:
    """A client of the app, and one of the same app without the front; some stations of all sorts."""
    amenities = [{Amenity.HOT_WATER: AmenityState.WORKS}, dict.fromkeys(Amenity, AmenityState.WORKS)]
    for number in range(30):
        station = await make_station(
            rider.session,
            at=Point(20 + number, 80 + (number * 13) % 50),
            kind=list(StationKind)[number % 8],
            amenities=amenities[number % 2],
            opening_hours=["24/7", DAYTIME, "Tu 08:00-09:00"][number % 3],
            seats=[None, 12, 0][number % 3],
        )
        if number % 4:
            await rider.fill(station.id, number, minutes_ago=number)
    await rider.look()
    skipping = client_for()
    skipping._transport = type(skipping._transport)(partial(FastAPI.__call__, app))
    return client_for(), skipping
