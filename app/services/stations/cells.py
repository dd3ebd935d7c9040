"""Squares of the map: who asks from one of them is answered from what was found there before (pure).

Where nothing is open in reach, what opens next and what never closes are looked for as well. That is one
station or none, and from all places of a square it is one of a few: those are remembered, and only they are
measured. Whoever remembers forgets when a station comes or goes.
"""

from math import floor

from app.core.geo import Point
from app.core.geodesy import doubt_m

# A square's line, its column, and within how many metres stations are asked for; ``None``: for the nearest.
Cell = tuple[int, int, float | None]

# To a degree. All within many kilometres are found again from far around; the nearest is another one soon.
_WIDE, _NARROW = 16, 128
# From a square's middle to its corner, at the equator, times squares to a degree: half of 157.2 km and more.
_CORNER_M = 80_000.0


def cell_of(here: Point, within_m: float | None) -> Cell:
    """Return the square of a place, for a question."""
    to_a_degree = _NARROW if within_m is None else _WIDE
    return floor(here.lat * to_a_degree), floor(here.lon * to_a_degree), within_m


def middle_of(cell: Cell) -> Point:
    """Return the middle of a square."""
    to_a_degree = _NARROW if cell[2] is None else _WIDE
    return Point((cell[0] + 0.5) / to_a_degree, (cell[1] + 0.5) / to_a_degree)


def reach_m(cell: Cell, nearest_m: float) -> float:
    """Return how far from its middle, in a straight line, those can be who are asked for from a square.

    Args:
        cell: the square, with the question.
        nearest_m: how far from its middle the nearest is, in a straight line.
    """
    if cell[2] is not None:
        return cell[2] + _CORNER_M / _WIDE
    # From a corner the one that is nearest to the middle is that much farther, and another that much nearer.
    reach = nearest_m + 2 * _CORNER_M / _NARROW
    return reach + doubt_m(reach)
