"""Copies that a person has to look at: set aside after too many tries, shown, and sent on their way again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.pages import Page, id_cursor, page_of, read_id_cursor
from app.models import PushDelivery, PushState

KEPT_FOR = timedelta(days=30)


async def list_held(session: AsyncSession, *, cursor: str | None, limit: int) -> Page[PushDelivery]:
    """Return a page of the copies that were set aside, oldest first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    after = read_id_cursor(cursor)
    query = select(PushDelivery).where(PushDelivery.state == PushState.HELD)
    rows, has_more = await page_of(
        session, query, by=[PushDelivery.id], after=None if after is None else [after], limit=limit
    )
    return Page(rows, id_cursor(rows[-1].id) if has_more else None)


async def count_held(session: AsyncSession) -> int:
    """Return how many copies were set aside."""
    query = select(func.count()).select_from(PushDelivery).where(PushDelivery.state == PushState.HELD)
    return await session.scalar(query) or 0


async def release(session: AsyncSession, ids: Sequence[UUID], *, now: datetime) -> int:
    """Have copies tried again that were set aside, all of them without ids; return how many."""
    which = [PushDelivery.state == PushState.HELD, *([PushDelivery.id.in_(ids)] if ids else [])]
    released = (
        update(PushDelivery)
        .where(*which)
        .values(state=PushState.WAITING, tries=0, next_try_at=now, done_at=None)
        .returning(PushDelivery.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.scalars(released)).all())


async def forget_done(session: AsyncSession, *, now: datetime) -> int:
    """Delete copies that were done with a month ago; what is held stays until somebody looked."""
    old = delete(PushDelivery).where(
        PushDelivery.done_at < now - KEPT_FOR, PushDelivery.state != PushState.HELD
    )
    return len((await session.scalars(old.returning(PushDelivery.id))).all())
