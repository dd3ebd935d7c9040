"""PostgreSQL restarts under load: riders notice nothing, everything else heals by itself."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Sequence
from datetime import timedelta

import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import func, select, update

from app.core import migrate
from app.core.clock import utc_now
from app.core.db import Database, create_engine
from app.core.embedded import EmbeddedPostgres
from app.core.settings import Settings
from app.core.urgency import PushChannel
from app.jobs.pushing import CALLS, Pusher
from app.jobs.queue import Errand, QueueWorker
from app.main import create_app
from app.models import Notification, PushDelivery, PushState, Station
from app.ports import Parcel, PushResult
from app.runtime import Runtime
from app.services.notifications import tell
from app.services.outbox import Channel, announce, ask
from tests.conftest import make_runtime
from tests.factories.accounts import make_account
from tests.factories.notifications import make_device
from tests.factories.stations import SUZHOU, make_closure, make_station
from tests.notifications.fakes import FakePush
from tests.notifications.working import working
from tests.realtime.waiting import until

NEARBY = f"/v1/stations/nearby?lat={SUZHOU.lat}&lon={SUZHOU.lon}&coord_type=wgs84"
HEALS_WITHIN_S = 10


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("restarted") / "pg", durable=False) as server:
        migrate.upgrade(server.url())
        yield server


@pytest.fixture
async def running(postgres: EmbeddedPostgres, settings: Settings) -> AsyncGenerator[Runtime]:
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
        await until(lambda: board.table(utc_now()).live(0).count(b"not_accepting") == 1)
        assert (await client.get(NEARBY)).json()["stations"] == []


async def close(running: Runtime, station: Station) -> None:
    now = utc_now()
    async with running.db.writing() as session:
        await make_closure(session, station, now - timedelta(seconds=1))
        await session.execute(update(Station).where(Station.id == station.id).values(changed_at=now))
        await announce(session, Channel.STATIONS, [station.id])


class SlowPush(FakePush):
    """Takes a few copies at a time, and a moment for each few."""

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[PushResult]:
        await asyncio.sleep(0.02)
        return await super().send(parcels)


async def test_copies_on_their_way_go_out_after_a_restart_none_lost(
    running: Runtime, postgres: EmbeddedPostgres
) -> None:
    async with running.db.writing() as session:
        people = [(await make_account(session)).id for _ in range(60)]
        for person in people:
            await make_device(session, person)
        await tell(session, kind="report.reply", to=people, key="restart", now=utc_now())
    vendor = SlowPush(at_once=5)
    pusher = Pusher(running.db, {PushChannel.JPUSH: vendor}, running.vault)
    async with working(postgres.url(), pusher.errands()):
        await until(lambda: len(vendor.sent) >= 15)
        await restart(postgres)
        async with asyncio.timeout(30):
            while await unsent(running):  # noqa: ASYNC110 - it lies in the database
                await asyncio.sleep(0.05)

    went = Counter(parcel.message.id for parcel in vendor.sent)
    assert len(went) == len(people)
    assert sum(went.values()) - len(went) <= CALLS * vendor.most_at_once
    async with running.db.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Notification)) == len(people)
        copies = await session.execute(select(PushDelivery.state, func.count()).group_by(PushDelivery.state))
        assert [tuple(row) for row in copies] == [(PushState.SENT, len(people))]


async def test_the_queue_hears_again_after_a_restart(running: Runtime, postgres: EmbeddedPostgres) -> None:
    heard = list[bytes]()

    async def hear(payload: bytes) -> None:
        heard.append(payload)

    async def ask_and_wait(payload: bytes) -> None:
        async with running.db.writing() as session:
            ask(session, "test.heard", payload)
        await until(lambda: payload in heard, patience_s=HEALS_WITHIN_S)

    queue = QueueWorker(postgres.url(), [Errand("test.heard", hear)], poll=timedelta(hours=1))
    queue.start()
    await ask_and_wait(b"1")
    await restart(postgres)
    # The first may be found by looking, as a new connection does; only what is heard brings the second.
    await ask_and_wait(b"2")
    await ask_and_wait(b"3")
    await queue.stop()


async def unsent(running: Runtime) -> int:
    """Return how many notifications have no copy that was sent."""
    sent = select(PushDelivery.notification_id).where(PushDelivery.state == PushState.SENT)
    async with running.db.reading() as session:
        query = select(func.count()).select_from(Notification).where(Notification.id.not_in(sent))
        return await session.scalar(query) or 0
