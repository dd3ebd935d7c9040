"""Fan-out inside one process: what changed goes to everybody who listens, and nobody waits for anybody."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")

# A listener this many events behind has stopped reading; it is let go and comes back by itself.
MOST_WAITING = 256
_DIGITS = (2, 4, 6, 9, 12)


def station_topic(station_id: UUID) -> str:
    """Return the topic of one station."""
    return f"station:{station_id}"


def area_topic(code: str) -> str:
    """Return the topic of an area and everything inside it."""
    return f"area:{code}"


def prefixes(area_code: str) -> list[str]:
    """Return an area's code and those of all areas around it, the widest first."""
    return [area_code[:digits] for digits in _DIGITS if digits <= len(area_code)]


class Subscription(Generic[T]):
    """One listener's waiting events, in order; iteration ends when it was too slow or the hub closes."""

    def __init__(self, most_waiting: int) -> None:
        """Wait with an empty queue of at most ``most_waiting`` events."""
        self._most_waiting = most_waiting
        self._waiting: deque[T] = deque()
        self._wake: asyncio.Future[None] | None = None
        self.is_over = False

    def offer(self, event: T) -> None:
        """Queue an event, or end the subscription when its queue is full."""
        if len(self._waiting) >= self._most_waiting:
            self.end()
        else:
            self._waiting.append(event)
            self._ring()

    def end(self) -> None:
        """Let the listener go: it receives nothing more."""
        self.is_over = True
        self._ring()

    def _ring(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def next(self, *, patience_s: float) -> list[T]:
        """Return what is waiting, or an empty list when nothing came for ``patience_s`` seconds."""
        if not self._waiting and not self.is_over:
            # A bare future and a timer: a task for each wait would double what an event costs a crowd.
            loop = asyncio.get_running_loop()
            self._wake = loop.create_future()
            patience = loop.call_later(patience_s, self._ring)
            try:
                await self._wake
            finally:
                patience.cancel()
        if self.is_over:
            return []
        events = list(self._waiting)
        self._waiting.clear()
        return events

    async def __aiter__(self) -> AsyncIterator[T]:
        """Yield events until the subscription is over."""
        while not self.is_over:
            for event in await self.next(patience_s=3600):
                yield event


class Hub(Generic[T]):
    """Topics and who listens to them. Used from the event loop's own thread only."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: dict[str, set[Subscription[T]]] = {}

    @property
    def listeners(self) -> int:
        """How many subscriptions are open."""
        return len({each for group in self._listeners.values() for each in group})

    def is_heard(self, topic: str) -> bool:
        """Tell whether anybody listens to a topic."""
        return topic in self._listeners

    def topics(self, prefix: str) -> list[str]:
        """Return the topics that begin with a prefix and that somebody listens to."""
        return [topic for topic in self._listeners if topic.startswith(prefix)]

    def publish(self, topic: str, event: T) -> None:
        """Give an event to everybody who listens to a topic; never waits."""
        for subscription in self._listeners.get(topic, ()):
            subscription.offer(event)

    def end(self, topic: str) -> None:
        """Let everybody go who listens to a topic."""
        for subscription in self._listeners.get(topic, ()):
            subscription.end()

    @contextmanager
    def subscribe(self, *topics: str, most_waiting: int = MOST_WAITING) -> Iterator[Subscription[T]]:
        """Listen to topics while the block lasts."""
        subscription: Subscription[T] = Subscription(most_waiting)
        for topic in topics:
            self._listeners.setdefault(topic, set()).add(subscription)
        try:
            yield subscription
        finally:
            for topic in topics:
                self._leave(topic, subscription)

    def _leave(self, topic: str, subscription: Subscription[T]) -> None:
        group = self._listeners[topic]
        group.discard(subscription)
        if not group:
            del self._listeners[topic]

    def close(self) -> None:
        """End every subscription, so that open streams finish."""
        for group in self._listeners.values():
            for subscription in group:
                subscription.end()
