"""What the tus protocol asks of every request and answer at its address (https://tus.io, 1.0.0)."""

from collections.abc import Awaitable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import language_of, problem
from app.services.photos import CHECKSUMS, MOST_BYTES, TusVersion

PATH = "/v1/photos/tus"
VERSION = "1.0.0"
_EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
_OVERRIDES = frozenset({"PATCH", "DELETE", "HEAD"})


class Tus:
    """Names the version in every answer, refuses others, and says on OPTIONS what is offered."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one request on."""
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            return self._app(scope, receive, send)
        return self._spoken(scope, receive, send)

    async def _spoken(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Tus-Resumable"] = VERSION
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS":
            await _offer()(scope, receive, answer)
        elif headers.get("tus-resumable") != VERSION:
            await _refuse(scope)(scope, receive, answer)
        else:
            await self._app(_meant(scope, headers), receive, answer)


def _meant(scope: Scope, headers: Headers) -> Scope:
    """Return the request that a client means that cannot send PATCH or DELETE."""
    method = headers.get("x-http-method-override", "").upper()
    if scope["method"] == "POST" and method in _OVERRIDES:
        scope["method"] = method
    return scope


def _offer() -> Response:
    return Response(
        status_code=204,
        headers={
            "Tus-Version": VERSION,
            "Tus-Extension": _EXTENSIONS,
            "Tus-Max-Size": str(MOST_BYTES),
            "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        },
    )


def _refuse(scope: Scope) -> Response:
    sentence = TusVersion().sentence(language_of(Request(scope)))
    return problem(TusVersion.status, TusVersion.code, sentence, headers={"Tus-Version": VERSION})
