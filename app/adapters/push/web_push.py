"""Web Push (RFC 8030, encrypted by RFC 8291, signed by VAPID, RFC 8292), by pywebpush (extra ``web-push``).

The target is the browser's subscription as JSON. The browser names the address to post to, so only the hosts
of push services are posted to. In China Google's does not answer: the open stream is what staff really have.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from py_vapid import Vapid
from pywebpush import WebPushException, webpush_async

from app.adapters.push.vendor import PATIENCE_S, each, lives_s, locked_out, span
from app.core.urgency import Urgency
from app.ports import Accepted, DeadTarget, Parcel, PushMessage, PushResult, Refused, RetryLater

_LONGEST_S = 28 * 86_400
_GONE, _NOT_ADMITTED, _TOO_OFTEN, _SERVER_FAULTS = (404, 410), 401, 429, 500
_URGENCIES = {Urgency.NORMAL: "normal", Urgency.URGENT: "high", Urgency.EMERGENCY: "high"}
_TOPIC = 32


@dataclass(frozen=True, slots=True)
class VapidAccount:
    """Our key, whom push services write to, and whom we post to; ``.host`` stands for all below it."""

    private_key: str = field(repr=False)
    contact: str
    hosts: Sequence[str]
    scheme: str = "https"


class WebPush:
    """Sends to browsers' subscriptions."""

    most_at_once = 100
    most_per_second = 200.0

    def __init__(self, account: VapidAccount, *, patience_s: float = PATIENCE_S) -> None:
        """Read the key; nothing is asked yet.

        Raises:
            ValueError: the key cannot be read.
        """
        self._account = account
        # Time for each read; who sends a byte now and then meets the whole.
        self._timeout = aiohttp.ClientTimeout(total=patience_s * 3, sock_read=patience_s)
        self._key = Vapid.from_string(account.private_key)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Send each parcel by a call of its own."""
        return await each(parcels, self._one)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _one(self, parcel: Parcel) -> PushResult:
        subscription = _subscription(parcel.target)
        if subscription is None or not self._is_push_service(subscription["endpoint"]):
            return DeadTarget()
        try:
            response = await webpush_async(
                subscription,
                data=_data(parcel.message),
                vapid_private_key=self._key,
                vapid_claims={"sub": self._account.contact},
                timeout=self._timeout,
                ttl=lives_s(parcel.message, longest=_LONGEST_S),
                headers=_headers(parcel.message),
                aiohttp_session=self._open(),
            )
        except WebPushException as error:
            return _refused(error)
        except (aiohttp.ClientError, TimeoutError):
            return RetryLater("no_answer", is_vendor_down=True)
        except ValueError:  # keys that are none
            return DeadTarget()
        return Accepted(response.headers.get("location", "") if not isinstance(response, str) else "")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session

    def _is_push_service(self, endpoint: str) -> bool:
        try:
            address = urlsplit(endpoint)
            host, _ = address.hostname or "", address.port
        except ValueError:
            return False
        if address.scheme != self._account.scheme or address.username is not None:
            return False
        return any(host == known or _is_below(host, known) for known in self._account.hosts)


def _is_below(host: str, known: str) -> bool:
    return known.startswith(".") and host.endswith(known)


def _subscription(target: str) -> dict[str, Any] | None:
    try:
        found = json.loads(target)
    except ValueError:
        return None
    if not isinstance(found, Mapping) or not isinstance(found.get("keys"), Mapping):
        return None
    endpoint, keys = found.get("endpoint"), found["keys"]
    texts = (endpoint, keys.get("p256dh"), keys.get("auth"))
    if not all(isinstance(text, str) for text in texts):
        return None
    return {"endpoint": endpoint, "keys": {"p256dh": keys["p256dh"], "auth": keys["auth"]}}


def _data(message: PushMessage) -> str:
    shown = {"id": str(message.id), "title": message.title, "body": message.body, "tag": message.collapse_key}
    return json.dumps(shown, ensure_ascii=False)


def _headers(message: PushMessage) -> dict[str, str | int | float]:
    headers: dict[str, str | int | float] = {"Urgency": _URGENCIES[message.urgency]}
    if message.collapse_key:
        # RFC 8030: at most 32 characters of the URL-safe base64 alphabet.
        safe = "".join(char if char.isascii() and char.isalnum() else "-" for char in message.collapse_key)
        headers["Topic"] = safe[:_TOPIC]
    return headers


def _refused(error: WebPushException) -> PushResult:
    """Return what a status says; 403 is for one browser, which subscribed with another key (RFC 8292 §4.2).

    It may come back with ours, so it is not forgotten; the person is told on the next way.
    """
    status = error.status_code
    if status is None or status in _GONE:
        return DeadTarget()  # or one whose keys are none
    if status == _NOT_ADMITTED:
        return locked_out("web_push")
    if status == _TOO_OFTEN or status >= _SERVER_FAULTS:
        headers = getattr(error.response, "headers", {})
        after = span(headers.get("retry-after"))
        return RetryLater(str(status), after, is_vendor_down=status != _TOO_OFTEN)
    return Refused(f"web_push_{status}")
