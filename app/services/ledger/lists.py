"""Lists of imported hours as wholes: what waits of each, decided with one decision, every entry logged.

An entry's ``source_id`` is the list that it came with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import EntryKind, LedgerBook, LedgerEntry, Provenance
from app.services import outbox
from app.services.ledger import people, queries, scope
from app.services.ledger.appending import about, append
from app.services.ledger.errors import NothingToDecide, OwnHours, ReasonNeeded, SecondPersonNeeded
from app.services.ledger.events import HoursDecided

_IMPORTED = and_(LedgerEntry.provenance == Provenance.IMPORTED, LedgerEntry.kind == EntryKind.RECORD)


@dataclass(frozen=True, slots=True)
class WaitingList:
    """What waits of a list; ``is_own`` if the caller imported all of that, so that somebody else decides."""

    id: UUID
    book_id: UUID
    book_name: str
    entered_at: datetime
    entries: int
    people: int
    minutes: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """How many entries of a list were decided, and how many are left to somebody else."""

    decided: int
    left: int


async def waiting_lists(
    session: AsyncSession, *, by: Actor, now: datetime, cursor: str | None, limit: int
) -> Page[WaitingList]:
    """Return the lists of which something waits in the caller's books and those below, the newest first.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    mine = (await scope.reach(session, by=by, now=now)).overseen()
    query = (
        select(
            LedgerEntry.source_id,
            LedgerBook.id,
            LedgerBook.name,
            func.min(LedgerEntry.entered_at),
            func.count(),
            func.count(LedgerEntry.subject_id.distinct()),
            func.sum(LedgerEntry.minutes),
            func.coalesce(func.bool_and(LedgerEntry.entered_by == by.account_id), False),
        )
        .join(LedgerBook, LedgerBook.id == LedgerEntry.book_id)
        .where(_IMPORTED, queries.waiting(), mine, LedgerEntry.source_id.is_not(None))
        .group_by(LedgerEntry.source_id, LedgerBook.id)
    )
    if (after := read_id_cursor(cursor)) is not None:
        query = query.where(LedgerEntry.source_id < after)
    rows = (await session.execute(query.order_by(LedgerEntry.source_id.desc()).limit(limit + 1))).all()
    items = [WaitingList(*row) for row in rows[:limit]]
    return Page(items, id_cursor(items[-1].id) if len(rows) > limit else None)


async def decide_list(
    session: AsyncSession,
    book_id: UUID,
    list_id: UUID,
    *,
    approve: bool,
    reason: str,
    by: Actor,
    now: datetime,
) -> Decided:
    """Approve or refuse all that waits of a list: an entry of its own about each, as one by one.

    The caller's own hours, and what they entered themselves, are left to somebody else.

    Raises:
        NotFound: the caller's books and those below hold no such list.
        NothingToDecide: nothing of it waits any more.
        OwnHours, SecondPersonNeeded: somebody else has to decide on all of it.
        ReasonNeeded: a refusal says why.
    """
    reach = await scope.reach(session, by=by, now=now)
    book = await session.scalar(select(LedgerBook).where(LedgerBook.id == book_id, reach.overseen()))
    whole = and_(LedgerEntry.book_id == book_id, LedgerEntry.source_id == list_id, _IMPORTED)
    about_whom = (await session.scalars(select(LedgerEntry.subject_id).where(whole).distinct())).all()
    if book is None or not about_whom:
        raise NotFound
    await people.lock_all(session, about_whom)
    query = select(LedgerEntry).where(whole, queries.waiting()).order_by(LedgerEntry.seq)
    waiting = (await session.scalars(query)).all()
    fit = _fit(waiting, await people.ids_of(session, by=by), by)
    if not approve and not reason:
        raise ReasonNeeded
    kind = EntryKind.APPROVAL if approve else EntryKind.REFUSAL
    said = [about(each, kind, counted=each.minutes if approve else 0, reason=reason or None) for each in fit]
    await append(session, book_id, said, by=by, now=now)
    for each in fit:
        outbox.record(session, HoursDecided(each.id, approve), now=now, area_code=book.area_code)
    return Decided(len(fit), len(waiting) - len(fit))


def _fit(waiting: Sequence[LedgerEntry], own: Sequence[UUID], by: Actor) -> list[LedgerEntry]:
    """Return what the caller may decide on; imported hours never need more than a second person."""
    if not waiting:
        raise NothingToDecide
    others = [each for each in waiting if each.subject_id not in own]
    if not others:
        raise OwnHours
    fit = [each for each in others if each.entered_by != by.account_id]
    if not fit:
        raise SecondPersonNeeded
    return fit
