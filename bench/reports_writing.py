"""What it costs to take reports in and to give them all out; the second half of ``bench/reports.py``."""

import asyncio
import os
import random
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from app.core.actor import Actor, Grant, Role
from app.core.db import Database, create_engine
from app.core.embedded import EmbeddedPostgres, find_programs
from app.core.geo import CoordType, Point
from app.core.settings import Settings
from app.models import DisclosureKind, ReportState
from app.services import reports
from app.services.accounts.tokens import AccessTokens
from app.services.areas import GridMap
from app.services.reports import GivenPosition, NewReport, export
from app.services.reports.book import load_book
from app.services.reports.export import Wanted
from app.services.reports.filters import CaseFilter
from bench.nearby import rss_mib, server
from bench.reports_data import connect
from bench.reports_hearing import Listening

CLIENTS, PEOPLE = 8, 5000
_INSERTS_GOAL, _SUBMIT_GOAL = 0.6, 0.3
_PORT = 8145
_EXPORT_S = 900
_TOKENS = 500
AREA = "620902006001"
LAT, LON = 39.7431, 98.5083
_ACCOUNT = "00000000-0000-7000-9000-{:012x}"

_PLAIN = """
CREATE TABLE bench_plain (LIKE reports INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY
    INCLUDING CONSTRAINTS);
ALTER TABLE bench_plain ADD PRIMARY KEY (id);
CREATE TRIGGER count_reports AFTER INSERT OR UPDATE OF state, area_code, urgency, is_confidential
    ON bench_plain FOR EACH ROW EXECUTE FUNCTION count_reports();
"""
_ONE = """
\\set k random(0, {points} - 1)
INSERT INTO {table} (id, state, state_at, category_id, category_version, urgency, is_confidential,
    is_escalated, is_trust_low, lat, lon, h3, given_lat, given_lon, given_coord_type, is_pin_moved, address,
    area_code, grid_ids, placed_by, description, answers, captured_at, captured_offline, submitted_at,
    acceptance_due_at, due_at, original_due_at, next_due_at, is_due_provisional, is_designated, return_count,
    reopened_count, version, changed_at)
SELECT gen_random_uuid(), 'submitted', now(), 'road_damage', 1, 'normal', false, false, false, lat, lon, h3,
    lat, lon, 'gcj02', false, '和平路', code, '[]', 'inside', '路面破损需要处理', '{{}}', now(), false, now(),
    now() + interval '4 hours', now() + interval '5 days', now() + interval '5 days',
    now() + interval '4 hours', false, false, 0, 0, 1, now()
FROM bench_points WHERE k = :k;
"""
_PEOPLE_SQL = f"""
INSERT INTO accounts (id, display_name, status, created_at, last_seen_on, version)
  SELECT ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, '小蜂', 'active', now(), now(), 1
  FROM generate_series(0, {PEOPLE - 1}) AS n;
INSERT INTO refresh_tokens (id, family_id, account_id, device_id, token_hash, issued_at, expires_at)
  SELECT id, id, id, id, uuid_send(id), now(), now() + interval '1 day' FROM accounts;
"""
_LUA = """
local tokens = {{ {tokens} }}
math.randomseed(os.time() * 1000 + {seed})
local random, format = math.random, string.format
request = function()
  local body = format(
    '{{"id":"%08x-%04x-4%03x-8%03x-%06x%06x","category_id":"road_damage","area_code":"{area}",'
    .. '"description":"路面破损需要处理","captured_at":"%s",'
    .. '"position":{{"lat":%.6f,"lon":%.6f,"accuracy_m":12.0,"coord_type":"wgs84"}}}}',
    random(0, 0x7fffffff), random(0, 0xffff), random(0, 0xfff), random(0, 0xfff),
    random(0, 0xffffff), random(0, 0xffffff), os.date("!%Y-%m-%dT%H:%M:%SZ"),
    {lat} + random() * 0.5, {lon} + random() * 0.5)
  local headers = {{
    ["content-type"] = "application/json", ["authorization"] = "Bearer " .. tokens[random(1, #tokens)] }}
  return wrk.format("POST", "/v1/reports", headers, body)
end
"""


def measure(
    postgres: EmbeddedPostgres, url: str, folder: Path, *, seconds: int = 5, rounds: int = 3
) -> list[str]:
    """Measure inserts, submits and the export; return lines of Markdown."""
    lines = inserts(postgres, url, folder, seconds=seconds, rounds=rounds)
    if shutil.which("wrk"):
        lines += submits(postgres, url, folder, seconds=seconds, rounds=rounds)
    return [*lines, *asyncio.run(exported(url))]


def _run(url: str, sql: str) -> None:
    async def run() -> None:
        connection = await connect(url)
        await connection.execute(sql)
        await connection.close()

    asyncio.run(run())


def pgbench(postgres: EmbeddedPostgres, script: Path, seconds: int, clients: int = CLIENTS) -> float:
    """Return the transactions a second of a script."""
    command = [
        find_programs() / "pgbench", "-n", "-M", "prepared", "-c", clients, "-j", 2, "-T", seconds,
        "-f", script, "-h", postgres.socket_dir, "-U", "postgres", "bench",
    ]  # fmt: skip
    environment = {**os.environ, "PGOPTIONS": "-c random_page_cost=1.1 -c jit=off"}
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode or (found := re.search(r"tps = ([\d.]+)", done.stdout)) is None:
        raise SystemExit(done.stderr[-2000:])
    return float(found[1])


def _in_turn(ways: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return the median of each way's rate, in rounds of rotating order."""
    rates: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            rates[name].append(ways[name]())
    return {name: statistics.median(each) for name, each in rates.items()}


def inserts(postgres: EmbeddedPostgres, url: str, folder: Path, *, seconds: int, rounds: int) -> list[str]:
    """Measure single rows with all indexes against the same table with its primary key alone."""
    _run(url, "DROP TABLE IF EXISTS bench_plain;" + _PLAIN)
    ways: dict[str, Callable[[], float]] = {}
    for table in ("reports", "bench_plain"):
        script = folder / f"{table}.sql"
        script.write_text(_ONE.format(table=table, points=1000))
        ways[table] = partial(pgbench, postgres, script, seconds)
    rates = _in_turn(ways, rounds)
    ratio = rates["reports"] / rates["bench_plain"]
    return [
        (
            f"- inserts, one row a commit, {CLIENTS} clients: {rates['reports']:.0f}/s with all indexes, "
            f"{rates['bench_plain']:.0f}/s with the primary key alone: {ratio:.2f} (goal {_INSERTS_GOAL})"
        )
    ]


def _new_report(dice: random.Random) -> NewReport:
    at = Point(LAT + dice.random() / 2, LON + dice.random() / 2)
    return NewReport(
        id=uuid4(),
        category_id="road_damage",
        position=GivenPosition(at, at.lat, at.lon, CoordType.WGS84, 12.0),
        is_pin_moved=False,
        captured_at=datetime.now(UTC),
        captured_offline=False,
        description="路面破损需要处理",
        area_code=AREA,
    )


async def _statements(url: str, new: NewReport, by: Actor) -> list[tuple[str, tuple[object, ...]]]:
    """Return what the service says to the database when it takes a report in."""
    heard = Listening(url)
    async with heard.db.reading() as session:
        rules = await load_book(session)
    with heard.hearing() as said:
        async with heard.db.writing() as session:
            await reports.submit(session, new, grids=GridMap([]), rules=rules, by=by, now=new.captured_at)
    await heard.db.close()
    return said


def _for_pgbench(said: list[tuple[str, tuple[object, ...]]], new: NewReport, by: Actor) -> str:
    """Return the statements as one transaction of pgbench: another report of another rider each time."""
    fresh = (
        "(lpad(to_hex(:a::int), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(:b::int), 12, '0'))",
        "('00000000-0000-7000-9000-' || lpad(to_hex(:p::int), 12, '0'))",
    )
    stands = dict(zip((str(new.id), str(by.account_id)), fresh, strict=True))

    def written(value: object) -> str:
        if value is None or isinstance(value, (bool, int, float)):
            return "NULL" if value is None else str(value)
        text = value.isoformat() if isinstance(value, datetime) else str(value)
        quoted = "'" + text.replace("'", "''") + "'"
        for plain, expression in stands.items():
            if plain in text:
                quoted = f"replace({quoted}, '{plain}', {expression})"
        return quoted

    lines = [
        "\\set a random(0, 2147483647)",
        "\\set b random(0, 2147483647)",
        f"\\set p random(0, {PEOPLE - 1})",
    ]
    lines.append("BEGIN;")
    for sql, given in said:
        values = [written(value) for value in given]
        filled = re.sub(r"\$(\d+)", partial(_nth, values), sql)
        lines.append(" ".join(filled.split()) + ";")
    return "\n".join([*lines, "END;", ""])


def _nth(values: list[str], match: re.Match[str]) -> str:
    return values[int(match[1]) - 1]


def submits(postgres: EmbeddedPostgres, url: str, folder: Path, *, seconds: int, rounds: int) -> list[str]:
    """Measure reports taken in over HTTP against pgbench saying the same to the database."""
    _run(url, _PEOPLE_SQL)
    new, by = _new_report(random.Random(1)), Actor(UUID(_ACCOUNT.format(1)))
    script = folder / "submit.sql"
    script.write_text(_for_pgbench(asyncio.run(_statements(url, new, by)), new, by))
    lost = 0

    def over_http() -> float:
        nonlocal lost
        before = _count(url)
        rate, acknowledged = _wrk(folder, seconds)
        lost += max(0, acknowledged - (_count(url) - before))
        return rate

    with server("app.main:from_environment", _PORT, DATABASE_URL=url, NUANFENG_ACCESS_TOKEN_MINUTES="60"):
        rates = _in_turn(
            {"HTTP": over_http, "pgbench": lambda: pgbench(postgres, script, seconds, clients=32)}, rounds
        )
    ratio = rates["HTTP"] / rates["pgbench"]
    return [
        (
            f"- submitted over HTTP, one process, 32 clients: {rates['HTTP']:.0f}/s; pgbench with the same "
            f"statements: {rates['pgbench']:.0f}/s: {ratio:.2f} (goal {_SUBMIT_GOAL}); "
            f"acknowledged but not in the database: {lost}"
        )
    ]


def _count(url: str) -> int:
    async def run() -> int:
        connection = await connect(url)
        found = await connection.fetchval(
            "SELECT count(*) FROM reports WHERE submitted_at > now() - interval '1 hour'"
        )
        await connection.close()
        return int(found)

    return asyncio.run(run())


def _wrk(folder: Path, seconds: int) -> tuple[float, int]:
    tokens = AccessTokens(Settings().secret_key.get_secret_value(), minutes=60)
    now = datetime.now(UTC) - timedelta(seconds=1)
    people = (UUID(_ACCOUNT.format(n)) for n in range(PEOPLE - _TOKENS, PEOPLE))
    script = folder / "submit.lua"
    script.write_text(
        _LUA.format(
            tokens=", ".join(f'"{tokens.issue(each, each, now=now)}"' for each in people),
            seed=time.monotonic_ns() % 1_000_000,
            area=AREA,
            lat=LAT,
            lon=LON,
        )
    )
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{_PORT}"], capture_output=True, text=True, check=True
    ).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
    asked = re.search(r"(\d+) requests in ([\d.]+)(m?s)", done)
    if asked is None:
        raise SystemExit(done)
    acknowledged = int(asked[1]) - (int(refused[1]) if refused else 0)
    return acknowledged / seconds, acknowledged


async def exported(url: str) -> list[str]:
    """Give everything out as CSV and return how fast, and how much memory it took."""
    db = Database(create_engine(url, pool_size=2))
    by = Actor(UUID(_ACCOUNT.format(1)), (Grant(Role.DISTRICT_OFFICER, ("62", "61")),))
    wanted = Wanted(CaseFilter(states=tuple(ReportState)), DisclosureKind.CSV, by, datetime.now(UTC))
    rows, sizes, begun = 0, [], time.perf_counter()
    async for lines in export.exported_csv(db, wanted):
        rows += lines.count("\r\n")
        sizes.append(rss_mib(os.getpid()))
        if time.perf_counter() - begun > _EXPORT_S:
            break
    took = time.perf_counter() - begun
    await db.close()
    tenth = sizes[len(sizes) // 10]
    return [
        (
            f"- export as CSV: {rows:,} rows in {took:.0f} s ({rows / took:.0f} rows/s); resident memory "
            f"{tenth} MiB after a tenth of it, {max(sizes)} MiB at most, {sizes[-1]} MiB at the end"
        )
    ]
