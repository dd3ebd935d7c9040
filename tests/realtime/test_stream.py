"""Live streams: the present first, then changes; a listener who comes back gets what was missed."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import uvicorn
from httpx2 import AsyncClient

from app.core.clock import utc_now
from app.main import create_app
from app.models import Occupancy, Station, StationStatus
from app.realtime.stream import HEARTBEAT, opening_events
from app.runtime import Runtime
from app.services.outbox import Channel, announce
from tests.factories.stations import make_closure, make_station
from tests.realtime.waiting import until


class Events:
    """Reads server-sent events from a response, one at a time."""

    def __init__(self, response) -> None:
        self._chunks = response.aiter_text()
        self._text = ""

    async def next(self) -> tuple[str, list[dict]]:
        """Return the next event's id and the states in it."""
        async with asyncio.timeout(10):
            while True:
                while "\n\n" not in self._text:
                    self._text += await anext(self._chunks)
                block, self._text = self._text.split("\n\n", 1)
                fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                if fields:
                    assert fields["event"] == "state"
                    return fields["id"], json.loads(fields["data"])["stations"]


@pytest.fixture
async def server(own_runtime: Runtime) -> AsyncGenerator[uvicorn.Server]:
    """The app in a real server, because a test transport does not stream."""
    config = uvicorn.Config(
        create_app(own_runtime), port=0, log_level="error", timeout_graceful_shutdown=1, lifespan="on"
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server
    server.should_exit = True
    await serving


@pytest.fixture
async def http(server: uvicorn.Server) -> AsyncGenerator[AsyncClient]:
    port = server.servers[0].sockets[0].getsockname()[1]
    async with AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


@asynccontextmanager
async def following(http: AsyncClient, path: str, last: str | None = None) -> AsyncGenerator[Events]:
    headers = {} if last is None else {"last-event-id": last}
    async with http.stream("GET", f"/v1/live/{path}", headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        yield Events(response)


async def arrange(runtime: Runtime, *area_codes: str) -> list[UUID]:
    async with runtime.db.writing() as session:
        stations = [await make_station(session, area_code=code) for code in area_codes]
        await announce(session, Channel.STATIONS, [station.id for station in stations])
    ids = [station.id for station in stations]
    await until(lambda: all(runtime.realtime.board.get(each) is not None for each in ids))
    return ids


async def check_in(runtime: Runtime, station_id: UUID, inside: int, *, seconds_ago: int = 0) -> None:
    now = utc_now() - timedelta(seconds=seconds_ago)
    async with runtime.db.writing() as session:
        row = {"open_visits": inside, "observed_at": now, "changed_at": now}
        await session.merge(Occupancy(station_id=station_id, correction=0, peak=0, **row))
        await announce(session, Channel.OCCUPANCY, [station_id])


async def test_a_station_tells_its_present_then_each_change(own_runtime: Runtime, http: AsyncClient) -> None:
    (station_id,) = await arrange(own_runtime, "620902006001")
    async with following(http, f"stations/{station_id}") as events:
        _, (state,) = await events.next()
        assert state["station_id"] == str(station_id)
        assert state["status"] == "in_service"
        assert state["open"]["state"] == "open"
        assert state["occupancy"]["level"] == "unknown"

        await check_in(own_runtime, station_id, 5)
        _, (state,) = await events.next()
        assert state["occupancy"]["level"] == "many"
        assert state["occupancy"]["free_seats"] == 7

        async with own_runtime.db.writing() as session:
            await make_closure(session, await session.get_one(Station, station_id), utc_now())
            await announce(session, Channel.STATIONS, [station_id])
        _, (state,) = await events.next()
        assert state["open"]["state"] == "closed"
        assert state["occupancy"]["level"] == "not_accepting"


async def test_who_listens_to_a_merged_station_is_led_to_its_heir(
    own_runtime: Runtime, http: AsyncClient
) -> None:
    old, heir = await arrange(own_runtime, "620902006001", "620902006001")
    async with following(http, f"stations/{old}") as events:
        await events.next()
        async with own_runtime.db.writing() as session:
            station = await session.get_one(Station, old)
            station.status, station.merged_into_id = StationStatus.REMOVED, heir
            await announce(session, Channel.STATIONS, [old])
        _, (state,) = await events.next()
        assert (state["status"], state["moved_to_id"]) == ("removed", str(heir))
        assert state["open"]["opens_at"] is None
    led = await http.get(f"/v1/live/stations/{old}")
    assert (led.status_code, led.json()["code"]) == (308, "station.moved")
    async with following(http, led.headers["location"].removeprefix("/v1/live/")) as events:
        _, (state,) = await events.next()
        assert state["station_id"] == str(heir)
        assert "moved_to_id" not in state


async def test_an_area_hears_its_stations_and_no_others(own_runtime: Runtime, http: AsyncClient) -> None:
    inside, outside = await arrange(own_runtime, "620902006001", "620802001001")
    async with following(http, "areas/620902") as events, following(http, "areas/62") as province:
        assert [state["station_id"] for state in (await events.next())[1]] == [str(inside)]
        assert len((await province.next())[1]) == 2

        # One after the other: two that are heard together come in any order.
        for station_id in (outside, inside):
            await check_in(own_runtime, station_id, 4)
            assert [state["station_id"] for state in (await province.next())[1]] == [str(station_id)]
        assert [state["station_id"] for state in (await events.next())[1]] == [str(inside)]


async def test_one_person_cannot_be_told_from_none(own_runtime: Runtime, http: AsyncClient) -> None:
    (station_id,) = await arrange(own_runtime, "620902006001")
    seen = []
    async with following(http, f"stations/{station_id}") as events:
        await events.next()
        for inside in (0, 1, 2):
            await check_in(own_runtime, station_id, inside, seconds_ago=10 - inside)
            seen.append((await events.next())[1][0]["occupancy"])
    assert {(each["level"], each["free_seats"]) for each in seen} == {("empty", 10)}


async def test_coming_back_brings_what_was_missed_and_nothing_old(own_runtime: Runtime) -> None:
    quiet, busy = await arrange_on_board(own_runtime)
    board, later = own_runtime.realtime.board, utc_now() + timedelta(minutes=5)
    table = board.table(utc_now())
    rows = table.rows_in("620902")
    left_at = str(int(later.timestamp() * 1000))
    table.changed_at[table.row_of(busy)] = later.timestamp() + 1

    def states(last_event_id: str | None) -> list[str]:
        events = opening_events(table, rows, now=later, last_event_id=last_event_id)
        return [
            each["station_id"]
            for event in events
            for each in json.loads(event.decode().split("data: ")[1])["stations"]
        ]

    assert states(left_at) == [str(busy)]
    assert states(None) == states("not ours") == states("0") == [str(quiet), str(busy)]


async def arrange_on_board(runtime: Runtime) -> tuple[UUID, UUID]:
    async with runtime.db.writing() as session:
        ids = [(await make_station(session)).id for _ in range(2)]
    await runtime.realtime.board.load()
    return ids[0], ids[1]


async def test_many_stations_come_in_events_of_a_bearable_size(
    own_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.realtime.stream._IN_ONE_EVENT", 2)
    async with own_runtime.db.writing() as session:
        for _ in range(5):
            await make_station(session)
    await own_runtime.realtime.board.load()
    table = own_runtime.realtime.board.table(utc_now())
    events = list(opening_events(table, table.rows_in("6209"), now=utc_now(), last_event_id=None))
    assert [event.count(b"station_id") for event in events] == [2, 2, 1]
    assert HEARTBEAT.startswith(b":")


async def test_there_is_no_stream_of_nothing(http: AsyncClient) -> None:
    assert (await http.get(f"/v1/live/stations/{uuid4()}")).status_code == 404
    assert (await http.get("/v1/live/stations/1")).status_code == 422
    assert (await http.get("/v1/live/areas/6209x")).status_code == 422


async def test_streams_hold_no_connection_and_end_with_the_server(
    own_runtime: Runtime, server: uvicorn.Server, http: AsyncClient
) -> None:
    (station_id,) = await arrange(own_runtime, "620902006001")
    async with following(http, f"stations/{station_id}") as events:
        await events.next()
        await until(lambda: own_runtime.db.engine.pool.checkedout() == 0)
        assert own_runtime.realtime.hub.listeners == 1
        server.should_exit = True
        with pytest.raises(Exception):  # noqa: B017, PT011 - however the client says that it is over
            await events.next()
    await until(lambda: own_runtime.realtime.hub.listeners == 0)
