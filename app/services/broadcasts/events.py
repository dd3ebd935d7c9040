"""Facts about broadcasts, in the past tense."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class BroadcastStepped(Event):
    """A broadcast was moved: written, approved, sent, cancelled; ``step_id`` says by whom."""

    name: ClassVar[str] = "broadcast.stepped"
    broadcast_id: UUID
    step_id: UUID
    move: str
    to_state: str
