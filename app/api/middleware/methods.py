"""HEAD is GET without its body; OPTIONS says which methods a path knows."""

from collections.abc import Awaitable

from starlette.responses import Response
from starlette.routing import Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ASKED = ("DELETE", "GET", "PATCH", "POST", "PUT")


class Methods:
    """Answers HEAD on every path that knows GET, and OPTIONS where no CORS rule has."""

    def __init__(self, app: ASGIApp, *, router: Router) -> None:
        """Wrap an app whose routes are the router's."""
        self._app = app
        self._router = router

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one request on."""
        method = scope.get("method")
        if method == "HEAD":
            return self._head(scope, receive, send)
        if method == "OPTIONS" and (known := self._known(scope)):
            return Response(status_code=204, headers={"Allow": ", ".join(known)})(scope, receive, send)
        return self._app(scope, receive, send)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_over = False

        async def answer(message: Message) -> None:
            nonlocal is_over
            if message["type"] == "http.response.start":
                await send(message)
            elif not is_over:
                is_over = True  # also for a stream, which has no end of its own
                await send({"type": "http.response.body", "body": b""})

        # The server keeps its own scope: it must still know that the client asked for no body.
        asked = {**scope, "method": "GET"}
        await self._app(asked, receive, answer)
        scope.update({key: asked[key] for key in ("route", "fastapi") if key in asked})

    def _known(self, scope: Scope) -> list[str]:
        known = [method for method in _ASKED if self._knows({**scope, "method": method})]
        return sorted([*known, "OPTIONS", *(["HEAD"] if "GET" in known else [])]) if known else []

    def _knows(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self._router.routes)
