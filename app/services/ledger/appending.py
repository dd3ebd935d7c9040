"""The one way in which entries come into a book: at its end, under its lock, chained."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.ids import new_id
from app.models import ApprovalLevel, EntryKind, LedgerBook, LedgerEntry
from app.services.ledger import chain


async def append(
    session: AsyncSession, book_id: UUID, said: Sequence[dict[str, Any]], *, by: Actor | None, now: datetime
) -> list[LedgerEntry]:
    """Add entries at the end of a book.

    The book's row is locked until the transaction ends, so that chains never fork: one book's writers wait
    for each other, different books' do not. Whoever also locks a person's hours does so before.

    Args:
        session: the transaction that holds the cause too.
        book_id: the book.
        said: the columns of each entry but those that follow from its place.
        by: who enters them; nobody when attendance did.
        now: the present instant.
    """
    book = await session.get_one(LedgerBook, book_id, with_for_update=True, populate_existing=True)
    entries = []
    for each in said:
        entry = LedgerEntry(
            **{
                "id": new_id(),
                "book_id": book_id,
                "seq": book.head_seq + 1,
                "points_to": None,
                "source_id": None,
                "starts_at": None,
                "ends_at": None,
                "grade": None,
                "reason": None,
                "entered_by": None if by is None else by.account_id,
                "entered_at": now,
                "prev_hash": book.head_hash,
                **each,
            }
        )
        entry.hash = chain.digest(entry, book.head_hash)
        book.head_seq, book.head_hash = entry.seq, entry.hash
        session.add(entry)
        entries.append(entry)
    await session.flush()
    return entries


def about(entry: LedgerEntry, kind: EntryKind, *, counted: int, reason: str | None = None) -> dict[str, Any]:
    """Return the columns of an entry that says something about an earlier one."""
    return {
        "kind": kind,
        "subject_id": entry.subject_id,
        "recording_id": entry.recording_id,
        "part": entry.part,
        "points_to": entry.id,
        "source_id": entry.source_id,
        "served_on": entry.served_on,
        "starts_at": entry.starts_at,
        "ends_at": entry.ends_at,
        "minutes": entry.minutes,
        "counted": counted,
        "provenance": entry.provenance,
        "grade": entry.grade,
        "needs": ApprovalLevel.NONE,
        "activity": entry.activity,
        "reason": reason,
    }


async def said_about(session: AsyncSession, entry_id: UUID) -> dict[EntryKind, LedgerEntry]:
    """Return what was said about an entry since, by kind."""
    query = select(LedgerEntry).where(LedgerEntry.points_to == entry_id)
    found = await session.scalars(query.execution_options(populate_existing=True))
    return {each.kind: each for each in found}
