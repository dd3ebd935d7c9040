"""What became of a broadcast, in numbers without names; few are said to be few."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Broadcast, BroadcastState
from app.services import notifications
from app.services.broadcasts import queries
from app.services.notifications import Reached, shown_people

# Copies are forgotten after thirty days; by then what became of them is written down.
KEPT_LIVE = timedelta(days=25)
_MOST = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """People of the audience, inboxes that have it, and of those: copy taken, failed, on its way; read.

    ``None`` stands for one to four. ``as_of`` is when copies were counted last; a figure of a broadcast
    that has not begun is zero.
    """

    people: int | None
    told: int | None
    pushed: int | None
    failed: int | None
    waiting: int | None
    opened: int | None
    as_of: datetime


async def figures_of(session: AsyncSession, broadcast: Broadcast, *, now: datetime) -> Figures:
    """Return a broadcast's figures as they are, or as they were when its copies were forgotten."""
    if broadcast.counted_at is not None:
        reached = Reached(broadcast.pushed or 0, broadcast.failed or 0, 0, broadcast.opened or 0)
    else:
        reached = await notifications.reached_by(session, broadcast.id)
    # Of what was cancelled nothing is on its way any more, whenever its copies come up.
    waiting = 0 if broadcast.state is BroadcastState.CANCELLED else reached.waiting
    return Figures(
        people=shown_people(broadcast.people or 0),
        told=shown_people(broadcast.told),
        pushed=shown_people(reached.pushed),
        failed=shown_people(reached.failed),
        waiting=shown_people(waiting),
        opened=shown_people(reached.opened),
        as_of=broadcast.counted_at or now,
    )


async def keep_figures(session: AsyncSession, *, now: datetime) -> int:
    """Write down the figures of broadcasts whose copies are soon forgotten; return how many; for a job."""
    done = await queries.uncounted(session, done_before=now - KEPT_LIVE, limit=_MOST)
    for broadcast in done:
        reached = await notifications.reached_by(session, broadcast.id)
        broadcast.pushed, broadcast.failed = reached.pushed, reached.failed
        broadcast.opened, broadcast.counted_at = reached.opened, now
    return len(done)
