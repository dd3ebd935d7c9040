"""A loop beside the requests: it works, rests until it is woken or its time is over, and outlives trouble."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from app.core.trouble import trouble_of

log = structlog.get_logger(__name__)

AFTER_TROUBLE_S = 1.0


class Loop:
    """Does one piece of work after the other in a task of its own.

    ``work`` returns how many seconds to rest, unless woken before; ``None``: there may be more at once.
    Whatever it raises is logged, and it is tried again a second later.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[float | None]]) -> None:
        """Take what to do."""
        self._name = name
        self._work = work
        self._wake = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self.is_stopping = False

    def wake(self) -> None:
        """End the rest, or leave out the one that would come next."""
        self._wake.set()

    def start(self) -> None:
        """Begin in a task of the running loop."""
        self._running = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Finish the piece at hand and end."""
        self.is_stopping = True
        self._wake.set()
        if self._running is not None:
            await self._running

    async def _run(self) -> None:
        while not self.is_stopping:
            self._wake.clear()
            try:
                rest = await self._work()
            except Exception as error:
                rest = AFTER_TROUBLE_S
                if trouble_of(error).may_pass:
                    log.warning("a loop waits for the database", loop=self._name, error=type(error).__name__)
                else:
                    log.exception("a loop failed", loop=self._name)
            if rest is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(rest):
                        await self._wake.wait()
