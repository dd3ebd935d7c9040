"""Issuing certificates: by volunteers for themselves, and by an organisation for those who let it."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound
from app.core.ids import new_id
from app.models import (
    Account,
    Certificate,
    CertificateEntry,
    CertificateLook,
    LedgerBook,
    LedgerSubject,
    Provenance,
)
from app.services.certificates import paper, queries
from app.services.certificates.errors import (
    CertificateUnknown,
    NameNeeded,
    NameUnprintable,
    NothingToCertify,
)
from app.services.certificates.queries import Standing
from app.services.ledger import books, people

_TOKEN_BYTES = 16
MOST_IN_BATCH = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which book, and of which days; without them: of all."""

    book_id: UUID
    since: date | None
    until: date | None


async def issue(
    session: AsyncSession, certificate_id: UUID, wanted: Wanted, *, by: Actor, now: datetime
) -> Standing:
    """Certify the caller's hours in a book; the same id again is the same certificate.

    Raises:
        NotRegistered, NameNeeded: the caller gave no name.
        NotFound: there is no such book.
        NothingToCertify: it holds no hours of theirs that count.
        NameUnprintable: no typeface has a character of it.
        KeyReused: the id is another certificate's.
    """
    subject = await people.own(session, by=by)
    await locks.alone(session, certificate_id)
    kept = await session.get(Certificate, certificate_id)
    if kept is not None:
        if (kept.account_id, kept.book_id) != (by.account_id, wanted.book_id):
            raise KeyReused
        return await queries.own(session, certificate_id, by=by)
    book = await session.get(LedgerBook, wanted.book_id)
    if book is None:
        raise NotFound
    await _make(session, certificate_id, subject, book, wanted, batch_id=None, by=None, now=now)
    return await queries.own(session, certificate_id, by=by)


async def issue_batch(
    session: AsyncSession, batch_id: UUID, wanted: Wanted, *, by: Actor, now: datetime
) -> list[Standing]:
    """Certify the hours of everybody in a book who lets the organisation, at most a hundred at once.

    Of more the next batch of the same days has the next hundred; the same id again is the same batch.
    Whose name cannot be printed, or who has no hours that count, is left out.

    Raises:
        NotFound: the book is not the caller's.
    """
    book = await books.get_kept(session, wanted.book_id, by=by, now=now)
    await queries.hold_batch(session, batch_id)
    if made := await queries.of_batch(session, batch_id, by=by, now=now):
        return made
    if wanted.since is None or wanted.until is None:
        raise NothingToCertify
    crowd = await queries.consenting(
        session, book.id, since=wanted.since, until=wanted.until, limit=MOST_IN_BATCH
    )
    for subject in crowd:
        try:
            await _make(session, new_id(), subject, book, wanted, batch_id=batch_id, by=by, now=now)
        except (NothingToCertify, NameUnprintable):
            continue
    return await queries.of_batch(session, batch_id, by=by, now=now)


async def look(session: AsyncSession, token: str, *, now: datetime) -> Standing:
    """Tell whoever holds the paper whether it holds; each look is written down.

    Raises:
        CertificateUnknown: no certificate bears this code.
    """
    found = await queries.by_token(session, token)
    if found is None:
        raise CertificateUnknown
    session.add(CertificateLook(certificate_id=found.certificate.id, looked_at=now))
    return found


async def _make(
    session: AsyncSession,
    certificate_id: UUID,
    subject: LedgerSubject,
    book: LedgerBook,
    wanted: Wanted,
    *,
    batch_id: UUID | None,
    by: Actor | None,
    now: datetime,
) -> None:
    if subject.name is None:
        raise NameNeeded
    await asyncio.to_thread(paper.check_printable, subject.name)  # a rare character takes a second, once
    # Locked, so that nothing is voided between adding up and issuing.
    _, ids = await people.lock(session, subject.id)
    served = await queries.served(session, book.id, ids, since=wanted.since, until=wanted.until)
    if not served:
        raise NothingToCertify
    handler = None if by is None else await session.get(Account, by.account_id)
    session.add(
        Certificate(
            id=certificate_id,
            token=secrets.token_urlsafe(_TOKEN_BYTES),
            batch_id=batch_id,
            book_id=book.id,
            account_id=subject.account_id,
            holder_name=subject.name,
            volunteer_number=subject.volunteer_number,
            since=wanted.since or served[0].served_on,
            until=wanted.until or served[-1].served_on,
            minutes=sum(each.minutes for each in served),
            manual_minutes=sum(each.minutes for each in served if each.provenance is Provenance.MANUAL),
            issuer=book.name,
            responsible=book.responsible,
            phone=book.phone,
            handler=None if handler is None else handler.display_name,
            issued_at=now,
            issued_by=None if by is None else by.account_id,
        )
    )
    await session.flush()
    session.add_all(
        CertificateEntry(certificate_id=certificate_id, entry_id=each.entry_id) for each in served
    )
    await session.flush()
