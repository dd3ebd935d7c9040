"""Facts about webhooks, in the past tense."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class WebhookDisabled(Event):
    """A platform took nothing for days and is told no more; who set it up has to know."""

    name: ClassVar[str] = "webhook.disabled"
    webhook_id: UUID
    owner_id: UUID | None
