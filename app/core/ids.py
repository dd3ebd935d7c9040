"""Identifiers: time-ordered UUIDs (RFC 9562 version 7)."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new version-7 UUID; later ids sort after earlier ones to the millisecond.

    A version-7 id tells when it was made, so it never serves as a secret.
    """
    return uuid7()


def first_id_at(at: datetime) -> UUID:
    """Return the id that sorts before every id that :func:`new_id` makes from an instant on."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62)


def made_at_ms(made: UUID) -> int:
    """Return when an id was made, in milliseconds since 1970."""
    return made.int >> 80
