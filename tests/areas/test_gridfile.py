"""Grids as offices bring them; each that cannot be taken is named with the reason."""

import pytest
from shapely.geometry import shape

from app.core.geo import CoordType, Point, from_wgs84
from app.services.areas.gridfile import GridProblemKind, read_grids

RING = [[98.5, 39.7], [98.501, 39.7], [98.501, 39.701], [98.5, 39.701], [98.5, 39.7]]
CODE = "620902006001001"


def feature(ring=None, code=CODE, **properties):
    return {
        "type": "Feature",
        "properties": {"code": code, "name": "示例一网格", **properties},
        "geometry": {"type": "Polygon", "coordinates": [RING if ring is None else ring]},
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def problem(*features, coord_type=CoordType.WGS84):
    (found,) = read_grids(collection(*features), coord_type).problems
    return found


def test_a_grid_is_read():
    (grid,) = read_grids(collection(feature()), CoordType.WGS84).grids

    assert (grid.code, grid.name, grid.community_code) == (CODE, "示例一网格", "620902006001")
    assert grid.shape.equals(shape(feature()["geometry"]))


def test_chinese_property_names_are_read():
    given = feature()
    given["properties"] = {"网格编码": CODE, "网格名称": "一", "社区代码": "620902006001", "面积": 3}

    assert read_grids(collection(given), CoordType.WGS84).grids[0].name == "一"


@pytest.mark.parametrize("coord_type", list(CoordType))
def test_every_datum_becomes_the_same_place(coord_type):
    ring = [list(from_wgs84(Point(lat, lon), coord_type))[::-1] for lon, lat in RING]

    (grid,) = read_grids(collection(feature(ring)), coord_type).grids

    assert grid.shape.equals_exact(shape(feature()["geometry"]), 2e-8)


def test_holes_and_several_parts_are_kept():
    hole = [[98.5002, 39.7002], [98.5004, 39.7002], [98.5004, 39.7004], [98.5002, 39.7002]]
    away = [[lon + 1, lat] for lon, lat in RING]
    given = feature()
    given["geometry"] = {"type": "MultiPolygon", "coordinates": [[RING, hole], [away]]}

    (grid,) = read_grids(collection(given), CoordType.WGS84).grids

    assert len(grid.shape.geoms) == 2
    assert len(grid.shape.geoms[0].interiors) == 1


@pytest.mark.parametrize("document", [None, [], 1, {}, {"type": "FeatureCollection"}, collection(),
                                      {"type": "Feature", "features": [feature()]}])  # fmt: skip
def test_what_is_no_collection_is_refused(document):
    (found,) = read_grids(document, CoordType.WGS84).problems

    assert found.kind is GridProblemKind.NOT_GEOJSON


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (feature(code="62090200600100"), "code"),
        (feature(code=620902006001001), "code"),
        (feature(code="62090200600100１"), "code"),
        (feature(name=""), "name"),
        (feature(name="a\0"), "name"),
        (feature(community_code="620902006002"), "wrong_community"),
        (feature(community_code="620902006"), "wrong_community"),
        (feature(RING[:-1]), "ring"),
        (feature([RING[0], RING[1], RING[0]]), "ring"),
        (feature([RING[0]] * 4), "crosses_itself"),
        (feature([]), "ring"),
        (feature(5), "ring"),
        (feature([*RING[:2], ["98.5", 39.7], *RING[3:]]), "ring"),
        (feature([*RING[:2], [True, 39.7], *RING[3:]]), "ring"),
        (feature([*RING[:2], [98.5], *RING[3:]]), "ring"),
        (feature([*RING[:2], [float("nan"), 39.7], *RING[3:]]), "ring"),
        (feature([[lat, lon] for lon, lat in RING]), "outside_china"),
        (feature([[lon - 90, lat] for lon, lat in RING]), "outside_china"),
        (feature([RING[0], RING[2], RING[1], RING[3], RING[0]]), "crosses_itself"),
        (feature([[98.5 + (lon - 98.5) / 1e3, 39.7 + (lat - 39.7) / 1e3] for lon, lat in RING]), "ring"),
        ({"type": "Feature", "properties": {"code": CODE, "name": "x"}, "geometry": None}, "not_geojson"),
        ({"type": "Feature", "properties": None, "geometry": None}, "not_geojson"),
        ({**feature(), "geometry": {"type": "Point", "coordinates": [98.5, 39.7]}}, "not_geojson"),
        ("x", "not_geojson"),
    ],
)  # fmt: skip
def test_a_wrong_grid_is_named(given, kind):
    assert problem(given).kind == kind


def test_swapped_coordinates_get_a_hint():
    assert "颠倒" in problem(feature([[lat, lon] for lon, lat in RING])).hint


def test_a_crossing_says_where():
    found = problem(feature([RING[0], RING[2], RING[1], RING[3], RING[0]]))

    assert (found.grids, "98.5005" in found.hint) == ((CODE,), True)


def test_a_code_that_comes_twice_is_named():
    found = problem(feature(), feature([[lon + 1, lat] for lon, lat in RING]))

    assert (found.kind, found.grids) == (GridProblemKind.DUPLICATE, (CODE,))
