"""Requests to given addresses never enter our own network, and take no more than they want."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator

import pytest

from app.adapters.web.guarded import GuardedWeb
from app.core.outgoing import is_public, may_be_asked
from app.ports import NotReachedError, OutsideError, WebRequest


@contextlib.asynccontextmanager
async def serving(answer: bytes) -> AsyncGenerator[tuple[str, list[bytes]]]:
    got: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readuntil(b"hello"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in", got


def a_post(url: str, **given) -> WebRequest:
    return WebRequest("POST", url, body=b"hello", **given)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://10.0.0.7/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/",
        "http://93.184.216.34/",
        "ftp://93.184.216.34/",
        "https://",
        "https://a b/",
    ],
)
async def test_what_is_inside_or_plain_is_refused(url):
    with pytest.raises(NotReachedError):
        await GuardedWeb().ask(a_post(url))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2400:3200::1", True),
        ("100.100.100.200", False),  # a cloud's metadata
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::a00:7", False),  # 10.0.0.7 behind NAT64
        ("2002:7f00:1::", False),  # 127.0.0.1 by 6to4
        ("2001:0:1::1", False),
        ("fd00::1", False),
        ("fe80::1%lo", False),
        ("ff02::1", False),
        ("::ffff:8.8.8.8", True),
    ],
)
def test_only_what_everybody_reaches_is_public(address, public):
    assert is_public(address) is public


async def test_one_private_address_of_a_name_is_one_too_many(monkeypatch):
    async def both(*_args, **_given):
        return [(0, 0, 0, "", (each, 443)) for each in ("93.184.216.34", "10.0.0.7")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both, raising=False)

    with pytest.raises(NotReachedError, match="not a public address"):
        await GuardedWeb().ask(a_post("https://platform.example/"))


async def test_the_name_is_asked_for_once_and_kept_in_the_request(monkeypatch):
    asked = []

    async def first_here(host, port, **_given):
        asked.append(host)
        return [(socket.AF_INET, 0, 0, "", ("127.0.0.1", port))]

    answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno"
    async with serving(answer) as (url, got):
        port = url.split(":")[2].split("/")[0]
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", first_here, raising=False)
        request = a_post(f"http://platform.example:{port}/in", headers={"X-A": "1"}, most_bytes=2)
        said = await GuardedWeb(inside_allowed=True).ask(request)

    # A redirect is an answer, not an order.
    assert (said.status, said.body) == (302, b"no")
    assert asked[0] == "platform.example"
    assert set(asked[1:]) <= {"127.0.0.1"}
    assert b"POST /in" in got[0]
    assert b"\r\nX-A: 1\r\n" in got[0]
    assert f"\r\nHost: platform.example:{port}\r\n".encode() in got[0]


async def test_more_than_was_wanted_is_trouble_and_nobody_is_not_reached():
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc") as (url, _):
        assert (await GuardedWeb(inside_allowed=True).ask(a_post(url))).body == b""
        with pytest.raises(OutsideError, match="too long"):
            await GuardedWeb(inside_allowed=True).ask(a_post(url, most_bytes=2))
    with pytest.raises(NotReachedError):
        await GuardedWeb(inside_allowed=True).ask(a_post("http://127.0.0.1:1/"))


async def test_who_never_answers_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("app.adapters.web.guarded._PATIENCE_S", 1)

    async with serving(b"HTTP/1.1 200 OK\r\n") as (url, _):
        with pytest.raises(OutsideError) as trouble:
            await GuardedWeb(inside_allowed=True).ask(WebRequest("POST", url, body=b"hell"))

    assert not isinstance(trouble.value, NotReachedError)


@pytest.mark.parametrize(
    ("host", "may"),
    [
        ("city.example", True),
        ("1.1.1.1", True),
        ("127.0.0.1", False),
        ("127.1", False),
        ("2130706433", False),
        ("0x7f000001", False),
        ("169.254.169.254", False),
        ("10.0.0.1", False),
        ("[::1]", False),
        ("localhost", False),
        ("db.internal.", False),
    ],
)
def test_an_address_inside_is_not_even_kept(host, may):
    assert may_be_asked(f"https://{host}/hook", may_be_plain=False) is may
    assert may_be_asked(f"http://{host}/hook", may_be_plain=True)
