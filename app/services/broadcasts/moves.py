"""The one place that moves a broadcast: by the table, with a step and an event for each move."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.ids import new_id
from app.models import Broadcast, BroadcastMove, BroadcastStep
from app.services import outbox
from app.services.broadcasts import lifecycle
from app.services.broadcasts.events import BroadcastStepped


async def make(
    session: AsyncSession,
    broadcast: Broadcast,
    move: BroadcastMove,
    *,
    by: Actor | None,
    reason: str = "",
    now: datetime,
) -> None:
    """Move a broadcast that this transaction holds; without a caller it is the clock that does.

    Raises:
        BroadcastMoved: it cannot be moved so in its state.
    """
    broadcast.state = lifecycle.check(broadcast.state, move)
    broadcast.version += 1
    broadcast.changed_at = now
    if by is not None:
        broadcast.changed_by = by.account_id
    await note(session, broadcast, move, by=by, reason=reason, now=now)


async def note(
    session: AsyncSession,
    broadcast: Broadcast,
    move: BroadcastMove,
    *,
    by: Actor | None,
    reason: str = "",
    now: datetime,
) -> None:
    """Add the step of a move that was made, and its event."""
    step = BroadcastStep(
        id=new_id(),
        broadcast_id=broadcast.id,
        move=move,
        to_state=broadcast.state,
        changed_by=None if by is None else by.account_id,
        reason=reason,
        people=broadcast.people,
        at=now,
    )
    session.add(step)
    event = BroadcastStepped(broadcast.id, step.id, move.value, broadcast.state.value)
    outbox.record(session, event, now=now, area_code=broadcast.area_code)
    await session.flush()
