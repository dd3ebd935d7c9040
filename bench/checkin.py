"""Check-ins over HTTP against pgbench running the same statement: ``python -m bench.checkin``.

One PostgreSQL with durable settings, one API process, the same machine for both. 32 clients either spread
over 10,000 stations or all enter one; behind them lies a month of visits, with fresh statistics. Rounds
rotate the order; medians are reported. After every round of ours the rows are counted: whatever was
acknowledged must be there.
"""

import argparse
import asyncio
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy import make_url

from app.core import migrate
from app.core.embedded import EmbeddedPostgres, find_programs
from app.core.settings import Settings
from app.services.accounts.tokens import AccessTokens
from app.services.checkins import statements

CLIENTS = 32
STATIONS = 10_000
PEOPLE = 10 * CLIENTS  # a client is another person each time, as at a door
PAST_VISITS = 200_000
AREA = "620902006001"
LAT, LON = 39.7431, 98.5083
RESULTS = Path(__file__).parent / "RESULTS.md"
MARKS = ("<!-- checkin -->", "<!-- /checkin -->")

# Station and account n, as text that Lua, SQL and Python make alike.
_STATION = "00000000-0000-7000-8000-{:012x}"
_ACCOUNT = "00000000-0000-7000-9000-{:012x}"

_FURNISH = f"""
INSERT INTO areas (code, name, level, kind, valid_from, source)
  VALUES ('{AREA}', '测试社区', 5, 'official', '2000-01-01', 'bench');
INSERT INTO stations (id, code, name, kind, status, area_code, address, lat, lon, given_lat, given_lon,
    given_coord_type, floor_text, indoor_note, entry_requirements, accessibility, photo_urls, operators,
    service_items, phone, seats, geofence_m, opening_hours, holiday_policy, holiday_hours, makeup_policy,
    shelter_reason, code_secret, is_invented, version, changed_at, created_at)
  SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'B' || n, '驿站' || n,
    'warm_station', 'in_service', '{AREA}', '', {LAT}, {LON}, {LAT}, {LON}, 'wgs84', '', '', '[]', '[]', '[]',
    '[]', '[]', '', 12, 120, '24/7', 'same', '', 'as_weekend', '', 'secret', true, 1,
    now() - interval '1 day', now() - interval '1 day'
  FROM generate_series(0, {STATIONS - 1}) AS n;
INSERT INTO occupancies (station_id, open_visits, correction, peak, changed_at)
  SELECT id, 0, 0, 0, now() - interval '1 day' FROM stations;
INSERT INTO accounts (id, display_name, status, created_at, last_seen_on, version)
  SELECT ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, '小蜂', 'active', now(), now(), 1
  FROM generate_series(0, {PEOPLE - 1}) AS n;
INSERT INTO refresh_tokens (id, family_id, account_id, device_id, token_hash, issued_at, expires_at)
  SELECT id, id, id, id, uuid_send(id), now(), now() + interval '1 day' FROM accounts;
INSERT INTO visits (id, station_id, account_id, area_code, captured_at, received_at, captured_offline, grade,
    due_at, due_reason, ended_at, end_reason, end_received_at)
  SELECT gen_random_uuid(), ('00000000-0000-7000-8000-' || lpad(to_hex(n % {STATIONS}), 12, '0'))::uuid,
    ('00000000-0000-7000-9000-' || lpad(to_hex(n % {PEOPLE}), 12, '0'))::uuid, '{AREA}', at, at, false, 'C',
    at + interval '4 hours', 'max_stay', at + interval '10 minutes', 'tap', at + interval '10 minutes'
  FROM generate_series(1, {PAST_VISITS}) AS n,
    LATERAL (SELECT now() - n * interval '13 seconds' AS at) AS past;
"""

_LUA = """
local tokens = {{ {tokens} }}
local hot = {hot}
math.randomseed(os.time() * 1000 + {seed})
local random, format = math.random, string.format
request = function()
  local station = hot and 0 or random(0, {stations} - 1)
  local path = format("/v1/stations/00000000-0000-7000-8000-%012x/checkins", station)
  local body = format(
    '{{"id":"%08x-%04x-4%03x-8%03x-%06x%06x","captured_at":"%s","captured_offline":false,'
    .. '"fix":{{"lat":{lat},"lon":{lon},"accuracy_m":12.0,"coord_type":"wgs84"}}}}',
    random(0, 0x7fffffff), random(0, 0xffff), random(0, 0xfff), random(0, 0xfff),
    random(0, 0xffffff), random(0, 0xffffff), os.date("!%Y-%m-%dT%H:%M:%SZ"))
  local headers = {{
    ["content-type"] = "application/json", ["authorization"] = "Bearer " .. tokens[random(1, #tokens)] }}
  return wrk.format("POST", path, headers, body)
end
"""


@dataclass
class Contender:
    """One way to check in; ``run`` returns how many a second were committed."""

    name: str
    is_hot: bool
    run: Callable[[], float]
    rates: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Return the median rate."""
        return statistics.median(self.rates)


class Bench:
    """The database, the server, and the contenders."""

    def __init__(self, folder: Path, postgres: EmbeddedPostgres, port: int, seconds: int) -> None:
        """Make and fill the database."""
        self.folder, self.postgres, self.port, self.seconds = folder, postgres, port, seconds
        self.lost = 0
        self.url = postgres.url("bench")
        self._sql("CREATE DATABASE bench", database="postgres")
        migrate.upgrade(self.url)
        self._sql(_FURNISH)
        self._sql("VACUUM ANALYZE")

    def _sql(self, text: str, database: str = "bench") -> object:
        async def run() -> object:
            dsn = make_url(self.postgres.url(database)).set(drivername="postgresql")
            connection = await asyncpg.connect(dsn.render_as_string(hide_password=False))
            try:
                if text.startswith("SELECT"):
                    return await connection.fetchval(text)
                return await connection.execute(text)
            finally:
                await connection.close()

        return asyncio.run(run())

    def visits(self) -> int:
        """Count the visits."""
        return int(str(self._sql("SELECT count(*) FROM visits")))

    @contextmanager
    def server(self) -> Generator[None]:
        """Serve the API from one process."""
        environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "NUANFENG_RUN_WORKER": "false",
            "NUANFENG_ACCESS_LOG": "false",
            "NUANFENG_REQUESTS_PER_MINUTE": "100000000",
            "NUANFENG_ACCESS_TOKEN_MINUTES": "60",
        }
        command = ["bench.serve", "app.main:from_environment", str(self.port)]
        process = subprocess.Popen([sys.executable, "-m", *command], env=environment)
        try:
            self._wait_until_ready()
            yield
        finally:
            process.terminate()
            process.wait(20)

    def _wait_until_ready(self) -> None:
        for _ in range(900):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise SystemExit("the server never became ready")

    def pgbench(self, sql: str, *, hot: bool) -> float:
        """Return the rate of one row a commit, 32 clients."""
        script = self.folder / f"{'hot' if hot else 'spread'}.sql"
        script.write_text(_for_pgbench(sql, hot=hot))
        command = [
            find_programs() / "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2",
            "-T", str(self.seconds), "-f", script, "-h", self.postgres.socket_dir, "-U", "postgres", "bench",
        ]  # fmt: skip
        out = _output(command)
        return float(_find(r"tps = ([\d.]+)", out))

    def ours(self, *, hot: bool) -> float:
        """Return the rate over HTTP, 32 keep-alive clients, and note acknowledged rows that are missing."""
        before = self.visits()
        script = self.folder / "load.lua"
        script.write_text(self._lua(hot=hot))
        command = [
            "wrk", "-t1", f"-c{CLIENTS}", f"-d{self.seconds}s", "--timeout", "10s", "-s", script,
            f"http://127.0.0.1:{self.port}",
        ]  # fmt: skip
        out = _output(command)
        refused = int(_find(r"Non-2xx or 3xx responses: (\d+)", out, "0"))
        acknowledged = int(_find(r"(\d+) requests in", out)) - refused
        if refused:
            print(f"  {refused} refused", file=sys.stderr)
        self.lost += max(0, acknowledged - (self.visits() - before))
        return acknowledged / float(_find(r"requests in ([\d.]+)s", out))

    def _lua(self, *, hot: bool) -> str:
        tokens = AccessTokens(Settings().secret_key.get_secret_value(), minutes=60)
        now = datetime.now(UTC) - timedelta(seconds=1)
        issued = (tokens.issue(_uuid(n), _uuid(n), now=now) for n in range(PEOPLE))
        return _LUA.format(
            tokens=", ".join(f'"{token}"' for token in issued),
            hot=str(hot).lower(),
            seed=time.monotonic_ns() % 1_000_000,
            stations=STATIONS,
            lat=LAT,
            lon=LON,
        )


def _uuid(n: int) -> UUID:
    return UUID(_ACCOUNT.format(n))


def _output(command: list[object]) -> str:
    # pgbench plans as the service does.
    environment = {**os.environ, "PGOPTIONS": "-c random_page_cost=1.1 -c jit=off"}
    command = [str(each) for each in command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout


def _find(pattern: str, text: str, default: str | None = None) -> str:
    if match := re.search(pattern, text):
        return match[1]
    if default is None:
        raise SystemExit(text)
    return default


def _for_pgbench(sql: str, *, hot: bool) -> str:
    """Return the statement with one row's values in place of its parameters."""
    station = "0" if hot else ":n::int"
    values = {
        1: "gen_random_uuid()",
        2: f"('00000000-0000-7000-8000-' || lpad(to_hex({station}), 12, '0'))::uuid",
        3: "('00000000-0000-7000-9000-' || lpad(to_hex(:person::int), 12, '0'))::uuid",
        4: f"'{AREA}'::text",
        5: "now()",
        6: "now()",
        7: "false",
        8: "'C'::text",
        9: "NULL::text",
        10: f"{LAT}::float8",
        11: f"{LON}::float8",
        12: "12::float8",
        13: "'wgs84'::text",
        14: "now() + interval '4 hours'",
        15: "'max_stay'::text",
        16: "1",
    }
    sql = re.sub(r"\$(\d+)", lambda match: f"ARRAY[{values[int(match[1])]}]", sql)
    choices = f"\\set n random(0, {STATIONS - 1})\n\\set person random(0, {PEOPLE - 1})"
    return f"{choices}\n{' '.join(sql.split())};\n"


def report(contenders: list[Contender], bench: Bench, rounds: int, command: str) -> str:
    """Return the table in Markdown."""
    yardstick = {each.is_hot: each.median for each in contenders if each.name == "pgbench"}
    how = (
        f"`{command}`: {CLIENTS} clients, {rounds} rounds of {bench.seconds} s in rotating order, medians; "
        f"PostgreSQL durable, {os.cpu_count()} cores shared by all; a fix sent with every check-in. "
        f"Load of the machine in these minutes: {os.getloadavg()[1]:.1f} (others too, above 4)."
    )
    lines = [
        "## Check-ins",
        "",
        how,
        "",
        "| contender | stations | check-ins/s | min..max | / pgbench |",
        "|---|---|---|---|---|",
    ]
    for each in contenders:
        where = "one" if each.is_hot else f"{STATIONS:,}"
        low, high = min(each.rates), max(each.rates)
        ratio = each.median / yardstick[each.is_hot]
        lines.append(f"| {each.name} | {where} | {each.median:.0f} | {low:.0f}..{high:.0f} | {ratio:.2f} |")
    return "\n".join([*lines, "", f"Acknowledged but not in the database: {bench.lost}."])


def write_results(text: str) -> None:
    """Put the table in its place in the results."""
    old = RESULTS.read_text() if RESULTS.exists() else "# Results\n"
    block = f"{MARKS[0]}\n{text}\n{MARKS[1]}"
    found = re.compile(f"{MARKS[0]}.*{MARKS[1]}", re.DOTALL)
    RESULTS.write_text(found.sub(lambda _: block, old) if found.search(old) else f"{old}\n{block}\n")


def main() -> None:
    """Run the rounds and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--port", type=int, default=18500)
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("this needs wrk (Debian package wrk)")
    with tempfile.TemporaryDirectory(prefix="nuanfeng-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedPostgres(folder / "pg") as postgres:
            bench = Bench(folder, postgres, given.port, given.seconds)
            plain, loud = statements.CHECK_IN_UNANNOUNCED, statements.CHECK_IN
            contenders = [
                contender
                for hot in (False, True)
                for contender in (
                    Contender("pgbench", hot, lambda hot=hot: bench.pgbench(plain, hot=hot)),
                    Contender("pgbench, NOTIFY too", hot, lambda hot=hot: bench.pgbench(loud, hot=hot)),
                    Contender("HTTP", hot, lambda hot=hot: bench.ours(hot=hot)),
                )
            ]
            with bench.server():
                for n in range(given.rounds):
                    turned = contenders[n % len(contenders) :] + contenders[: n % len(contenders)]
                    for contender in turned:
                        contender.rates.append(contender.run())
                        print(f"{contender.name:20} {contender.rates[-1]:8.0f}", file=sys.stderr)
            command = f"python -m bench.checkin --rounds {given.rounds} --seconds {given.seconds}"
            text = report(contenders, bench, given.rounds, command)
    print(text)
    write_results(text)


if __name__ == "__main__":
    main()
