"""A queue inside this process before a lock of the database: who waits in it holds no connection."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Lets those who want the same thing do so one after the other, in the order of coming.

    A rush for one row would otherwise have every connection of the pool wait for the row's lock, and
    everybody else for a connection. The lock in the database still decides between processes.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncGenerator[None]:
        """Wait for one's turn, and have it for the block."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield

    def __len__(self) -> int:
        """Return for how many things there is a queue just now."""
        return len(self._locks)
