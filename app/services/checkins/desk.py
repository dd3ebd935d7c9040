"""What a check-in needs of its process: the writer, and what is known of stations and their codes."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.core.db import Database
from app.core.geo import Point
from app.models import StationStatus
from app.services.checkins.rules import OpenState
from app.services.checkins.writer import CheckinWriter


class Timetable(Protocol):
    """When a station is open, closures and shelter mode included."""

    def at(self, now: datetime, /) -> OpenState:
        """Return whether it is open at an instant, and until when."""


class Station(Protocol):
    """The facts of a station that a visit depends on."""

    @property
    def id(self) -> UUID:
        """Return its id."""

    @property
    def status(self) -> StationStatus:
        """Return whether it exists for riders."""

    @property
    def area_code(self) -> str:
        """Return its community's code."""

    @property
    def point(self) -> Point:
        """Return where it is."""

    @property
    def geofence_m(self) -> int:
        """Return the radius of its fence."""

    @property
    def seats(self) -> int | None:
        """Return how many it holds."""

    @property
    def timetable(self) -> Timetable:
        """Return when it is open."""


# Finds a station's facts: in the process's memory, else in the database.
FindStation = Callable[[UUID], Awaitable[Station | None]]


@dataclass(frozen=True, slots=True)
class CheckinDesk:
    """One process's way to write check-ins."""

    db: Database
    writer: CheckinWriter
    find_station: FindStation


@dataclass(frozen=True, slots=True)
class StationKeys:
    """What a station's codes are checked with."""

    secret: bytes
    printed_ids: Collection[UUID]
