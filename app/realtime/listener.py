"""What PostgreSQL announces, heard by every process: one LISTEN connection that heals by itself.

A notice is speed, not truth: it is lost when the connection is. So after every new connection, and every
twenty seconds anyway, the rooms are asked to look for themselves.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.core.db import driver_address
from app.services.outbox import EVERYTHING, Channel

log = structlog.get_logger(__name__)

Ids = frozenset[UUID]
Notice = Callable[[Ids | None], Awaitable[None]]
CatchUp = Callable[[], Awaitable[None]]

POLL_S = 20.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0
_CONNECT_S = 2.0
_RETRY_S = 1.0
_GATHER_S = 0.1  # a burst of notices costs one look in this time; the first of them is heard at once


@dataclass(slots=True)
class _Room:
    """One callback and what it has not been told yet."""

    channel: Channel
    notice: Notice
    catch_up: CatchUp | None
    ids: set[UUID]
    must_look: bool = False

    async def tell(self) -> None:
        """Pass on what is owed; when the callback fails, everything is owed until the next try."""
        ids, self.ids = frozenset(self.ids), set()
        must_look, self.must_look = self.must_look, False
        try:
            if must_look:
                await (self.catch_up() if self.catch_up else self.notice(None))
            elif ids:
                await self.notice(ids)
        except Exception as error:  # noqa: BLE001 - one room's fault must not silence the others
            self.must_look = True
            log.warning(
                "a listener's callback failed", channel=self.channel.value, error=type(error).__name__
            )


class Listener:
    """Hears all channels on one connection of its own and tells the rooms, one after the other.

    While a room works, what comes in for it is gathered, so a burst of notices costs one more call.
    """

    def __init__(self, url: str, *, poll_s: float = POLL_S) -> None:
        """Prepare to listen at a database address (any SQLAlchemy form); :meth:`run` connects."""
        self._dsn = driver_address(url)
        self._poll_s = poll_s
        self._rooms: list[_Room] = []
        self._wake = asyncio.Event()
        self._lost = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self.is_connected = False

    def on(self, channel: Channel, notice: Notice, *, catch_up: CatchUp | None = None) -> None:
        """Call ``notice`` with the ids that a channel names, ``None`` meaning everything.

        Args:
            channel: what to hear.
            notice: the callback; it must bear being called twice for one change.
            catch_up: looks for changes without being told ids, called on every poll and after every new
                connection. Without it ``notice(None)`` is called after every new connection but the first.
        """
        self._rooms.append(_Room(channel, notice, catch_up, set()))

    def start(self) -> None:
        """Begin to listen in a task of the running loop."""
        self._running = asyncio.create_task(self.run(), name="listener")

    async def stop(self) -> None:
        """Stop listening and close the connection."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def run(self) -> None:
        """Listen for ever, connecting anew within about a second of the server's return."""
        pause, is_first = _FIRST_PAUSE_S, True
        while True:
            try:
                async with asyncio.timeout(_CONNECT_S):
                    connection = await self._connect()
                pause = _FIRST_PAUSE_S
                was_first, is_first = is_first, False
                await self._serve(connection, is_first=was_first)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("listener lost the database", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(self._dsn, server_settings={"application_name": "nuanfeng-listen"})
        self._lost.clear()
        connection.add_termination_listener(self._on_lost)
        try:
            for channel in Channel:
                await connection.add_listener(channel.value, self._on_notice)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _serve(self, connection: asyncpg.Connection, *, is_first: bool) -> None:
        self.is_connected = True
        try:
            for room in self._rooms:
                room.must_look |= room.catch_up is not None or not is_first
            await self._tell_until_lost(connection)
        finally:
            self.is_connected = False
            with contextlib.suppress(Exception):
                await connection.close(timeout=1)

    async def _tell_until_lost(self, connection: asyncpg.Connection) -> None:
        clock = asyncio.get_running_loop().time
        poll_at = clock() + self._poll_s
        while not self._lost.is_set():
            self._wake.clear()
            for room in self._rooms:
                await room.tell()
            await asyncio.sleep(_GATHER_S)
            await self._sleep_until(min(poll_at, clock() + _RETRY_S) if self._owes_a_look() else poll_at)
            if clock() >= poll_at:
                poll_at = clock() + self._poll_s
                await connection.execute("SELECT 1", timeout=_CONNECT_S)
                for room in self._rooms:
                    room.must_look |= room.catch_up is not None

    def _owes_a_look(self) -> bool:
        return any(room.must_look for room in self._rooms)

    async def _sleep_until(self, at: float) -> None:
        """Sleep until a loop time, or until a notice comes or the connection goes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(at):
                await self._wake.wait()

    def _on_lost(self, _: Any) -> None:
        self._lost.set()
        self._wake.set()

    def _on_notice(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        ids = _parse(str(payload))
        for room in self._rooms:
            if room.channel.value == channel:
                if ids is None:
                    room.must_look = True
                else:
                    room.ids |= ids
        self._wake.set()


def _parse(payload: str) -> set[UUID] | None:
    if payload == EVERYTHING:
        return None
    try:
        return {UUID(each) for each in payload.split(",")}
    except ValueError:
        return None
