"""Proof that no line of any book was changed: chains are followed, and compared with the published heads.

Whoever can write to the database could make a whole chain anew. The heads that were published before then
no longer lie on it, and everybody may have kept those.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import local_day
from app.models import LedgerBook, LedgerEntry, LedgerHead
from app.services.ledger import chain
from app.services.ledger.chain import Break

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Proved:
    """What following a book's chain showed."""

    book_id: UUID
    name: str
    entries: int
    broken: Break | None


async def publish_heads(session: AsyncSession, *, now: datetime) -> int:
    """Put down today's head of every book; a day's heads are put down once."""
    heads = [
        {
            "book_id": book.id,
            "published_on": local_day(now),
            "seq": book.head_seq,
            "hash": book.head_hash,
            "published_at": now,
        }
        for book in await session.scalars(select(LedgerBook))
    ]
    if not heads:
        return 0
    made = insert(LedgerHead).on_conflict_do_nothing().returning(LedgerHead.book_id)
    return len((await session.scalars(made.values(heads))).all())


async def heads_on(session: AsyncSession, day: date) -> Sequence[tuple[LedgerHead, str]]:
    """Return the heads published on a day with their books' names."""
    query = (
        select(LedgerHead, LedgerBook.name)
        .join(LedgerBook, LedgerBook.id == LedgerHead.book_id)
        .where(LedgerHead.published_on == day)
        .order_by(LedgerBook.name, LedgerHead.book_id)
    )
    return [(head, name) for head, name in await session.execute(query)]


async def last_published(session: AsyncSession) -> date | None:
    """Return the last day on which heads were published."""
    query = select(LedgerHead.published_on).order_by(LedgerHead.published_on.desc()).limit(1)
    return await session.scalar(query)


async def verify(session: AsyncSession) -> AsyncGenerator[Proved]:
    """Follow every chain from its first entry; yield each book with its first break, if any."""
    books = (await session.scalars(select(LedgerBook).order_by(LedgerBook.name, LedgerBook.id))).all()
    for book in books:
        yield await verify_book(session, book)


async def verify_book(session: AsyncSession, book: LedgerBook) -> Proved:
    """Follow one chain: every hash, every published head, and the book's own idea of its end."""
    published = {
        head.seq: head
        for head in await session.scalars(select(LedgerHead).where(LedgerHead.book_id == book.id))
    }
    seq, before = 0, chain.GENESIS
    while entries := await _next_entries(session, book.id, after=seq):
        broken, seq, before = chain.first_break(book.id, entries, seq=seq, before=before)
        broken = broken or _off_published(book.id, entries, published)
        if broken is not None:
            return Proved(book.id, book.name, seq, broken)
        session.expunge_all()
    if (seq, before) != (book.head_seq, book.head_hash):
        broken = Break(book.id, seq + 1, None, "the book's end is not where it was written")
        return Proved(book.id, book.name, seq, broken)
    beyond = [head for head in published.values() if head.seq > seq]
    broken = Break(book.id, seq + 1, None, "entries behind a published head are gone") if beyond else None
    return Proved(book.id, book.name, seq, broken)


def _off_published(
    book_id: UUID, entries: Sequence[LedgerEntry], published: dict[int, LedgerHead]
) -> Break | None:
    for entry in entries:
        head = published.get(entry.seq)
        if head is not None and head.hash != entry.hash:
            return Break(book_id, entry.seq, entry.id, f"is not what was published on {head.published_on}")
    return None


async def _next_entries(session: AsyncSession, book_id: UUID, *, after: int) -> Sequence[LedgerEntry]:
    query = (
        select(LedgerEntry)
        .where(LedgerEntry.book_id == book_id, LedgerEntry.seq > after)
        .order_by(LedgerEntry.seq)
        .limit(_AT_ONCE)
    )
    return (await session.scalars(query)).all()
