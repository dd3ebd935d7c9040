"""What 100,000 stations weigh in one process and how they get there: ``python -m bench.nearby_memory``.

The index alone, then the whole board; how long the first load takes; and, while everything is read anew,
the longest that a request would have waited for the event loop.
"""

import asyncio
import gc
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from app.core.clock import utc_now
from app.core.db import Database, create_engine
from app.core.embedded import EmbeddedPostgres
from app.core.geo import CoordType, Point
from app.models import Amenity, StationKind
from app.realtime.nearby import Question, answer
from app.realtime.process import Realtime
from app.services.stations.index import LISTED, OPEN, Place, StationIndex, Wish, traits_of
from bench.nearby import rss_mib
from bench.nearby_data import coordinates, furnish
from bench.results import write_section

STATIONS = 100_000


def index_mib() -> tuple[float, float]:
    """Return what the index weighs with one tree, and with trees for ten filters."""
    rng = random.Random(1)
    places = [
        Place(
            Point(rng.uniform(24, 44), rng.uniform(85, 123)),
            LISTED | traits_of(rng.sample(list(Amenity), 8), [rng.choice(list(StationKind))]),
        )
        for _ in range(STATIONS)
    ]
    gc.collect()
    before = rss_mib(os.getpid())
    index = StationIndex(places)
    index.nearest(Point(36, 103), Wish(), limit=10)
    one = rss_mib(os.getpid())
    for amenity in list(Amenity)[:9]:
        index.nearest(Point(36, 103), Wish(LISTED | traits_of([amenity], [])), limit=10)
    return one - before, rss_mib(os.getpid()) - before


async def board(url: str) -> list[str]:
    """Load the board, then load it again while questions are asked; return what was seen."""
    gc.collect()
    before, realtime = rss_mib(os.getpid()), Realtime(Database(create_engine(url, pool_size=5)))
    began = time.perf_counter()
    await realtime.board.catch_up()
    took = time.perf_counter() - began
    question = Question(CoordType.GCJ02, Wish(LISTED | OPEN), None, 10)
    for lat, lon in coordinates(20_000):
        answer(realtime.board.table(utc_now()), question, Point(lat, lon))
    gc.collect()
    weighs = rss_mib(os.getpid()) - before
    waits, answers = [], []
    places = coordinates(1000)
    loading = asyncio.create_task(realtime.board.load())
    began = time.perf_counter()
    while not loading.done():
        asked = time.perf_counter()
        await asyncio.sleep(0)
        waits.append(time.perf_counter() - asked)
        lat, lon = places[len(waits) % 1000]
        asked = time.perf_counter()
        answer(realtime.board.table(utc_now()), question, Point(lat, lon))
        answers.append(time.perf_counter() - asked)
    again = time.perf_counter() - began
    await realtime.stop()
    return [
        f"- the whole board (facts, rows, index, positions in one type): {weighs} MiB",
        f"- first load: {took:.1f} s; read anew while serving: {again:.1f} s",
        f"- meanwhile the event loop was held for {max(waits) * 1000:.0f} ms at most",
        f"- in 99 % of its turns for no more than {sorted(waits)[int(len(waits) * 0.99)] * 1000:.0f} ms",
        f"- {len(answers)} answers were given meanwhile, the slowest in {max(answers) * 1000:.1f} ms",
    ]


def main() -> None:
    """Measure and write the section."""
    one, ten = index_mib()
    lines = [f"- the index alone: {one:.0f} MiB with one tree, {ten:.0f} MiB with trees for ten filters"]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        Path(name).chmod(0o755)
        with EmbeddedPostgres(Path(name) / "pg", durable=False) as postgres:
            url = asyncio.run(furnish(postgres, "bench", STATIONS))
            lines += asyncio.run(board(url))
    report = "\n".join(lines)
    if "--dry" in sys.argv:
        print(report)
    else:
        write_section(
            "nearby-memory", "100,000 stations in one process", "python -m bench.nearby_memory", report
        )


if __name__ == "__main__":
    main()
