"""Contractors' links as rows: which one a secret opens, and their end."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ReportLink


def hash_of(secret: str) -> bytes:
    """Return what is kept of a link's secret."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


async def opened_by(session: AsyncSession, secret: str, *, now: datetime) -> ReportLink | None:
    """Return the link that a secret opens now."""
    query = select(ReportLink).where(
        ReportLink.secret_hash == hash_of(secret),
        ReportLink.revoked_at.is_(None),
        ReportLink.expires_at > now,
    )
    return await session.scalar(query)


async def revoke_all(session: AsyncSession, report_id: UUID, *, now: datetime) -> None:
    """End every link to a case: it went to others, or it is over."""
    await session.execute(
        update(ReportLink)
        .where(ReportLink.report_id == report_id, ReportLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
