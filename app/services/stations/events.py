"""Facts about stations, for whoever must act on them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class StationCreated(Event):
    """A station joined the directory."""

    name: ClassVar[str] = "station.created"
    station_id: UUID


@dataclass(frozen=True, slots=True)
class StationRevised(Event):
    """A station's description or hours were edited; ``fields`` names what, joined by commas."""

    name: ClassVar[str] = "station.revised"
    station_id: UUID
    version: int
    fields: str


@dataclass(frozen=True, slots=True)
class StationClosed(Event):
    """A closure was entered, for now or later: those inside then are told and their visits end."""

    name: ClassVar[str] = "station.closed"
    station_id: UUID
    closure_id: UUID
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class StationReopened(Event):
    """A closure was ended or called off."""

    name: ClassVar[str] = "station.reopened"
    station_id: UUID
    closure_id: UUID


@dataclass(frozen=True, slots=True)
class AmenityStateChanged(Event):
    """Something at a station broke, ran short, or works again."""

    name: ClassVar[str] = "station.amenity_state_changed"
    station_id: UUID
    amenity: str
    state: str


@dataclass(frozen=True, slots=True)
class ShelterDeclared(Event):
    """A station opened its doors in a disaster, whatever its hours."""

    name: ClassVar[str] = "station.shelter_declared"
    station_id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class ShelterEnded(Event):
    """A station went back to its own hours and seats."""

    name: ClassVar[str] = "station.shelter_ended"
    station_id: UUID


@dataclass(frozen=True, slots=True)
class StationMerged(Event):
    """A station moved or was merged: another took its place and its old id leads there."""

    name: ClassVar[str] = "station.merged"
    station_id: UUID
    into_id: UUID


@dataclass(frozen=True, slots=True)
class StationRemoved(Event):
    """A station left the directory."""

    name: ClassVar[str] = "station.removed"
    station_id: UUID


@dataclass(frozen=True, slots=True)
class StationPhotoWaiting(Event):
    """A photo of a station, or of what is broken there, can be looked at; nobody has approved it yet."""

    name: ClassVar[str] = "station.photo_waiting"
    station_id: UUID
    photo_id: UUID


@dataclass(frozen=True, slots=True)
class StationFlagged(Event):
    """Two riders within two hours said the same of a station; once for each burst."""

    name: ClassVar[str] = "station.flagged"
    station_id: UUID
    kind: str
