"""Telling people: what it adds to a transaction, 100,000 at once, a broadcast, and from commit to vendor."""

import argparse
import asyncio
import contextlib
import resource
import socket
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar
from uuid import UUID

import httpx2
from sqlalchemy import text

from app.core import migrate
from app.core.clock import utc_now
from app.core.db import Database, create_engine
from app.core.embedded import EmbeddedPostgres
from app.core.ids import new_id
from app.models import JobRun
from app.services import outbox
from app.services.broadcasts import send_next
from app.services.duty.events import NobodyOnDuty
from app.services.notifications import tell
from app.services.outbox import Event
from bench.results import write_section
from bench.telling_processes import EVENT, KIND

_PEOPLE = """
INSERT INTO accounts (id, display_name, status, created_at, last_seen_on, version)
SELECT unnest(CAST(:ids AS uuid[])), 'x', 'active', now(), current_date, 1
"""
_AREA = """
INSERT INTO areas (code, name, level, kind, valid_from, source)
VALUES ('62', 'x', 1, 'official', '2000-01-01', 'bench')
"""
_BROADCAST = """
INSERT INTO broadcasts (id, area_code, audience, days, title_zh, body_zh, title_en, body_en, urgency, send_at,
    state, version, made_at, changed_at, approved_at, told)
VALUES (:id, '62', 'area', 30, 'x', 'x', 'x', 'x', 'normal', now(), 'scheduled', 1, now(), now(), now(), 0)
"""
_PHONES = """
INSERT INTO push_devices (id, account_id, session_id, channel, token, token_hash, registered_at, seen_at)
SELECT gen_random_uuid(), id, gen_random_uuid(), 'fcm', id::text, decode(md5(id::text), 'hex'), now(), now()
FROM accounts WHERE id = ANY(CAST(:ids AS uuid[]))
"""


@dataclass(frozen=True, slots=True)
class Happened(Event):
    """Something of which one person is to hear."""

    name: ClassVar[str] = EVENT
    person: UUID


async def _people(db: Database, count: int) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    async with db.writing() as session:
        await session.execute(text(_PEOPLE), {"ids": ids})
        await session.execute(text(_PHONES), {"ids": ids})
    return ids


async def _caused_ms(db: Database, rounds: int) -> tuple[float, float]:
    """Return the median milliseconds of a transaction that writes a row, without an event and with one.

    Both are whole, from its beginning past its commit, and take turns: what else the machine does meets both.
    """
    spent: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds * 2):
        start = time.perf_counter()
        async with db.writing() as session:
            session.add(JobRun(name=f"bench-{number}", slot=utc_now(), failures=0))
            if number % 2:
                event = NobodyOnDuty(new_id(), new_id())
                outbox.record(session, event, now=utc_now(), area_code=None)
        spent[number % 2].append((time.perf_counter() - start) * 1000)
    return statistics.median(spent[0]), statistics.median(spent[1])


async def _added_ms(db: Database, people: Sequence[UUID], rounds: int) -> float:
    """Return the median milliseconds that telling one person adds to a transaction, commit excluded."""
    spent = []
    for number in range(rounds):
        async with db.writing() as session:
            await session.execute(text("SELECT 1"))
            start = time.perf_counter()
            await tell(session, kind=KIND, to=[people[number]], key="single", now=utc_now())
            spent.append((time.perf_counter() - start) * 1000)
    return statistics.median(spent)


async def _many_s(db: Database, people: Sequence[UUID]) -> tuple[float, float]:
    """Return the seconds that telling all of them takes, and by how many MiB the process grew."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    async with db.writing() as session:
        await tell(session, kind=KIND, to=iter(people), key="many", now=utc_now())
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return time.perf_counter() - start, grown / 1024


async def _broadcast_s(db: Database, people: Sequence[UUID]) -> tuple[float, float, int]:
    """Return the seconds that a broadcast takes, by how many MiB the process grew, and how many have it."""
    async with db.writing() as session:
        await session.execute(text(_AREA))
        await session.execute(
            text("UPDATE accounts SET area_code = '62' WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": people}
        )
        await session.execute(text(_BROADCAST), {"id": new_id()})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    while await send_next(db, utc_now):
        pass
    took = time.perf_counter() - start
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    async with db.reading() as session:
        told = await session.scalar(text("SELECT told FROM broadcasts WHERE state = 'sent'"))
    return took, grown / 1024, told


@asynccontextmanager
async def _vendor() -> AsyncGenerator[str]:
    """Have a fake of FCM listen in a process of its own; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = ["uvicorn", "bench.telling_processes:vendor", "--port", port, "--log-level", "critical"]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, "--lifespan", "off")
    address = f"http://127.0.0.1:{port}"
    async with httpx2.AsyncClient(trust_env=False) as client:
        for _ in range(600):
            with contextlib.suppress(httpx2.HTTPError):
                await client.get(address)
                break
            await asyncio.sleep(0.05)
    try:
        yield address
    finally:
        process.terminate()
        await process.wait()


async def _came(address: str) -> dict[UUID, float]:
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        return {UUID(name): at for name, at in (await client.get(address)).json().items()}


async def _waits_s(
    db: Database, url: str, people: Sequence[UUID], rate: int, seconds: int
) -> tuple[list[float], int]:
    """Return the seconds from each commit to the vendor's having it, and the size of the largest call.

    So many transactions a second record a fact, and nothing else; a worker of its own reacts, tells, routes
    and sends by the real adapter over HTTP. In the end a crowd is told at once.
    """
    committed: dict[UUID, float] = {}

    async def one(person: UUID) -> None:
        async with db.writing() as session:
            outbox.record(session, Happened(person), now=utc_now(), area_code=None)
        committed[person] = time.time()

    async with _vendor() as address:
        command = [sys.executable, "-m", "bench.telling_processes", url, address]
        worker = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        if worker.stdout is None:
            raise RuntimeError
        await worker.stdout.readline()
        clock, tasks = asyncio.get_running_loop().time, []
        begun = clock()
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, begun + number / rate - clock()))
            tasks.append(asyncio.create_task(one(people[number])))
        await asyncio.gather(*tasks)
        came = await _all_came(address, len(people))
        async with db.writing() as session:
            await tell(session, kind=KIND, to=people, key="crowd", now=utc_now())
        await _all_came(address, 2 * len(people))
        worker.terminate()
        largest = int(await worker.stdout.read())
        await worker.wait()
    async with db.reading() as session:
        rows = await session.execute(text("SELECT id, account_id FROM notifications"))
        whose = {row.id: row.account_id for row in rows}
    return sorted(max(0.0, at - committed[whose[each]]) for each, at in came.items()), largest


async def _all_came(address: str, count: int) -> dict[UUID, float]:
    came: dict[UUID, float] = {}
    for _ in range(120):
        if len(came := await _came(address)) >= count:
            break
        await asyncio.sleep(0.5)
    return came


async def _run(url: str, rate: int, seconds: int, many: int) -> str:
    db = Database(create_engine(url, pool_size=20, statement_timeout_ms=60_000))
    people = await _people(db, rate * seconds)
    waits, largest = await _waits_s(db, url, people, rate, seconds)
    async with db.writing() as session:
        await session.execute(text("UPDATE notifications SET push_at = NULL"))
    without, with_event = await _caused_ms(db, 500)
    added = await _added_ms(db, people, 500)
    crowd = await _people(db, many)
    took, grown = await _many_s(db, crowd)
    sent_in, sent_grown, sent = await _broadcast_s(db, crowd)
    await db.close()
    p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    return "\n".join(
        (
            "| what | measured | goal |",
            "|---|---|---|",
            f"| commit of an event to vendor at {rate}/s, p50 | {p50 * 1000:.0f} ms | |",
            f"| commit of an event to vendor at {rate}/s, p99 | {p99 * 1000:.0f} ms | 1000 ms |",
            f"| taken of {rate * seconds} caused | {len(waits)} | all |",
            f"| largest call, when a crowd is told | {largest} | 500 |",
            f"| a transaction that writes a row, median | {without:.2f} ms | |",
            f"| the same and what causes telling (an event) | {with_event:.2f} ms | |",
            f"| so the causing transaction takes longer by | {with_event - without:.2f} ms | 0.3 ms |",
            f"| telling one person, in the reaction, median | {added:.2f} ms | |",
            f"| telling {many:,} | {took:.1f} s | 30 s |",
            f"| memory grown meanwhile | {grown:.0f} MiB | constant |",
            f"| a broadcast to {sent:,} in batches | {sent_in:.1f} s | 30 s |",
            f"| memory grown meanwhile | {sent_grown:.0f} MiB | constant |",
            "",
            "Telling happens in reactions: the transaction that causes it adds an event only. From commit to",
            "vendor is all of it: event, reaction, row, route, the real FCM adapter over HTTP to a local",
            "fake; causing, worker, fake and database are processes of their own.",
        )
    )


def main() -> None:
    """Measure on a durable server of its own and write the section."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--many", type=int, default=100_000)
    given = parser.parse_args()
    with TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "pg") as server:
        migrate.upgrade(server.url())
        measured = asyncio.run(_run(server.url(), given.rate, given.seconds, given.many))
    print(measured)
    command = f"python -m bench.telling --rate {given.rate} --seconds {given.seconds} --many {given.many}"
    write_section("telling", "Telling people", command, measured)


if __name__ == "__main__":
    main()
