"""The feed's files as bytes, kept for their time to live."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.api.etag import weak_tag
from app.services.stations import gbfs

# How long a consumer may keep a file; what is in it is at most that old.
_TTL_S = {"station_status": 30, "system_alerts": 60}
_LONG_TTL_S = 300


@dataclass(frozen=True, slots=True)
class FeedFile:
    """One file: its bytes, its tag, and when it was made."""

    body: bytes
    tag: str
    ttl_s: int
    made_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Tell whether it may still be given out; a clock set back makes it stale."""
        return timedelta() <= now - self.made_at < timedelta(seconds=self.ttl_s)


class FeedFiles:
    """The files that this process made last."""

    def __init__(self) -> None:
        """Start with none."""
        self._files: dict[str, FeedFile] = {}
        self._making = asyncio.Lock()

    async def get(
        self, name: str, *, now: datetime, make: Callable[[], Awaitable[dict[str, Any]]]
    ) -> FeedFile:
        """Return a file, made anew when the last one is too old; one request makes it, others wait."""
        kept = self._files.get(name)
        if kept is None or not kept.is_good(now):
            async with self._making:
                kept = self._files.get(name)
                if kept is None or not kept.is_good(now):
                    kept = self._files[name] = _file(name, await make(), now)
        return kept


def _file(name: str, data: dict[str, Any], now: datetime) -> FeedFile:
    ttl_s = _TTL_S.get(name, _LONG_TTL_S)
    content = orjson.dumps(data)
    head = {"last_updated": gbfs.moment(now), "ttl": ttl_s, "version": gbfs.VERSION}
    body = orjson.dumps(head)[:-1] + b',"data":' + content + b"}"
    # The tag leaves out when the file was made: the same content is the same file.
    return FeedFile(body, weak_tag(content), ttl_s, now)
