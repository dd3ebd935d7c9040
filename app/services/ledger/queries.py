"""Selects over the ledger: totals, entries, what waits, figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import (
    ApprovalLevel,
    EntryKind,
    LedgerBook,
    LedgerEntry,
    Provenance,
)
from app.services.ledger import scope


@dataclass(frozen=True, slots=True)
class Totals:
    """What a person's entries add up to, in minutes.

    ``minutes`` is what was recorded here; ``imported_minutes``, of the time before, is a class of its own.
    """

    minutes: int
    imported_minutes: int
    pending_minutes: int
    by_provenance: Mapping[Provenance, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """A recorded entry with what became of it."""

    entry: LedgerEntry
    book_name: str
    decision: LedgerEntry | None
    voiding: LedgerEntry | None

    @property
    def state(self) -> str:
        """``voided``, ``refused``, ``pending`` or ``counted``."""
        if self.voiding is not None:
            return "voided"
        if self.entry.needs is ApprovalLevel.NONE:
            return "counted"
        if self.decision is None:
            return "pending"
        return "counted" if self.decision.kind is EntryKind.APPROVAL else "refused"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a book recorded of some days that counts, by provenance; no person is named.

    ``imported_minutes`` are in no other number but ``by_provenance``.
    """

    minutes: int
    imported_minutes: int
    people: int
    by_provenance: Mapping[Provenance, int]

    @property
    def manual_minutes(self) -> int:
        """What was typed in: the share of it is published, numerator over denominator."""
        return self.by_provenance.get(Provenance.MANUAL, 0)


_decision, _voiding = aliased(LedgerEntry), aliased(LedgerEntry)
_DECISIONS = (EntryKind.APPROVAL, EntryKind.REFUSAL)


def waiting() -> ColumnElement[bool]:
    """Return the WHERE condition of records that wait for somebody's approval."""
    said = aliased(LedgerEntry)
    return and_(
        LedgerEntry.kind == EntryKind.RECORD,
        LedgerEntry.needs != ApprovalLevel.NONE,
        ~select(said.id).where(said.points_to == LedgerEntry.id).exists(),
    )


async def totals(session: AsyncSession, subject_ids: Sequence[UUID]) -> Totals:
    """Return a person's totals: the sum of what each entry adds."""
    query = (
        select(LedgerEntry.provenance, func.sum(LedgerEntry.counted))
        .where(LedgerEntry.subject_id.in_(subject_ids))
        .group_by(LedgerEntry.provenance)
    )
    found = {provenance: int(minutes) for provenance, minutes in await session.execute(query)}
    pending = select(func.coalesce(func.sum(LedgerEntry.minutes), 0)).where(
        LedgerEntry.subject_id.in_(subject_ids), waiting()
    )
    imported = found.get(Provenance.IMPORTED, 0)
    return Totals(
        minutes=sum(found.values()) - imported,
        imported_minutes=imported,
        pending_minutes=int(await session.scalar(pending) or 0),
        by_provenance=found,
    )


async def minutes_of_day(session: AsyncSession, subject_ids: Sequence[UUID], day: date) -> int:
    """Return what is recorded of a person on a day, approved or waiting; imported hours know no day."""
    said = aliased(LedgerEntry)
    gone = select(said.id).where(
        said.points_to == LedgerEntry.id, said.kind.in_((EntryKind.VOIDING, EntryKind.REFUSAL))
    )
    query = select(func.coalesce(func.sum(LedgerEntry.minutes), 0)).where(
        LedgerEntry.subject_id.in_(subject_ids),
        LedgerEntry.served_on == day,
        LedgerEntry.kind == EntryKind.RECORD,
        LedgerEntry.provenance != Provenance.IMPORTED,
        ~gone.exists(),
    )
    return int(await session.scalar(query) or 0)


async def recording(session: AsyncSession, recording_id: UUID) -> list[LedgerEntry]:
    """Return the entries of one recording, in the order of their parts."""
    query = select(LedgerEntry).where(
        LedgerEntry.recording_id == recording_id, LedgerEntry.kind == EntryKind.RECORD
    )
    return list((await session.scalars(query.order_by(LedgerEntry.part))).all())


async def entry_in(session: AsyncSession, entry_id: UUID, books: ColumnElement[bool]) -> LedgerEntry | None:
    """Return an entry in one of some books."""
    query = (
        select(LedgerEntry)
        .join(LedgerBook, LedgerBook.id == LedgerEntry.book_id)
        .where(LedgerEntry.id == entry_id, books)
    )
    return await session.scalar(query)


def _shown() -> Select[LedgerEntry, str, LedgerEntry | None, LedgerEntry | None]:
    return (
        select(LedgerEntry, LedgerBook.name, _decision, _voiding)
        .join(LedgerBook, LedgerBook.id == LedgerEntry.book_id)
        .outerjoin(_decision, and_(_decision.points_to == LedgerEntry.id, _decision.kind.in_(_DECISIONS)))
        .outerjoin(_voiding, and_(_voiding.points_to == LedgerEntry.id, _voiding.kind == EntryKind.VOIDING))
        .where(LedgerEntry.kind == EntryKind.RECORD)
    )


async def own_entries(
    session: AsyncSession, subject_ids: Sequence[UUID], *, cursor: str | None, limit: int
) -> Page[Shown]:
    """Return a person's recorded entries, the newest first."""
    query = _shown().where(LedgerEntry.subject_id.in_(subject_ids))
    return await _page(session, query, cursor=cursor, limit=limit)


async def entries_of_book(
    session: AsyncSession,
    book_id: UUID,
    *,
    only_waiting: bool,
    provenance: Provenance | None,
    list_id: UUID | None = None,
    cursor: str | None,
    limit: int,
) -> Page[Shown]:
    """Return a book's recorded entries, the newest first."""
    query = _shown().where(LedgerEntry.book_id == book_id)
    if only_waiting:
        query = query.where(waiting())
    if provenance is not None:
        query = query.where(LedgerEntry.provenance == provenance)
    if list_id is not None:
        query = query.where(LedgerEntry.source_id == list_id, LedgerEntry.provenance == Provenance.IMPORTED)
    return await _page(session, query, cursor=cursor, limit=limit)


async def waiting_for(
    session: AsyncSession,
    *,
    without_lists: bool = False,
    by: Actor,
    now: datetime,
    cursor: str | None,
    limit: int,
) -> Page[Shown]:
    """Return what waits for an approval in any book of the caller's or below, the newest first.

    ``without_lists`` leaves out what came with an imported list, which is decided on as a whole.
    """
    mine = (await scope.reach(session, by=by, now=now)).overseen()
    query = _shown().where(waiting(), mine)
    if without_lists:
        alone = LedgerEntry.source_id.is_(None)
        query = query.where(or_(LedgerEntry.provenance != Provenance.IMPORTED, alone))
    return await _page(session, query, cursor=cursor, limit=limit)


async def typed_by(session: AsyncSession, *, by: Actor, cursor: str | None, limit: int) -> Page[Shown]:
    """Return what the caller typed in, with what became of it, the newest first."""
    query = _shown().where(LedgerEntry.entered_by == by.account_id, LedgerEntry.entered_by.is_not(None))
    return await _page(session, query, cursor=cursor, limit=limit)


async def _page(
    session: AsyncSession,
    query: Select[LedgerEntry, str, LedgerEntry | None, LedgerEntry | None],
    *,
    cursor: str | None,
    limit: int,
) -> Page[Shown]:
    after = read_id_cursor(cursor)
    if after is not None:
        query = query.where(LedgerEntry.id < after)
    rows = (await session.execute(query.order_by(LedgerEntry.id.desc()).limit(limit + 1))).all()
    items = [Shown(*row) for row in rows[:limit]]
    return Page(items, id_cursor(items[-1].entry.id) if len(rows) > limit else None)


async def one(session: AsyncSession, entry_id: UUID) -> Shown:
    """Return a recorded entry with what became of it."""
    query = _shown().where(LedgerEntry.id == entry_id).execution_options(populate_existing=True)
    return Shown(*(await session.execute(query)).one())


async def figures(session: AsyncSession, book_id: UUID, *, since: date, until: date) -> Figures:
    """Return what a book recorded from a day until another, both included."""
    days = and_(LedgerEntry.book_id == book_id, LedgerEntry.served_on.between(since, until))
    query = (
        select(LedgerEntry.provenance, func.sum(LedgerEntry.counted))
        .where(days)
        .group_by(LedgerEntry.provenance)
    )
    found = {provenance: int(minutes) for provenance, minutes in await session.execute(query)}
    served = (
        select(LedgerEntry.subject_id)
        .where(days, LedgerEntry.provenance != Provenance.IMPORTED)
        .group_by(LedgerEntry.subject_id)
        .having(func.sum(LedgerEntry.counted) > 0)
    )
    people = await session.scalar(select(func.count()).select_from(served.subquery()))
    imported = found.get(Provenance.IMPORTED, 0)
    return Figures(sum(found.values()) - imported, imported, people or 0, found)
