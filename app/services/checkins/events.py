"""Facts about visits and occupancy, told through the outbox; nothing personal in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class VisitStarted(Event):
    """Somebody checked in."""

    name: ClassVar[str] = "visit.started"

    visit_id: UUID
    station_id: UUID


@dataclass(frozen=True, slots=True)
class VisitEnded(Event):
    """Somebody checked out or left."""

    name: ClassVar[str] = "visit.ended"

    visit_id: UUID
    station_id: UUID


@dataclass(frozen=True, slots=True)
class OccupantsTold(Event):
    """A station closes while people are inside: they are to be told, their visits end at ``ends_at``."""

    name: ClassVar[str] = "station.occupants_told"

    station_id: UUID
    visits: int
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class OccupantsMayStay(Event):
    """The closure that cut visits short was lifted: they last as long as the hours allow."""

    name: ClassVar[str] = "station.occupants_may_stay"

    station_id: UUID
    visits: int


@dataclass(frozen=True, slots=True)
class DoorCodeRotated(Event):
    """A door opens by another code now, or by none; those inside who need it ask for it again."""

    name: ClassVar[str] = "station.door_code_rotated"

    station_id: UUID
