"""Facts about cases at other cities' endpoints, in the past tense."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class SendingGaveUp(Event):
    """A case could not be brought to its unit's endpoint: a person has to look."""

    name: ClassVar[str] = "open311.sending_gave_up"
    report_id: UUID
    sending_id: UUID


@dataclass(frozen=True, slots=True)
class PartnerSaidDone(Event):
    """Another city says that a case is over there: nobody here has seen it yet."""

    name: ClassVar[str] = "open311.partner_said_done"
    report_id: UUID
    sending_id: UUID
