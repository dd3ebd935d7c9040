"""Known pairs agree between independent implementations; round trips are exact."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.geo import CoordType, Point, from_wgs84, looks_swapped, plausible_in_china, to_wgs84

# (lng, lat) pairs on which independent open implementations agree; not surveyed points.
# The last is one step back, a decimetre off the iterated result.
AGREED = [
    (CoordType.WGS84, (121.5272106, 31.1774276), CoordType.GCJ02, (121.531541859215, 31.17530398364597)),
    (CoordType.WGS84, (113.912316, 22.543847), CoordType.GCJ02, (113.9171764808363, 22.540796131694766)),
    (CoordType.WGS84, (116.404, 39.915), CoordType.GCJ02, (116.41024449916938, 39.91640428150164)),
    (CoordType.GCJ02, (116.404, 39.915), CoordType.WGS84, (116.397755754575, 39.913596235610)),
    (CoordType.GCJ02, (116.404, 39.915), CoordType.BD09, (116.41036949371029, 39.92133699351021)),
    (
        CoordType.BD09,
        (116.404, 39.915),
        CoordType.GCJ02,
        (116.39762729119315, 39.90865673957631),
    ),
]
SHIFTS_M = {  # computed at sample points of the seed places: WGS-84 to GCJ-02
    (39.7326, 98.4940): 101,
    (36.0611, 103.8343): 219,
}


@pytest.mark.parametrize(("source", "given_pair", "target", "expected"), AGREED)
def test_agrees_with_independent_implementations(source, given_pair, target, expected):
    point = to_wgs84(given_pair[1], given_pair[0], source)

    lat, lon = from_wgs84(point, target)

    assert (lon, lat) == pytest.approx(expected, abs=2e-6 if source is CoordType.BD09 else 2e-9)


@given(st.floats(18, 53.5), st.floats(73.5, 135), st.sampled_from(CoordType))
def test_there_and_back_is_the_same_place(lat, lon, coord_type):
    point = Point(lat, lon)

    back = to_wgs84(*from_wgs84(point, coord_type), coord_type)

    assert math.hypot(back.lat - lat, back.lon - lon) * 111_320 < 0.001


@pytest.mark.parametrize("coord_type", CoordType)
def test_nothing_is_shifted_outside_china(coord_type):
    assert from_wgs84(Point(48.8584, 2.2945), coord_type) == (48.8584, 2.2945)


@pytest.mark.parametrize(("place", "metres"), SHIFTS_M.items())
def test_the_shift_is_small_in_the_west_and_large_in_the_east(place, metres):
    lat, lon = from_wgs84(Point(*place), CoordType.GCJ02)

    north, east = (lat - place[0]) * 111_320, (lon - place[1]) * 111_320 * math.cos(math.radians(place[0]))
    assert math.hypot(north, east) == pytest.approx(metres, abs=8)


def test_swapped_coordinates_are_recognised():
    assert looks_swapped(98.494, 39.73)
    assert not looks_swapped(39.73, 98.494)
    assert plausible_in_china(39.73, 98.494)
