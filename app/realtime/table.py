"""Stations in memory, row by row: what is said of each, ready to be joined, and the index over them.

A row keeps its number for life; a station that moves gets a new row and the old one is retired. Used from
the event loop's own thread only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from math import ceil, floor
from uuid import UUID

import numpy as np

from app.core.geo import CoordType
from app.realtime.rows import NEVER, Count, appearance, description, position
from app.services.stations.facts import StationFacts
from app.services.stations.index import UNKNOWN_FREE, Executor, Place, StationIndex

_COUNTY = 6
# A row is four pieces: its distance, its place, the age of its news, and a body that ends with the beginning
# of the row after it. Whoever writes rows puts one such beginning before the first.
_BEGIN = b'{"distance_m":'
_PLACE = b',%b,"occupancy":{"age_s":'
_BODY = b",%b,%b," + _BEGIN
_NEXT = len(b"," + _BEGIN)
# Making a number's text takes longer than looking it up.
_NUMBERS = [b"%d" % number for number in range(4096)]
_SET_BACK_S = 5.0
_Changed = Callable[[int], None]


class StationTable:
    """All stations as they look now."""

    def __init__(self, *, executor: Executor | None = None) -> None:
        """Start empty; with an executor the index builds large trees in its threads."""
        self.index = StationIndex(executor=executor)
        self.facts: list[StationFacts] = []
        self.opens_at: list[float | None] = []  # when a closed station opens, seconds since 1970
        self.changed_at: list[float] = []  # when somebody could last see a difference, seconds since 1970
        self.on_change: _Changed | None = None
        self._row_of: dict[UUID, int] = {}
        self._in_county: dict[str, set[int]] = {}
        self._counts: list[Count | None] = []
        # What changes by itself, then what was written. One piece: ten rows from anywhere in memory cost as
        # much as they have pieces.
        self._bodies: list[bytes] = []
        self._splits: list[int] = []
        self._observed: list[int | None] = []  # whole seconds since 1970
        self._positions: dict[CoordType, list[bytes | None]] = {each: [] for each in CoordType}
        self._due = np.full(1024, NEVER)
        self._next_due = NEVER
        self.settled_at = 0.0  # the instant that all rows look as, seconds since 1970

    def __len__(self) -> int:
        """Return how many stations there are, removed ones too."""
        return len(self._row_of)

    def __iter__(self) -> Iterator[int]:
        """Yield the row of every station."""
        return iter(self._row_of.values())

    def row_of(self, station_id: UUID) -> int | None:
        """Return a station's row."""
        return self._row_of.get(station_id)

    def count_of(self, station_id: UUID) -> Count | None:
        """Return how many are inside a station, as last heard."""
        row = self._row_of.get(station_id)
        return None if row is None else self._counts[row]

    def put(self, facts: StationFacts, count: Count | None, now: datetime) -> None:
        """Take a new or an edited station."""
        row, status = self._row_of.get(facts.id), None
        if row is not None:
            status = self.facts[row].status
            row = self._replace(row, facts)
        if row is None:
            row = self._append(facts)
        self._in_county.setdefault(facts.area_code[:_COUNTY], set()).add(row)
        self._counts[row] = count
        self._look(row, now, said=description(facts), is_seen=facts.status is not status)

    def ids(self) -> set[UUID]:
        """Return the id of every station."""
        return set(self._row_of)

    def forget(self, ids: Iterable[UUID]) -> None:
        """Forget stations that there are no more."""
        for station_id in ids:
            self._retire(self._row_of.pop(station_id))

    def count(self, station_id: UUID, count: Count, now: datetime) -> None:
        """Take how many are inside a station; a station not yet known is passed over."""
        row = self._row_of.get(station_id)
        if row is not None:
            self._counts[row] = count
            self._look(row, now)

    def settle(self, at: float, *, most: int) -> int:
        """Bring rows up to the clock, in seconds since 1970, ``most`` at a time; return how many were due.

        When the clock was set back, all are.
        """
        is_set_back = at < self.settled_at - _SET_BACK_S
        self.settled_at = at
        if at < self._next_due and not is_set_back:
            return 0
        due = self._due[: len(self.facts)]
        if is_set_back:
            due[:] = at
        now = datetime.fromtimestamp(at, UTC)
        rows: list[int] = np.flatnonzero(due <= at)[:most].tolist()
        for row in rows:
            self._look(row, now)
        self._next_due = float(due.min())
        return len(rows)

    @property
    def next_due(self) -> float:
        """When the next row has to be settled, in seconds since 1970."""
        return self._next_due

    def live(self, row: int) -> bytes:
        """Return the JSON members of a row that change by themselves, from ``level`` to ``open``."""
        return self._bodies[row][1 : self._splits[row]]

    def write(self, found: Sequence[tuple[int, float]], coord_type: CoordType, at: float) -> bytes:
        """Return the JSON of rows, each with its metres from somewhere, at an instant in seconds since 1970.

        The innermost loop of the hot path: everything is a local name, nothing is formatted, and long pieces
        are copied once.
        """
        if not found:
            return b""
        bodies, seen, places = self._bodies, self._observed, self._positions[coord_type]
        numbers, many, now = _NUMBERS, len(_NUMBERS), int(at)
        pieces = [_BEGIN]
        add = pieces.append
        for row, exact in found:
            metres, observed = floor(exact + 0.5), seen[row]
            add(numbers[metres] if metres < many else b"%d" % metres)
            add(places[row] or self._place(row, coord_type))
            if observed is None:
                add(b"null")
            else:
                seconds = now - observed if now > observed else 0
                add(numbers[seconds] if seconds < many else b"%d" % seconds)
            add(bodies[row])
        pieces[-1] = pieces[-1][:-_NEXT]
        return b"".join(pieces)

    def _place(self, row: int, coord_type: CoordType) -> bytes:
        """Return the piece of a row's position, kept from now on."""
        place = self._positions[coord_type][row] = _PLACE % position(self.facts[row].point, coord_type)
        return place

    def _replace(self, row: int, facts: StationFacts) -> int | None:
        """Take edited facts into a row; return ``None`` when the station moved and needs another row."""
        if self.facts[row].point == facts.point:
            self._in_county[self.facts[row].area_code[:_COUNTY]].discard(row)
            self.facts[row] = facts
            return row
        self._retire(row)
        return None

    def _retire(self, row: int) -> None:
        self._in_county[self.facts[row].area_code[:_COUNTY]].discard(row)
        self.index.change(row, traits=0, free=UNKNOWN_FREE)
        self._due[row] = NEVER

    def _append(self, facts: StationFacts) -> int:
        row = self.index.add(Place(facts.point, traits=0))
        self._row_of[facts.id] = row
        self.facts.append(facts)
        self._counts.append(None)
        self.opens_at.append(None)
        self.changed_at.append(0.0)
        self._bodies.append(b"")
        self._splits.append(0)
        self._observed.append(None)
        for places in self._positions.values():
            places.append(None)
        if row >= len(self._due):
            self._due = np.concatenate((self._due, np.full(len(self._due), NEVER)))
        return row

    def _look(self, row: int, now: datetime, *, said: bytes | None = None, is_seen: bool = False) -> None:
        """Make a row look as it does now, and tell when anybody can see the difference.

        Args:
            row: the row.
            now: the instant.
            said: its description, when that may have changed.
            is_seen: whether there is a difference that is not in its JSON.
        """
        seen, body = appearance(self.facts[row], self._counts[row], now), self._bodies[row]
        written = body[self._splits[row] + 1 : -_NEXT] if said is None else said
        self._bodies[row], self._splits[row] = _BODY % (seen.live, written), 1 + len(seen.live)
        is_seen |= self._bodies[row] != body
        self.opens_at[row] = seen.opens_at
        self._observed[row] = None if seen.observed is None else ceil(seen.observed)
        self._due[row] = seen.due
        self._next_due = min(self._next_due, seen.due)
        self.index.change(row, traits=seen.traits, free=seen.free)
        if is_seen:
            self.changed_at[row] = now.timestamp()
            if self.on_change is not None:
                self.on_change(row)

    def rows_in(self, area_code: str) -> list[int]:
        """Return the rows of all stations inside an area."""
        digits = len(area_code)
        return [
            row
            for county, rows in self._in_county.items()
            if county[:digits] == area_code[:_COUNTY]
            for row in rows
            if self.facts[row].area_code[:digits] == area_code
        ]
