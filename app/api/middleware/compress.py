"""Packing of answers for those who ask for it; nobody else pays."""

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        asks = scope["type"] == "http" and any(name == b"accept-encoding" for name, _ in scope["headers"])
        await (self._packed if asks else self._plain)(scope, receive, send)
