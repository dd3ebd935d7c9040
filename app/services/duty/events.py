"""Facts about ladders, in the past tense. Ids and codes; never who reported."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class DutyRungReached(Event):
    """An emergency that nobody has acknowledged climbed to a rung; ``on_duty`` zero: nobody was there."""

    name: ClassVar[str] = "duty.rung_reached"
    report_id: UUID
    ladder_id: UUID
    rung: str
    on_duty: int


@dataclass(frozen=True, slots=True)
class DutyAcknowledged(Event):
    """Somebody on duty saw an emergency."""

    name: ClassVar[str] = "duty.acknowledged"
    report_id: UUID
    ladder_id: UUID


@dataclass(frozen=True, slots=True)
class NobodyOnDuty(Event):
    """An emergency found nobody on any rung."""

    name: ClassVar[str] = "duty.nobody"
    report_id: UUID
    ladder_id: UUID


@dataclass(frozen=True, slots=True)
class RidersWarned(Event):
    """Riders near an emergency are warned of it."""

    name: ClassVar[str] = "duty.riders_warned"
    report_id: UUID
    warning_id: UUID


@dataclass(frozen=True, slots=True)
class DutyCalled(Event):
    """Somebody on duty was called about an emergency."""

    name: ClassVar[str] = "duty.called"
    report_id: UUID
    call_id: UUID
    rung: str
