"""What volunteers hear of their hours, and who keeps a book of disputes and of what waits for them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.core.clock import local_day
from app.models import ApprovalLevel, LedgerBook, LedgerDispute, LedgerEntry, LedgerSubject, OutboxEvent
from app.services import notifications, teams
from app.services.accounts import holders
from app.services.ledger import books, queries, scope
from app.services.ledger.events import (
    DisputeSettled,
    HoursDecided,
    HoursDisputed,
    HoursRecorded,
    HoursVoided,
)
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


async def _recorded(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell those who may decide that minutes wait for them: of a book and level once a day."""
    if not event.payload["pending_minutes"]:
        return
    for entry in await queries.recording(session, UUID(event.payload["recording_id"])):
        if (await queries.one(session, entry.id)).state != "pending":
            continue
        book = await session.get_one(LedgerBook, entry.book_id)
        themselves = {entry.entered_by, *await _volunteer(session, entry.subject_id)}
        may_decide = await _deciders(session, entry.needs, book, now=now)
        await notifications.tell(
            session,
            kind="hours.waiting",
            to=[each for each in may_decide if each not in themselves],
            key=f"hours-waiting:{book.id}:{entry.needs}:{local_day(now)}",
            params={"book": book.name},
            subject=About("ledger_book", book.id),
            area_code=book.area_code,
            now=now,
        )


async def _deciders(
    session: AsyncSession, needs: ApprovalLevel, book: LedgerBook, *, now: datetime
) -> set[UUID]:
    """Return who may approve what a book asks for, those nearest to it."""
    if needs is ApprovalLevel.DISTRICT:
        officer = [Role.DISTRICT_OFFICER]
        return set(await holders.of_area(session, scope.district_of(book), officer, now=now))
    parent = await books.parent_of(session, book)
    if needs is ApprovalLevel.PARENT:
        spoken = [] if parent is None else await teams.liaisons_of(session, parent.id, now=now)
        area_code = scope.decided_above(book, parent)
        return {*spoken, *await holders.of_area(session, area_code, scope.DESK, now=now)}
    return await _keepers(session, book, now=now)


async def _keepers(session: AsyncSession, book: LedgerBook, *, now: datetime) -> set[UUID]:
    """Return who keeps a book: its area's staff, and who speaks for the organisation."""
    staff = await people.staff(session, book.area_code, now=now)
    return {*staff, *await teams.liaisons_of(session, book.id, now=now)}


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
    staff = await _keepers(session, book, now=now)
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
    HoursRecorded.name: _recorded,
    HoursDecided.name: _decided,
    HoursVoided.name: _voided,
    HoursDisputed.name: _disputed,
    DisputeSettled.name: _settled,
}
