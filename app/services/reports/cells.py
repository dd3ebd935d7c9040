"""The H3 cells in which reports near by are looked for."""

import h3.api.basic_int as h3

from app.core.geo import Point
from app.models import Report

RESOLUTION = 11  # about 25 m from centre to corner: 50 m are two rings


# Where the point of a case is that was wiped: no report can be there, and none is shown there.
NOWHERE = Point(0.0, 0.0)


def is_wiped(report: Report) -> bool:
    """Tell whether a case's reporter had it wiped: it says nothing, and lies nowhere."""
    return (report.lat, report.lon) == (NOWHERE.lat, NOWHERE.lon)


def cell_of(point: Point) -> int:
    """Return the cell of a point."""
    return int(h3.latlng_to_cell(point.lat, point.lon, RESOLUTION))
