"""``kill -9`` in the middle of five hundred check-ins: everything acknowledged is there, once."""

import asyncio
import itertools
import json
import os
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from httpx2 import AsyncClient, HTTPError
from sqlalchemy import func, select

from app.core.settings import Settings
from app.models import Occupancy, Visit
from app.runtime import Runtime
from app.services.outbox import Channel
from tests.factories.accounts import make_account, make_session
from tests.factories.stations import make_station
from tests.operations.served import free_port

PEOPLE, LATE = 500, 50
STATIONS = 5


@dataclass
class Load:
    """Five hundred riders, each with a token and one tap."""

    stations: list[UUID]
    tokens: list[str]
    ids: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(PEOPLE)])
    captured_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    acknowledged: list[UUID] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def tap(self, port: int, n: int) -> None:
        body = json.dumps({"id": str(self.ids[n]), "captured_at": self.captured_at.isoformat()})
        head = (
            f"POST /v1/stations/{self.stations[n % STATIONS]}/checkins HTTP/1.1\r\nhost: test\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
            f"authorization: Bearer {self.tokens[n]}\r\nconnection: close\r\n\r\n"
        )
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + body.encode())
            answer = await reader.read()
            writer.close()
        except OSError:
            return
        if answer.endswith(b"}"):  # whole: the head alone promises nothing
            self.statuses.append(int(answer.split(maxsplit=2)[1]))
            if self.statuses[-1] in {200, 201}:
                self.acknowledged.append(self.ids[n])


async def furnish(runtime: Runtime) -> Load:
    now = datetime.now(UTC)
    tokens = []
    async with runtime.db.writing() as session:
        stations = [(await make_station(session)).id for _ in range(STATIONS)]
        for _ in range(PEOPLE):
            account = await make_account(session)
            sign_in = await make_session(session, account)
            tokens.append(runtime.tokens.issue(account.id, sign_in.family_id, now=now))
    return Load(stations, tokens)


@asynccontextmanager
async def api(
    url: str, settings: Settings, *, run_worker: bool = False
) -> AsyncGenerator[tuple[Process, int]]:
    """Serve the real thing in a process of its own."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "NUANFENG_RUN_WORKER": str(run_worker),
        "NUANFENG_ACCESS_LOG": "false",
        "NUANFENG_REQUESTS_PER_MINUTE": "1000000",
        "NUANFENG_DATA_DIR": str(settings.data_dir),
    }
    command = ["uvicorn", "app.main:from_environment", "--factory", "--port", str(port), "--no-access-log"]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, env=environment)
    try:
        await ready(process, port)
        yield process, port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ready(process: Process, port: int) -> None:
    # A busy machine takes its time; one whose server has ended need not be waited for.
    deadline = time.monotonic() + 180
    async with AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        while process.returncode is None and time.monotonic() < deadline:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except HTTPError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError("the server never became ready")


async def count(runtime: Runtime) -> tuple[set[UUID], int]:
    async with runtime.db.reading() as session:
        ids = set(await session.scalars(select(Visit.id)))
        inside = await session.scalar(select(func.sum(Occupancy.open_visits)))
    return ids, int(inside or 0)


async def test_everything_acknowledged_survives_a_kill_and_the_rest_can_be_sent_again(
    own_runtime: Runtime, own_url: str, settings: Settings
):
    load = await furnish(own_runtime)

    async with api(own_url, settings) as (process, port), own_runtime.db.driver() as listener:
        # The second commit is heard: some are acknowledged, some written, some only asked for. However
        # late it is heard, the last have not tapped yet.
        heard = itertools.count()
        await listener.add_listener(Channel.OCCUPANCY, lambda *_: next(heard) and process.kill())
        await asyncio.gather(*(load.tap(port, n) for n in range(PEOPLE - LATE)))
        await process.wait()
        await listener.reset()

    promised = set(load.acknowledged)
    there, inside = await count(own_runtime)
    assert 0 < len(there) < PEOPLE
    assert promised <= there
    assert inside == len(there)

    load.statuses.clear()
    async with api(own_url, settings) as (_, port):
        await asyncio.gather(*(load.tap(port, n) for n in range(PEOPLE)))

    assert load.statuses.count(200) == len(there)
    assert load.statuses.count(201) == PEOPLE - len(there)
    assert await count(own_runtime) == (set(load.ids), PEOPLE)
