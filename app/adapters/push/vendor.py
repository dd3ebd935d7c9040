"""How every vendor that speaks JSON over HTTP is asked, and what its bad days come to.

Vendors quote what they were sent in their errors, so none of their words leave this folder: only codes do.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import structlog

from app.core.clock import utc_now
from app.ports import Parcel, PushMessage, PushResult, RetryLater

PATIENCE_S = 5.0
# A batch's, below that of who waits for it: what was sent by then stays told as sent.
DEADLINE_S = 15.0
_AT_ONCE = 20
_LONGEST_WAIT_S = 86_400
_TOO_MANY, _SERVER_FAULTS = 429, 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor said: a status and a JSON object, empty when it was none."""

    status: int
    body: Mapping[str, Any]
    retry_after: timedelta | None

    def code(self, *path: str) -> int | None:
        """Return the number at the end of a path of keys, if there is one."""
        found: Any = self.body
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def text(self, *path: str) -> str:
        """Return the text at the end of a path of keys, or an empty one."""
        found: Any = self.body
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, str) else ""


class VendorBusyError(Exception):
    """The vendor did not answer, is down, or asks for patience: ``later`` is what a message gets."""

    def __init__(self, reason: str, after: timedelta | None = None, *, is_down: bool = True) -> None:
        """Keep a code and how long they asked us to wait."""
        super().__init__(reason)
        self.later = RetryLater(reason, after, is_vendor_down=is_down)


class Vendor:
    """A pool of connections to one vendor's address."""

    def __init__(self, base_url: str, *, patience_s: float = PATIENCE_S, **options: Any) -> None:
        """Take the address; nothing is asked yet. ``options`` are those of ``httpx2.AsyncClient``."""
        self._client = httpx2.AsyncClient(base_url=base_url, timeout=patience_s, **options)
        self._patience_s = patience_s

    async def post(self, path: str, body: Mapping[str, Any], **options: Any) -> Answer:
        """Post a JSON object and return the answer, an error of the caller's included.

        Raises:
            VendorBusyError: no answer in time, 429, or a fault of the vendor's.
        """
        try:
            # The client's own limit is for each read: who sends a byte now and then meets this one.
            async with asyncio.timeout(self._patience_s * 3):
                response = await self._client.post(path, json=body, **options)
        except (httpx2.HTTPError, TimeoutError):
            raise VendorBusyError("no_answer") from None
        status, headers = response.status_code, response.headers
        wait = span(headers.get("retry-after") or headers.get("x-rate-limit-reset"))
        if status == _TOO_MANY or status >= _SERVER_FAULTS:
            raise VendorBusyError(str(status), wait, is_down=status != _TOO_MANY)
        return Answer(status, _object(response.content), wait)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def each(
    parcels: Sequence[Parcel], send: Callable[[Parcel], Awaitable[PushResult]]
) -> list[PushResult]:
    """Send parcels one by one, a few at once; a vendor who is busy for one is asked again for that one.

    So is one who has not answered about it when the batch's time is over. What a parcel breaks is its own
    affair: the others were sent, and would be a second time.
    """
    turns = asyncio.Semaphore(_AT_ONCE)
    results: list[PushResult] = [RetryLater("no_answer", is_vendor_down=True)] * len(parcels)

    async def one(at: int, parcel: Parcel) -> None:
        async with turns:
            try:
                results[at] = await send(parcel)
            except VendorBusyError as busy:
                results[at] = busy.later
            except Exception as error:  # noqa: BLE001 - a fault of ours, whatever it is; it is logged
                _log.exception("push.sender_failed")
                results[at] = RetryLater(type(error).__name__)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(*(one(at, parcel) for at, parcel in enumerate(parcels)))
    return results


def locked_out(vendor: str) -> RetryLater:
    """Return what becomes of messages while a vendor does not know us; operators are told each time."""
    _log.error("push.credentials_refused", vendor=vendor)
    return RetryLater("credentials", timedelta(minutes=1), is_vendor_down=True)


def garbage() -> RetryLater:
    """Return what becomes of a message when the vendor's answer says nothing."""
    return RetryLater("garbage", is_vendor_down=True)


def lives_s(message: PushMessage, *, longest: int) -> int:
    """Return how many seconds a message is worth keeping, between none and what the vendor allows."""
    return max(0, min(longest, int((message.expires_at - utc_now()).total_seconds())))


def span(header: str | None) -> timedelta | None:
    """Return the time to wait that a header names in seconds; an HTTP date or nonsense says nothing."""
    if header is None or not header.isdecimal():
        return None
    return timedelta(seconds=min(int(header), _LONGEST_WAIT_S))


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
