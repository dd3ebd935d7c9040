"""A volunteer says that a book is wrong, and gets an answer within a term.

The organisation verifies and amends in time what a volunteer points out (民政部令第67号).
The terms are ours: thirty days to dispute an entry, five working days to answer, as 12345 lines have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import SHANGHAI, local_day
from app.core.errors import KeyReused, NotFound
from app.models import EntryKind, LedgerBook, LedgerDispute, LedgerEntry, LedgerSubject
from app.services import outbox
from app.services.areas.calendar import load_calendar
from app.services.ledger import people, scope
from app.services.ledger.errors import (
    DisputeAnswered,
    DisputeLate,
    DisputeOpen,
    OwnHours,
    SecondPersonNeeded,
)
from app.services.ledger.events import DisputeSettled, HoursDisputed

DISPUTABLE_FOR = timedelta(days=30)
WORKING_DAYS_TO_ANSWER = 5
_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong: an entry, or with none the hours that a book lacks."""

    book_id: UUID
    entry_id: UUID | None
    text: str


async def raise_one(
    session: AsyncSession, dispute_id: UUID, said: Complaint, *, by: Actor, now: datetime
) -> LedgerDispute:
    """Dispute what a book says of oneself; the same id and content again is the same dispute.

    Raises:
        NotRegistered: the caller has no hours and no name in any book.
        NotFound: the book is none, or the entry is not about the caller.
        DisputeLate: the entry is older than thirty days.
        DisputeOpen: one about this entry waits for its answer.
        KeyReused: the id is another dispute's.
    """
    subject = await people.own(session, by=by)
    # One's disputes come one after the other.
    await people.lock(session, subject.id)
    kept = await session.get(LedgerDispute, dispute_id)
    if kept is not None:
        if (kept.subject_id, kept.book_id, kept.entry_id, kept.text) != (
            subject.id, said.book_id, said.entry_id, said.text
        ):  # fmt: skip
            raise KeyReused
        return kept
    book = await session.get(LedgerBook, said.book_id)
    if book is None:
        raise NotFound
    if said.entry_id is not None:
        await _check_entry(session, said.entry_id, book, by=by, now=now)
    dispute = LedgerDispute(
        id=dispute_id,
        book_id=book.id,
        subject_id=subject.id,
        entry_id=said.entry_id,
        text=said.text,
        raised_at=now,
        due_at=await _due(session, now),
    )
    session.add(dispute)
    await session.flush()
    outbox.record(session, HoursDisputed(dispute.id, book.id), now=now, area_code=book.area_code)
    return dispute


async def answer(
    session: AsyncSession, dispute_id: UUID, *, is_upheld: bool, text: str, by: Actor, now: datetime
) -> LedgerDispute:
    """Answer a dispute, once; a correction of the entry is a step of its own.

    Raises:
        NotFound: it is about no book of the caller's.
        DisputeAnswered: it was answered.
        OwnHours, SecondPersonNeeded: who recorded it, or raised it, does not answer.
    """
    mine = (await scope.reach(session, by=by, now=now)).kept()
    query = (
        select(LedgerDispute)
        .join(LedgerBook, LedgerBook.id == LedgerDispute.book_id)
        .where(LedgerDispute.id == dispute_id, mine)
        .with_for_update(of=LedgerDispute)
    )
    dispute = await session.scalar(query.execution_options(populate_existing=True))
    if dispute is None:
        raise NotFound
    if dispute.answered_at is not None:
        raise DisputeAnswered
    subject = await session.get_one(LedgerSubject, dispute.subject_id)
    if subject.account_id == by.account_id:
        raise OwnHours
    entry = None if dispute.entry_id is None else await session.get(LedgerEntry, dispute.entry_id)
    if entry is not None and entry.entered_by == by.account_id:
        raise SecondPersonNeeded
    dispute.is_upheld, dispute.answer, dispute.answered_at = is_upheld, text, now
    dispute.changed_by = by.account_id
    outbox.record(session, DisputeSettled(dispute.id, is_upheld), now=now)
    return dispute


async def own_disputes(session: AsyncSession, subject_ids: Sequence[UUID]) -> Sequence[LedgerDispute]:
    """Return a person's disputes, the newest first."""
    query = select(LedgerDispute).where(LedgerDispute.subject_id.in_(subject_ids))
    return (await session.scalars(query.order_by(LedgerDispute.raised_at.desc()).limit(_MOST_LISTED))).all()


async def open_ones(session: AsyncSession, *, by: Actor, now: datetime) -> Sequence[LedgerDispute]:
    """Return the disputes about the caller's books that wait, the most urgent first."""
    mine = (await scope.reach(session, by=by, now=now)).kept()
    query = (
        select(LedgerDispute)
        .join(LedgerBook, LedgerBook.id == LedgerDispute.book_id)
        .where(LedgerDispute.answered_at.is_(None), mine)
        .order_by(LedgerDispute.due_at, LedgerDispute.raised_at, LedgerDispute.id)
    )
    return (await session.scalars(query.limit(_MOST_LISTED))).all()


async def _check_entry(
    session: AsyncSession, entry_id: UUID, book: LedgerBook, *, by: Actor, now: datetime
) -> None:
    entry = await session.get(LedgerEntry, entry_id)
    if entry is None or entry.book_id != book.id or entry.kind is not EntryKind.RECORD:
        raise NotFound
    if entry.subject_id not in await people.ids_of(session, by=by):
        raise NotFound
    if entry.entered_at + DISPUTABLE_FOR < now:
        raise DisputeLate
    waiting = select(LedgerDispute.id).where(
        LedgerDispute.entry_id == entry_id, LedgerDispute.answered_at.is_(None)
    )
    if await session.scalar(waiting) is not None:
        raise DisputeOpen


async def _due(session: AsyncSession, now: datetime) -> datetime:
    """Return the end of the fifth working day; a year without its notice counts by weekdays."""
    day, _ = (await load_calendar(session)).add_working_days(local_day(now), WORKING_DAYS_TO_ANSWER)
    return datetime.combine(day + timedelta(days=1), time(tzinfo=SHANGHAI)).astimezone(UTC)
