"""Certificates for tests, as plain functions."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import utc_now
from app.models import Certificate, LedgerBook
from app.services import certificates


async def make_certificate(
    session: AsyncSession, book: LedgerBook, account_id: UUID, **given: Any
) -> Certificate:
    """Certify all hours of somebody in a book, as they would themselves."""
    wanted = certificates.Wanted(**{"book_id": book.id, "since": None, "until": None, **given})
    made = await certificates.issue(session, uuid4(), wanted, by=Actor(account_id), now=utc_now())
    return made.certificate
