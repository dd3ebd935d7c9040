"""Waiting for what another task does."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool], *, patience_s: float = 10) -> None:
    """Return once a condition holds; fail when it takes too long."""
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - the condition lives in plain objects
            await asyncio.sleep(0.01)
