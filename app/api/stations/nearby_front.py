"""The hot path of ``GET /v1/stations/nearby``: the same answer without the framework's work.

Most of what a request costs is reading and checking its parameters again and again. A phone asks the same
question from ever new places, so the route teaches this front: a question that it has accepted once (the
text of the query after ``lat`` and ``lon``) is known from then on, and only the two numbers are read anew.
The front refuses nothing and knows no rule. Whatever it does not know goes to the route, so that errors,
parameters and documentation are in one place. It stands inside what every answer passes, and before what
only bodies and other methods need.
"""

import re
from collections.abc import Awaitable, Mapping
from functools import partial
from time import time
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.deps import get_now
from app.api.middleware.observe import PLAIN_JSON, ROUTE_SCOPE_KEY
from app.api.stations.nearby import REMEMBER
from app.core.geo import plausible_in_china, to_wgs84
from app.realtime.board import StationBoard
from app.realtime.nearby import Question, answer

PATH = "/v1/stations/nearby"
_LAT = b"lat="
# What may be remembered: text that cannot name lat or lon a second time, not even percent-encoded.
_QUESTION = re.compile(rb"(?:(?!lat=|lon=)(?:[\w.,=]|%2C)+(?:&|\Z)){1,12}")
_MOST_QUESTIONS, _LONGEST_QUESTION = 1024, 300


class NearbyFront:
    """Stands before an ASGI app and answers the questions that it has seen accepted."""

    def __init__(self, app: ASGIApp, *, board: StationBoard, overrides: Mapping[Any, Any]) -> None:
        """Stand before an app, over a board of stations; ``overrides`` are the app's of dependencies."""
        self._app = app
        self._board = board
        self._overrides = overrides
        self._known: dict[bytes, Question] = {}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer, or pass the request on."""
        if scope.get("path") == PATH and scope["method"] == "GET":
            try:
                body = self._answer(scope)
            except Exception:  # noqa: BLE001 - the route meets the same failure, and there it is logged and answered
                body = None
            if body is not None:
                scope[ROUTE_SCOPE_KEY] = PATH
                return _send(body, send)
        return self._app(scope, receive, send)

    def _answer(self, scope: Scope) -> bytes | None:
        lat_text, _, rest = scope["query_string"].partition(b"&lon=")
        lon_text, _, text = rest.partition(b"&")
        question = self._known.get(text)
        if question is None:
            if len(text) <= _LONGEST_QUESTION and _QUESTION.fullmatch(text):
                scope[REMEMBER] = partial(self._remember, text)
            return None
        # What is no number fails or is no place in China; the route then says so.
        lat, lon = float(lat_text[len(_LAT) :]), float(lon_text)
        if not (lat_text.startswith(_LAT) and plausible_in_china(lat, lon)):
            return None
        # The clock that the route would be given, also when a test has set it.
        clock = self._overrides.get(get_now)
        at = time() if clock is None else clock().timestamp()
        return answer(self._board.table_at(at), question, to_wgs84(lat, lon, question.coord_type))

    def _remember(self, text: bytes, question: Question) -> None:
        if len(self._known) >= _MOST_QUESTIONS:
            self._known.clear()
        self._known[text] = question


async def _send(body: bytes, send: Send) -> None:
    headers = [PLAIN_JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
