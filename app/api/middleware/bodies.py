"""Bodies that are refused: over the limit, which the framework says in plain text, and those that trickle in.

Who sends a byte a second would keep a connection for as long as they like.
"""

import asyncio
from collections.abc import Awaitable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import on_http

_STATUS = 413  # its name in http.HTTPStatus changed with Python 3.13
# A second more for as many bytes as came: slower than any network that a phone is on.
_LEAST_BYTES_A_SECOND = 1000


class TooSlow(HTTPException):
    """A body did not come in time; what came of it may be kept."""

    def __init__(self) -> None:
        """Be a 408 (RFC 9110, 15.5.9)."""
        super().__init__(408)


class InTime:
    """A ``receive`` that waits for a body no longer than it may take, from when it is first read."""

    __slots__ = ("_ends", "_is_whole", "_receive", "_seconds", "is_late")

    def __init__(self, receive: Receive, seconds: float) -> None:
        """Wait so many seconds, and one more for every 1,000 bytes."""
        self._receive = receive
        self._seconds = seconds
        self._ends: float | None = None
        self._is_whole = False
        self.is_late = False

    async def __call__(self) -> Message:
        """Return what comes next.

        Raises:
            TooSlow: it took too long.
        """
        if self._is_whole:
            return await self._receive()
        if self._ends is None:
            self._ends = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._ends):
                message = await self._receive()
        except TimeoutError:
            self.is_late = True
            raise TooSlow from None
        self._ends += len(message.get("body", b"")) / _LEAST_BYTES_A_SECOND
        self._is_whole = not message.get("more_body", False)
        return message


class Bodies:
    """Puts a problem document in the place of the framework's own 413, and ends bodies that trickle."""

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        """Wrap an app; a body may take so many seconds, and longer when it is long."""
        self._app = app
        self._seconds = seconds

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one request on."""
        if scope["type"] != "http" or scope["method"] == "GET":
            return self._app(scope, receive, send)
        return self._watched(scope, InTime(receive, self._seconds), send)

    async def _watched(self, scope: Scope, receive: InTime, send: Send) -> None:
        is_replaced = False

        async def answer(message: Message) -> None:
            nonlocal is_replaced
            if _is_the_frameworks(message):
                is_replaced = True
                refusal = await on_http(
                    Request(scope), HTTPException(_STATUS, headers={"Connection": "close"})
                )
                await refusal(scope, receive, send)
            elif not is_replaced:
                if receive.is_late and message["type"] == "http.response.start":
                    MutableHeaders(scope=message)["Connection"] = "close"  # the rest may trickle on
                await send(message)

        try:
            await self._app(scope, receive, answer)
        except TooSlow as error:  # a front read the body, outside the framework's handlers
            await (await on_http(Request(scope), error))(scope, receive, answer)


def _is_the_frameworks(message: Message) -> bool:
    if message["type"] != "http.response.start" or message["status"] != _STATUS:
        return False
    return any(
        name == b"content-type" and kind.startswith(b"text/plain") for name, kind in message["headers"]
    )
