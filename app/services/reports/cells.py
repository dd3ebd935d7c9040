"""The H3 cells in which reports near by are looked for."""

import h3.api.basic_int as h3

from app.core.geo import Point

RESOLUTION = 11  # about 25 m from centre to corner: 50 m are two rings


def cell_of(point: Point) -> int:
    """Return the cell of a point."""
    return int(h3.latlng_to_cell(point.lat, point.lon, RESOLUTION))
