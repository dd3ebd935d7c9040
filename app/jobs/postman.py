"""The loops that send things to other systems, beside the jobs."""

import asyncio
from collections.abc import Awaitable, Callable

from app.jobs.loops import Loop

_POLL_S = 2.0


class Postman:
    """Does what waits, several things at once, and outlives any trouble of the database.

    ``work`` does one thing, in transactions of its own, and tells whether there was anything to do.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[bool]], *, hands: int) -> None:
        """Take what to do; ``hands`` is how many things may be under way at once."""

        async def once() -> float | None:
            return None if await work() else _POLL_S

        self._loops = [Loop(f"{name}-{number}", once) for number in range(hands)]

    def start(self) -> None:
        """Begin in tasks of the running loop."""
        for loop in self._loops:
            loop.start()

    async def stop(self) -> None:
        """Finish what is being done and end."""
        await asyncio.gather(*(loop.stop() for loop in self._loops))
