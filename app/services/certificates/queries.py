"""Selects over certificates: what one is drawn from, and whether it still holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import (
    Certificate,
    CertificateEntry,
    CertificateLook,
    EntryKind,
    LedgerBook,
    LedgerEntry,
    LedgerSubject,
    Provenance,
)
from app.services.ledger import scope


class Status(StrEnum):
    """Whether a certificate holds."""

    VALID = "valid"
    VOID = "void"  # an entry that it was drawn from was corrected
    WITHDRAWN = "withdrawn"  # its holder had their data erased


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate as it stands: whether it holds, since when not, and how often it was looked at."""

    certificate: Certificate
    void_since: datetime | None
    looks: int
    last_look_at: datetime | None

    @property
    def status(self) -> Status:
        """Return whether it holds."""
        if self.void_since is not None:
            return Status.VOID
        return Status.WITHDRAWN if self.certificate.account_id is None else Status.VALID


@dataclass(frozen=True, slots=True)
class Served:
    """One entry that counts, with all that was added to or taken from it."""

    entry_id: UUID
    served_on: date
    activity: str
    provenance: Provenance
    minutes: int


async def served(
    session: AsyncSession,
    book_id: UUID,
    subject_ids: Sequence[UUID],
    *,
    since: date | None,
    until: date | None,
) -> list[Served]:
    """Return what a book holds of a person that counts, by day; imported hours are nobody's to certify."""
    about = func.coalesce(LedgerEntry.points_to, LedgerEntry.id)
    query = (
        select(
            about,
            LedgerEntry.served_on,
            LedgerEntry.activity,
            LedgerEntry.provenance,
            func.sum(LedgerEntry.counted),
        )
        .where(
            LedgerEntry.book_id == book_id,
            LedgerEntry.subject_id.in_(subject_ids),
            LedgerEntry.provenance != Provenance.IMPORTED,
        )
        .group_by(about, LedgerEntry.served_on, LedgerEntry.activity, LedgerEntry.provenance)
        .having(func.sum(LedgerEntry.counted) > 0)
        .order_by(LedgerEntry.served_on, about)
    )
    if since is not None:
        query = query.where(LedgerEntry.served_on >= since)
    if until is not None:
        query = query.where(LedgerEntry.served_on <= until)
    rows = await session.execute(query)
    return [Served(entry_id, day, what, how, int(minutes)) for entry_id, day, what, how, minutes in rows]


async def drawn_from(session: AsyncSession, certificate_id: UUID) -> list[Served]:
    """Return the entries of a certificate, by day, as they were when it was issued."""
    query = (
        select(LedgerEntry)
        .join(CertificateEntry, CertificateEntry.entry_id == LedgerEntry.id)
        .where(CertificateEntry.certificate_id == certificate_id)
        .order_by(LedgerEntry.served_on, LedgerEntry.id)
    )
    return [
        Served(each.id, each.served_on, each.activity, each.provenance, each.minutes)
        for each in await session.scalars(query)
    ]


_void_since = (
    select(func.min(LedgerEntry.entered_at))
    .join(CertificateEntry, CertificateEntry.entry_id == LedgerEntry.points_to)
    .where(CertificateEntry.certificate_id == Certificate.id, LedgerEntry.kind == EntryKind.VOIDING)
    .correlate(Certificate)
    .scalar_subquery()
)
_of_it = CertificateLook.certificate_id == Certificate.id
_looks = select(func.count()).where(_of_it).correlate(Certificate).scalar_subquery()
_last_look = (
    select(func.max(CertificateLook.looked_at)).where(_of_it).correlate(Certificate).scalar_subquery()
)


def _standing() -> Select[Certificate, datetime | None, int, datetime | None]:
    return select(Certificate, _void_since, _looks, _last_look)


async def by_token(session: AsyncSession, token: str) -> Standing | None:
    """Return the certificate that bears a code."""
    row = (await session.execute(_standing().where(Certificate.token == token))).one_or_none()
    return None if row is None else Standing(*row)


async def own(session: AsyncSession, certificate_id: UUID, *, by: Actor) -> Standing:
    """Return a certificate of the caller's.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    query = _standing().where(Certificate.id == certificate_id, Certificate.account_id == by.account_id)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound
    return Standing(*row)


async def own_page(session: AsyncSession, *, by: Actor, cursor: str | None, limit: int) -> Page[Standing]:
    """Return the caller's certificates."""
    query = _standing().where(Certificate.account_id == by.account_id)
    after = read_id_cursor(cursor)
    if after is not None:
        query = query.where(Certificate.id > after)
    rows = (await session.execute(query.order_by(Certificate.id).limit(limit + 1))).all()
    items = [Standing(*row) for row in rows[:limit]]
    return Page(items, id_cursor(items[-1].certificate.id) if len(rows) > limit else None)


async def hold_batch(session: AsyncSession, batch_id: UUID) -> None:
    """Let whoever makes the same batch at the same time wait for this transaction's end."""
    key = func.hashtextextended(f"certificates:{batch_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def of_batch(session: AsyncSession, batch_id: UUID, *, by: Actor, now: datetime) -> list[Standing]:
    """Return the certificates of a batch of the caller's book, by number."""
    mine = (await scope.reach(session, by=by, now=now)).kept()
    query = (
        _standing()
        .join(LedgerBook, LedgerBook.id == Certificate.book_id)
        .where(Certificate.batch_id == batch_id, mine)
        .order_by(Certificate.serial)
    )
    return [Standing(*row) for row in await session.execute(query)]


async def consenting(
    session: AsyncSession, book_id: UUID, *, since: date, until: date, limit: int
) -> Sequence[LedgerSubject]:
    """Return who served in a book's days and lets the organisation print their certificate.

    Who was given none of just these days comes first, then who was longest ago: a crowd that is larger than
    the limit is gone through batch by batch.
    """
    given_at = (
        select(func.max(Certificate.issued_at))
        .where(
            Certificate.account_id == LedgerSubject.account_id,
            Certificate.book_id == book_id,
            Certificate.batch_id.is_not(None),
            Certificate.since == since,
            Certificate.until == until,
        )
        .scalar_subquery()
    )
    there = select(LedgerEntry.subject_id).where(
        LedgerEntry.book_id == book_id, LedgerEntry.served_on.between(since, until)
    )
    query = select(LedgerSubject).where(
        LedgerSubject.id.in_(there),
        LedgerSubject.is_current,
        LedgerSubject.lets_organiser_print,
        LedgerSubject.name.is_not(None),
        LedgerSubject.account_id.is_not(None),
    )
    query = query.order_by(given_at.nulls_first(), LedgerSubject.id).limit(limit)
    return (await session.scalars(query)).all()
