"""Bytes as they come from a phone, until it has sent all or is gone."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.api.middleware.bodies import TooSlow

# A phone that says nothing for so long has lost its network and comes back later.
SILENCE_S = 60.0


async def arriving(request: Request) -> AsyncIterator[bytes]:
    """Yield what comes; a connection that breaks, falls silent or trickles, just ends it."""
    stream = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(SILENCE_S):
                chunk = await anext(stream)
        except (StopAsyncIteration, ClientDisconnect, TimeoutError, TooSlow):
            return
        if chunk:
            yield chunk
