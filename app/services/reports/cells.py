"""The H3 cells in which reports near by are looked for."""

import h3.api.basic_int as h3

from app.core.geo import Point
from app.core.geodesy import apart_m
from app.models import Report

RESOLUTION = 11
_RINGS = 2  # hold every point within 50 m
_CORNER_M = 32.0  # from a cell's centre to its corners: 20 to 31.8 m, wherever it lies

# Where the point of a case is that has none: no report can be there, and none is shown there.
NOWHERE = Point(0.0, 0.0)


def lies_nowhere(report: Report) -> bool:
    """Tell whether a case has no point: its reporter had it wiped, or only an address was ever told."""
    return (report.lat, report.lon) == (NOWHERE.lat, NOWHERE.lon)


def point_of(report: Report) -> Point | None:
    """Return where a case is, if that is known."""
    return None if lies_nowhere(report) else Point(report.lat, report.lon)


def cell_of(point: Point) -> int:
    """Return the cell of a point."""
    return int(h3.latlng_to_cell(point.lat, point.lon, RESOLUTION))


def cells_around(point: Point, within_m: float) -> list[int]:
    """Return the cells in which everything within up to 50 m of a point lies, and few others.

    Of the nineteen cells of two rings about eight have no part in a circle of 50 m.
    """
    return [
        cell
        for cell in h3.grid_disk(cell_of(point), _RINGS)
        if apart_m(point, Point(*h3.cell_to_latlng(cell))) <= within_m + _CORNER_M
    ]
