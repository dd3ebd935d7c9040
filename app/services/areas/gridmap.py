"""Point → grid in memory; pure. Inside one polygon is certain, all else is the deterministic nearest."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import floor
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import shapely
from shapely import STRtree, contains_xy
from shapely.geometry.base import BaseGeometry

from app.core.geo import Point
from app.services.areas.planar import flatten, metres_per_degree

MAX_GAP_M = 300.0  # beyond this a point belongs to no grid
_BORDER_M = 0.5  # two hands draw one border this far apart
_TIE_M = 0.01
# Of what is asked about what lies near by but elsewhere, the furthest.
_AROUND_M = 50.0
# Squares are about as wide as a grid; a process keeps so many of them.
_CELLS_ALONG, _LEAST_CELL_DEG, _MOST_CELL_DEG, _MOST_CELLS = 1, 0.0001, 0.02, 200_000
_HAIR_DEG = 1e-9  # more than what rounding may do to a square's edge


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
        """Return the communities that a grid of one scheme has no further than so many metres away.

        Args:
            point: from where.
            scheme: whose grids.
            within_m: how far, at most 50 m.
        """
        grids = self._schemes.get(scheme)
        return grids.communities_near(point, within_m) if grids else set()

    def locate_all(self, point: Point) -> list[Located]:
        """Return the grid of every scheme that has one there: schemes overlap, and all count."""
        found = (grids.locate(point) for grids in self._schemes.values())
        return [located for located in found if located]


class _Cell(NamedTuple):
    """A square of some degrees: what a point in it may belong to."""

    inner: Located | None  # the whole of it lies inside this grid and no other
    parts: list[int]  # grids that have a part of it
    shapes: "np.ndarray[Any, Any]"  # theirs
    around: list[tuple[int, list[float]]]  # grids with something within :data:`_AROUND_M`, and their bounds
    only_community: str | None  # where all of those are of one


class _Scheme:
    """The grids of one scheme, and squares of the map that points were looked up in.

    A square is worked out once, when a point first falls into it: one inside one grid answers by itself,
    the others leave a handful of prepared polygons to ask.
    """

    def __init__(self, grids: Sequence[GridShape]) -> None:
        self._grids = grids
        self._shapes = np.array([grid.shape for grid in grids], dtype=object)
        shapely.prepare(self._shapes)
        self._tree = STRtree(self._shapes)
        self._inside = [_located(grid, AssignedBy.INSIDE, 0.0) for grid in grids]
        self._per_degree = 1 / _cell_deg(self._shapes)
        self._cells: dict[tuple[int, int], _Cell] = {}
        self._flat: dict[int, _Flat] = {}

    def locate(self, point: Point) -> Located | None:
        cell = self._cell(point)
        if cell.inner is not None:
            return cell.inner
        inside = contains_xy(cell.shapes, point.lon, point.lat).nonzero()[0]
        return self._inside[cell.parts[inside[0]]] if len(inside) == 1 else self._nearest(point)

    def _cell(self, point: Point) -> _Cell:
        key = floor(point.lat * self._per_degree), floor(point.lon * self._per_degree)
        return self._cells.get(key) or self._work_out(key)

    def _work_out(self, key: tuple[int, int]) -> _Cell:
        south, west = (each / self._per_degree - _HAIR_DEG for each in key)
        side = 1 / self._per_degree + 2 * _HAIR_DEG
        square = shapely.box(west, south, west + side, south + side)
        north_m, east_m = metres_per_degree(max(abs(south), abs(south + side)))
        d_lat, d_lon = _AROUND_M / north_m, _AROUND_M / max(east_m, 1.0)
        window = shapely.box(west - d_lon, south - d_lat, west + side + d_lon, south + side + d_lat)
        around = np.sort(self._tree.query(window))
        parts = around[shapely.intersects(self._shapes[around], square)]
        is_inner = len(parts) == 1 and shapely.contains_properly(self._shapes[parts[0]], square)
        if len(self._cells) >= _MOST_CELLS:
            self._cells.clear()
        inner = self._inside[parts[0]] if is_inner else None
        bounds = zip(around.tolist(), shapely.bounds(self._shapes[around]).tolist(), strict=True)
        communities = {self._grids[index].community_code for index in around}
        only = next(iter(communities)) if len(communities) == 1 else None
        cell = _Cell(inner, parts.tolist(), self._shapes[parts], list(bounds), only)
        self._cells[key] = cell
        return cell

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
        """Return whose grids lie no further than so many metres away, at most :data:`_AROUND_M`."""
        cell = self._cell(point)
        if cell.inner is not None and cell.only_community is not None:
            return {cell.only_community}
        near = set() if cell.inner is None else {cell.inner.community_code}
        north_m, east_m = metres_per_degree(point.lat)
        d_lat, d_lon = within_m / north_m + _HAIR_DEG, within_m / max(east_m, 1.0) + _HAIR_DEG
        for index, (west, south, east, north) in cell.around:
            code = self._grids[index].community_code
            if (
                code not in near
                and west - d_lon <= point.lon <= east + d_lon
                and south - d_lat <= point.lat <= north + d_lat
                and self._flattened(index).metres(point) <= within_m
            ):
                near.add(code)
        return near

    def _flattened(self, index: int) -> "_Flat":
        flat = self._flat.get(index)
        if flat is None:
            flat = self._flat[index] = _Flat(self._grids[index].shape)
        return flat


class _Flat:
    """A grid in metres around its own middle: true to a thousandth in a grid of up to ten kilometres."""

    def __init__(self, shape: BaseGeometry) -> None:
        west, south, east, north = shape.bounds
        self._middle = Point((south + north) / 2, (west + east) / 2)
        self._north_m, self._east_m = metres_per_degree(self._middle.lat)
        self._shape = flatten(shape, self._middle)
        shapely.prepare(self._shape)

    def metres(self, point: Point) -> float:
        """Return how far away a point near by is; 0 inside."""
        east = (point.lon - self._middle.lon) * self._east_m
        north = (point.lat - self._middle.lat) * self._north_m
        return float(shapely.distance(self._shape, shapely.Point(east, north)))


def _cell_deg(shapes: "np.ndarray[Any, Any]") -> float:
    """Return the side of the squares: some of them to a grid of the middle size."""
    west, south, east, north = shapely.bounds(shapes).T
    middle = float(np.median(np.minimum(east - west, north - south)))
    return min(max(middle / _CELLS_ALONG, _LEAST_CELL_DEG), _MOST_CELL_DEG)


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
