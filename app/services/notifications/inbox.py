"""A person's inbox: pages, what is unread, and marking it as read."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import first_id_at, made_at_ms
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import Notification, NotificationPreference
from app.services import outbox
from app.services.outbox import Channel

KEPT_FOR = timedelta(days=180)
# Ids are made before their rows are committed, and hosts' clocks disagree: so far back a listener who comes
# back may have missed something.
_LATE_MS = 60_000
_BATCH = 5000


def _own(by: Actor) -> ColumnElement[bool]:
    return Notification.account_id == by.account_id


async def list_own(
    session: AsyncSession, *, by: Actor, unread: bool, cursor: str | None, limit: int
) -> Page[Notification]:
    """Return a page of the caller's inbox, the newest first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    query = select(Notification).where(_own(by))
    if unread:
        query = query.where(Notification.read_at.is_(None))
    if (before := read_id_cursor(cursor)) is not None:
        query = query.where(Notification.id < before)
    rows = (await session.scalars(query.order_by(Notification.id.desc()).limit(limit + 1))).all()
    return Page(rows[:limit], id_cursor(rows[limit - 1].id) if len(rows) > limit else None)


async def count_unread(session: AsyncSession, *, by: Actor) -> int:
    """Return how many of the caller's notifications are unread."""
    query = select(func.count()).select_from(Notification).where(_own(by), Notification.read_at.is_(None))
    return await session.scalar(query) or 0


async def mark_read(session: AsyncSession, notification_id: UUID, *, by: Actor, now: datetime) -> None:
    """Mark one as read; once read it stays as it was read first.

    Raises:
        NotFound: it is not the caller's.
    """
    found = await session.scalar(select(Notification).where(_own(by), Notification.id == notification_id))
    if found is None:
        raise NotFound
    if found.read_at is None:
        found.read_at = now
        await outbox.announce(session, Channel.NOTIFICATIONS, [found.id])


async def mark_all_read(session: AsyncSession, *, until: UUID | None, by: Actor, now: datetime) -> int:
    """Mark everything as read up to a notification the caller saw, and return how many were not.

    What came in after ``until`` stays unread: nobody has seen it.
    """
    unread = update(Notification).where(_own(by), Notification.read_at.is_(None))
    if until is not None:
        unread = unread.where(Notification.id <= until)
    ids = (await session.scalars(unread.values(read_at=now).returning(Notification.id))).all()
    if ids:
        await outbox.announce(session, Channel.NOTIFICATIONS, ids)
    return len(ids)


async def missed(
    session: AsyncSession, *, since: UUID, by: Actor, limit: int
) -> tuple[Sequence[Notification], bool]:
    """Return what the caller may have missed since a notification, oldest first; and whether more is.

    A little of what they have already comes again, rather than anything being lost.
    """
    floor = max(0, made_at_ms(since) - _LATE_MS)
    query = select(Notification).where(_own(by), Notification.id >= UUID(int=floor << 80))
    rows = (await session.scalars(query.order_by(Notification.id).limit(limit + 1))).all()
    return rows[:limit], len(rows) > limit


async def some(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Notification]:
    """Return notifications by their ids, in the order of the ids."""
    query = select(Notification).where(Notification.id.in_(ids)).order_by(Notification.id)
    return (await session.scalars(query)).all()


async def drop_doubled(
    session: AsyncSession,
    absorbed_id: UUID,
    survivor_id: UUID,
    *,
    now: datetime,  # noqa: ARG001 - the form of a merger's step
) -> None:
    """Before two accounts merge: what both were told, and their say about pushes, the survivor keeps."""
    both = select(Notification.event_key, Notification.kind).where(Notification.account_id == survivor_id)
    await session.execute(
        delete(Notification).where(
            Notification.account_id == absorbed_id,
            func.row(Notification.event_key, Notification.kind).in_(both),
        )
    )
    await session.execute(
        delete(NotificationPreference).where(NotificationPreference.account_id == absorbed_id)
    )


async def forget_old(session: AsyncSession, *, now: datetime) -> int:
    """Delete what was told half a year ago, a batch at a time."""
    old = select(Notification.id).where(Notification.id < first_id_at(now - KEPT_FOR)).limit(_BATCH)
    gone = delete(Notification).where(Notification.id.in_(old)).returning(Notification.id)
    return len((await session.scalars(gone)).all())
