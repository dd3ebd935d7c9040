"""A body over the limit is refused as coded problems are, which the framework does in plain text."""

from collections.abc import Awaitable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import on_http

_STATUS = 413  # its name in http.HTTPStatus changed with Python 3.13


class TooLarge:
    """Puts a problem document in the place of the framework's own 413."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one request on."""
        if scope["type"] != "http" or scope["method"] == "GET":
            return self._app(scope, receive, send)
        return self._watched(scope, receive, send)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
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
                await send(message)

        await self._app(scope, receive, answer)


def _is_the_frameworks(message: Message) -> bool:
    if message["type"] != "http.response.start" or message["status"] != _STATUS:
        return False
    return any(
        name == b"content-type" and kind.startswith(b"text/plain") for name, kind in message["headers"]
    )
