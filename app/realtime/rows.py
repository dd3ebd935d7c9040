"""What anybody may see of a station, as pieces of JSON made once and joined on every request (pure).

A station's row has a part that changes when somebody edits it (:func:`description`) and one that changes
with the clock and the people inside (:func:`appearance`); positions depend on who asks. Making JSON of
ten stations anew for each request would cost more than finding them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from app.core.geo import CoordType, Point, from_wgs84
from app.models import AmenityState, StationStatus
from app.services.stations.facts import StationFacts
from app.services.stations.hours import OpenState
from app.services.stations.index import LISTED, OPEN, ROUND_THE_CLOCK, UNKNOWN_FREE, traits_of
from app.services.stations.occupancy_level import FRESH_FOR, is_fresh, level_of, public_free_seats

CLOSING_SOON = timedelta(minutes=20)
# A round-the-clock station stays so while a closure of next month is announced.
_SURELY_OPEN = timedelta(days=7)
NEVER = float("inf")
_NEVER_OPEN = OpenState(is_open=False, changes_at=None, provisional=False)

# Ten rows stay under 10 KB whatever an office wrote: long texts are cut here, the station's page has them.
_MOST_DESCRIPTION_BYTES = 690
_TEXT_CAPS = (("name", 96), ("floor_text", 36), ("address", 150), ("indoor_note", 150))
_LEAST_TEXT_BYTES = 24


@dataclass(frozen=True, slots=True)
class Count:
    """How many are inside, and when that was last heard of."""

    inside: int
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Appearance:
    """A station at an instant: its JSON, what filters see of it, and until when all that holds.

    ``live`` are the row's members ``occupancy``, from ``level`` on, and ``open``; ``due``, ``opens_at``
    and ``observed`` are seconds since 1970.
    """

    live: bytes
    traits: int
    free: int
    due: float
    opens_at: float | None
    observed: float | None


def appearance(facts: StationFacts, count: Count | None, now: datetime) -> Appearance:
    """Return what a station looks like at an instant."""
    gone = facts.status is StationStatus.REMOVED
    state = _NEVER_OPEN if gone else facts.timetable.at(now)
    inside = 0 if count is None else count.inside
    observed_at = None if count is None else count.observed_at
    accepting = state.is_open is not False
    level = level_of(inside=inside, seats=facts.seats, observed_at=observed_at, now=now, accepting=accepting)
    knows = accepting and is_fresh(observed_at, now)
    free = public_free_seats(inside, facts.seats) if knows else None
    occupancy = {
        "level": level,
        "free_seats": free,
        "seats": facts.seats,
        "observed_at": _instant(observed_at),
    }
    return Appearance(
        live=orjson.dumps(occupancy)[1:] + b',"open":' + orjson.dumps(_open(state, now)),
        traits=_traits(facts, state, now),
        free=UNKNOWN_FREE if free is None else free,
        due=_due(state, observed_at, now),
        opens_at=state.changes_at.timestamp() if state.is_open is False and state.changes_at else None,
        observed=None if observed_at is None else observed_at.timestamp(),
    )


def description(facts: StationFacts) -> bytes:
    """Return the row's members that do not depend on the clock, and its closing brace."""
    texts = {name: _cut(getattr(facts, name), most) for name, most in _TEXT_CAPS}
    row = {
        "id": str(facts.id),
        "kind": facts.kind,
        **texts,
        "amenities": [amenity for amenity, state in facts.amenities if state is AmenityState.WORKS],
        "entry_requirements": facts.entry_requirements,
    }
    for name in ("indoor_note", "address", "name"):
        if (excess := len(orjson.dumps(row)) - _MOST_DESCRIPTION_BYTES) > 0:
            row[name] = _cut(texts[name], max(_LEAST_TEXT_BYTES, len(texts[name].encode()) - excess))
    return orjson.dumps(row)[1:]


def position(point: Point, coord_type: CoordType) -> bytes:
    """Return the row's ``lat`` and ``lon`` members, to ten centimetres, in the caller's datum."""
    lat, lon = from_wgs84(point, coord_type)
    return b'"lat":%.6f,"lon":%.6f' % (lat, lon)


def _cut(text: str, most_bytes: int) -> str:
    """Return a text that takes no more bytes than that as JSON, an ellipsis at its end when cut."""
    written = orjson.dumps(text)[1:-1]
    if len(written) <= most_bytes:
        return text
    kept = text[:most_bytes]
    while len(orjson.dumps(kept)) + 1 > most_bytes:
        kept = kept[:-1]
    return kept + "…"


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _open(state: OpenState, now: datetime) -> dict[str, object]:
    changes_at = _instant(state.changes_at)
    return {
        "state": {True: "open", False: "closed", None: "unknown"}[state.is_open],
        "closes_at": changes_at if state.is_open else None,
        "opens_at": None if state.is_open else changes_at,
        "closing_soon": bool(
            state.is_open and state.changes_at is not None and state.changes_at - now <= CLOSING_SOON
        ),
        "provisional": state.provisional,
    }


def _traits(facts: StationFacts, state: OpenState, now: datetime) -> int:
    if facts.status is not StationStatus.IN_SERVICE:
        return 0
    working = [amenity for amenity, how in facts.amenities if how is AmenityState.WORKS]
    traits = LISTED | traits_of(working, [facts.kind])
    if state.is_open:
        traits |= OPEN
        if state.changes_at is None or state.changes_at - now > _SURELY_OPEN:
            traits |= ROUND_THE_CLOCK
    return traits


def _due(state: OpenState, observed_at: datetime | None, now: datetime) -> float:
    """Return when the station looks otherwise without anybody doing anything."""
    instants = [] if observed_at is None else [observed_at + FRESH_FOR]
    if state.changes_at is not None:
        instants += [state.changes_at - _SURELY_OPEN, state.changes_at - CLOSING_SOON, state.changes_at]
    return min((at.timestamp() for at in instants if at > now), default=NEVER)
