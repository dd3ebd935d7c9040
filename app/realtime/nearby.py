"""The answer to "which open station is near me?", as JSON made of pieces (no query, no model, no wait).

Found by the index, joined from pieces that the table keeps. Whoever changes a member here changes
``app/api/stations/nearby.py`` too, where the schema is; a test holds the two together.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

from app.core.geo import CoordType, Point
from app.realtime.table import StationTable
from app.services.stations.index import LISTED, OPEN, ROUND_THE_CLOCK, UNKNOWN_FREE, Wish

# Among how many of the nearest the one that opens first is looked for.
_LOOK_AHEAD = 50
# Farther than this nobody rides to warm up: an open door there does not hide one that opens soon near by.
_REACH_M = 20_000.0
_ROUND_THE_CLOCK = Wish(LISTED | OPEN | ROUND_THE_CLOCK)


@dataclass(frozen=True, slots=True)
class Question:
    """What a rider asks for, wherever they are; positions are told in their own ``coord_type``."""

    coord_type: CoordType
    wish: Wish
    within_m: float | None
    limit: int


@dataclass(frozen=True, slots=True)
class OpenStation:
    """A station that is open, as far as it is and until when; ``None``: nobody knows, or it never closes."""

    id: UUID
    name: str
    distance_m: int
    closes_at: datetime | None


def nearest_open(table: StationTable, here: Point, now: datetime, *, limit: int) -> list[OpenStation]:
    """Return the nearest stations that are open now, for what is told beside something else."""
    found = table.index.nearest(here, Wish(LISTED | OPEN), limit=limit, within_m=_REACH_M)
    stations = [(table.facts[row], metres) for row, metres in found]
    return [
        OpenStation(facts.id, facts.name, round(metres), facts.timetable.at(now).changes_at)
        for facts, metres in stations
    ]


def answer(table: StationTable, question: Question, here: Point) -> bytes:
    """Return the JSON of the nearest stations that match; where none is in reach, what comes next to them.

    The table stands at the instant of the question.
    """
    at, coord_type = table.settled_at, question.coord_type
    found = table.index.nearest(here, question.wish, limit=question.limit, within_m=question.within_m)
    opening = round_the_clock = b"null"
    if not (found and found[0][1] <= _REACH_M) and question.wish.all_of & OPEN:
        opening = _next_to_open(table, question, here)
        round_the_clock = _round_the_clock(table, question, here)
    return b'{"now":"%b","coord_type":"%b","stations":[%b],"next_to_open":%b,"nearest_24h":%b}' % (
        _instant(int(at)),
        coord_type.encode(),
        table.write(found, coord_type, at),
        opening,
        round_the_clock,
    )


@lru_cache(maxsize=4)
def _instant(second: int) -> bytes:
    """Return a second since 1970 as text: the same for all who ask within it."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()


def _next_to_open(table: StationTable, question: Question, here: Point) -> bytes:
    """Return, of those in reach that match but for being open, the one that opens first."""
    wish = _open_or_not(question.wish)
    within_m = min(question.within_m or _REACH_M, _REACH_M)
    found = table.index.soonest(here, wish, table.opens_at, limit=_LOOK_AHEAD, within_m=within_m)
    return table.write(found, question.coord_type, table.settled_at) or b"null"


@lru_cache(maxsize=256)
def _open_or_not(wish: Wish) -> Wish:
    """Return a wish but for being open, and so for free seats."""
    return wish._replace(all_of=wish.all_of & ~OPEN, min_free=UNKNOWN_FREE)


def _round_the_clock(table: StationTable, question: Question, here: Point) -> bytes:
    """Return the nearest station that never closes, whatever else was asked for."""
    found = table.index.first(here, _ROUND_THE_CLOCK)
    return table.write(found, question.coord_type, table.settled_at) or b"null"
