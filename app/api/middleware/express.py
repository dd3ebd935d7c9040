"""What is asked most often is answered at the door: named, limited, dressed and counted like everything else.

Each room of the stack hands every message of an answer on to the next, which costs more than the nearest
stations' own headers, limits and counts. Whose answer those rooms would only pass on is spared the walk; who
wants it packed goes through them as ever, and so does everybody where other origins or traces are looked
after.
"""

from collections.abc import Awaitable
from typing import Protocol

from starlette.types import Receive, Scope, Send

from app.api.middleware.floods import FloodLimit


class Front(Protocol):
    """An ASGI app that stands before another one and knows answers of one path at once."""

    path: str

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer, or pass the request on."""

    def ready(self, scope: Scope) -> bytes | None:
        """Return the whole answer to a request of the path, in plain JSON, or nothing; never raises."""


class Express:
    """Has a front's answers ready, within the limit of who asks."""

    def __init__(self, front: Front, floods: FloodLimit) -> None:
        """Stand before everything that the stack does."""
        self._front = front
        self._path = front.path
        self._floods = floods

    def __call__(self, scope: Scope) -> bytes | None:
        """Return the body of the answer to a request, or nothing when it has to go the long way."""
        if scope["path"] != self._path:
            return None
        for name, _ in scope["headers"]:
            if name == b"accept-encoding":
                return None
        return self._front.ready(scope) if self._floods.admits(scope) else None
