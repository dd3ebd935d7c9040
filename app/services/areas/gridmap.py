"""Point → grid in memory; pure. Inside one polygon is certain, all else is the deterministic nearest."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from app.core.geo import Point
from app.services.areas.planar import flatten, metres_per_degree

MAX_GAP_M = 300.0  # beyond this a point belongs to no grid
_BORDER_M = 0.5  # two hands draw one border this far apart
_TIE_M = 0.01


class AssignedBy(StrEnum):
    """How a point came to its grid."""

    INSIDE = "inside"
    NEAREST = "nearest"  # on a border, in a gap, or where two grids overlap by a hair


@dataclass(frozen=True, slots=True)
class GridShape:
    """One grid in force, as the map needs it."""

    id: UUID
    scheme: str
    code: str
    name: str
    community_code: str
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Located:
    """The grid that a point belongs to; ``distance_m`` is 0 inside and on the border."""

    grid_id: UUID
    scheme: str
    code: str
    name: str
    community_code: str
    assigned_by: AssignedBy
    distance_m: float


class GridMap:
    """All grids in force; immutable, so a new one replaces it in one step."""

    def __init__(self, rows: Iterable[GridShape]) -> None:
        """Index the grids of each scheme."""
        by_scheme: dict[str, list[GridShape]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row.scheme, row.code)):
            by_scheme[row.scheme].append(row)
        self._schemes = {scheme: _Scheme(grids) for scheme, grids in by_scheme.items()}

    def locate(self, point: Point, scheme: str) -> Located | None:
        """Return the grid of one scheme, or ``None`` when none is within :data:`MAX_GAP_M`."""
        grids = self._schemes.get(scheme)
        return grids.locate(point) if grids else None

    def communities_near(self, point: Point, scheme: str, *, within_m: float) -> set[str]:
        """Return the communities that a grid of one scheme has no further than so many metres away."""
        grids = self._schemes.get(scheme)
        return grids.communities_near(point, within_m) if grids else set()

    def locate_all(self, point: Point) -> list[Located]:
        """Return the grid of every scheme that has one there: schemes overlap, and all count."""
        found = (grids.locate(point) for grids in self._schemes.values())
        return [located for located in found if located]


class _Scheme:
    def __init__(self, grids: Sequence[GridShape]) -> None:
        self._grids = grids
        self._tree = STRtree([grid.shape for grid in grids])

    def locate(self, point: Point) -> Located | None:
        inside = self._tree.query(shapely.Point(point.lon, point.lat), predicate="within")
        if len(inside) == 1:
            return _located(self._grids[inside[0]], AssignedBy.INSIDE, 0.0)
        return self._nearest(point)

    def _nearest(self, point: Point) -> Located | None:
        """Return the nearest by true metres; of several as near, the lowest code."""
        distances = self._distances(point, MAX_GAP_M)
        if not distances or (least := min(distances.values())) > MAX_GAP_M:
            return None
        # Grids are in the order of their codes, so the first of the nearest has the lowest.
        nearest = next(index for index, distance in distances.items() if distance <= least + _TIE_M)
        return _located(self._grids[nearest], AssignedBy.NEAREST, least)

    def _distances(self, point: Point, reach_m: float) -> dict[int, float]:
        """Return how many metres away the grids around a point are; those further than the reach may lack."""
        north_m, east_m = metres_per_degree(point.lat)
        d_lat, d_lon = reach_m / north_m, reach_m / max(east_m, 1.0)
        window = shapely.box(point.lon - d_lon, point.lat - d_lat, point.lon + d_lon, point.lat + d_lat)
        here = shapely.Point(0, 0)
        return {
            index: float(shapely.distance(flatten(self._grids[index].shape, point), here))
            for index in np.sort(self._tree.query(window)).tolist()
        }

    def communities_near(self, point: Point, within_m: float) -> set[str]:
        """Return whose grids lie no further than so many metres away."""
        near = self._distances(point, within_m).items()
        return {self._grids[index].community_code for index, distance in near if distance <= within_m}


def _located(grid: GridShape, by: AssignedBy, distance_m: float) -> Located:
    return Located(grid.id, grid.scheme, grid.code, grid.name, grid.community_code, by, round(distance_m, 2))


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two grids, by their place in the sequences, that lie on each other, and by how much."""

    first: int
    second: int
    area_m2: float


def overlaps(new: Sequence[BaseGeometry], others: Sequence[BaseGeometry]) -> list[Overlap]:
    """Return every real overlap among new shapes, and of new ones with others (numbered after them).

    A common border that two hands drew makes a sliver; only what is wider than a metre somewhere counts.
    """
    if not new:
        return []
    shapes = [*new, *others]
    firsts, seconds = STRtree(shapes).query(new, predicate="intersects")
    found = []
    for first, second in sorted(zip(firsts.tolist(), seconds.tolist(), strict=True)):
        if first < second and (area_m2 := _common_m2(shapes[first], shapes[second])):
            found.append(Overlap(first, second, area_m2))
    return found


def _common_m2(one: BaseGeometry, other: BaseGeometry) -> float:
    common = one.intersection(other)
    if common.area == 0:
        return 0.0
    middle = common.representative_point()
    flat = flatten(common, Point(middle.y, middle.x))
    return 0.0 if flat.buffer(-_BORDER_M).is_empty else float(flat.area)
