"""The server's protocol writes short answers at once, and no byte of any answer differs from uvicorn's."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from app.core.one_write import OneWrite

_LENGTH = {length: (b"content-length", b"%d" % length) for length in (0, 4, 5, 70_000)}
_JSON = (b"content-type", b"application/json")
_ASK = b"GET /%b HTTP/1.1\r\nhost: here\r\n\r\n"


class _Wire(asyncio.Transport):
    """A connection that remembers what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        """Pipelined requests wait."""

    def resume_reading(self) -> None:
        """They are read."""


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as the path says."""
    status, headers, parts = _ANSWERS[scope["path"][1:]]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for number, part in enumerate(parts, start=1):
        await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": part, "more_body": number < len(parts)})


_ANSWERS: dict[str, tuple[int, list[tuple[bytes, bytes]], list[bytes]]] = {
    "short": (200, [_LENGTH[4], _JSON, (b"X-Request-ID", b"a\tb")], [b"[42]"]),
    "missing": (404, [_JSON, _LENGTH[4]], [b"null"]),
    "empty": (200, [_LENGTH[0]], [b""]),
    "long": (200, [_LENGTH[70_000]], [b"x" * 70_000]),
    "stream": (200, [_JSON], [b"[", b"42", b"]"]),
    "parts": (200, [_LENGTH[4]], [b"[4", b"2]"]),
    "chunked": (200, [(b"transfer-encoding", b"chunked")], [b"[42]"]),
    "no-content": (204, [], [b""]),
    "unchanged": (304, [(b"etag", b'"7"')], [b""]),
    "good-bye": (200, [_LENGTH[4], (b"connection", b"close")], [b"[42]"]),
    "too-short": (200, [_LENGTH[5]], [b"[42]"]),
    "too-long": (200, [_LENGTH[4]], [b"[421]"]),
    "smuggled": (200, [_LENGTH[4], (b"x-name", b"a\r\nset-cookie: b")], [b"[42]"]),
    "percent": (200, [_LENGTH[4], (b"X-50%b", b"100%s%")], [b"[42]"]),
    "twice": (200, [_LENGTH[4], _LENGTH[4]], [b"[42]"]),
    "odd-name": (200, [_LENGTH[4], (b"x name", b"a")], [b"[42]"]),
    "silent": (200, [_JSON], []),
}


async def _talk(protocol: type[HttpToolsProtocol], *requests: bytes) -> _Wire:
    """Return what a server of a protocol does on a connection that gets all requests at once."""
    config = Config(_app, lifespan="off", access_log=False, log_config=None)
    config.load()
    state, wire = ServerState(), _Wire()
    state.default_headers = [(b"date", b"Sun, 22 Nov 2026 18:00:00 GMT")]
    connection = protocol(config, state, {})
    connection.connection_made(wire)
    connection.data_received(b"".join(requests))
    while state.tasks:
        await asyncio.gather(*state.tasks)
    connection.connection_lost(None)
    return wire


@pytest.mark.parametrize("path", _ANSWERS)
async def test_answers_are_uvicorns_to_the_byte(path: str) -> None:
    ask = _ASK % path.encode()
    for requests in (
        [ask],
        [ask, _ASK % b"short"],
        [ask.replace(b"GET", b"HEAD")],
        [ask.replace(b"HTTP/1.1", b"HTTP/1.0")],
    ):
        theirs, ours = await _talk(HttpToolsProtocol, *requests), await _talk(OneWrite, *requests)
        assert b"".join(ours.writes) == b"".join(theirs.writes)
        assert ours.is_closed is theirs.is_closed


async def test_short_answers_are_one_write_each() -> None:
    wire = await _talk(OneWrite, *(_ASK % path for path in (b"short", b"missing", b"empty")))
    assert [write.partition(b"\r\n\r\n")[2] for write in wire.writes] == [b"[42]", b"null", b""]


async def test_a_stream_begins_before_its_first_part() -> None:
    wire = await _talk(OneWrite, _ASK % b"stream")
    assert wire.writes[0].endswith(b"\r\n\r\n")
    assert wire.writes[1] == b"1\r\n[\r\n"


async def test_an_app_that_fails_before_its_body_is_answered_with_500() -> None:
    async def failing(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [_LENGTH[4]]})
        raise ValueError

    config = Config(failing, lifespan="off", access_log=False, log_config=None)
    config.load()
    state, wire = ServerState(), _Wire()
    connection = OneWrite(config, state, {})
    connection.connection_made(wire)
    connection.data_received(_ASK % b"any")
    await asyncio.gather(*state.tasks)
    assert wire.writes[0].startswith(b"HTTP/1.1 500 ")
    connection.connection_lost(None)
