"""The outermost room: a name for the request, headers on the answer, and what there was to measure."""

import os
import re
from collections.abc import Awaitable, Iterable
from itertools import count
from time import perf_counter
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.middleware.access_log import AccessLog
from app.core.logs import REQUEST_ID
from app.core.metrics import REQUEST_SECONDS

Header = tuple[bytes, bytes]

# A front that answers without the router names its route here, for metrics and the log.
ROUTE_SCOPE_KEY: Final = "nuanfeng.route"

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"})
_GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")

# What an answer says unless its route has said it already: each costs the server as much as a station's row.
_DEFAULTS: tuple[Header, ...] = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
# And what only matters where a browser may draw or run the answer, which it does not with plain JSON.
_DRAWN: tuple[Header, ...] = (
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
PLAIN_JSON: Final[Header] = (b"content-type", b"application/json")
_HTTPS: Header = (b"strict-transport-security", b"max-age=31536000")


class Observe:
    """Names, dresses, counts and logs every request; adds a few microseconds."""

    def __init__(self, app: ASGIApp, *, access_log: AccessLog | None, is_https: bool) -> None:
        """Wrap an app; without an access log nothing is written per request."""
        self._app = app
        self._access_log = access_log
        self._plain = [*_DEFAULTS, _HTTPS] if is_https else [*_DEFAULTS]
        self._drawn = [*self._plain, *_DRAWN]
        self._default_names = frozenset(name for name, _ in self._drawn)
        self._prefix = os.urandom(6).hex()
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrived = perf_counter()
        request_id = self._name(scope["headers"])
        REQUEST_ID.set(request_id)
        said: Message | None = None

        # Not a coroutine of its own: that would cost as much as all else here.
        def answer(message: Message) -> Awaitable[None]:
            nonlocal said
            said = message
            if message["type"] == "http.response.start":
                message["headers"] = self._dress([*message["headers"]], request_id)
                self._note(scope, message["status"], perf_counter() - arrived, request_id)
            return send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            # When the error handlers have logged and answered it, raising again would only log it twice.
            if said is None or said["type"] == "http.response.start" or said.get("more_body", False):
                raise
        finally:
            if said is None:
                self._note(scope, 0, 0.0, request_id)

    def _name(self, headers: Iterable[Header]) -> str:
        """Return the id that the caller chose when it is harmless, or a new one."""
        for name, value in headers:
            if name == b"x-request-id" and _GOOD_ID.fullmatch(value):
                return str(value, "ascii")
        return f"{self._prefix}-{next(self._numbers)}"

    def _dress(self, headers: list[Header], request_id: str) -> list[Header]:
        defaults, own = self._plain if PLAIN_JSON in headers else self._drawn, self._default_names
        for name, _ in headers:
            if name in own:
                given = {name for name, _ in headers}
                defaults = [each for each in defaults if each[0] not in given]
                break
        return [*headers, (b"x-request-id", request_id.encode()), *defaults]

    def _note(self, scope: Scope, status: int, took: float, request_id: str) -> None:
        method: str = scope["method"]
        if method not in _METHODS:
            method = "OTHER"
        route = scope.get(ROUTE_SCOPE_KEY) or route_of(scope)
        REQUEST_SECONDS.observe(method, route, status, took)
        if self._access_log is not None:
            self._access_log.add(method, route, status, took, request_id)


def route_of(scope: Scope) -> str:
    """Return the route's path as it was declared, so that no id of anybody gets into logs or labels."""
    named: str | None = scope.get(ROUTE_SCOPE_KEY)
    if named is not None:
        return named
    # FastAPI keeps the whole path of an included router's route here, and only its tail on the route.
    route: Any = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(route, "path_format", None) or getattr(route, "path", None) or "unmatched"
