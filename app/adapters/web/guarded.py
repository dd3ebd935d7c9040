"""Requests to addresses that people gave us: never to our own network, never further than asked.

The name is resolved once, every address it has must be public, and the request goes to one of those: a
name that changes its mind in between leads nowhere. Redirects are not followed, cookies not kept, proxies
of the environment not used, and of an answer no more is read than was wanted.
"""

import asyncio
import socket
import ssl
from functools import cached_property

import httpx2

from app.core.outgoing import is_public
from app.ports import NotReachedError, OutsideError, WebAnswer, WebRequest

_PATIENCE_S = 10.0
_PORTS = {"https": 443, "http": 80}


class GuardedWeb:
    """Speaks https to public addresses; ``inside_allowed`` lifts both, for tests and closed networks."""

    def __init__(self, *, inside_allowed: bool = False) -> None:
        """Send nothing yet."""
        self._inside_allowed = inside_allowed

    async def ask(self, request: WebRequest) -> WebAnswer:
        """Send a request and return the answer.

        Raises:
            NotReachedError: surely nothing arrived.
            OutsideError: nobody answered in time, or more than was wanted: it may have arrived.
        """
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._ask(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.InvalidURL, UnicodeError) as error:
            # Their texts may hold the address; its kind is enough.
            raise NotReachedError(type(error).__name__) from error
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            raise OutsideError(type(error).__name__) from error

    async def _ask(self, request: WebRequest) -> WebAnswer:
        url = httpx2.URL(request.url)
        if url.scheme not in _PORTS or (url.scheme == "http" and not self._inside_allowed):
            raise NotReachedError("not https")
        address = await self._address(url)
        # What comes packed could unfold to any size.
        own = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"}
        async with (
            httpx2.AsyncClient(
                verify=self._tls, timeout=_PATIENCE_S, follow_redirects=False, trust_env=False
            ) as client,
            client.stream(
                request.method,
                url.copy_with(host=address, userinfo=b""),
                content=request.body,
                headers={**request.headers, **own},
                extensions={"sni_hostname": url.host},
            ) as answer,
        ):
            return WebAnswer(answer.status_code, await _body(answer, request.most_bytes))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context(trust_env=False)

    async def _address(self, url: httpx2.URL) -> str:
        port = url.port or _PORTS[url.scheme]
        try:
            found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NotReachedError("no such name") from error
        addresses = [str(each[4][0]) for each in found]
        if not self._inside_allowed and not all(is_public(each) for each in addresses):
            raise NotReachedError("not a public address")
        return addresses[0]


async def _body(answer: httpx2.Response, most_bytes: int) -> bytes:
    if not most_bytes:
        return b""
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > most_bytes:
            raise OutsideError("too long")
    return bytes(body)
