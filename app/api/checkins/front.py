"""The hot path of ``POST /v1/stations/{station_id}/checkins``: the same tap without the framework's work.

A crowd at one door checks in within a minute, and most of what such a request cost was routing, dependencies
and the reading of parameters. This front reads the tap with the route's own schema and asks the route's own
service, so there is no second set of rules. What it cannot read it does not judge: the request goes on to the
route as it came, which says what is wrong. It stands inside all other middleware.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi.security import HTTPAuthorizationCredentials
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.checkins.schemas import CheckInIn, CheckInOut
from app.api.deps import allowed_to_act, current_actor, get_now, signed_in
from app.api.errors import on_failure
from app.api.middleware.observe import ROUTE_SCOPE_KEY
from app.core.clock import utc_now
from app.core.errors import PositionSwapped
from app.runtime import Runtime
from app.services import checkins

PATH: Final = "/v1/stations/{station_id}/checkins"
_PATH = re.compile(r"/v1/stations/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/checkins")
_TYPES = {b"application/json", b"application/json; charset=utf-8"}
_BEARER = re.compile(rb"Bearer ([\w.-]{1,2000})")
_MOST_BYTES = 4096
_ANSWER = TypeAdapter(CheckInOut)


class CheckInFront:
    """Stands before an ASGI app and takes the taps that it can read."""

    def __init__(self, app: ASGIApp, *, runtime: Runtime, overrides: Mapping[Any, Any]) -> None:
        """Stand before an app, over a runtime; ``overrides`` are the app's of dependencies."""
        self._app = app
        self._runtime = runtime
        self._overrides = overrides

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a tap, or pass the request on."""
        asked = _PATH.fullmatch(scope["path"]) if scope.get("method") == "POST" else None
        token = None if asked is None else _token_of(scope["headers"])
        if asked is None or token is None:
            await self._app(scope, receive, send)
            return
        came: list[Message] = []
        tap = _read(await _body_of(receive, came))
        if tap is None:
            await self._app(scope, _again(came, receive), send)
            return
        scope[ROUTE_SCOPE_KEY] = PATH
        try:
            written = await self._check_in(UUID(asked[1]), tap, token)
        except Exception as error:  # noqa: BLE001 - answered and logged as the app's handlers do
            await (await on_failure(Request(scope), error))(scope, receive, send)
            return
        body = _ANSWER.dump_json(_ANSWER.validate_python(written, from_attributes=True))
        headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
        status = 200 if written.replayed else 201
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _check_in(self, station_id: UUID, tap: CheckInIn, token: str) -> checkins.Written:
        """Do as the route does, also when a test has replaced a dependency."""
        now: datetime = self._overrides.get(get_now, utc_now)()  # the clock that the route would be given
        actor_of = self._overrides.get(current_actor, current_actor)
        credentials = HTTPAuthorizationCredentials(scheme="Bearer", credentials=token)
        by = await allowed_to_act(await signed_in(await actor_of(credentials, self._runtime, now)))
        return await checkins.check_in(self._runtime.checkins, tap.read(station_id), by=by, now=now)


def _token_of(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the access token of a request that carries JSON."""
    given = dict(reversed([*headers]))  # the first of a name counts, as in the framework
    token = _BEARER.fullmatch(given.get(b"authorization", b""))
    return token[1].decode() if token is not None and given.get(b"content-type") in _TYPES else None


async def _body_of(receive: Receive, came: list[Message]) -> bytes | None:
    """Return a request's body unless it is long, and keep the messages that it came in."""
    size = 0
    while size <= _MOST_BYTES:
        came.append(message := await receive())
        size += len(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(each.get("body", b"") for each in came)
    return None


def _read(body: bytes | None) -> CheckInIn | None:
    try:
        return None if body is None else CheckInIn.model_validate_json(body)
    except (ValidationError, PositionSwapped):
        return None


def _again(came: Iterable[Message], receive: Receive) -> Receive:
    """Return a ``receive`` that begins with what came already."""
    messages = iter(came)

    async def again() -> Message:
        message = next(messages, None)
        return await receive() if message is None else message

    return again
