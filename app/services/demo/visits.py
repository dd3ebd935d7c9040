"""A month of visits: as many as the press counts, at hours when the station was open; pure.

A visit begins in a quarter of an hour drawn by how busy that hour is; it ends by a tap, by leaving, or
with the closing. Nobody is in two places at once. Instants are seconds since 1970 in numpy arrays: a
hundred and eighty thousand visits are drawn in a moment.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from uuid import UUID

import numpy as np
import numpy.typing as npt
from opening_hours import OpeningHours, State

from app.core.clock import SHANGHAI
from app.models import EndReason, EvidenceGrade
from app.services.checkins.rules import GRACE, LONGEST_STAY

Seconds = npt.NDArray[np.int64]
Row = tuple[object, ...]

MONTH = timedelta(days=30)
VISITS_A_DAY = 12.4  # the trade unions' figure for the end of 2024
_QUARTER_S = 900
_GRACE_S, _LONGEST_S = int(GRACE.total_seconds()), int(LONGEST_STAY.total_seconds())
_MONTH_S = int(MONTH.total_seconds())
_GAP_S = 600  # between two visits of one person
_SEEN_S = 2  # from the phone to the server
_FAR = np.iinfo(np.int64).max // 2
# How busy each hour of the day is: before the meals that riders carry, and after them.
_BUSY = (2, 1, 1, 1, 1, 2, 3, 5, 6, 8, 10, 6, 5, 10, 12, 11, 8, 6, 5, 6, 8, 9, 6, 4)
GRADES = (EvidenceGrade.A, EvidenceGrade.B, EvidenceGrade.C, EvidenceGrade.D)
_GRADE_SHARES = (0.35, 0.05, 0.4, 0.2)
_WITH_FIX = (GRADES.index(EvidenceGrade.A), GRADES.index(EvidenceGrade.C))
ENDS = (EndReason.TAP, EndReason.LEFT, EndReason.CLOSED)
_TAP, _LEFT, _CLOSED = range(3)
_TAP_SHARE, _OFFLINE_SHARE = 0.65, 0.04
_VISITS_A_RIDER_DAY = 2.2

# Rows for ``bulk.copy_array``; instants are seconds since 1970, ``place`` and ``person`` are numbers from 0.
VISIT = np.dtype([
    ("id", "V16"), ("place", "i4"), ("person", "i4"), ("begins", "i8"), ("received", "i8"), ("offline", "?"),
    ("grade", "i4"), ("fixed", "?"), ("lat", "f8"), ("lon", "f8"), ("accuracy_m", "f8"), ("due", "i8"),
    ("due_by_stay", "?"), ("ended", "?"), ("ends", "i8"), ("end_received", "i8"), ("reason", "i4"),
])  # fmt: skip
# These are the columns of the table; an instant is as PostgreSQL sends it.
QUARTER = np.dtype(
    [("station_id", "V16"), ("starts_at", "i8"), ("occupancy", "i8"), ("peak", "i8"), ("was_open", "?")]
)
_POSTGRES_EPOCH_US = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
OCCUPANCY_COLUMNS = ("station_id", "open_visits", "correction", "peak", "observed_at", "changed_at")


@dataclass(frozen=True, slots=True)
class Place:
    """A station as far as visits care."""

    id: UUID
    area_code: str
    lat: float
    lon: float
    compiled_hours: str
    closed_since: datetime | None


@dataclass(frozen=True, slots=True)
class Slots:
    """The open quarters of a month, when each one's span closes, and the share of visits that begin in it."""

    starts: Seconds
    closes: Seconds
    shares: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits in the order in which they began; ``place`` counts in the sequence of places."""

    place: npt.NDArray[np.int64]
    begins: Seconds
    ends: Seconds
    closes: Seconds
    reason: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.begins)


@lru_cache(maxsize=256)
def slots_of(compiled_hours: str, now: datetime) -> Slots:
    """Return the quarters of the past month in which a station was open; most share their hours."""
    end = now.astimezone(SHANGHAI)
    starts: list[int] = []
    closes: list[int] = []
    weights: list[int] = []
    for opens_at, closes_at, state, _ in OpeningHours(compiled_hours, timezone=SHANGHAI).intervals(
        end - MONTH, end
    ):
        if state is State.OPEN:
            quarters = range(int(opens_at.timestamp()), int(closes_at.timestamp()), _QUARTER_S)
            starts += quarters
            closes += repeat(int(closes_at.timestamp()) if closes_at < end else _FAR, len(quarters))
            weights += [_BUSY[datetime.fromtimestamp(at, SHANGHAI).hour] for at in quarters]
    shares = np.array(weights, dtype=float)
    return Slots(np.array(starts, dtype=np.int64), np.array(closes, dtype=np.int64), shares / shares.sum())


def visits_of(places: Sequence[Place], a_day: float, dice: np.random.Generator, now: datetime) -> Visits:
    """Draw the month's visits; some stations are busier than others."""
    popularity = dice.lognormal(0, 0.5, len(places))
    counts = np.round(popularity * a_day * MONTH.days * len(places) / popularity.sum()).astype(int)
    drawn = [_at_one_place(place, count, dice, now) for place, count in zip(places, counts, strict=True)]
    begins = np.concatenate([begins for begins, _ in drawn])
    closes = np.concatenate([closes for _, closes in drawn])
    place = np.repeat(np.arange(len(places)), [len(begins) for begins, _ in drawn])
    order = np.argsort(begins, kind="stable")
    return _stay(place[order], begins[order], closes[order], dice)


def _at_one_place(
    place: Place, count: int, dice: np.random.Generator, now: datetime
) -> tuple[Seconds, Seconds]:
    slots = slots_of(place.compiled_hours, now)
    index = dice.choice(len(slots.starts), count, p=slots.shares)
    begins, closes = slots.starts[index] + dice.integers(0, _QUARTER_S, count), slots.closes[index]
    until = int(min(place.closed_since or now, now).timestamp())
    happened = begins < np.minimum(closes, until)
    return begins[happened], closes[happened]


def _stay(
    place: npt.NDArray[np.int64], begins: Seconds, closes: Seconds, dice: np.random.Generator
) -> Visits:
    stay_s = np.minimum(dice.lognormal(3.2, 0.7, len(begins)) * 60, _LONGEST_S - 60).astype(np.int64)
    outstays = begins + stay_s > closes
    ends = np.where(outstays, np.minimum(closes + _GRACE_S, begins + _LONGEST_S), begins + stay_s)
    taps = dice.random(len(begins)) < _TAP_SHARE
    return Visits(place, begins, ends, closes, np.where(outstays, _CLOSED, np.where(taps, _TAP, _LEFT)))


def share_out(
    visits: Visits, of: npt.NDArray[np.bool_], dice: np.random.Generator
) -> tuple[npt.NDArray[np.int64], list[UUID]]:
    """Return who made each of some visits, by number, and the people: it is whoever has been free longest."""
    count = int(of.sum())
    some = max(1, round(count / MONTH.days / _VISITS_A_RIDER_DAY))
    free = [(0, number) for number in range(some)]  # since when, who
    made_by = []
    for begins, ends in zip(visits.begins[of].tolist(), visits.ends[of].tolist(), strict=True):
        if free[0][0] <= begins:
            person = free[0][1]
            heapq.heapreplace(free, (ends + _GAP_S, person))
        else:
            person, some = some, some + 1
            heapq.heappush(free, (ends + _GAP_S, person))
        made_by.append(person)
    return np.array(made_by, dtype=np.int64), uuids(some, dice)


def uuids(count: int, dice: np.random.Generator) -> list[UUID]:
    """Draw random identifiers."""
    return [UUID(bytes=raw.tobytes()) for raw in _uuid_bytes(count, dice)]


def _uuid_bytes(count: int, dice: np.random.Generator) -> npt.NDArray[np.void]:
    raw = np.frombuffer(dice.bytes(16 * count), dtype=np.uint8).reshape(count, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    return raw.view("V16").ravel()


def visit_rows(
    visits: Visits, places: Sequence[Place], dice: np.random.Generator, now: datetime
) -> npt.NDArray[np.void]:
    """Return the visits as rows of :data:`VISIT`, without the person."""
    count = len(visits)
    rows = np.zeros(count, dtype=VISIT)
    rows["id"] = _uuid_bytes(count, dice)
    rows["place"] = visits.place
    rows["begins"] = visits.begins
    rows["offline"] = dice.random(count) < _OFFLINE_SHARE
    rows["offline"] &= visits.begins + 6 * _QUARTER_S < int(now.timestamp())
    rows["received"] = visits.begins + np.where(
        rows["offline"], dice.integers(60, 5 * _QUARTER_S, count), _SEEN_S
    )
    rows["grade"] = dice.choice(len(GRADES), count, p=_GRADE_SHARES)
    rows["fixed"] = np.isin(rows["grade"], _WITH_FIX)
    north, east = dice.uniform(-4e-4, 4e-4, (2, count))
    rows["lat"] = np.round(np.array([place.lat for place in places])[visits.place] + north, 6)
    rows["lon"] = np.round(np.array([place.lon for place in places])[visits.place] + east, 6)
    rows["accuracy_m"] = np.round(dice.uniform(5, 60, count), 1)
    rows["due"] = np.minimum(visits.begins + _LONGEST_S, visits.closes + _GRACE_S)
    rows["due_by_stay"] = rows["due"] == visits.begins + _LONGEST_S
    rows["ended"] = visits.ends <= int(now.timestamp())
    rows["ends"] = visits.ends
    rows["end_received"] = visits.ends + _SEEN_S
    rows["reason"] = visits.reason
    return rows


def occupancy_rows(visits: Visits, places: Sequence[Place], now: datetime) -> Iterator[Row]:
    """Return who is inside now, by station, and when somebody last came or went."""
    now_s = int(now.timestamp())
    inside = np.bincount(visits.place[visits.ends > now_s], minlength=len(places)).tolist()
    seen = np.zeros(len(places), dtype=np.int64)
    # A visit that the server ended is no news of the station.
    news = np.where((visits.ends <= now_s) & (visits.reason != _CLOSED), visits.ends, visits.begins)
    np.maximum.at(seen, visits.place, news)
    for place, count, seen_s in zip(places, inside, seen.tolist(), strict=True):
        if seen_s:
            yield place.id, count, 0, count, datetime.fromtimestamp(seen_s, UTC), now


def quarter_rows(visits: Visits, places: Sequence[Place], now: datetime) -> npt.NDArray[np.void]:
    """Return the history, each past quarter of an hour with somebody inside, as rows of :data:`QUARTER`."""
    last = int(now.timestamp()) // _QUARTER_S
    there = []
    bounds = np.searchsorted(np.sort(visits.place), np.arange(len(places) + 1))
    by_place = np.argsort(visits.place, kind="stable")
    for index, place in enumerate(places):
        theirs = by_place[bounds[index] : bounds[index + 1]]
        quarters, occupancy, peak = _history(visits.begins[theirs], visits.ends[theirs], last)
        rows = np.zeros(len(quarters), dtype=QUARTER)
        rows["station_id"] = np.void(place.id.bytes)
        rows["starts_at"] = quarters * _QUARTER_S * 1_000_000 - _POSTGRES_EPOCH_US
        rows["occupancy"], rows["peak"] = occupancy, peak
        open_quarters = np.unique(slots_of(place.compiled_hours, now).starts // _QUARTER_S)
        rows["was_open"] = np.isin(quarters, open_quarters)
        there.append(rows)
    return np.concatenate(there)


def _history(begins: Seconds, ends: Seconds, last: int) -> tuple[Seconds, Seconds, Seconds]:
    """Return the quarters before ``last`` with anybody inside: the number at their end and at most."""
    if not len(begins):
        nothing = np.array([], dtype=np.int64)
        return nothing, nothing, nothing
    at = np.concatenate([ends, begins])  # of equals the end comes first: the seat is free again
    steps = np.concatenate([np.full(len(ends), -1), np.ones(len(begins), dtype=np.int64)])
    order = np.argsort(at, kind="stable")
    inside = np.cumsum(steps[order])
    quarters = np.arange(int(begins.min()) // _QUARTER_S, last)
    before = np.searchsorted(at[order], quarters * _QUARTER_S)  # moves before each quarter
    after = np.searchsorted(at[order], (quarters + 1) * _QUARTER_S)
    padded = np.concatenate([[0], inside])
    # The most during a quarter: what it began with, or what any move in it made.
    bounds = np.column_stack([before, after + 1]).ravel()
    peak = np.maximum.reduceat(np.append(padded, 0), bounds)[::2]
    used = peak > 0
    return quarters[used], padded[after][used], peak[used]
