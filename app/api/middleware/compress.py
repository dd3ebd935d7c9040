"""Packing of answers for those who ask for it; nobody else pays."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import CompressMiddleware

# Below this a packed answer saves no network packet.
SMALLEST_BYTES = 1500


class Compress:
    """zstd, Brotli or gzip, as the client accepts; event streams are flushed with every event."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._plain = app
        self._packed = CompressMiddleware(app, minimum_size=SMALLEST_BYTES)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one request on."""
        if scope["type"] == "http":
            for name, _ in scope["headers"]:
                if name == b"accept-encoding":
                    return self._packed(scope, receive, send)
        return self._plain(scope, receive, send)
