"""Two thousand listeners on one process: ``python -m bench.live``.

They follow an area of 500 stations over HTTP. A station is closed, then someone checks in, each by a commit
and a notice as the services make them; measured is the time from before the commit until the last listener
has it.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from uuid import UUID

from app.core.clock import utc_now
from app.core.db import Database, create_engine
from app.core.embedded import EmbeddedPostgres
from app.models import StationClosure
from app.services.outbox import Channel, announce
from bench.nearby import rss_mib, server
from bench.nearby_data import AREA, furnish, run_sql
from bench.results import write_section

PORT = 18495
STATIONS = 500


class Listener:
    """One open stream; ``heard`` maps a station to the instant at which it was last heard of."""

    def __init__(self) -> None:
        """Start deaf."""
        self.heard: dict[str, float] = {}
        self.is_open = asyncio.Event()

    async def run(self) -> None:
        """Follow the area until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.write(f"GET /v1/live/areas/{AREA[:6]} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"data: "):
                self.is_open.set()
                for state in json.loads(line[6:])["stations"] if len(line) < 2000 else ():
                    self.heard[state["station_id"]] = time.perf_counter()


async def until_all_heard(listeners: list[Listener], station: UUID, began: float) -> list[float]:
    """Return how long after ``began`` each listener heard of a station."""
    async with asyncio.timeout(30):
        while any(listener.heard.get(str(station), 0) < began for listener in listeners):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return [listener.heard[str(station)] - began for listener in listeners]


async def close(db: Database, station: UUID) -> None:
    """Close a station as the service does."""
    now = utc_now()
    async with db.writing() as session:
        session.add(StationClosure(station_id=station, starts_at=now, reason="bench", entered_at=now))
        await announce(session, Channel.STATIONS, [station])


async def measure(url: str, pid: int, count: int) -> list[str]:
    """Open the streams, make changes, and return what was seen."""
    idle = rss_mib(pid)
    listeners = [Listener() for _ in range(count)]
    tasks = []
    for start in range(0, count, 100):
        tasks += [asyncio.create_task(each.run()) for each in listeners[start : start + 100]]
        await asyncio.gather(*(each.is_open.wait() for each in listeners[start : start + 100]))
    busy = rss_mib(pid)
    db = Database(create_engine(url, pool_size=2))
    delays: dict[str, list[float]] = {"a closure": [], "a check-in": []}
    for number in range(5):
        closed, entered = (UUID(f"00000000-0000-7000-8000-{number + offset:012x}") for offset in (0, 100))
        began = time.perf_counter()
        await close(db, closed)
        delays["a closure"].append(max(await until_all_heard(listeners, closed, began)))
        began = time.perf_counter()
        async with db.connection() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO occupancies "
                "(station_id, open_visits, correction, peak, observed_at, changed_at) "
                f"VALUES ('{entered}', {number + 3}, 0, 0, now(), now()) ON CONFLICT (station_id) DO UPDATE "
                "SET open_visits = excluded.open_visits, observed_at = now(), changed_at = now()"
            )
            await connection.exec_driver_sql(f"SELECT pg_notify('{Channel.OCCUPANCY}', '{entered}')")
        delays["a check-in"].append(max(await until_all_heard(listeners, entered, began)))
    connections = await _connections(db)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await db.close()
    return [
        f"- {count} listeners on one process: {busy} MiB, {idle} before they came",
        *(
            f"- {what} reached the last of them after {statistics.median(times) * 1000:.0f} ms "
            f"(median of {len(times)}, worst {max(times) * 1000:.0f} ms; goal 1000 ms)"
            for what, times in delays.items()
        ),
        f"- database connections of the server meanwhile: {connections}",
    ]


async def _connections(db: Database) -> int:
    async with db.connection() as connection:
        result = await connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'nuanfeng%'"
        )
        return int(result.scalar_one()) - 1  # this bench's own


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listeners", type=int, default=2000)
    parser.add_argument("--dry", action="store_true", help="print instead of writing bench/RESULTS.md")
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        Path(name).chmod(0o755)
        with EmbeddedPostgres(Path(name) / "pg", durable=False) as postgres:
            url = asyncio.run(furnish(postgres, "bench", STATIONS))
            asyncio.run(run_sql(url, "DELETE FROM occupancies"))
            with server("app.main:from_environment", PORT, DATABASE_URL=url) as pid:
                report = "\n".join(asyncio.run(measure(url, pid, arguments.listeners)))
    if arguments.dry:
        print(report)
    else:
        write_section("live", "Live streams", "python -m bench.live", report)


if __name__ == "__main__":
    main()
