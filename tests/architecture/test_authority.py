"""Every route, every role, inside and outside its scope; a route without a row fails."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from httpx2 import ASGITransport, AsyncClient, Response

from app.api.deps import current_actor, open_reading
from app.runtime import Runtime
from tests.architecture.access import TABLE
from tests.architecture.access.arrange import arrange, callers
from tests.architecture.access.vocabulary import Row, Sees, Who

REFUSALS = {Sees.SIGN_IN: 401, Sees.NO_ROLE: 403, Sees.NOT_FOUND: 404}


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """Return every (method, path) of an app; a mounted app is one route of any method."""
    return {
        (method, re.sub(r":\w+}", "}", context.path or ""))
        for context in iter_route_contexts(app.routes)
        for method in (context.methods or {"ANY"}) - {"HEAD"}
    }


def test_every_route_stands_in_the_table_once(app):
    rows = [(row.method, row.path) for row in TABLE]

    assert routes_of(app) - set(rows) == set(), "add these to the files of tests/architecture/access"
    assert set(rows) - routes_of(app) == set(), "these routes are gone: remove their rows"
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.path}")
async def test_each_caller_gets_what_the_table_says(row, app, client_for, session, runtime):
    ids = await arrange(session, runtime)
    actors = await callers(session, ids)
    await session.commit()
    await runtime.realtime.board.load()

    for who, expected in row.expected.items():
        async with undone(runtime):
            response = await ask(app, client_for(actors[who]), row, ids)
        check(who, expected, response, row, ids)


@asynccontextmanager
async def undone(runtime: Runtime) -> AsyncGenerator[None]:
    """Roll back what happens inside, so that no caller sees what another did."""
    savepoint = await runtime.db._sessions.kw["bind"].begin_nested()
    yield
    await savepoint.rollback()


async def ask(app: FastAPI, client: AsyncClient, row: Row, ids: dict[str, str]) -> Response:
    if row.streams:
        client = AsyncClient(
            transport=ASGITransport(_first_part(app)), base_url="http://test", headers=client.headers
        )
    ids = ids | {name: value.format_map(ids) for name, value in row.params.items()}
    url = row.path.format_map(ids) + (f"?{row.query.format_map(ids)}" if row.query else "")
    headers = {name: value.format_map(ids) for name, value in row.headers.items()}
    return await client.request(row.method, url, json=row.body(ids), content=row.content, headers=headers)


def _first_part(app: FastAPI):
    """Return the app as seen by a listener who leaves as soon as the answer begins."""

    async def leaving(scope, receive, send):
        asked, is_open, began = False, False, asyncio.Event()

        async def listen():
            nonlocal asked
            if not asked:
                asked = True
                return await receive()
            await began.wait()
            return {"type": "http.disconnect"}

        async def speak(message):
            nonlocal is_open
            is_open = message.get("more_body", message["type"] == "http.response.start")
            began.set()
            await send(message)

        await app(scope, listen, speak)
        if is_open:
            await send({"type": "http.response.body", "body": b""})

    return leaving


def check(who: Who, expected: Sees | str, response: Response, row: Row, ids: dict[str, str]) -> None:
    what = f"{who.value} expects {expected}: {response.status_code} {response.text[:300]}"
    code = response.json()["code"] if response.status_code >= 400 else None
    if expected in REFUSALS:
        assert (response.status_code, code) == (REFUSALS[expected], expected.value), what
        return
    if not isinstance(expected, Sees):
        assert code == expected, what
        return
    assert response.status_code < 400 or code in row.also, what
    if row.shows is not None:
        assert (ids.get(row.shows, row.shows) in response.text) is (expected is Sees.IT), what


def test_the_caller_is_known_before_a_connection_is_held(app):
    """Otherwise requests that hold the pool's last connections wait for each other."""
    for context in iter_route_contexts(app.routes):
        if not hasattr(context.original_route, "dependant"):
            continue
        calls = list(_calls(context.original_route.dependant))
        if current_actor in calls and open_reading in calls:
            assert calls.index(current_actor) < calls.index(open_reading), context.path


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield from _calls(inner)
        yield inner.call
