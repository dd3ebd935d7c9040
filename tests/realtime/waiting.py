"""Waiting for what another task does."""

import asyncio
from collections.abc import Callable

from sqlalchemy import text

from app.core.db import Database

_WAITING = text(
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def until(condition: Callable[[], bool], *, patience_s: float = 10) -> None:
    """Return once a condition holds; fail when it takes too long."""
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - the condition lives in plain objects
            await asyncio.sleep(0.01)


async def until_one_waits(db: Database, *, patience_s: float = 10) -> None:
    """Return once a transaction waits for another one's lock."""
    async with asyncio.timeout(patience_s):
        while True:
            async with db.reading() as session:
                if (await session.execute(_WAITING)).first() is not None:
                    return
            await asyncio.sleep(0.01)
