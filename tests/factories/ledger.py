"""Books, volunteers and hours for tests, as plain functions."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.models import (
    LedgerBook,
    LedgerDispute,
    LedgerEntry,
    LedgerRemark,
    LedgerSubject,
    Provenance,
    RemarkKind,
)
from app.services import ledger
from app.services.ledger import chain
from tests.factories.stations import COMMUNITY, make_area

SERVED_ON = date(2026, 11, 18)


async def make_book(session: AsyncSession, *, area_code: str = COMMUNITY, **given: Any) -> LedgerBook:
    """Open a book of an organisation of the community."""
    await make_area(session, area_code)
    book = LedgerBook(
        **{
            "id": uuid4(),
            "name": "先锋骑手服务队",
            "area_code": area_code,
            "responsible": "王队长",
            "phone": "0937-2600000",
            "head_seq": 0,
            "head_hash": chain.GENESIS,
            "opened_at": utc_now(),
            **given,
        }
    )
    session.add(book)
    await session.flush()
    return book


async def make_subject(session: AsyncSession, account_id: UUID, **given: Any) -> LedgerSubject:
    """Register somebody as a volunteer."""
    subject = LedgerSubject(
        **{"account_id": account_id, "name": "马小蜂", "registered_at": utc_now(), **given}
    )
    session.add(subject)
    await session.flush()
    return subject


def hours(subject_id: UUID, minutes: int = 60, **given: Any) -> ledger.NewHours:
    """Return hours that a code evidences."""
    return ledger.NewHours(
        **{
            "recording_id": uuid4(),
            "subject_id": subject_id,
            "served_on": SERVED_ON,
            "starts_at": None,
            "ends_at": None,
            "minutes": minutes,
            "provenance": Provenance.CODE,
            "activity": "文明交通劝导",
            **given,
        }
    )


async def make_hours(
    session: AsyncSession, book: LedgerBook, subject: LedgerSubject, minutes: int = 60, **given: Any
) -> list[LedgerEntry]:
    """Record hours in a book, as attendance does."""
    return await ledger.record(session, book.id, hours(subject.id, minutes, **given), by=None, now=utc_now())


async def make_dispute(session: AsyncSession, entry: LedgerEntry, **given: Any) -> LedgerDispute:
    """Dispute an entry, to be answered within a week."""
    now = utc_now()
    dispute = LedgerDispute(
        **{
            "id": uuid4(),
            "book_id": entry.book_id,
            "subject_id": entry.subject_id,
            "entry_id": entry.id,
            "text": "那天我做到了六点",
            "raised_at": now,
            "due_at": now,
            **given,
        }
    )
    session.add(dispute)
    await session.flush()
    return dispute


async def make_remark(session: AsyncSession, entry: LedgerEntry, **given: Any) -> LedgerRemark:
    """Commend somebody for an entry."""
    remark = LedgerRemark(
        **{
            "id": uuid4(),
            "book_id": entry.book_id,
            "subject_id": entry.subject_id,
            "kind": RemarkKind.COMMENDATION,
            "text": "年度优秀志愿者",
            "given_on": SERVED_ON,
            "entered_at": utc_now(),
            **given,
        }
    )
    session.add(remark)
    await session.flush()
    return remark
