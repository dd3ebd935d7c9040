"""Messages that stay in memory, for tests and for a demo's eyes."""

from collections import deque
from collections.abc import Sequence

from app.ports import Accepted, Parcel, PushResult

_KEPT = 1000


class MemoryPush:
    """Keeps the last parcels that would have been sent, newest last."""

    most_at_once = 500
    most_per_second = 10_000.0

    def __init__(self) -> None:
        """Start with nothing sent."""
        self.sent: deque[Parcel] = deque(maxlen=_KEPT)

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Keep parcels, and take each."""
        self.sent.extend(parcels)
        return [Accepted(f"memory-{parcel.message.id}") for parcel in parcels]

    async def close(self) -> None:
        """Nothing is open."""
