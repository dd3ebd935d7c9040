"""What volunteers hear of their hours, and who keeps a book of disputes."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import LedgerBook, LedgerDispute, LedgerEntry, LedgerSubject, OutboxEvent
from app.services import notifications, teams
from app.services.ledger.events import DisputeSettled, HoursDecided, HoursDisputed, HoursVoided
from app.services.notifications import About
from app.services.telling import people


async def _tell(
    session: AsyncSession,
    event: OutboxEvent,
    kind: str,
    to: Iterable[UUID],
    *,
    book_id: UUID,
    about: About,
    params: Mapping[str, Any],
    now: datetime,
) -> None:
    book = await session.get_one(LedgerBook, book_id)
    await notifications.tell(
        session,
        kind=kind,
        to=to,
        key=f"event:{event.id}",
        params={"book": book.name, **params},
        subject=about,
        area_code=book.area_code,
        now=now,
    )


async def _volunteer(session: AsyncSession, subject_id: UUID) -> list[UUID]:
    """Return the account behind a pseudonym; nobody once the person was erased."""
    subject = await session.get_one(LedgerSubject, subject_id, populate_existing=True)
    return [] if subject.account_id is None else [subject.account_id]


async def _about_entry(session: AsyncSession, event: OutboxEvent, kind: str, *, now: datetime) -> None:
    entry = await session.get_one(LedgerEntry, UUID(event.payload["entry_id"]))
    await _tell(
        session,
        event,
        kind,
        await _volunteer(session, entry.subject_id),
        book_id=entry.book_id,
        about=About("ledger_entry", entry.id),
        params={"served_on": entry.served_on.isoformat(), "minutes": str(entry.minutes)},
        now=now,
    )


async def _decided(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a volunteer that minutes were refused; what is approved just counts."""
    if not event.payload["is_approved"]:
        await _about_entry(session, event, "hours.refused", now=now)


async def _voided(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a volunteer that an entry was voided or corrected."""
    await _about_entry(session, event, "hours.voided", now=now)


async def _disputed(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a book's staff that somebody waits for an answer."""
    dispute = await session.get_one(LedgerDispute, UUID(event.payload["dispute_id"]))
    book = await session.get_one(LedgerBook, dispute.book_id)
    raised_by = await _volunteer(session, dispute.subject_id)
    staff = {
        *await people.staff(session, book.area_code, now=now),
        *await teams.liaisons_of(session, book.id, now=now),
    }
    await _tell(
        session,
        event,
        "hours.disputed",
        [each for each in staff if each not in raised_by],
        book_id=book.id,
        about=About("ledger_dispute", dispute.id),
        params={"due_at": dispute.due_at},
        now=now,
    )


async def _settled(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell a volunteer that their dispute was answered."""
    dispute = await session.get_one(LedgerDispute, UUID(event.payload["dispute_id"]))
    await _tell(
        session,
        event,
        "hours.dispute_answered",
        await _volunteer(session, dispute.subject_id),
        book_id=dispute.book_id,
        about=About("ledger_dispute", dispute.id),
        params={},
        now=now,
    )


HOURS: Mapping[str, Callable[..., Awaitable[None]]] = {
    HoursDecided.name: _decided,
    HoursVoided.name: _voided,
    HoursDisputed.name: _disputed,
    DisputeSettled.name: _settled,
}
