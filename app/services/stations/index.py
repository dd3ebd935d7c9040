"""The nearest stations that match, in microseconds: a k-d tree for every filter that riders use (pure).

A place is a vector from the earth's centre; trees of vectors know no poles and no date line, and order as
geodesics do (``app/core/geodesy.py``). What a filter may ask is packed into one integer a station, its
*traits*. For each filter in use there is a tree of just the stations that match, so a selective filter
costs no more than none. Openings, closures and check-ins change who matches all day long; a tree is then
not rebuilt but patched: who left is skipped, who came is looked through beside it. When the patches grow,
a new tree is built elsewhere and swapped in, and until then answers stay exact.
"""

import os

# One query is far too small to share among threads: starting them costs fifty times its work.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import pairwise
from math import dist, inf
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree

from app.core.geo import Point
from app.core.geodesy import (
    FAR_M,
    NEAR_M,
    Floats,
    Vector,
    doubt_m,
    geodesic_m,
    ground_doubt_m,
    ground_m,
    is_certain,
    metres_of_chords,
    runs_in_doubt,
    to_ecef,
    to_ecef_many,
)
from app.models import Amenity, StationKind
from app.services.stations.cells import Cell, cell_of, middle_of, reach_m
from app.services.stations.subset import Rows, Subset

LISTED = 1 << 62
OPEN = 1 << 61
ROUND_THE_CLOCK = 1 << 60
_AMENITY_BIT = {amenity: 1 << number for number, amenity in enumerate(Amenity)}
_KIND_BIT = {kind: 1 << (len(Amenity) + number) for number, kind in enumerate(StationKind)}
UNKNOWN_FREE = -1

_MOST_SKIPPED = 512  # with more than this the tree is no help: look through all
_AT_ONCE = 4096  # trees up to this size are built while the caller waits (half a millisecond)
_MOST_FILTERS = 256
_MOST_POINTS = 2_000_000  # in all trees together, 35 bytes each
_AMPLE = 8  # how many more than asked are looked at where order is in doubt
_FEW = 24  # so many of a cell are remembered; where there are more, a tree is asked each time
_MOST_CELLS = 20_000  # remembered of all filters together, some 400 bytes each


def traits_of(amenities: Iterable[Amenity], kinds: Iterable[StationKind]) -> int:
    """Pack amenities and kinds into traits."""
    bits = 0
    for amenity in amenities:
        bits |= _AMENITY_BIT[amenity]
    for kind in kinds:
        bits |= _KIND_BIT[kind]
    return bits


class Wish(NamedTuple):
    """What a station must be: every trait of ``all_of``, one of ``any_of`` unless 0, and seats free."""

    all_of: int = LISTED
    any_of: int = 0
    min_free: int = UNKNOWN_FREE


@dataclass(slots=True)
class Place:
    """One station as the index knows it; ``free`` is the public number of free seats, -1 if unknown."""

    point: Point
    traits: int
    free: int = UNKNOWN_FREE


class Executor(Protocol):
    """Whatever runs work elsewhere: a thread pool, or a test's own."""

    def submit(self, work: Callable[[], KDTree], /) -> "Future[KDTree]":
        """Run ``work`` and return its future."""


class StationIndex:
    """Places by row number, and the nearest of those that match a wish.

    Used by one thread; with an executor large trees are built in another.
    """

    def __init__(self, places: Sequence[Place] = (), *, executor: Executor | None = None) -> None:
        """Hold places; row numbers are their positions."""
        self._executor = executor
        self._size = len(places)
        lat = np.fromiter((place.point.lat for place in places), np.float64, len(places))
        lon = np.fromiter((place.point.lon for place in places), np.float64, len(places))
        self._degrees: Floats = np.column_stack((lat, lon))
        self._vectors = to_ecef_many(lat, lon)
        self._traits = np.fromiter((place.traits for place in places), np.int64, len(places))
        self._free = np.fromiter((place.free for place in places), np.int64, len(places))
        self._spots: list[Vector] = [*map(tuple, self._vectors.tolist())]  # the vectors, for plain Python
        self._subsets: OrderedDict[Wish, Subset] = OrderedDict()
        self._cells = 0  # how many were remembered since they were forgotten
        self._here = np.zeros((1, 3))
        self._standing: Point | None = None  # where that is
        self._axes = self._here.data.cast("B").cast("d")  # the same numbers, set in a tenth of the time
        self._start: Vector = (0.0, 0.0, 0.0)  # and once more, for plain Python

    def __len__(self) -> int:
        """Return how many rows there are, listed or not."""
        return self._size

    def add(self, place: Place) -> int:
        """Add a place and return its row."""
        row = self._size
        if row == len(self._traits):
            self._grow()
        self._size += 1
        self._degrees[row] = place.point.lat, place.point.lon
        self._vectors[row] = spot = to_ecef(place.point.lat, place.point.lon)
        self._spots.append(spot)
        self._traits[row] = self._free[row] = 0
        self.change(row, traits=place.traits, free=place.free)
        return row

    def change(self, row: int, *, traits: int, free: int) -> None:
        """Say what a row is now; traits 0 take it out of every answer."""
        if self._traits[row] == traits and self._free[row] == free:
            return
        self._traits[row], self._free[row] = traits, free
        for wish, subset in self._subsets.items():
            subset.patch(row, matches=_matches(wish, traits, free))

    def nearest(
        self, here: Point, wish: Wish, *, limit: int, within_m: float | None = None
    ) -> list[tuple[int, float]]:
        """Return up to ``limit`` rows that match, nearest first, each with its geodesic distance in metres.

        Places at the same distance come in the order of their rows.
        """
        self._stand(here)
        subset = self._subset(wish)
        rows, chords = self._by_chord(subset, wish, limit + 1)
        if is_certain(chords):
            found = list(zip(rows, self._metres(here, rows, chords[:limit]), strict=False))
        else:
            found = self._by_ground(here, subset, wish, limit)
        return found if within_m is None else [pair for pair in found if pair[1] <= within_m]

    def soonest(
        self, here: Point, wish: Wish, at: Sequence[float | None], *, limit: int, within_m: float
    ) -> list[tuple[int, float]]:
        """Return, of the rows within some metres that have an instant, the one with the first.

        In a crowd only the nearest ``limit`` are looked at. Of rows with one instant it is the nearest.
        """
        self._stand(here)
        subset = self._subset(wish)
        rows = self._of_cell(here, subset, wish, within_m)
        if rows is None:
            rows, chords = self._by_chord(subset, wish, limit)
        else:
            chords = self._chords(rows)
        ranked = [
            (instant, chord, row)
            for row, chord in zip(rows, chords, strict=True)
            if chord <= within_m and (instant := at[row]) is not None
        ]
        for _, chord, row in sorted(ranked):
            metres = metres_of_chords((chord,), here.lat)[0]
            if metres <= within_m:
                return [(row, metres)]
        return []

    def first(self, here: Point, wish: Wish) -> list[tuple[int, float]]:
        """Return what :meth:`nearest` does with a limit of one."""
        self._stand(here)
        subset = self._subset(wish)
        rows = self._of_cell(here, subset, wish, None)
        if rows:
            chords = self._chords(rows)
            two = sorted(chords)[:2]
            if is_certain(two):
                row = rows[chords.index(two[0])]
                return [(row, self._metres(here, [row], two[:1])[0])]
        return self.nearest(here, wish, limit=1)

    def _stand(self, here: Point) -> None:
        """Ask from here, until the next question."""
        if here is not self._standing:
            self._start = self._axes[0], self._axes[1], self._axes[2] = to_ecef(here.lat, here.lon)
            self._standing = here

    def _chords(self, rows: Iterable[int]) -> list[float]:
        """Return how far rows are in a straight line."""
        start, spots = self._start, self._spots
        return [dist(start, spots[row]) for row in rows]

    def _of_cell(self, here: Point, subset: Subset, wish: Wish, within_m: float | None) -> list[int] | None:
        """Return all rows that :meth:`around`, or without metres :meth:`first`, may find from this cell.

        ``None`` where they are not few.
        """
        cell = cell_of(here, within_m)
        if cell not in subset.cells:
            self._remember(subset, wish, cell)
            self._stand(here)
        return subset.cells[cell]

    def _remember(self, subset: Subset, wish: Wish, cell: Cell) -> None:
        self._cells += 1
        if self._cells > _MOST_CELLS:
            self._cells = 1
            for each in self._subsets.values():
                each.cells.clear()
        self._stand(middle_of(cell))
        rows, chords = self._by_chord(subset, wish, _FEW + 1)
        del rows[bisect_right(chords, reach_m(cell, chords[0] if chords else 0.0)) :]
        subset.cells[cell] = rows if len(rows) <= _FEW else None

    def _grow(self) -> None:
        more = max(64, len(self._traits) // 2)
        self._degrees = np.concatenate((self._degrees, np.zeros((more, 2))))
        self._vectors = np.concatenate((self._vectors, np.zeros((more, 3))))
        self._traits = np.concatenate((self._traits, np.zeros(more, np.int64)))
        self._free = np.concatenate((self._free, np.zeros(more, np.int64)))

    def _matching(self, wish: Wish) -> NDArray[np.bool_]:
        traits = self._traits[: self._size]
        mask: NDArray[np.bool_] = (traits & wish.all_of) == wish.all_of
        if wish.any_of:
            mask &= (traits & wish.any_of) != 0
        if wish.min_free > UNKNOWN_FREE:
            mask &= self._free[: self._size] >= wish.min_free
        return mask

    def _subset(self, wish: Wish) -> Subset:
        """Return the subset of a wish, with a tree when one is ready, and see to a new one when needed."""
        subset = self._subsets.get(wish)
        if subset is None:
            subset = self._subsets[wish] = Subset(np.zeros(0, np.int64))
            self._forget_the_oldest()
        else:
            self._subsets.move_to_end(wish)
        if subset.building is None:
            if subset.is_worn:
                self._rebuild(wish, subset)
        elif subset.building.done():
            self._adopt(wish, subset, subset.building.result())
        return subset

    def _rebuild(self, wish: Wish, subset: Subset) -> None:
        rows = np.flatnonzero(self._matching(wish))
        vectors = self._vectors[rows]
        if self._executor is None or len(rows) <= _AT_ONCE:
            subset.adopt(_tree_of(vectors), rows, self._size)
        else:
            subset.next_rows = rows
            subset.building = self._executor.submit(lambda: KDTree(vectors))

    def _adopt(self, wish: Wish, subset: Subset, tree: KDTree) -> None:
        assert subset.next_rows is not None
        for row in subset.adopt(tree, subset.next_rows, self._size):
            traits, free = int(self._traits[row]), int(self._free[row])
            subset.patch(row, matches=_matches(wish, traits, free))

    def _forget_the_oldest(self) -> None:
        while len(self._subsets) > _MOST_FILTERS or (
            len(self._subsets) > 1 and sum(len(each.rows) for each in self._subsets.values()) > _MOST_POINTS
        ):
            self._subsets.popitem(last=False)

    def _by_chord(self, subset: Subset, wish: Wish, count: int) -> tuple[list[int], list[float]]:
        """Return up to ``count`` matching rows and their chords from here, ascending."""
        if subset.tree is None or len(subset.skipped) > _MOST_SKIPPED:
            return self._of_rows(np.flatnonzero(self._matching(wish)), count)
        ask = count + subset.expected_to_skip(count) if subset.skipped else count
        rows, chords = self._of_tree(subset.tree, subset, count, ask)
        if not subset.added:
            return rows, chords
        farthest = chords[-1] if len(chords) == count else inf
        more = zip(self._chords(subset.added), subset.added, strict=True)
        if not (nearer := [pair for pair in more if pair[0] <= farthest]):
            return rows, chords
        merged = sorted([*zip(chords, rows, strict=True), *nearer])[:count]
        return [row for _, row in merged], [chord for chord, _ in merged]

    def _of_tree(self, tree: KDTree, subset: Subset, count: int, ask: int) -> tuple[list[int], list[float]]:
        ask = min(ask, len(subset.rows))
        if ask == 0:
            return [], []
        chords_found, at = tree.query(self._here, ask)
        rows: list[int] = subset.rows.take(at.ravel()).tolist()
        chords: list[float] = chords_found.ravel().tolist()
        if not subset.skipped:
            return rows, chords
        if subset.skipped.isdisjoint(rows):
            return rows[:count], chords[:count]
        kept = [pair for pair in zip(rows, chords, strict=True) if pair[0] not in subset.skipped]
        if len(kept) < count and ask < len(subset.rows):
            return self._of_tree(tree, subset, count, count + len(subset.skipped))
        return [row for row, _ in kept[:count]], [chord for _, chord in kept[:count]]

    def _of_rows(self, rows: Rows, count: int) -> tuple[list[int], list[float]]:
        """Look through rows one by one, which is exact and slow."""
        chords = np.linalg.norm(self._vectors[rows] - self._here, axis=1)
        if len(rows) > count:
            near = np.argpartition(chords, count - 1)[:count]
            rows, chords = rows[near], chords[near]
        order = np.argsort(chords, kind="stable")
        return rows[order].tolist(), chords[order].tolist()

    def _metres(self, here: Point, rows: list[int], chords: list[float]) -> list[float]:
        """Return the lengths of ascending chords from here; of far ones by their directions too."""
        if not chords or chords[-1] <= FAR_M:
            return metres_of_chords(chords, here.lat)
        near = bisect_right(chords, FAR_M)
        far = [ground_m(self._start, self._spots[row]) for row in rows[near : len(chords)]]
        return metres_of_chords(chords[:near], here.lat) + far

    def _by_ground(self, here: Point, subset: Subset, wish: Wish, limit: int) -> list[tuple[int, float]]:
        """Order who is in doubt by lengths on the ground, of all who could be among the first ``limit``."""
        count = limit + _AMPLE
        while True:
            rows, chords = self._by_chord(subset, wish, count)
            if len(chords) < count or chords[-1] - chords[limit - 1] > doubt_m(chords[-1]):
                break
            count *= 2
        runs = runs_in_doubt(chords)
        unsure = [at for at, run in enumerate(runs) if runs.count(run) > 1 or chords[-1] >= NEAR_M]
        metres = self._metres(here, rows, chords)
        asked = [rows[at] for at in unsure]
        spots = [(lat, lon) for lat, lon in self._degrees[asked].tolist()]
        exact = self._lengths(here, dict(zip(spots, [self._spots[row] for row in asked], strict=True)))
        for at, spot in zip(unsure, spots, strict=True):
            metres[at] = exact[spot]
        ranked = sorted(zip(runs, metres, rows, strict=True))[:limit]
        return [(row, length) for _, length, row in ranked]

    def _lengths(
        self, here: Point, spots: dict[tuple[float, float], Vector]
    ) -> dict[tuple[float, float], float]:
        """Return how far it is to each of some different spots; no two of them may be in the wrong order."""
        metres = {spot: ground_m(self._start, vector) for spot, vector in spots.items()}
        ascending = sorted(metres, key=metres.__getitem__)
        doubt = ground_doubt_m(max(metres.values(), default=0.0))
        unsure = {
            spot
            for pair in pairwise(ascending)
            if metres[pair[1]] - metres[pair[0]] <= doubt
            for spot in pair
        }
        if doubt == inf:
            unsure = set(metres)
        # Who is apart from both neighbours by more than the doubt stays between them, solved or not.
        return metres | {(lat, lon): geodesic_m(here, Point(lat, lon)) for lat, lon in unsure}


_NOTHING = KDTree(np.zeros((1, 3)))  # a tree must hold something; one without rows is never asked


def _tree_of(vectors: Floats) -> KDTree:
    return KDTree(vectors) if len(vectors) else _NOTHING


def _matches(wish: Wish, traits: int, free: int) -> bool:
    """Tell for one row what ``StationIndex._matching`` tells for all."""
    has_all = traits & wish.all_of == wish.all_of
    return has_all and (not wish.any_of or traits & wish.any_of != 0) and free >= wish.min_free
