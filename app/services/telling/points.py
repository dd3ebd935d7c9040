"""What riders hear of things they asked for: that they cannot be had, or went back."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import OutboxEvent, Station
from app.models.points import HoldState, PointsHold, PointsOffer, PointsWallet
from app.services import notifications
from app.services.notifications import About
from app.services.points.events import HoldEnded

_KINDS = {HoldState.REFUSED: "points.refused", HoldState.LAPSED: "points.lapsed"}


async def _went_back(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    """Tell who asked for something that it is kept no more, unless they ended it themselves."""
    kind = _KINDS.get(HoldState(event.payload["state"]))
    if kind is None:
        return
    hold = await session.get_one(PointsHold, UUID(event.payload["hold_id"]))
    wallet = await session.get_one(PointsWallet, hold.wallet_id, populate_existing=True)
    if wallet.account_id is None:
        return
    offer = await session.get_one(PointsOffer, hold.offer_id)
    station = await session.get_one(Station, hold.station_id)
    await notifications.tell(
        session,
        kind=kind,
        to=[wallet.account_id],
        key=f"event:{event.id}",
        params={"offer": offer.name, "station": station.name},
        subject=About("points_hold", hold.id),
        area_code=station.area_code,
        now=now,
    )


POINTS: Mapping[str, Callable[..., Awaitable[None]]] = {HoldEnded.name: _went_back}
