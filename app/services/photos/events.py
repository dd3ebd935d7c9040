"""Facts about photos, told through the outbox; nothing personal in them."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class PhotoReady(Event):
    """Its copies can be shown; told again when staff covered something."""

    name: ClassVar[str] = "photo.ready"

    photo_id: UUID
    purpose: str
    about_id: UUID | None
    version: int


@dataclass(frozen=True, slots=True)
class PhotoRefused(Event):
    """It will never be shown; ``code`` says why."""

    name: ClassVar[str] = "photo.refused"

    photo_id: UUID
    purpose: str
    about_id: UUID | None
    code: str
