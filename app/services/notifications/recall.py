"""Copies that are worth nothing any more before they went: what they spoke of was taken back, or answered."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Notification, PushDelivery, PushState


async def recall(
    session: AsyncSession, keys: Collection[str], *, now: datetime, area_code: str | None = None
) -> int:
    """Have no more copies go out of what was told under some keys, in one area; return how many rows that is.

    Inboxes keep their rows. What a vendor has in hand at this moment may still arrive.
    """
    which: list[ColumnElement[bool]] = [Notification.event_key.in_(keys)]
    if area_code is not None:
        which.append(Notification.area_code == area_code)
    # By the indexes of what waits: keys have none, for it would cost whoever tells somebody something.
    due = select(Notification.id).where(
        or_(Notification.push_at.is_not(None), Notification.digest_at.is_not(None)), *which
    )
    on_their_way = (
        select(Notification.id)
        .join(PushDelivery, PushDelivery.notification_id == Notification.id)
        .where(PushDelivery.state == PushState.WAITING, *which)
    )
    ids = (await session.scalars(due.union(on_their_way))).all()
    if not ids:
        return 0
    over = (
        update(Notification)
        .where(Notification.id.in_(ids))
        .values(push_at=None, digest_at=None, expires_at=now)
    )
    await session.execute(over.execution_options(synchronize_session=False))
    await session.execute(
        update(PushDelivery)
        .where(PushDelivery.notification_id.in_(ids), PushDelivery.state == PushState.WAITING)
        .values(state=PushState.SKIPPED, error="recalled", done_at=now)
        .execution_options(synchronize_session=False)
    )
    return len(ids)
