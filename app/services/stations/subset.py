"""The stations that match one filter: a tree of those that did once, and what changed since (pure)."""

from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree

from app.services.stations.cells import Cell

Rows = NDArray[np.int64]

_MOST_PATCHES = 64  # a tree with more is rebuilt


@dataclass(slots=True)
class Subset:
    """A tree of the rows that matched when it was built, and the patches since."""

    rows: Rows
    tree: KDTree | None = None
    skipped: set[int] = field(default_factory=set)
    added: set[int] = field(default_factory=set)
    building: "Future[KDTree] | None" = None
    next_rows: Rows | None = None
    touched: list[int] = field(default_factory=list)
    members: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    is_worn: bool = True  # time for a new tree
    # Who may be asked for from anywhere in a cell; ``None`` where those are not few.
    cells: dict[Cell, list[int] | None] = field(default_factory=dict)

    def has(self, row: int) -> bool:
        """Tell whether the tree holds a row."""
        return row < len(self.members) and bool(self.members[row])

    def expected_to_skip(self, count: int) -> int:
        """Return how many of so many rows of the tree are likely to match no more."""
        return count * len(self.skipped) // (len(self.rows) or 1)

    def patch(self, row: int, *, matches: bool) -> None:
        """Note whether a row matches now."""
        self.cells.clear()
        patches = self.skipped if self.has(row) else self.added
        if matches is (patches is self.added):
            patches.add(row)
        else:
            patches.discard(row)
        self.is_worn = self.tree is None or len(self.skipped) + len(self.added) > _MOST_PATCHES
        if self.building is not None:
            self.touched.append(row)

    def adopt(self, tree: KDTree, rows: Rows, rows_in_all: int) -> list[int]:
        """Take a new tree; return the rows that changed while it was built."""
        self.tree, self.rows = tree, rows
        self.members = np.zeros(rows_in_all, np.bool_)
        self.members[rows] = True
        self.skipped.clear()
        self.added.clear()
        self.is_worn = False
        touched, self.touched, self.building, self.next_rows = self.touched, [], None, None
        return touched
