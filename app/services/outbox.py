"""Facts leave through the outbox: recorded with the change that made them true, delivered after it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import OutboxEvent


@dataclass(frozen=True, slots=True)
class Event:
    """A fact in the past tense. Its fields are ids, codes and numbers: nothing personal."""

    name: ClassVar[str]


def payload_of(event: Event) -> dict[str, Any]:
    """Return an event's fields as JSON-ready values."""
    return {key: _plain(value) for key, value in asdict(event).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def record(session: AsyncSession, event: Event, *, now: datetime, area_code: str | None = None) -> None:
    """Write a fact beside the change; it is delivered after their common commit, at least once."""
    session.add(OutboxEvent(name=event.name, area_code=area_code, payload=payload_of(event), recorded_at=now))
