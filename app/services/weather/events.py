"""Facts about weather alerts."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class WeatherAlertIssued(Event):
    """An alert came into force, or will."""

    name: ClassVar[str] = "weather.alert_issued"
    alert_id: UUID
    kind: str
    colour: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class WeatherAlertEnded(Event):
    """An alert was cancelled or replaced before its time."""

    name: ClassVar[str] = "weather.alert_ended"
    alert_id: UUID
