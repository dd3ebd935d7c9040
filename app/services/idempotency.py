"""A phone that asks twice gets the first answer again, kept in the same transaction as the write."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import KeyReused
from app.models import IdempotencyKey

Answer = tuple[int, dict[str, Any] | None]


async def once(
    session: AsyncSession,
    work: Callable[[], Awaitable[Answer]],
    *,
    actor: str,
    key: UUID,
    fingerprint: bytes,
    now: datetime,
) -> tuple[Answer, bool]:
    """Do the work the first time a key comes, and return the kept answer afterwards.

    A second request with the same key waits on the first one's row until it commits or fails.

    Args:
        session: the transaction that also holds the work.
        work: returns the answer as (HTTP status, JSON body).
        actor: whose key it is; keys of different people never meet.
        key: the client-made key.
        fingerprint: a digest of the whole request.
        now: the present instant.

    Returns:
        The answer, and whether it was replayed.

    Raises:
        KeyReused: the key came with another request before.
    """
    claim = (
        insert(IdempotencyKey)
        .values(actor=actor, key=key, fingerprint=fingerprint, made_at=now)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    ours = (IdempotencyKey.actor == actor) & (IdempotencyKey.key == key)
    if (await session.execute(claim)).scalar() is None:
        kept = (await session.scalars(select(IdempotencyKey).where(ours))).one()
        if kept.fingerprint != fingerprint or kept.status is None:
            raise KeyReused
        return (kept.status, kept.body), True
    status, body = await work()
    await session.execute(update(IdempotencyKey).where(ours).values(status=status, body=body))
    return (status, body), False
