"""When a visit may begin and when the server ends it; pure, judged by the server's clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.models import EndReason
from app.services.checkins.errors import InTheFuture, StationClosed, TooOld

OLDEST = timedelta(hours=24)
MOST_AHEAD = timedelta(minutes=5)
GRACE = timedelta(minutes=15)  # after closing time, before the server ends a visit
LONGEST_STAY = timedelta(hours=4)


class OpenState(Protocol):
    """Whether a station is open at an instant, and until when; ``None`` is "not known"."""

    @property
    def is_open(self) -> bool | None:
        """Open, closed, or not known."""

    @property
    def changes_at(self) -> datetime | None:
        """Return the closing time when open, the next opening when closed."""


@dataclass(frozen=True, slots=True)
class Due:
    """When the server ends a visit that nobody ended, and with which reason."""

    at: datetime
    reason: EndReason


def check_captured(captured_at: datetime, now: datetime) -> None:
    """Refuse what waited too long in a phone's queue, and clocks that run ahead.

    Raises:
        TooOld: captured more than 24 hours ago.
        InTheFuture: captured more than five minutes from now.
    """
    if captured_at < now - OLDEST:
        raise TooOld
    if captured_at > now + MOST_AHEAD:
        raise InTheFuture


def due_of(captured_at: datetime, state: OpenState) -> Due:
    """Return when a visit ends by itself, from the station's state at the instant of the tap.

    A station that does not know its hours admits: the tap is voluntary and gates nothing.

    Raises:
        StationClosed: the station was closed then.
    """
    if state.is_open is False:
        opens_at = state.changes_at
        raise StationClosed(opens_at=None if opens_at is None else opens_at.isoformat())
    longest = captured_at + LONGEST_STAY
    if state.is_open and state.changes_at is not None and state.changes_at + GRACE < longest:
        return Due(state.changes_at + GRACE, EndReason.CLOSED)
    return Due(longest, EndReason.MAX_STAY)
