"""What a listener to a station or an area receives, as server-sent events made once for all of them.

An event's id is the instant of the change in milliseconds. It is the same clock on every process, so a
listener who comes back to another one still gets what was missed: every station that changed since, less
one minute in which the clocks of two hosts may disagree. States, not differences, are sent: one too many
does no harm.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from app.realtime.table import StationTable

HEARTBEAT = b": \n\n"
_DISAGREEMENT_S = 60.0
_IN_ONE_EVENT = 100


def state_of(table: StationTable, row: int) -> bytes:
    """Return the JSON of what anybody may know of a station's present state.

    One that was merged or moved names its heir as ``moved_to_id``: listeners go on there.
    """
    facts = table.facts[row]
    moved = (
        b"" if facts.merged_into_id is None else b'"moved_to_id":"%b",' % str(facts.merged_into_id).encode()
    )
    said = b'{"station_id":"%b","status":"%b",%b"occupancy":{%b}'
    return said % (str(facts.id).encode(), facts.status.value.encode(), moved, table.live(row))


def state_event(states: Iterable[bytes], *, at: float) -> bytes:
    """Return the event that tells the states of stations as of an instant in seconds since 1970."""
    return b'id: %d\nevent: state\ndata: {"stations":[%b]}\n\n' % (at * 1000, b",".join(states))


def opening_events(
    table: StationTable, rows: Sequence[int], *, now: datetime, last_event_id: str | None
) -> Iterator[bytes]:
    """Yield what a listener has to hear first: the present state, or what changed since they left.

    There is always at least one event, so that a listener knows the stream stands.
    """
    since = _instant_of(last_event_id) - _DISAGREEMENT_S
    missed = iter([row for row in rows if table.changed_at[row] >= since])
    at = now.timestamp()
    states = [state_of(table, row) for row in islice(missed, _IN_ONE_EVENT)]
    yield state_event(states, at=at)
    while states := [state_of(table, row) for row in islice(missed, _IN_ONE_EVENT)]:
        yield state_event(states, at=at)


def _instant_of(event_id: str | None) -> float:
    """Return the seconds that an event's id names; 0 for one that is not ours, which gets everything."""
    if event_id is None or not event_id.isascii() or not event_id.isdigit():
        return 0.0
    return int(event_id[:16]) / 1000
