"""A phone that asks twice gets the first answer again, kept in the same transaction as the write."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import AppError, KeyReused
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
    try:
        status, body = await work()
    except AppError as refusal:
        if refusal.keeps_writes:  # the claim is no such write: the same key may try again
            await session.execute(delete(IdempotencyKey).where(ours))
        raise
    await session.execute(update(IdempotencyKey).where(ours).values(status=status, body=body))
    return (status, body), False


async def kept(
    session: AsyncSession, *, actor: str, keys: Collection[UUID]
) -> dict[UUID, tuple[bytes, dict[str, Any] | None]]:
    """Return the fingerprint and body of each answer that was kept under one of the keys."""
    query = select(IdempotencyKey).where(IdempotencyKey.actor == actor, IdempotencyKey.key.in_(keys))
    return {row.key: (row.fingerprint, row.body) for row in await session.scalars(query)}


async def keep(
    session: AsyncSession,
    answers: Mapping[UUID, tuple[bytes, int, dict[str, Any]]],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Keep several answers (fingerprint, status, body); one that is there already stays."""
    rows = [
        {"actor": actor, "key": key, "fingerprint": mark, "status": status, "body": body, "made_at": now}
        for key, (mark, status, body) in answers.items()
    ]
    await session.execute(insert(IdempotencyKey).on_conflict_do_nothing(), rows)
