"""How full a station is, in the words and the numbers that anybody may see (pure).

Levels follow GTFS-Realtime's OccupancyStatus, by free seats. Neither level nor number tells how many are
inside while they are fewer than three: a single rider in a small room is nobody's business.
"""

from datetime import datetime, timedelta
from enum import StrEnum

FRESH_FOR = timedelta(minutes=30)
FEWEST_SHOWN = 3
_FEW_SEATS = 2
_FEW_SHARE = 4  # at most a quarter of the seats free


class Level(StrEnum):
    """How full it is; ``unknown`` is never shown as "empty"."""

    EMPTY = "empty"
    MANY = "many"
    FEW = "few"
    FULL = "full"
    NOT_ACCEPTING = "not_accepting"
    UNKNOWN = "unknown"


def inside_of(open_visits: int, correction: int) -> int:
    """Return how many are inside: open visits and the managers' taps, never below zero."""
    return max(0, open_visits + correction)


def is_fresh(observed_at: datetime | None, now: datetime) -> bool:
    """Tell whether the last news is young enough to be believed."""
    return observed_at is not None and now - observed_at < FRESH_FOR


def public_free_seats(inside: int, seats: int | None) -> int | None:
    """Return how many seats anybody may know to be free, or ``None`` where seats were never counted.

    With fewer than three inside it counts as if two were, so it is a promise ("at least") that gives
    nobody away; a station that is full says so, however small.
    """
    if seats is None:
        return None
    if inside >= seats:
        return 0
    return max(1, seats - max(inside, FEWEST_SHOWN - 1))


def level_of(
    *, inside: int, seats: int | None, observed_at: datetime | None, now: datetime, accepting: bool
) -> Level:
    """Return the level that anybody may see.

    Args:
        inside: how many are inside.
        seats: how many it holds; ``None`` when nobody counted them.
        observed_at: the last news; without any for thirty minutes the level is unknown.
        now: the instant of asking.
        accepting: whether a rider may go in now, that is: whether it is open.
    """
    if not accepting:
        return Level.NOT_ACCEPTING
    if not is_fresh(observed_at, now):
        return Level.UNKNOWN
    free = public_free_seats(inside, seats)
    if free is None or seats is None:
        return Level.EMPTY if inside < FEWEST_SHOWN else Level.UNKNOWN
    if free == 0:
        return Level.FULL
    if free <= max(_FEW_SEATS, seats // _FEW_SHARE):
        return Level.FEW
    return Level.EMPTY if inside < FEWEST_SHOWN else Level.MANY
