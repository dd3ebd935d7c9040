"""Boxes of the public map: every point of a box lies in its ranges, and no drawn cell is cut."""

import h3.api.basic_int as h3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import AppError
from app.core.geo import CoordType, Point, from_wgs84
from app.services.reports import boxes
from app.services.reports.cells import cell_of

FRACTION = st.floats(0, 1)


@settings(max_examples=150, deadline=None)
@given(
    zoom=st.integers(0, boxes.FURTHEST_ZOOM),
    west=st.floats(73, 135),
    south=st.floats(3, 53),
    size=st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)),
    inside=st.tuples(FRACTION, FRACTION),
)
def test_every_point_of_a_box_is_looked_for_and_its_cell_drawn(zoom, west, south, size, inside):
    most = min(8.0, 3600 / 2**zoom)
    east, north = west + size[0] * most, south + size[1] * most
    box = boxes.Box(west, south, min(east, 136), min(north, 54))
    if box.west >= box.east or box.south >= box.north:
        return
    point = Point(
        box.south + inside[0] * (box.north - box.south), box.west + inside[1] * (box.east - box.west)
    )
    cell, drawn = cell_of(point), boxes.drawn_at(zoom)
    spans = boxes.ranges(box, finest=boxes.FINEST if drawn is None else drawn)

    assert any(low <= cell <= high for low, high in spans)
    if drawn is not None:
        keep, fill = boxes.parent_masks(drawn)
        parent = h3.cell_to_parent(cell, drawn)
        assert cell & keep | fill == parent
        assert boxes.is_in(box, parent)
        children = h3.cell_to_children(parent, min(drawn + 2, 11))
        assert all(any(low <= _first(each) <= high for low, high in spans) for each in children)


def _first(cell: int) -> int:
    return h3.cell_to_center_child(cell, 11)


@pytest.mark.parametrize("coord_type", list(CoordType))
def test_a_box_holds_its_corners_in_any_datum(coord_type):
    south_west, north_east = Point(39.60, 98.40), Point(39.75, 98.60)
    (south, west), (north, east) = (from_wgs84(each, coord_type) for each in (south_west, north_east))

    box = boxes.read_box(f"{west},{south},{east},{north}", zoom=14, coord_type=coord_type)

    assert box.west <= 98.40 + 1e-9
    assert box.south <= 39.60 + 1e-9
    assert box.east >= 98.60 - 1e-9
    assert box.north >= 39.75 - 1e-9
    assert box.east - box.west < 0.21


@pytest.mark.parametrize(
    ("text", "zoom", "code"),
    [
        ("98,39,99", 10, "report.map_box_invalid"),
        ("98,39,99,forty", 10, "report.map_box_invalid"),
        ("98,39,nan,40", 10, "report.map_box_invalid"),
        ("98,39,1e400,40", 10, "report.map_box_invalid"),
        ("179,39,-179,40", 10, "report.map_box_invalid"),
        ("98,40,99,39", 10, "report.map_box_invalid"),
        ("98,39,98,40", 10, "report.map_box_invalid"),
        ("-200,39,99,40", 3, "report.map_box_invalid"),
        ("90,30,110,45", 14, "report.map_box_too_large"),
        ("39,98,40,99", 10, "position.swapped"),
    ],
)
def test_what_is_no_box_is_refused_with_its_code(text, zoom, code):
    with pytest.raises(AppError) as refused:
        boxes.read_box(text, zoom=zoom, coord_type=CoordType.WGS84)

    assert refused.value.code == code
