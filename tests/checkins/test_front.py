"""The front before the check-in route: it answers as the route does, or leaves the request to it."""

import json
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.types import Message, Receive, Scope, Send

from app.api.checkins.front import CheckInFront
from app.core.actor import Actor
from app.core.metrics import REQUEST_SECONDS
from app.runtime import Runtime
from tests.checkins.conftest import NOON, World
from tests.clients import ClientFor

JSON = "application/json"
# JSON to the framework, unknown to the front: the same request by way of the route.
OTHER_JSON = "application/json; version=1"


class App:
    """What stands behind the front: it keeps what reaches it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def behind() -> App:
    return App()


@pytest.fixture
async def front(world: World, app: FastAPI, runtime: Runtime, behind: App) -> AsyncGenerator[AsyncClient]:
    """The rider's client of the front alone."""
    front = CheckInFront(behind, runtime=runtime, overrides=app.dependency_overrides)
    headers = {"authorization": world.rider.headers["authorization"]}
    async with AsyncClient(transport=ASGITransport(front), base_url="http://test", headers=headers) as client:
        yield client


def tap(**given: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "captured_at": NOON.isoformat(), **given}


async def send(client: AsyncClient, world: World, body: bytes, kind: str = JSON, **headers: str) -> Response:
    url = f"/v1/stations/{world.station.id}/checkins"
    return await client.post(url, content=body, headers={"content-type": kind, **headers})


async def test_it_takes_a_tap_and_its_retry_by_itself(front: AsyncClient, world: World, behind: App):
    body = json.dumps(tap()).encode()

    first, again = [await send(front, world, body) for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "replayed": True}
    assert behind.bodies == []
    assert await world.inside() == 1


async def test_it_refuses_in_the_words_of_the_app(front: AsyncClient, world: World, behind: App):
    body = json.dumps(tap(captured_at="2026-11-01T00:00:00Z")).encode()

    refused = await send(front, world, body, **{"accept-language": "en"})

    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert (
        refused.json()
        == (await send(world.rider, world, body, OTHER_JSON, **{"accept-language": "en"})).json()
    )
    assert behind.bodies == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"id": 1}',
        json.dumps(tap(unknown=1)).encode(),
        json.dumps(tap(code="\0")).encode(),
        json.dumps(tap(captured_at="2026-11-20T12:00:00")).encode(),
        json.dumps(tap(captured_at="9999-11-20T12:00:00Z")).encode(),
        json.dumps(
            tap(fix={"lat": 39.7, "lon": 98.5, "accuracy_m": float("nan"), "coord_type": "wgs84"})
        ).encode(),
        json.dumps(tap(fix={"lat": 39.7, "lon": 98.5, "accuracy_m": 1e400, "coord_type": "wgs84"})).encode(),
        json.dumps(tap()).encode("utf-16"),
        b"\xef\xbb\xbf" + json.dumps(tap()).encode(),
        json.dumps(tap(code="\ud800")).encode(),
        b'{"fix":' + b"[" * 1000 + b"]" * 1000 + b"}",
        json.dumps(tap()).encode() + b" " * 5000,
    ],
    ids=map(str, range(16)),  # what is sent holds ids made anew in each process
)
async def test_what_it_cannot_read_goes_on_as_it_came(
    front: AsyncClient, world: World, behind: App, body: bytes
):
    assert (await send(front, world, body)).status_code == 418
    assert behind.bodies == [body]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/v1/stations/{}/checkins", {}),
        ("POST", "/v1/stations/{}/checkins/", {}),
        ("POST", "/v1/stations/urn:uuid:{}/checkins", {}),
        ("POST", "/v1/stations/{}/checkins", {"content-type": "text/plain"}),
        ("POST", "/v1/stations/{}/checkins", {"authorization": "Basic eDp5"}),
        ("POST", "/v1/stations/{}/checkins", {"authorization": "Bearer  two words"}),
    ],
)
async def test_what_is_not_for_it_goes_on(
    front: AsyncClient, world: World, behind: App, method: str, path: str, headers: dict[str, str]
):
    given = {"content-type": JSON, **headers}
    body = json.dumps(tap()).encode()

    answer = await front.request(method, path.format(world.station.id), content=body, headers=given)

    assert answer.status_code == 418
    assert behind.bodies == [body]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"captured_at": "2026-11-20T12:00:00+08:00"},
        {"captured_at": NOON.timestamp()},
        {"captured_at": str(int(NOON.timestamp()))},
        {"captured_offline": "yes"},
        {"captured_offline": 1},
        {"captured_offline": 2},
        {"fix": None, "code": None},
        {"fix": {"lat": 39, "lon": 98, "accuracy_m": 5, "coord_type": "wgs84"}},
        {"fix": {"lat": "39", "lon": 98, "accuracy_m": 5, "coord_type": "wgs84"}},
        {"fix": {"lat": 98.5 - 10, "lon": 39.7, "accuracy_m": 5.0, "coord_type": "wgs84"}},
        {"fix": {"lat": 105.89, "lon": 34.57, "accuracy_m": 5.0, "coord_type": "wgs84"}},
        {"fix": {"lat": 39.7, "lon": 98.5, "accuracy_m": 10**30, "coord_type": "wgs84"}},
        {"fix": {"lat": 39.7, "lon": 98.5, "accuracy_m": 900.0, "coord_type": "gcj02"}},
        {"code": "nonsense"},
        {"code": ""},
    ],
)
async def test_both_ways_answer_alike(world: World, given: dict[str, Any]):
    """The very same request, told apart by a parameter of its content type."""
    quick, slow = [
        await send(world.rider, world, json.dumps(tap(**given)).encode(), kind) for kind in (JSON, OTHER_JSON)
    ]

    assert quick.status_code == slow.status_code
    assert {**quick.json(), "id": ""} == {**slow.json(), "id": ""}
    assert {**quick.headers, "x-request-id": ""} == {**slow.headers, "x-request-id": ""}


async def test_a_body_in_pieces_is_one_tap(front: AsyncClient, world: World, behind: App):
    whole = json.dumps(tap()).encode()

    async def pieces() -> AsyncGenerator[bytes]:
        for start in range(0, len(whole), 7):
            yield whole[start : start + 7]

    url = f"/v1/stations/{world.station.id}/checkins"
    answer = await front.post(url, content=pieces(), headers={"content-type": JSON})

    assert answer.status_code == 201
    assert behind.bodies == []


async def test_a_caller_who_hangs_up_is_left_to_the_app(app: FastAPI, runtime: Runtime, world: World):
    told: list[Message] = []

    async def behind(_: Scope, receive: Receive, __: Send) -> None:
        told.append(await receive())

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    front = CheckInFront(behind, runtime=runtime, overrides=app.dependency_overrides)
    headers = [(b"content-type", JSON.encode()), (b"authorization", b"Bearer x")]
    path = f"/v1/stations/{world.station.id}/checkins"
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    await front(scope, receive, send)

    assert told == [{"type": "http.disconnect"}]


@pytest.mark.parametrize(("actor", "status"), [("nobody", 401), ("banned", 403)])
async def test_who_may_not_is_refused(world: World, client_for: ClientFor, actor: str, status: int):
    caller = client_for() if actor == "nobody" else client_for(Actor(world.account_id, is_banned=True))
    body = json.dumps(tap()).encode()
    forged = {} if actor == "banned" else {"authorization": "Bearer forged"}

    quick, slow = [await send(caller, world, body, kind, **forged) for kind in (JSON, OTHER_JSON)]

    assert quick.status_code == slow.status_code == status
    assert quick.json() == slow.json()
    assert quick.headers.get("www-authenticate") == slow.headers.get("www-authenticate")


async def test_a_fault_is_answered_without_a_word_about_it(
    world: World, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
):
    async def fail(*_: object) -> None:
        raise ValueError("secret")

    monkeypatch.setattr(runtime.checkins.writer, "write", fail)

    answer = await send(world.rider, world, json.dumps(tap()).encode())

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


async def test_it_is_counted_under_the_routes_name(world: World):
    for kind in (JSON, OTHER_JSON):
        await send(world.rider, world, json.dumps(tap()).encode(), kind)

    [family] = REQUEST_SECONDS.collect()
    routes = {sample.labels["route"] for sample in family.samples}
    assert [route for route in routes if route.endswith("/checkins")] == [
        "/v1/stations/{station_id}/checkins"
    ]
