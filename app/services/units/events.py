"""Facts about handling units, in the past tense."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class UnitRetired(Event):
    """A handling unit is no more; its open cases go to its successor or back to the desk."""

    name: ClassVar[str] = "unit.retired"
    unit_id: UUID
    successor_id: UUID | None
