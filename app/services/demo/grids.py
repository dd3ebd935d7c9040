"""A grid plan for one district: a chequered board around its seat, dealt out to its communities."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from app.core.geo import Point
from app.services.areas.planar import metres_per_degree
from app.services.demo.places import GRIDDED, GRIDS

_SIDE = 12  # cells a row; the board is square
_CELL_M = 400
_WELL_INSIDE = (0.1, 0.9)


def grid_plan(communities: Sequence[str]) -> dict[str, Any]:
    """Return 144 invented cells as GeoJSON in WGS-84; each community has one or two, side by side."""
    numbers: Counter[str] = Counter()
    features = []
    for cell in range(GRIDS):
        community = communities[cell * len(communities) // GRIDS]
        numbers[community] += 1
        features.append(_feature(cell, f"{community}{numbers[community]:03}"))
    return {"type": "FeatureCollection", "features": features}


def somewhere_in_cell(cell: int, dice: random.Random) -> Point:
    """Draw a position well inside a cell of the plan."""
    (west, south), _, (east, north), *_ = _ring(*divmod(cell, _SIDE))
    return Point(
        south + (north - south) * dice.uniform(*_WELL_INSIDE),
        west + (east - west) * dice.uniform(*_WELL_INSIDE),
    )


def _feature(cell: int, code: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"code": code, "name": f"示例网格 {cell + 1}"},
        "geometry": {"type": "Polygon", "coordinates": [_ring(*divmod(cell, _SIDE))]},
    }


def _ring(row: int, column: int) -> list[list[float]]:
    north_m, east_m = metres_per_degree(GRIDDED.seat.lat)
    d_lat, d_lon = _CELL_M / north_m, _CELL_M / east_m
    corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column), (row, column)]
    return [
        [
            round(GRIDDED.seat.lon + (east - _SIDE / 2) * d_lon, 7),
            round(GRIDDED.seat.lat + (north - _SIDE / 2) * d_lat, 7),
        ]
        for north, east in corners
    ]
