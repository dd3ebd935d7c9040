"""The loop that turns photos into copies, beside the jobs: it sleeps until one is all here."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import structlog

from app.core.clock import utc_now
from app.core.trouble import trouble_of
from app.realtime.listener import Ids, Listener
from app.services import photos
from app.services.outbox import Channel
from app.services.photos import PhotoDesk

log = structlog.get_logger(__name__)

_POLL_S = 5.0
_AFTER_TROUBLE_S = 1.0


class Darkroom:
    """Works on as many photos at once as there are slots, and outlives any trouble of database and store."""

    def __init__(self, desk: PhotoDesk, *, slots: int, clock: Callable[[], datetime] = utc_now) -> None:
        """Take the desk to work for."""
        self._desk = desk
        self._slots = slots
        self._clock = clock
        self._wakes = [asyncio.Event() for _ in range(slots)]
        self._is_stopping = False
        self._working: list[asyncio.Task[None]] = []

    def listen(self, listener: Listener) -> None:
        """Wake at once when a photo is all here."""
        listener.on(Channel.PHOTOS, self._on_notice)

    async def _on_notice(self, _: Ids | None) -> None:
        self._wake()

    def _wake(self) -> None:
        for wake in self._wakes:
            wake.set()

    def start(self) -> None:
        """Begin in tasks of the running loop."""
        self._working = [
            asyncio.create_task(self._work(wake), name=f"darkroom-{number}")
            for number, wake in enumerate(self._wakes)
        ]

    async def stop(self) -> None:
        """Finish the photos at hand and end."""
        self._is_stopping = True
        self._wake()
        await asyncio.gather(*self._working)

    async def _work(self, wake: asyncio.Event) -> None:
        while not self._is_stopping:
            wake.clear()
            rest = _POLL_S
            try:
                while await self._next():
                    pass
            except Exception as error:
                rest = _AFTER_TROUBLE_S
                if trouble_of(error).may_pass:
                    log.warning("darkroom waits for the database", error=type(error).__name__)
                else:
                    log.exception("darkroom failed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await wake.wait()

    async def _next(self) -> bool:
        """Work on one photo; tell whether to go on."""
        if self._is_stopping:
            return False
        return await photos.develop_next(self._desk, slots=self._slots, clock=self._clock)
