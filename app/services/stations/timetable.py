"""A station's own timetable: its schedule, less its closures, plus a shelter's open doors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.services.stations.hours import OpenState, Schedule, ends

# A station has a handful of closures; this only bounds a loop.
_MOST_STEPS = 1000


class Timetable(Protocol):
    """Answers whether a station is open at an instant."""

    compiled: str  # the hours in OSM syntax, with the dated rules of holidays and exceptions

    def at(self, now: datetime) -> OpenState:
        """Return the state at an instant (aware)."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closure from an instant to another; without an end, until somebody reopens."""

    starts_at: datetime
    ends_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Tell whether the station is closed by this at an instant."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


class OwnTimetable:
    """A schedule with closures and a shelter on top.

    A shelter (disaster) opens whatever the hours say, until it expires; a closure beats both, because
    whoever closes a building has a reason.
    """

    __slots__ = ("_closures", "_schedule", "_shelter_until", "compiled")

    def __init__(
        self, schedule: Schedule, closures: Sequence[Closed], shelter_until: datetime | None = None
    ) -> None:
        """Take the shared schedule and what is the station's own."""
        self.compiled = schedule.compiled
        self._schedule = schedule
        self._closures = tuple(sorted(closures, key=lambda each: each.starts_at))
        self._shelter_until = shelter_until

    def at(self, now: datetime) -> OpenState:
        """Return the state at an instant (aware)."""
        state, until = self._piece(now, self._schedule.at)
        provisional = state.provisional
        for _ in range(_MOST_STEPS):
            if until is None:
                break
            later, following = self._piece(until, self._schedule.look)
            provisional = provisional or later.provisional
            if ends(state.is_open, later.is_open):
                break
            until = following
        return OpenState(state.is_open, until, provisional)

    def _piece(self, at: datetime, ask: Callable[[datetime], OpenState]) -> tuple[OpenState, datetime | None]:
        """Return the state at an instant, and until when what decided it goes on deciding."""
        if closure := next((each for each in self._closures if each.holds(at)), None):
            return OpenState(is_open=False, changes_at=None, provisional=False), closure.ends_at
        next_closure = next((each.starts_at for each in self._closures if each.starts_at > at), None)
        if self._shelter_until is not None and at < self._shelter_until:
            return _SHELTERING, min(self._shelter_until, next_closure or self._shelter_until)
        state = ask(at)
        changes = [each for each in (state.changes_at, next_closure) if each is not None]
        return state, min(changes, default=None)


_SHELTERING = OpenState(is_open=True, changes_at=None, provisional=False)
