"""What officers hear of broadcasts: whose word is waited for, and what became of theirs."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Role
from app.models import Broadcast, BroadcastMove, BroadcastState, BroadcastStep, OutboxEvent
from app.services import notifications
from app.services.accounts import holders
from app.services.broadcasts.events import BroadcastStepped
from app.services.notifications import About

_WRITERS_HEAR: Mapping[BroadcastMove, str] = {
    BroadcastMove.HAND_BACK: "desk.broadcast_handed_back",
    BroadcastMove.CANCEL: "desk.broadcast_cancelled",
}


async def _stepped(session: AsyncSession, event: OutboxEvent, *, now: datetime) -> None:
    broadcast = await session.get(Broadcast, UUID(event.payload["broadcast_id"]), populate_existing=True)
    step = await session.get(BroadcastStep, UUID(event.payload["step_id"]))
    if broadcast is None or step is None:
        return
    writers = await _writers(session, broadcast)
    params: dict[str, Any] = {"title": broadcast.title_zh}
    if step.to_state is BroadcastState.WAITING and broadcast.state is BroadcastState.WAITING:
        officers = await holders.all_over(session, broadcast.area_code, [Role.DISTRICT_OFFICER], now=now)
        kind, to = "desk.broadcast_waiting", [each for each in officers if each not in writers]
        params["people"] = broadcast.people or 0
    elif step.move in _WRITERS_HEAR:
        kind, to = _WRITERS_HEAR[step.move], [each for each in writers if each != step.changed_by]
    else:
        return
    await notifications.tell(
        session,
        kind=kind,
        to=to,
        key=f"event:{event.id}",
        params=params,
        subject=About("broadcast_desk", broadcast.id),
        area_code=broadcast.area_code,
        now=now,
    )


async def _writers(session: AsyncSession, broadcast: Broadcast) -> list[UUID]:
    writing = (BroadcastMove.WRITE, BroadcastMove.EDIT)
    query = select(BroadcastStep.changed_by).where(
        BroadcastStep.broadcast_id == broadcast.id, BroadcastStep.move.in_(writing)
    )
    return [each for each in set(await session.scalars(query)) if each is not None]


BROADCASTS: Mapping[str, Callable[..., Awaitable[None]]] = {BroadcastStepped.name: _stepped}
