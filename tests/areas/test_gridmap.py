"""Point to grid: inside, on borders, in gaps, in two schemes; distances are true metres."""

import random
from functools import partial
from uuid import uuid4

import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from app.core.geo import Point
from app.services.areas.gridmap import MAX_GAP_M, AssignedBy, GridMap, GridShape, overlaps
from app.services.areas.planar import flatten, metres_per_degree

LAT, LON = 39.74, 98.50  # 肃州区
NORTH_M, EAST_M = metres_per_degree(LAT)


def square(east_m, north_m, size_m=100.0) -> Polygon:
    """A square whose south-west corner lies so many metres from the middle of town."""
    west, south = LON + east_m / EAST_M, LAT + north_m / NORTH_M
    return box(west, south, west + size_m / EAST_M, south + size_m / NORTH_M)


def at(east_m, north_m) -> Point:
    return Point(LAT + north_m / NORTH_M, LON + east_m / EAST_M)


def grid(number, shape, scheme="civil") -> GridShape:
    code = f"620902006001{number:03}"
    return GridShape(uuid4(), scheme, code, f"示例网格{number}", code[:12], shape)


def test_a_point_inside_one_grid_is_certain():
    one, two = grid(1, square(0, 0)), grid(2, square(100, 0))

    found = GridMap([two, one]).locate(at(150, 50), "civil")

    assert (found.grid_id, found.code, found.community_code) == (two.id, two.code, "620902006001")
    assert (found.assigned_by, found.distance_m) == (AssignedBy.INSIDE, 0)


@pytest.mark.parametrize("order", [1, -1])
def test_a_point_on_the_border_goes_to_the_lower_code_whatever_the_order(order):
    grids = [grid(1, square(0, 0)), grid(2, square(100, 0))][::order]
    border = Point(LAT + 50 / NORTH_M, grids[0].shape.bounds[2 if order == 1 else 0])

    found = GridMap(grids).locate(border, "civil")

    assert (found.code[-3:], found.assigned_by, found.distance_m) == ("001", AssignedBy.NEAREST, 0)


def test_a_corner_of_four_goes_to_the_lowest_code():
    grids = [
        grid(n, square(e, s)) for n, (e, s) in enumerate([(0, 0), (-100, 0), (0, -100), (-100, -100)], 1)
    ]

    assert GridMap(grids).locate(Point(LAT, LON), "civil").code[-3:] == "001"


def test_a_gap_goes_to_the_nearest():
    grids = [grid(1, square(0, 0)), grid(2, square(140, 0))]

    found = GridMap(grids).locate(at(125, 50), "civil")

    assert (found.code[-3:], found.assigned_by) == ("002", AssignedBy.NEAREST)
    assert found.distance_m == pytest.approx(15, abs=0.05)


def test_nearest_is_by_metres_not_by_degrees():
    """At 39.7° a degree of longitude is a quarter shorter than one of latitude."""
    north, east = grid(1, square(-50, 60)), grid(2, square(50, -50))
    here = Point(LAT, LON)
    degrees = {each.code[-3:]: each.shape.distance(Polygon([(LON, LAT)] * 4)) for each in (north, east)}
    assert degrees["001"] < degrees["002"]  # what a comparison in degrees would choose

    assert GridMap([north, east]).locate(here, "civil").code[-3:] == "002"


def test_a_point_where_two_grids_overlap_by_a_hair_is_not_certain():
    grids = [grid(1, square(0, 0, 100.4)), grid(2, square(100, 0))]

    found = GridMap(grids).locate(at(100.2, 50), "civil")

    assert (found.code[-3:], found.assigned_by) == ("001", AssignedBy.NEAREST)


def test_far_away_there_is_no_grid():
    grids = GridMap([grid(1, square(0, 0))])

    assert grids.locate(at(100 + MAX_GAP_M - 1, 50), "civil") is not None
    assert grids.locate(at(100 + MAX_GAP_M + 1, 50), "civil") is None
    # Within the window but off the corner.
    assert grids.locate(at(100 + MAX_GAP_M - 10, 100 + MAX_GAP_M - 10), "civil") is None


def test_overlapping_schemes_both_count():
    grids = GridMap([grid(1, square(0, 0)), grid(7, square(-50, -50, 300), "police")])

    found = grids.locate_all(at(50, 50))

    assert [(each.scheme, each.code[-3:]) for each in found] == [("civil", "001"), ("police", "007")]
    assert grids.locate(at(50, 50), "fire") is None


def test_an_empty_map_knows_nothing():
    assert GridMap([]).locate_all(at(0, 0)) == []


@given(
    lat=st.floats(3, 54),
    lon=st.floats(73, 136),
    d_lat=st.floats(-0.002, 0.002),
    d_lon=st.floats(-0.002, 0.002),
)
@settings(max_examples=200)
def test_flat_metres_agree_with_the_ellipsoid(lat, lon, d_lat, d_lon):
    there = flatten(Polygon([(lon + d_lon, lat + d_lat)] * 4), Point(lat, lon)).exterior.coords[0]

    true_m = Geodesic.WGS84.Inverse(lat, lon, lat + d_lat, lon + d_lon)["s12"]

    assert (there[0] ** 2 + there[1] ** 2) ** 0.5 == pytest.approx(true_m, abs=0.02)


def test_real_overlaps_are_found_with_their_area():
    found = overlaps([square(0, 0), square(90, 0)], [square(180, 0), square(1000, 0)])

    assert [(each.first, each.second) for each in found] == [(0, 1), (1, 2)]
    assert [each.area_m2 for each in found] == pytest.approx([1000, 1000], rel=1e-3)


def test_a_border_that_two_hands_drew_is_no_overlap():
    assert overlaps([square(0, 0), square(99.2, 0)], [square(0, 100)]) == []


def test_others_among_themselves_are_not_compared():
    assert overlaps([square(1000, 0)], [square(0, 0), square(10, 0)]) == []


def wobbly(dice: random.Random, side: int) -> list[GridShape]:
    """A board of grids whose common borders bend, some missing, some drawn over a neighbour by a hand."""
    bend = partial(dice.uniform, -30, 30)
    corner = {
        (x, y): (LON + (x * 90 + bend()) / EAST_M, LAT + (y * 90 + bend()) / NORTH_M)
        for x in range(side + 1)
        for y in range(side + 1)
    }
    cells = [(x, y) for x in range(side) for y in range(side) if dice.random() > 0.1]
    rings = [[corner[x, y], corner[x + 1, y], corner[x + 1, y + 1], corner[x, y + 1]] for x, y in cells]
    shapes = [Polygon(ring) for ring in rings] + [Polygon(rings[0]).buffer(0.0001)]
    return [
        GridShape(uuid4(), "civil", f"6209020060{n // 4:02}{n:03}", "", f"6209020060{n // 4:02}", shape)
        for n, shape in enumerate(shapes)
    ]


def spots(dice: random.Random, grids: list[GridShape], side: int) -> list[Point]:
    """Places all over a board and around it, on its corners, on its borders and a hair beside them."""
    found = [at(dice.uniform(-400, side * 90 + 400), dice.uniform(-400, side * 90 + 400)) for _ in range(400)]
    for each in grids:
        (lon, lat), (next_lon, next_lat) = each.shape.exterior.coords[:2]
        found += [Point(lat, lon), Point((lat + next_lat) / 2, (lon + next_lon) / 2), Point(lat, lon + 1e-12)]
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_place_has_the_answer_of_who_looks_at_every_grid(seed):
    dice = random.Random(seed)
    grids = wobbly(dice, 6)
    live = GridMap(grids)
    by_code = sorted(grids, key=lambda each: each.code)

    # Twice: the second time the squares are known.
    for point in spots(dice, grids, 6) * 2:
        here = shapely.Point(point.lon, point.lat)
        inside = [each for each in by_code if each.shape.contains(here)]
        metres = {each.code: flatten(each.shape, point).distance(shapely.Point(0, 0)) for each in by_code}
        near = {each.community_code for each in by_code if metres[each.code] <= 30}
        edge = {each.community_code for each in by_code if abs(metres[each.code] - 30) < 0.01}
        found = live.locate(point, "civil")
        if len(inside) == 1:
            assert (found.code, found.assigned_by) == (inside[0].code, AssignedBy.INSIDE)
        elif min(metres.values()) > MAX_GAP_M:
            assert found is None
        else:
            least = min(metres.values())
            nearest = next(each.code for each in by_code if metres[each.code] <= least + 0.01)
            assert (found.code, found.assigned_by) == (nearest, AssignedBy.NEAREST)
            assert found.distance_m == pytest.approx(least, abs=0.01)
        assert live.communities_near(point, "civil", within_m=30) ^ near <= edge
