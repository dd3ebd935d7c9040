"""The nearest ten of 1,000, 10,000 and 100,000 stations over HTTP: ``python -m bench.nearby``.

One API process on one core, wrk with random places on the other (the database too, where a contender asks
it). All servers stay up, but only the one that is loaded runs: a dozen idle ones on its core look after their
own affairs often enough to be seen. Rounds rotate their order; medians are reported. L0, L1 and P1 are in
``bench/nearby_servers.py``. Ours runs as in production: request id, headers, metrics, limits, compression.
Ratios within one run are what counts, not rates.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.core.embedded import EmbeddedPostgres
from bench.nearby_data import SELECTIVE, coordinates, furnish, run_sql
from bench.results import write_section

PORT = 18400
CLIENTS = 32
_SERVER_CORE, _OTHER_CORE = 0, 1
_BREATH_S = 1.0
_DEBIAN = Path("/usr/lib/postgresql/15/bin")
_POSTGIS = Path("/usr/share/postgresql/15/extension/postgis.control")

_LUA = """
local places = {{ {places} }}
local count, at = #places, math.random(#places)
math.randomseed({seed})
request = function()
  local place = places[math.random(count)]
  return "GET {path}?" .. place .. "&coord_type={coord_type}{rest} HTTP/1.1\\r\\nHost: b\\r\\n\\r\\n"
end
done = function(summary, latency)
  io.write(string.format("RESULT %d %d %.1f %.1f %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


@dataclass
class Contender:
    """One way to answer one kind of question."""

    name: str
    port: int
    pid: int
    rest: str = "&open=any"
    coord_type: str = "wgs84"
    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    errors: int = 0

    def url(self, lat: float, lon: float) -> str:
        """Return the question at a place."""
        query = f"lat={lat:.6f}&lon={lon:.6f}&coord_type={self.coord_type}{self.rest}"
        return f"http://127.0.0.1:{self.port}/v1/stations/nearby?{query}"


def fetch(url: str) -> bytes:
    """Return an answer's body."""
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read()


@contextmanager
def server(factory: str, port: int, **environment: str) -> Generator[int]:
    """Serve an app from one process on its core; give its process id."""
    command = [
        "taskset",
        "-c",
        str(_SERVER_CORE),
        sys.executable,
        "-m",
        "bench.serve",
        factory,
        str(port),
    ]
    settings = {
        "NUANFENG_RUN_WORKER": "false",
        "NUANFENG_ACCESS_LOG": "false",
        "NUANFENG_REQUESTS_PER_MINUTE": "1000000000",
    }
    process = subprocess.Popen(command, env={**os.environ, **settings, **environment})
    try:
        _wait_until_it_answers(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_it_answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            fetch(f"http://127.0.0.1:{port}/healthz")
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("a server did not start")


def cpu_s(pid: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid: int) -> int:
    """Return a process's resident memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) // 1024 if found else 0


class Round:
    """Loads one contender for some seconds with wrk."""

    def __init__(self, folder: Path, seconds: float) -> None:
        """Write the places to ask from."""
        self.folder, self.seconds = folder, seconds
        self.places = ",".join(f'"lat={lat:.6f}&lon={lon:.6f}"' for lat, lon in coordinates(20_000))

    def run(self, contender: Contender, seed: int) -> None:
        """Load a contender once and keep its figures."""
        script = self.folder / "wrk.lua"
        script.write_text(
            _LUA.format(
                places=self.places,
                seed=seed,
                path="/v1/stations/nearby",
                coord_type=contender.coord_type,
                rest=contender.rest,
            )
        )
        before = cpu_s(contender.pid)
        command = ["taskset", "-c", str(_OTHER_CORE), "wrk", "-t1", f"-c{CLIENTS}", f"-d{self.seconds}s"]
        output = subprocess.run(
            [*command, "--latency", "-s", str(script), f"http://127.0.0.1:{contender.port}"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        found = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", output)
        if found is None:
            raise SystemExit(output)
        requests, micros = int(found[1]), int(found[2])
        contender.rates.append(requests / micros * 1e6)
        contender.p50.append(float(found[3]) / 1000)
        contender.p99.append(float(found[4]) / 1000)
        contender.cpu_us.append((cpu_s(contender.pid) - before) / max(1, requests) * 1e6)
        contender.errors += int(found[5])


def has_postgis() -> bool:
    """Tell whether Debian's PostgreSQL with PostGIS is here; the wheel's has none."""
    return (_DEBIAN / "postgres").exists() and _POSTGIS.exists()


def use_debians_server() -> None:
    """Start Debian's PostgreSQL instead of the wheel's where it has PostGIS to compare with."""
    if has_postgis():
        os.environ["PG_BIN"] = str(_DEBIAN)


def main() -> None:
    """Run the bench and write its section of the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--dry", action="store_true", help="print instead of writing bench/RESULTS.md")
    arguments = parser.parse_args()
    if shutil.which("wrk") is None or shutil.which("taskset") is None:
        raise SystemExit("needs wrk and taskset")
    use_debians_server()
    os.sched_setaffinity(0, {_OTHER_CORE})  # this process, and the database that it starts
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        postgres = stack.enter_context(EmbeddedPostgres(folder / "pg", durable=False))
        sizes = [int(each) for each in arguments.sizes.split(",")]
        contenders = asyncio.run(_databases(postgres, sizes))
        started = start(stack, folder, contenders, sizes)
        agree(started)
        measure(started, Round(folder, arguments.seconds), arguments.rounds)
        report = table(started, sizes)
    command = " ".join(["python -m bench.nearby", *sys.argv[1:]])
    if arguments.dry:
        print(report)
    else:
        write_section("nearby", "Nearest stations", command, report)


@contextmanager
def alone(contender: Contender, pids: set[int]) -> Generator[None]:
    """Let no other server run, and the contender take a breath after its own standstill."""
    for pid in pids:
        os.kill(pid, signal.SIGCONT if pid == contender.pid else signal.SIGSTOP)
    time.sleep(_BREATH_S)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def measure(contenders: list[Contender], load: Round, rounds: int) -> None:
    """Load everybody in turn, in an order that rotates and reverses; the first round only warms up."""
    pids = {each.pid for each in contenders}
    for number in range(rounds + 1):
        turn = number % len(contenders)
        order = contenders[turn:] + contenders[:turn]
        for contender in order if number % 2 else reversed(order):
            with alone(contender, pids):
                load.run(contender, number)
        if number == 0:
            for contender in contenders:
                for kept in (contender.rates, contender.p50, contender.p99, contender.cpu_us):
                    kept.clear()


async def _databases(postgres: EmbeddedPostgres, sizes: list[int]) -> dict[int, str]:
    return {size: await furnish(postgres, f"bench_{size}", size) for size in sizes}


def start(stack: ExitStack, folder: Path, urls: dict[int, str], sizes: list[int]) -> list[Contender]:
    """Start every server and return who is to be loaded."""
    ports = iter(range(PORT, PORT + 90))
    middle = sizes[len(sizes) // 2]
    contenders: list[Contender] = []

    def add(name: str, factory: str, *rests: tuple[str, str], **environment: str) -> Contender:
        port = next(ports)
        pid = stack.enter_context(server(factory, port, **environment))
        for suffix, rest in rests or (("", "&open=any"),):
            contenders.append(Contender(name + suffix, port, pid, rest))
        return contenders[-1]

    for size in sizes:
        filters = [("", "&open=any")]
        if size == middle:
            filters += [(", open now", "&open=now"), (f", {SELECTIVE}", f"&open=any&amenities={SELECTIVE}")]
            filters += [(f", open now, {SELECTIVE}, 2 free", f"&amenities={SELECTIVE}&min_free=2")]
        add(f"ours {size:,}", "app.main:from_environment", *filters, DATABASE_URL=urls[size])
    add(f"ours {middle:,}, no stack", "bench.nearby_servers:ours_bare", DATABASE_URL=urls[middle])
    add(f"ours {middle:,}, route alone", "bench.nearby_servers:ours_route", DATABASE_URL=urls[middle])
    body = folder / "body.json"
    ours = next(each for each in contenders if each.name == f"ours {middle:,}")
    body.write_bytes(fetch(ours.url(*coordinates(1)[0])))
    add("L0 bare ASGI, constant", "bench.nearby_servers:l0", BENCH_BODY=str(body))
    add("L1 FastAPI, constant", "bench.nearby_servers:l1", BENCH_BODY=str(body))
    add("L1 with plain parameters", "bench.nearby_servers:l1_flat", BENCH_BODY=str(body))
    if has_postgis():
        asyncio.run(
            run_sql(
                urls[middle],
                "CREATE EXTENSION postgis; ALTER TABLE stations ADD geog geography(Point, 4326); "
                "UPDATE stations SET geog = ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography; "
                "CREATE INDEX ON stations USING gist (geog); ANALYZE stations",
            )
        )
        add(f"P1 SQLAlchemy + PostGIS, {middle:,}", "bench.nearby_servers:p1", DATABASE_URL=urls[middle])
    return contenders


def agree(contenders: list[Contender]) -> None:
    """Stop unless all of ours who answer the same question over the same stations say the same.

    P1 is left out: PostGIS orders a geography by distances on a sphere, which now and then swaps two.
    """
    middle = [each for each in contenders if each.name.startswith("ours 10,000") and each.rest == "&open=any"]
    for lat, lon in coordinates(20):
        answers = [
            [row["id"] for row in json.loads(fetch(each.url(lat, lon)))["stations"]] for each in middle
        ]
        if any(answer != answers[0] for answer in answers):
            raise SystemExit(f"they disagree at {lat}, {lon}: {answers}")
    for each in contenders:
        for lat, lon in coordinates(5):
            fetch(each.url(lat, lon))


def table(contenders: list[Contender], sizes: list[int]) -> str:
    """Return the figures and how they stand to the goals, as Markdown."""
    by_name = {each.name: statistics.median(each.rates) for each in contenders}
    l1 = by_name["L1 FastAPI, constant"]
    lines = [
        "| contender | req/s | min..max | / L1 | p50 ms | p99 ms | CPU us | RSS MiB | errors |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for each in contenders:
        rate, median = by_name[each.name], statistics.median
        lines.append(
            f"| {each.name} | {rate:.0f} | {min(each.rates):.0f}..{max(each.rates):.0f} | {rate / l1:.2f} "
            f"| {median(each.p50):.2f} | {median(each.p99):.2f} | {median(each.cpu_us):.1f} "
            f"| {rss_mib(each.pid)} | {each.errors} |"
        )
    load = os.getloadavg()[1]
    busy = f"Load average of the machine meanwhile: {load:.1f}, of which the bench makes about 2."
    return "\n".join([*lines, "", busy, "", *goals(by_name, sizes)])


def goals(rates: dict[str, float], sizes: list[int]) -> list[str]:
    """Return each goal with its figure."""
    small, middle, large = (f"ours {size:,}" for size in (sizes[0], sizes[len(sizes) // 2], sizes[-1]))
    wanted: list[tuple[str, float, Callable[[], float]]] = [
        ("ours / L1", 2, lambda: rates[middle] / rates["L1 FastAPI, constant"]),
        ("selective filter / no filter", 0.9, lambda: rates[f"{middle}, {SELECTIVE}"] / rates[middle]),
        ("open now / no filter", 0.9, lambda: rates[f"{middle}, open now"] / rates[middle]),
        (
            "open, filter, free seats / no filter",
            0.9,
            lambda: rates[f"{middle}, open now, {SELECTIVE}, 2 free"] / rates[middle],
        ),
        ("largest / smallest", 0.8, lambda: rates[large] / rates[small]),
        ("with / without the middleware stack", 0.9, lambda: rates[middle] / rates[f"{middle}, no stack"]),
    ]
    p1 = next((name for name in rates if name.startswith("P1")), None)
    if p1 is not None:
        wanted.append(("ours / P1", 15, lambda: rates[middle] / rates[p1]))
    lines = [f"- {name}: {figure():.2f} (goal {goal})" for name, goal, figure in wanted]
    return lines if p1 else [*lines, "- P1 was not run: PostGIS is not installed here"]


if __name__ == "__main__":
    main()
