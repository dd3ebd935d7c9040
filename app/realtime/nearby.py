"""The answer to "which open station is near me?", as JSON made of pieces (no query, no model, no wait).

Found by the index, joined from pieces that the table keeps. Whoever changes a member here changes
``app/api/stations/nearby.py`` too, where the schema is; a test holds the two together.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.geo import CoordType, Point
from app.realtime.table import StationTable
from app.services.stations.index import LISTED, OPEN, ROUND_THE_CLOCK, Wish

# Among how many of the nearest the one that opens first is looked for.
_LOOK_AHEAD = 50
_SECONDS = len("2026-11-22T04:00:00")


@dataclass(frozen=True, slots=True)
class Question:
    """What a rider asks for, wherever they are; positions are told in their own ``coord_type``."""

    coord_type: CoordType
    traits: int
    kinds: int
    only_open: bool
    min_free: int
    within_m: float | None
    limit: int

    @property
    def wish(self) -> Wish:
        """What a station must be to be listed."""
        return Wish(LISTED | self.traits | (OPEN if self.only_open else 0), self.kinds, self.min_free)


def answer(table: StationTable, question: Question, here: Point, now: datetime) -> bytes:
    """Return the JSON of the nearest stations that match; instead of none, what comes next to them."""
    at = now.timestamp()
    found = table.index.nearest(here, question.wish, limit=question.limit, within_m=question.within_m)
    rows = b",".join([table.write(row, question.coord_type, metres, at) for row, metres in found])
    opening = round_the_clock = b"null"
    if not found and question.only_open:
        opening = _next_to_open(table, question, here, at)
        round_the_clock = _round_the_clock(table, question, here, at)
    return b'{"now":"%bZ","coord_type":"%b","stations":[%b],"next_to_open":%b,"nearest_24h":%b}' % (
        now.astimezone(UTC).isoformat(timespec="seconds")[:_SECONDS].encode(),
        question.coord_type.value.encode(),
        rows,
        opening,
        round_the_clock,
    )


def _next_to_open(table: StationTable, question: Question, here: Point, at: float) -> bytes:
    """Return, of the nearest that match but for being open, the one that opens first."""
    wish = Wish(LISTED | question.traits, question.kinds)
    found = table.index.nearest(here, wish, limit=_LOOK_AHEAD, within_m=question.within_m)
    opening = [(opens, metres, row) for row, metres in found if (opens := table.opens_at[row]) is not None]
    if not opening:
        return b"null"
    _, metres, row = min(opening)
    return table.write(row, question.coord_type, metres, at)


def _round_the_clock(table: StationTable, question: Question, here: Point, at: float) -> bytes:
    """Return the nearest station that never closes, whatever else was asked for."""
    found = table.index.nearest(here, Wish(LISTED | OPEN | ROUND_THE_CLOCK), limit=1)
    if not found:
        return b"null"
    ((row, metres),) = found
    return table.write(row, question.coord_type, metres, at)
