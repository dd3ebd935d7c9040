"""The hash chain of a book; pure. Each entry's hash covers all it says and the hash before it.

What is hashed names a person by pseudonym alone, so that an erasure takes the name and leaves the proof.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.models import LedgerEntry

# What a book's first entry follows.
GENESIS = bytes(32)
_HASHED = tuple(
    column.key for column in LedgerEntry.__table__.columns if column.key not in {"prev_hash", "hash"}
)


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: the first entry that is not as it was written."""

    book_id: UUID
    seq: int
    entry_id: UUID | None
    what: str


def digest(entry: LedgerEntry, before: bytes) -> bytes:
    """Return the hash of an entry that follows another's (SHA-256 over canonical JSON)."""
    said = {key: _plain(getattr(entry, key)) for key in _HASHED}
    said["before"] = before.hex()
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def first_break(
    book_id: UUID, entries: Iterable[LedgerEntry], *, seq: int = 0, before: bytes = GENESIS
) -> tuple[Break | None, int, bytes]:
    """Follow entries in the order of ``seq``; return the first break, and how far the chain holds."""
    for entry in entries:
        what = _wrong(entry, seq + 1, before)
        if what is not None:
            return Break(book_id, entry.seq, entry.id, what), seq, before
        seq, before = entry.seq, entry.hash
    return None, seq, before


def _wrong(entry: LedgerEntry, seq: int, before: bytes) -> str | None:
    if entry.seq != seq:
        return f"entry {seq} is missing"
    if entry.prev_hash != before:
        return "does not follow the entry before it"
    return None if entry.hash == digest(entry, before) else "is not what was written"


def _plain(value: Any) -> Any:
    """Return a value in one spelling, whoever made it: the ORM, the driver, a time zone."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value
