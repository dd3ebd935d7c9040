"""The jobs by which copies go out: their names, what is in them, and who asks for them in their transaction.

A job holds ids of copies, or nothing. Rows say what became of a copy and when it is due; that somebody looks
then, that one worker does, and another if it dies, is the queue's work.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.urgency import PushChannel, Urgency
from app.services import outbox

ROUTE = "push.route"
# How many copies one job sends where nothing is known of the vendor's pace.
AT_ONCE = 100
# How far the clocks of two hosts may lie apart: what is due within this is due.
CLOCKS_APART = timedelta(seconds=2)
_ID_BYTES = 16
_PRIORITY: Mapping[Urgency, int] = {Urgency.NORMAL: 0, Urgency.URGENT: 1, Urgency.EMERGENCY: 2}


def lane(channel: PushChannel, *, is_emergency: bool = False) -> str:
    """Return the name of the jobs that send by a channel; emergencies wait behind nobody else's."""
    return f"push.{channel.value}.emergency" if is_emergency else f"push.{channel.value}"


def ask_to_route(session: AsyncSession, *, after: timedelta = timedelta()) -> None:
    """Have what is due looked at once this transaction has committed, or so much later."""
    outbox.ask(session, ROUTE, after=after)


def ask_to_send(
    session: AsyncSession,
    copies: Iterable[tuple[UUID, PushChannel, Urgency]],
    *,
    sizes: Mapping[PushChannel, int],
    after: timedelta = timedelta(),
) -> None:
    """Have copies sent after this transaction's commit, or so much later; ``sizes``: how many by one job."""
    alike: dict[tuple[PushChannel, Urgency], list[UUID]] = defaultdict(list)
    for copy_id, channel, urgency in copies:
        alike[channel, urgency].append(copy_id)
    for (channel, urgency), ids in alike.items():
        name = lane(channel, is_emergency=urgency is Urgency.EMERGENCY)
        size = sizes.get(channel, AT_ONCE)
        for start in range(0, len(ids), size):
            payload = written(ids[start : start + size])
            outbox.ask(session, name, payload, after=after, priority=_PRIORITY[urgency])


def written(ids: Sequence[UUID]) -> bytes:
    """Return ids as a job holds them."""
    return b"".join(each.bytes for each in ids)


def read(payload: bytes) -> list[UUID]:
    """Return the ids that a job holds."""
    starts = range(0, len(payload), _ID_BYTES)
    return [UUID(bytes=payload[start : start + _ID_BYTES]) for start in starts]
