"""The server's HTTP protocol, with an answer's head and body written to the network at once.

uvicorn writes a head as soon as the app has given it, and uvloop sends at once whatever is written: for every
short answer two system calls and two network packets, which cost as much as making it. Here a head that names
its body's length waits for that body. Streams, which name none, are sent as they come.
"""

from collections.abc import Awaitable
from functools import lru_cache

from uvicorn._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendEvent,
    HTTPResponseBodyEvent,
    HTTPResponseStartEvent,
    Scope,
)
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

_LONGEST_BODY = 65_536  # a longer one is not copied behind its head; then two writes are nothing
_CONTROLS = bytes(each for each in range(32) if each != ord("\t")) + b"\x7f"
_LENGTH = b"content-length"
# What says how the connection goes on is left to uvicorn.
_FRAMING = frozenset({b"connection", b"transfer-encoding"})


class OneWrite(HttpToolsProtocol):
    """uvicorn's protocol, whose short answers are written at once."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        super()._start_asgi_task(cycle, _Answering(cycle, app))


class _Answering:
    """The app as it answers one request: what it sends comes here first."""

    __slots__ = ("_app", "_cycle", "_held")

    def __init__(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._cycle = cycle
        self._app = app
        self._held: tuple[HTTPResponseStartEvent, bytes, int] | None = None

    def __call__(self, scope: Scope, receive: ASGIReceiveCallable, _send: object) -> Awaitable[None]:
        return self._app(scope, receive, self._send)

    async def _send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer, or hold it until the next."""
        if message["type"] == "http.response.start":
            head, length = self._head_of(message)
            if head:
                self._held = message, head, length
                return
        elif self._held is not None:
            (start, head, length), self._held = self._held, None
            if message["type"] == "http.response.body" and self._is_plain(message, length):
                self._write(head + message.get("body", b""))
                return
            await self._cycle.send(start)
        await self._cycle.send(message)

    def _head_of(self, start: HTTPResponseStartEvent) -> tuple[bytes, int]:
        """Return the head as bytes and the length that it names; no head when it is uvicorn's to write."""
        cycle = self._cycle
        headers = [*cycle.default_headers, *start.get("headers", ())]
        if not headers:
            return b"", 0
        names, values = zip(*headers, strict=True)
        template, at = _template(start["status"], names)
        # No value smuggles a header in.
        texts = b"".join(values)
        is_sound = len(texts.translate(None, _CONTROLS)) == len(texts)
        if not (template and is_sound) or cycle.access_log or cycle.response_started:
            return b"", 0
        return template % values, int(values[at])

    def _is_plain(self, message: HTTPResponseBodyEvent, length: int) -> bool:
        """Tell whether a message is the whole body that was named, on a connection in its usual state."""
        cycle = self._cycle
        return (
            len(message.get("body", b"")) == length <= _LONGEST_BODY
            and not message.get("more_body", False)
            and cycle.keep_alive
            and cycle.scope["method"] != "HEAD"
            and not (cycle.disconnected or cycle.flow.write_paused)
        )

    def _write(self, answer: bytes) -> None:
        """Write a whole answer and leave the cycle as uvicorn does after its last part."""
        cycle = self._cycle
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(answer)
        cycle.message_event.set()
        cycle.on_response()


@lru_cache(maxsize=1024)
def _template(status: int, names: tuple[bytes, ...]) -> tuple[bytes, int]:
    """Return a head that wants its headers' values, and which of them is the body's length.

    Without a length, and where uvicorn refuses a name or acts on it, the head is uvicorn's: then it is empty.
    """
    labels = [name.lower() for name in names]
    if labels.count(_LENGTH) != 1 or any(HEADER_RE.search(each) or each in _FRAMING for each in labels):
        return b"", 0
    lines = [label.replace(b"%", b"%%") + b": %b\r\n" for label in labels]
    return b"".join([STATUS_LINE[status], *lines, b"\r\n"]), labels.index(_LENGTH)
