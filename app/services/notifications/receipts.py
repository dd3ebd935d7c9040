"""What vendors said afterwards of copies that they had taken."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.urgency import PushChannel
from app.models import PushDelivery, PushReceipt, PushState
from app.ports import Arrival
from app.services.notifications import sending

_CHUNK = 1000


async def note(
    session: AsyncSession, channel: PushChannel, arrivals: Sequence[Arrival], *, now: datetime
) -> int:
    """Note which copies arrived and which did not; return of how many names nothing is known here.

    Said again it is the same; a copy that arrived did so whatever is said later. Where one did not arrive
    and no other is on its way, the next way to the person is tried.
    """
    delivered = {each.provider_id for each in arrivals if each.is_delivered} - {""}
    failed = {each.provider_id for each in arrivals} - delivered - {""}
    unknown = 0
    for names, receipt in ((delivered, PushReceipt.DELIVERED), (failed, PushReceipt.FAILED)):
        ordered = sorted(names)
        for start in range(0, len(ordered), _CHUNK):
            unknown += await _note(session, channel, ordered[start : start + _CHUNK], receipt, now=now)
    return unknown


async def _note(
    session: AsyncSession,
    channel: PushChannel,
    names: Collection[str],
    receipt: PushReceipt,
    *,
    now: datetime,
) -> int:
    ours = (PushDelivery.channel == channel) & PushDelivery.provider_id.in_(names)
    known = set(await session.scalars(select(PushDelivery.provider_id).where(ours).distinct()))
    is_news: ColumnElement[bool] = PushDelivery.receipt.is_(None)
    if receipt is PushReceipt.DELIVERED:
        is_news = or_(is_news, PushDelivery.receipt == PushReceipt.FAILED)
    state = PushState.SENT if receipt is PushReceipt.DELIVERED else PushState.FAILED
    error = None if receipt is PushReceipt.DELIVERED else "not_delivered"
    noted = (
        update(PushDelivery)
        .where(ours, is_news, PushDelivery.state.in_((PushState.SENT, PushState.FAILED)))
        .values(receipt=receipt, receipt_at=now, state=state, error=error)
        .returning(PushDelivery.notification_id)
        .execution_options(synchronize_session=False)
    )
    touched: set[UUID] = set(await session.scalars(noted))
    if receipt is PushReceipt.FAILED:
        await sending.fall_through(session, touched, now=now)
    return len(set(names) - known)
