"""Identifiers: time-ordered UUIDs (RFC 9562 version 7)."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new version-7 UUID; later ids sort after earlier ones to the millisecond.

    A version-7 id tells when it was made, so it never serves as a secret.
    """
    return uuid7()
