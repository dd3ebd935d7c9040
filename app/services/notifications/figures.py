"""How well copies get through: by channel, without names, for the week past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Role
from app.core.urgency import PushChannel
from app.models import Notification, PushDelivery, PushState
from app.services import authority

PERIOD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """What became of a channel's copies, and how many seconds the middle one and the slowest 1 % took.

    ``opened`` counts those whose notification was read. Times run from telling to the vendor's taking it.
    """

    channel: PushChannel
    sent: int
    opened: int
    failed: int
    skipped: int
    held: int
    p50_s: float | None
    p99_s: float | None


async def of_week(session: AsyncSession, *, by: Actor, now: datetime) -> Sequence[ChannelFigures]:
    """Return the figures of the last seven days for what happened in the caller's areas."""
    waited = func.extract("epoch", PushDelivery.done_at - Notification.created_at)
    is_sent = PushDelivery.state == PushState.SENT

    def counted(state: PushState) -> ColumnElement[int]:
        return func.count().filter(PushDelivery.state == state)

    query = (
        select(
            PushDelivery.channel,
            counted(PushState.SENT),
            func.count().filter(is_sent, Notification.read_at.is_not(None)),
            counted(PushState.FAILED),
            counted(PushState.SKIPPED),
            counted(PushState.HELD),
            func.percentile_cont(0.5).within_group(waited).filter(is_sent),
            func.percentile_cont(0.99).within_group(waited).filter(is_sent),
        )
        .join(Notification, Notification.id == PushDelivery.notification_id)
        .where(
            PushDelivery.done_at > now - PERIOD,
            authority.covers(by, roles=[Role.DISTRICT_OFFICER], area=Notification.area_code),
        )
        .group_by(PushDelivery.channel)
        .order_by(PushDelivery.channel)
    )
    return [ChannelFigures(*row) for row in await session.execute(query)]
