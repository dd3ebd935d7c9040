"""A ceiling on what one address may ask of one process: against floods, not a quota."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from ipaddress import IPv6Address
from time import monotonic

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import language_of, problem
from app.core.errors import TooMany
from app.core.metrics import REQUESTS_REFUSED

WINDOW_S = 60
# More addresses than this in one minute are not stopped by counting addresses; memory stays bounded.
MOST_ADDRESSES = 100_000


class FloodLimit:
    """Counts requests per client address in fixed minutes and refuses those beyond the limit."""

    def __init__(self, app: ASGIApp, *, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        """Wrap an app; the address is the one that the server trusts (see FORWARDED_ALLOW_IPS)."""
        self._app = app
        self._limit = per_minute
        self._clock = clock
        self._window_ends = 0.0
        self._counts: dict[str, int] = {}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http" or self._count(scope) <= self._limit:
            return self._app(scope, receive, send)
        REQUESTS_REFUSED.inc()
        wait = WINDOW_S - int(self._clock() % WINDOW_S)
        sentence = TooMany(retry_after_s=wait).sentence(language_of(Request(scope)))
        refusal = problem(429, TooMany.code, sentence, headers={"Retry-After": str(wait)}, retry_after_s=wait)
        return refusal(scope, receive, send)

    def _count(self, scope: Scope) -> int:
        at = self._clock()
        if at >= self._window_ends or len(self._counts) >= MOST_ADDRESSES:
            self._window_ends, self._counts = (at // WINDOW_S + 1) * WINDOW_S, {}
        client = scope.get("client")
        address = client[0] if client else ""
        if ":" in address:
            address = _network(address)
        self._counts[address] = count = self._counts.get(address, 0) + 1
        return count


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    """Return the /64 of an IPv6 address: one household has as many addresses as it likes."""
    try:
        return IPv6Address(address).packed[:8].hex()
    except ValueError:
        return address
