"""Facts about the ledger, in the past tense: ids and numbers, never a name."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class HoursRecorded(Event):
    """Minutes were recorded; ``pending_minutes`` of them wait for somebody's approval."""

    name: ClassVar[str] = "ledger.hours_recorded"
    book_id: UUID
    subject_id: UUID
    recording_id: UUID
    pending_minutes: int


@dataclass(frozen=True, slots=True)
class HoursDecided(Event):
    """Minutes that waited were approved or refused."""

    name: ClassVar[str] = "ledger.hours_decided"
    entry_id: UUID
    is_approved: bool


@dataclass(frozen=True, slots=True)
class HoursVoided(Event):
    """An entry was voided; what was drawn from it is void with it."""

    name: ClassVar[str] = "ledger.hours_voided"
    entry_id: UUID
    subject_id: UUID


@dataclass(frozen=True, slots=True)
class HoursDisputed(Event):
    """A volunteer disputes what a book says, or does not say."""

    name: ClassVar[str] = "ledger.hours_disputed"
    dispute_id: UUID
    book_id: UUID


@dataclass(frozen=True, slots=True)
class DisputeSettled(Event):
    """A dispute was answered."""

    name: ClassVar[str] = "ledger.dispute_settled"
    dispute_id: UUID
    is_upheld: bool
