"""The loops that send things to other systems, beside the jobs."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from app.core.trouble import trouble_of

log = structlog.get_logger(__name__)

_POLL_S = 2.0


class Postman:
    """Does what waits, several things at once, and outlives any trouble of the database.

    ``work`` does one thing, in transactions of its own, and tells whether there was anything to do.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[bool]], *, hands: int) -> None:
        """Take what to do; ``hands`` is how many things may be under way at once."""
        self._name = name
        self._work = work
        self._hands = hands
        self._ending = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin in tasks of the running loop."""
        self._running = [
            asyncio.create_task(self._run(), name=f"{self._name}-{number}") for number in range(self._hands)
        ]

    async def stop(self) -> None:
        """Finish what is being done and end."""
        self._ending.set()
        await asyncio.gather(*self._running)

    async def _run(self) -> None:
        while not self._ending.is_set():
            try:
                while not self._ending.is_set() and await self._work():
                    pass
            except Exception as error:
                if trouble_of(error).may_pass:
                    log.warning("postman waits for the database", of=self._name, error=type(error).__name__)
                else:
                    log.exception("postman failed", of=self._name)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_S):
                    await self._ending.wait()
