"""Books: organisations that record hours, opened and kept by the staff of their area."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound
from app.models import LedgerBook, VolunteerOrganisation
from app.services import areas, teams
from app.services.ledger import chain, scope
from app.services.ledger.errors import ParentUnfit

_MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class NewBook:
    """An organisation, where it is, who answers for it and under which number, and what stands above it."""

    name: str
    area_code: str
    parent_id: UUID | None
    responsible: str
    phone: str


async def open_book(
    session: AsyncSession, book_id: UUID, given: NewBook, *, by: Actor, now: datetime
) -> LedgerBook:
    """Open a book; the same id and content again is the same book.

    Raises:
        NotFound: the area is not the caller's.
        KeyReused: the id is another book's, or an organisation's, whose book opens with its first hours.
        ParentUnfit: the organisation above is not known, or is this one.
    """
    if not scope.keeps_area(by, given.area_code) or not await areas.exists(session, given.area_code):
        raise NotFound
    await locks.alone(session, book_id)
    kept = await session.get(LedgerBook, book_id)
    if kept is not None:
        if any(getattr(kept, key) != value for key, value in asdict(given).items()):
            raise KeyReused
        return kept
    if await session.get(VolunteerOrganisation, book_id) is not None:
        raise KeyReused
    if given.parent_id is not None and await session.get(LedgerBook, given.parent_id) is None:
        raise ParentUnfit
    book = LedgerBook(
        id=book_id,
        **asdict(given),
        head_seq=0,
        head_hash=chain.GENESIS,
        opened_at=now,
        changed_by=by.account_id,
    )
    session.add(book)
    await session.flush()
    return book


async def keep_book(session: AsyncSession, book_id: UUID, given: NewBook, *, now: datetime) -> LedgerBook:
    """Return an organisation's book under the organisation's id: opened now, or brought up to date."""
    opened = {"id": book_id, "head_seq": 0, "head_hash": chain.GENESIS, "opened_at": now, **asdict(given)}
    await session.execute(insert(LedgerBook).values(opened).on_conflict_do_nothing())
    book = await session.get_one(LedgerBook, book_id)
    for key, value in asdict(given).items():
        if getattr(book, key) != value:
            setattr(book, key, value)
    return book


async def of_organisation(
    session: AsyncSession, organisation: VolunteerOrganisation, *, now: datetime
) -> LedgerBook:
    """Return an organisation's book, opened with its first hours; it says who answers for it today."""
    parent_id = organisation.parent_id
    if parent_id is not None and await session.get(LedgerBook, parent_id) is None:
        await of_organisation(session, await teams.get_organisation(session, parent_id), now=now)
    given = NewBook(
        organisation.name, organisation.area_code, parent_id, organisation.responsible, organisation.phone
    )
    return await keep_book(session, organisation.id, given, now=now)


async def get(session: AsyncSession, book_id: UUID, *, by: Actor, now: datetime) -> LedgerBook:
    """Return a book that the caller keeps, or that stands below theirs.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    mine = (await scope.reach(session, by=by, now=now)).overseen()
    return await _one(session, book_id, mine)


async def get_kept(session: AsyncSession, book_id: UUID, *, by: Actor, now: datetime) -> LedgerBook:
    """Return a book that the caller may write in.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    return await _one(session, book_id, (await scope.reach(session, by=by, now=now)).kept())


async def _one(session: AsyncSession, book_id: UUID, mine: ColumnElement[bool]) -> LedgerBook:
    book = await session.scalar(select(LedgerBook).where(LedgerBook.id == book_id, mine))
    if book is None:
        raise NotFound
    return book


async def parent_of(session: AsyncSession, book: LedgerBook) -> LedgerBook | None:
    """Return the organisation above."""
    return None if book.parent_id is None else await session.get(LedgerBook, book.parent_id)


async def listed(session: AsyncSession, *, by: Actor, now: datetime) -> Sequence[LedgerBook]:
    """Return the caller's books and those below them, by name; at most five hundred."""
    query = (
        select(LedgerBook)
        .where((await scope.reach(session, by=by, now=now)).overseen())
        .order_by(LedgerBook.name, LedgerBook.id)
    )
    return (await session.scalars(query.limit(_MOST_LISTED))).all()
