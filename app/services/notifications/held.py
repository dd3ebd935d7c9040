"""Copies that a person has to look at: set aside after too many tries, shown, and sent on their way again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Uuid, column, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.pages import Page, id_cursor, page_of, read_id_cursor
from app.core.urgency import PushChannel
from app.models import Notification, PushDelivery, PushState
from app.services.notifications import jobs

KEPT_FOR = timedelta(days=30)
_OVERDUE = timedelta(minutes=1)
_MOST_ADOPTED = 10_000
# A job that is due far ahead was asked for by a database whose clock was wrong.
_WITHOUT_A_JOB = text("""
SELECT id FROM push_deliveries WHERE state = 'waiting' AND next_try_at < :before AND id NOT IN (
  SELECT encode(substring(payload FROM 16 * number + 1 FOR 16), 'hex')::uuid
  FROM pgqueuer, generate_series(0, length(payload) / 16 - 1) AS number
  WHERE entrypoint LIKE 'push.%' AND status IN ('queued', 'picked')
    AND execute_after < now() + interval '26 hours'
) ORDER BY next_try_at LIMIT :most
""").columns(column("id", Uuid))


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
    ids = (await session.scalars(released)).all()
    await ask_for(session, ids)
    return len(ids)


async def adopt(session: AsyncSession, *, now: datetime) -> int:
    """Ask for what is overdue and no job is there for, and return for how many copies; for a job.

    Whoever makes something due asks for its job in the same transaction, so there is nothing unless somebody
    emptied the queue, restored half a backup, or runs the release before this one beside it.
    """
    overdue = select(Notification.id).where(Notification.push_at < now - _OVERDUE).limit(1)
    if await session.scalar(overdue):
        jobs.ask_to_route(session)
    ids = (await session.scalars(_WITHOUT_A_JOB, {"before": now - _OVERDUE, "most": _MOST_ADOPTED})).all()
    await ask_for(session, ids)
    return len(ids)


async def ask_for(
    session: AsyncSession,
    ids: Sequence[UUID],
    *,
    at_once: int = jobs.AT_ONCE,
    after: timedelta = timedelta(),
) -> None:
    """Ask for the jobs that send some copies, so many by one job, at once or so much later."""
    if not ids:
        return
    query = (
        select(PushDelivery.id, PushDelivery.channel, Notification.urgency)
        .join(Notification, Notification.id == PushDelivery.notification_id)
        .where(PushDelivery.id.in_(ids))
        .order_by(PushDelivery.id)
    )
    copies = [(each.id, each.channel, each.urgency) for each in await session.execute(query)]
    jobs.ask_to_send(session, copies, sizes=dict.fromkeys(PushChannel, at_once), after=after)


async def forget_done(session: AsyncSession, *, now: datetime) -> int:
    """Delete copies that were done with a month ago; what is held stays until somebody looked."""
    old = delete(PushDelivery).where(
        PushDelivery.done_at < now - KEPT_FOR, PushDelivery.state != PushState.HELD
    )
    return len((await session.scalars(old.returning(PushDelivery.id))).all())
