"""Facts about points, in the past tense: ids and states, never who."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class HoldEnded(Event):
    """What was kept for somebody was handed over, or went back."""

    name: ClassVar[str] = "points.hold_ended"
    hold_id: UUID
    state: str
