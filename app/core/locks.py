"""Who comes second waits: for what has no row yet that could be locked."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def alone(session: AsyncSession, subject: UUID) -> None:
    """Return once nobody else is at work under an id, which is the caller's alone until the transaction ends.

    The id is one that a client made for something new, so that the same sent twice at once is found by the
    second, or of whom something is counted before one more is added.
    """
    await session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(subject.bytes[:8], signed=True))))
