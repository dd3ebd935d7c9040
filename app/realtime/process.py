"""All that moves in a process besides requests: the hub, the board and the listener, started together."""

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor

from app.core.db import Database
from app.realtime.board import StationBoard
from app.realtime.cases import CaseFeed
from app.realtime.hub import Hub
from app.realtime.inboxes import InboxFeed
from app.realtime.listener import Listener
from app.services.outbox import Channel

# A process takes no requests before it knows the stations, unless the database keeps it waiting this long.
_PATIENCE_S = 20.0


class Realtime:
    """What a process keeps in memory, and what keeps it true."""

    def __init__(self, db: Database) -> None:
        """Put the parts together; nothing runs before :meth:`start`."""
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="index")
        self.hub: Hub[bytes] = Hub()
        self.board = StationBoard(db, self.hub, executor=self._threads)
        self.listener = Listener(db.engine.url.render_as_string(hide_password=False))
        self.listener.on(Channel.STATIONS, self.board.hear, catch_up=self.board.catch_up)
        self.listener.on(Channel.OCCUPANCY, self.board.hear_counts)
        self.listener.on(Channel.CALENDAR, self.board.reload)
        self.listener.on(Channel.REPORTS, CaseFeed(db, self.hub).hear)
        inboxes = InboxFeed(db, self.hub)
        self.listener.on(Channel.NOTIFICATIONS, inboxes.hear)
        self.listener.on(Channel.GRANTS, inboxes.hear_grants)

    async def start(self) -> None:
        """Begin to listen and to follow the clock; wait a while for the first view of the stations."""
        self.listener.start()
        self.board.start()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.board.loaded.wait(), _PATIENCE_S)

    async def stop(self) -> None:
        """End every stream and stop; starting again is not foreseen."""
        self.hub.close()
        await self.listener.stop()
        await self.board.stop()
        self._threads.shutdown(wait=False, cancel_futures=True)
