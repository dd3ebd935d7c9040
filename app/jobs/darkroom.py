"""The loop that turns photos into copies, beside the jobs: it sleeps until one is all here."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from app.core.clock import utc_now
from app.jobs.loops import Loop
from app.realtime.listener import Ids, Listener
from app.services import photos
from app.services.outbox import Channel
from app.services.photos import PhotoDesk

_POLL_S = 5.0


class Darkroom:
    """Works on as many photos at once as there are slots, and outlives any trouble of database and store."""

    def __init__(self, desk: PhotoDesk, *, slots: int, clock: Callable[[], datetime] = utc_now) -> None:
        """Take the desk to work for."""
        self._desk = desk
        self._slots = slots
        self._clock = clock
        self._loops = [Loop(f"darkroom-{number}", self._develop) for number in range(slots)]

    def listen(self, listener: Listener) -> None:
        """Wake at once when a photo is all here."""
        listener.on(Channel.PHOTOS, self._on_notice)

    async def _on_notice(self, _: Ids | None) -> None:
        for loop in self._loops:
            loop.wake()

    def start(self) -> None:
        """Begin in tasks of the running loop."""
        for loop in self._loops:
            loop.start()

    async def stop(self) -> None:
        """Finish the photos at hand and end."""
        await asyncio.gather(*(loop.stop() for loop in self._loops))

    async def _develop(self) -> float | None:
        """Work on one photo, if there is one."""
        is_done = await photos.develop_next(self._desk, slots=self._slots, clock=self._clock)
        return None if is_done else _POLL_S
