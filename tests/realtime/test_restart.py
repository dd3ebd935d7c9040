"""PostgreSQL restarts under load: riders notice nothing, everything else heals by itself."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import update

from app.core import migrate
from app.core.clock import utc_now
from app.core.db import Database, create_engine
from app.core.embedded import EmbeddedPostgres
from app.core.settings import Settings
from app.main import create_app
from app.models import Station
from app.runtime import Runtime
from app.services.outbox import Channel, announce
from tests.conftest import make_runtime
from tests.factories.stations import SUZHOU, make_closure, make_station
from tests.realtime.waiting import until

NEARBY = f"/v1/stations/nearby?lat={SUZHOU.lat}&lon={SUZHOU.lon}&coord_type=wgs84"
HEALS_WITHIN_S = 5


@pytest.fixture
async def postgres(tmp_path: Path) -> AsyncGenerator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path / "pg", durable=False) as server:
        yield server


@pytest.fixture
async def running(postgres: EmbeddedPostgres, settings: Settings) -> AsyncGenerator[Runtime]:
    await asyncio.to_thread(migrate.upgrade, postgres.url())
    runtime = make_runtime(settings, Database(create_engine(postgres.url(), pool_size=5)))
    await runtime.start()
    yield runtime
    await runtime.stop()


class Load:
    """Asks for the nearest station and for the database, over and over."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self.nearby: set[int] = set()
        self.ready: list[int] = []

    async def run(self) -> None:
        while True:
            self.nearby.add((await self.client.get(NEARBY)).status_code)
            self.ready.append((await self.client.get("/readyz")).status_code)
            await asyncio.sleep(0.005)


async def restart(postgres: EmbeddedPostgres) -> None:
    """Stop the server as an operator does, while requests go on, and start it again."""
    postgres._server.send_signal(signal.SIGINT)
    await until(lambda: postgres._server.poll() is not None)
    await asyncio.sleep(0.1)
    postgres.__exit__(None, None, None)
    postgres.__enter__()


async def test_a_restart_under_load_heals_within_seconds_the_listener_too(
    running: Runtime, postgres: EmbeddedPostgres
) -> None:
    async with running.db.writing() as session:
        station = await make_station(session)
        await announce(session, Channel.STATIONS, [station.id])
    board, listener = running.realtime.board, running.realtime.listener
    await until(lambda: board.get(station.id) is not None)

    async with AsyncClient(
        transport=ASGITransport(create_app(running), raise_app_exceptions=False), base_url="http://test"
    ) as client:
        load = Load(client)
        loading = [asyncio.create_task(load.run()) for _ in range(8)]
        await until(lambda: 200 in load.ready)
        await restart(postgres)

        load.ready.clear()
        await until(lambda: 200 in load.ready, patience_s=HEALS_WITHIN_S)
        await until(lambda: listener.is_connected, patience_s=HEALS_WITHIN_S)
        for task in loading:
            task.cancel()
        await asyncio.gather(*loading, return_exceptions=True)

        assert load.nearby == {200}
        await close(running, station)
        # Sooner than the next poll, so it was the notice that brought it.
        await until(lambda: board.table(utc_now()).live(0).count(b"not_accepting") == 1, patience_s=5)
        assert (await client.get(NEARBY)).json()["stations"] == []


async def close(running: Runtime, station: Station) -> None:
    now = utc_now()
    async with running.db.writing() as session:
        await make_closure(session, station, now - timedelta(seconds=1))
        await session.execute(update(Station).where(Station.id == station.id).values(changed_at=now))
        await announce(session, Channel.STATIONS, [station.id])
