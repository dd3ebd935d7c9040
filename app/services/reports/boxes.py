"""A map's box and zoom: what may be asked for, which cells to draw, and where to look for them; pure."""

import math
from dataclasses import dataclass

import h3.api.basic_int as h3

from app.core.errors import PositionSwapped
from app.core.geo import CoordType, Point, looks_swapped, to_wgs84
from app.services.reports.cells import RESOLUTION
from app.services.reports.errors import BoxInvalid, BoxTooLarge

FURTHEST_ZOOM = 22
# From here on cases are points; a screen shows a few streets.
POINTS_FROM_ZOOM = 14
# A box is at most as wide as ten tiles of 256 pixels: any screen.
_MOST_TILES = 10
_EDGES = 4
# A cell's edge is to be at least so many pixels long, on a Web Mercator map at 36 degrees north.
_EDGE_PX = 25
_M_PER_PX_AT_0 = 156_543 * math.cos(math.radians(36))
_DEGREE_M = 111_000
# So many cells lie along a box in which reports are looked for.
_ALONG = 16
# GCJ-02 and BD-09 bend a box a little: so much around it is looked through as well.
_BENT_DEG = 0.002
# Of cases that are points no cell is looked for that is smaller.
FINEST = 9
# No report lies elsewhere.
_CHINA = (73.0, 3.0, 136.0, 54.0)

_DIGIT_BITS, _DIGITS = 3, 15
_RESOLUTION_SHIFT = 52
_RESOLUTION_MASK = 15 << _RESOLUTION_SHIFT


def _edge_m(resolution: int) -> float:
    return float(h3.average_hexagon_edge_length(resolution, "m"))


def _drawn_at(zoom: int) -> int:
    least = _EDGE_PX * _M_PER_PX_AT_0 / 2**zoom
    return max((each for each in range(RESOLUTION) if _edge_m(each) >= least), default=0)


_DRAWN = tuple(_drawn_at(zoom) for zoom in range(POINTS_FROM_ZOOM))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in WGS-84 degrees."""

    west: float
    south: float
    east: float
    north: float


def read_box(text: str, *, zoom: int, coord_type: CoordType) -> Box:
    """Return the box that "west,south,east,north" says.

    Raises:
        BoxInvalid: these are no four degrees, or it has no inside, as across the date line.
        BoxTooLarge: it is larger than a screen at this zoom.
        PositionSwapped: it lies in China only with latitude first.
    """
    west, south, east, north = _degrees(text)
    if looks_swapped((south + north) / 2, (west + east) / 2):
        raise PositionSwapped
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - degrees
        raise BoxInvalid
    most = min(360.0, 360 * _MOST_TILES / 2**zoom)
    if max(east - west, north - south) > most:
        raise BoxTooLarge(most_degrees=round(most, 4))
    if coord_type is CoordType.WGS84:
        return Box(west, south, east, north)
    low, high = to_wgs84(south, west, coord_type), to_wgs84(north, east, coord_type)
    return Box(low.lon - _BENT_DEG, low.lat - _BENT_DEG, high.lon + _BENT_DEG, high.lat + _BENT_DEG)


def _degrees(text: str) -> list[float]:
    try:
        found = [float(each) for each in text.split(",")]
    except ValueError:
        raise BoxInvalid from None
    if len(found) != _EDGES or not all(math.isfinite(each) for each in found):
        raise BoxInvalid
    return found


def drawn_at(zoom: int) -> int | None:
    """Return the resolution of the cells drawn at a zoom, ``None`` where cases are points."""
    return _DRAWN[zoom] if zoom < POINTS_FROM_ZOOM else None


def is_in(box: Box, cell: int) -> bool:
    """Tell whether a cell is drawn in a box: some of it is, or nearly."""
    middle = center_of(cell)
    reach = 1.2 * _edge_m(h3.get_resolution(cell)) / _DEGREE_M
    reach_lon = reach / math.cos(math.radians(middle.lat))
    is_as_far_north = box.south - reach <= middle.lat <= box.north + reach
    return is_as_far_north and box.west - reach_lon <= middle.lon <= box.east + reach_lon


def ranges(box: Box, *, finest: int) -> list[tuple[int, int]]:
    """Return ranges of reports' cells that hold every report of a box, and some around it.

    No cell of resolution ``finest`` is cut in two by their ends.
    """
    west, south = max(box.west, _CHINA[0]), max(box.south, _CHINA[1])
    east, north = min(box.east, _CHINA[2]), min(box.north, _CHINA[3])
    if west >= east or south >= north:
        return []
    width = (east - west) * math.cos(math.radians((south + north) / 2))
    along = max(width, north - south) * _DEGREE_M / _ALONG
    coarse = max((each for each in range(finest + 1) if _edge_m(each) >= along), default=0)
    outline = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    cells = h3.h3shape_to_cells_experimental(outline, coarse, contain="overlap")
    # A cell's children stick out of it a little, into its neighbours.
    around = {near for cell in cells for near in h3.grid_disk(cell, 1)}
    return _merged(sorted(_children(cell, coarse) for cell in around))


def _children(cell: int, resolution: int) -> tuple[int, int]:
    """Return the first and the last of a cell's children at the resolution of reports, as numbers."""
    last = (cell & ~_RESOLUTION_MASK) | (RESOLUTION << _RESOLUTION_SHIFT)
    free = (1 << _DIGIT_BITS * (_DIGITS - resolution)) - (1 << _DIGIT_BITS * (_DIGITS - RESOLUTION))
    return last & ~free, last


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in spans:
        if merged and low <= merged[-1][1] + (1 << _DIGIT_BITS * (_DIGITS - RESOLUTION)):
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def parent_masks(resolution: int) -> tuple[int, int]:
    """Return what to AND and then to OR a report's cell with to have its parent of a resolution."""
    rest = (1 << _DIGIT_BITS * (_DIGITS - resolution)) - 1
    keep = ((1 << 63) - 1) & ~_RESOLUTION_MASK & ~rest
    return keep, (resolution << _RESOLUTION_SHIFT) | rest


def parent_of(cell: int, resolution: int) -> int:
    """Return a report's cell's parent of a resolution."""
    keep, fill = parent_masks(resolution)
    return cell & keep | fill


def center_of(cell: int) -> Point:
    """Return a cell's middle."""
    return Point(*h3.cell_to_latlng(cell))


def outline_of(cell: int) -> list[Point]:
    """Return a cell's corners, counter-clockwise, the first one again at the end."""
    corners = [Point(lat, lon) for lat, lon in h3.cell_to_boundary(cell)]
    return [*corners, corners[0]]


def name_of(cell: int) -> str:
    """Return a cell as H3 libraries write it."""
    return str(h3.int_to_str(cell))
