"""What it costs to take reports in and to give them all out; the second half of ``bench/reports.py``."""

import asyncio
import os
import random
import re
import shutil
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from app.core.actor import Actor
from app.core.embedded import EmbeddedPostgres, find_programs
from app.core.geo import CoordType, Point
from app.core.settings import Settings
from app.models import ReportState
from app.services import reports
from app.services.accounts.tokens import AccessTokens
from app.services.areas import GridMap
from app.services.reports import GivenPosition, NewReport
from app.services.reports.book import load_book
from bench.nearby import rss_mib, server
from bench.reports_data import NAME, connect
from bench.reports_hearing import Listening

CLIENTS, PEOPLE = 8, 5000
_INSERTS_GOAL, _SUBMIT_GOAL = 0.6, 0.3
_PORT = 8145
_EXPORT_ROWS = 1_000_000  # what is asked for; of more, as many are taken
_PIECE = 256 * 1024
_COUNTIES = ("62", "611024")
LAT, LON = 39.7431, 98.5083
_ACCOUNT = "00000000-0000-7000-9000-{:012x}"

# The same rows, foreign keys and triggers; only the indexes differ: it has those of its key alone.
_PLAIN = """
DROP TABLE IF EXISTS bench_plain;
CREATE TABLE bench_plain (LIKE reports INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY
    INCLUDING CONSTRAINTS);
INSERT INTO bench_plain ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM reports;
ALTER TABLE bench_plain ADD PRIMARY KEY (id);
CREATE TRIGGER count_reports AFTER INSERT OR UPDATE OF state, area_code, urgency, is_confidential
    ON bench_plain FOR EACH ROW EXECUTE FUNCTION count_reports();
CREATE TRIGGER count_map_new AFTER INSERT ON bench_plain
    FOR EACH ROW WHEN (NEW.public_at IS NOT NULL) EXECUTE FUNCTION count_map();
"""
_GIVEN = """
SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = 'reports'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
_REFERS = """
SELECT conname, regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', '') FROM pg_constraint
WHERE contype = 'f' AND conrelid = 'reports'::regclass
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
INSERT INTO role_grants (id, account_id, role, area_code, valid_from, granted_at)
  SELECT gen_random_uuid(), '{_ACCOUNT.format(0)}', 'district_officer', code, '2026-01-01', now()
  FROM areas WHERE code IN {_COUNTIES};
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


def measure(postgres: EmbeddedPostgres, url: str, folder: Path, *, seconds: int, rounds: int) -> list[str]:
    """Measure inserts, submits and the export; return lines of Markdown."""
    lines = inserts(postgres, url, folder, seconds=seconds, rounds=rounds)
    _run(url, _PEOPLE_SQL)
    settings = {"DATABASE_URL": url, "NUANFENG_ACCESS_TOKEN_MINUTES": "60"}
    with server("app.main:from_environment", _PORT, **settings) as pid:
        lines += exported(pid)
        if shutil.which("wrk"):
            lines += submits(postgres, url, folder, seconds=seconds, rounds=rounds)
    return lines


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
        "-f", script, "-h", postgres.socket_dir, "-U", "postgres", NAME,
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
    """Measure single rows with all indexes against the same rows with the primary key's index alone."""
    asyncio.run(_furnish_plain(url))
    ways: dict[str, Callable[[], float]] = {}
    for table in ("reports", "bench_plain"):
        script = folder / f"{table}.sql"
        script.write_text(_ONE.format(table=table, points=1000))
        ways[table] = partial(pgbench, postgres, script, seconds)
    rates = _in_turn(ways, rounds)
    _run(url, "DROP TABLE bench_plain")
    ratio = rates["reports"] / rates["bench_plain"]
    return [
        (
            f"- inserts, one row a commit, {CLIENTS} clients: {rates['reports']:.0f}/s with all indexes, "
            f"{rates['bench_plain']:.0f}/s into the same rows with the primary key alone: {ratio:.2f} "
            f"(goal {_INSERTS_GOAL})"
        )
    ]


async def _furnish_plain(url: str) -> None:
    connection = await connect(url)
    await connection.execute(_PLAIN.format(columns=await connection.fetchval(_GIVEN)))
    for name, refers in await connection.fetch(_REFERS):
        # Known to hold: the rows are those of the other table.
        await connection.execute(f"ALTER TABLE bench_plain ADD CONSTRAINT {name} {refers} NOT VALID")
    await connection.execute("VACUUM (ANALYZE) bench_plain")
    await connection.execute("CHECKPOINT")
    await connection.close()


def _new_report(dice: random.Random, area_code: str) -> NewReport:
    at = Point(LAT + dice.random() / 2, LON + dice.random() / 2)
    return NewReport(
        id=uuid4(),
        category_id="road_damage",
        position=GivenPosition(at, at.lat, at.lon, CoordType.WGS84, 12.0),
        is_pin_moved=False,
        captured_at=datetime.now(UTC),
        captured_offline=False,
        description="路面破损需要处理",
        area_code=area_code,
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
        text = _literal(value)
        quoted = _quoted(text)
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


def _literal(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "{" + ",".join(f'"{each}"' for each in value) + "}"
    return str(value)


def _quoted(text: str) -> str:
    """Return a string of SQL in which pgbench sees no variable: it takes any colon for the mark of one."""
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a")
    return f"E'{escaped}'"


def _nth(values: list[str], match: re.Match[str]) -> str:
    return values[int(match[1]) - 1]


def submits(postgres: EmbeddedPostgres, url: str, folder: Path, *, seconds: int, rounds: int) -> list[str]:
    """Measure reports taken in over HTTP against pgbench saying the same to the database."""
    area_code = _value(url, "SELECT max(code) FROM areas WHERE code LIKE '620902______'")
    new, by = _new_report(random.Random(1), str(area_code)), Actor(UUID(_ACCOUNT.format(1)))
    script = folder / "submit.sql"
    script.write_text(_for_pgbench(asyncio.run(_statements(url, new, by)), new, by))
    lost = refused = 0

    def over_http() -> float:
        nonlocal lost, refused
        before = _lately(url)
        rate, acknowledged, others = _wrk(folder, seconds, str(area_code))
        lost += max(0, acknowledged - (_lately(url) - before))
        refused += others
        return rate

    rates = _in_turn(
        {"HTTP": over_http, "pgbench": lambda: pgbench(postgres, script, seconds, clients=32)}, rounds
    )
    ratio = rates["HTTP"] / rates["pgbench"]
    return [
        (
            f"- submitted over HTTP, one process, 32 clients: {rates['HTTP']:.0f}/s; pgbench with the same "
            f"statements: {rates['pgbench']:.0f}/s: {ratio:.2f} (goal {_SUBMIT_GOAL}); "
            f"acknowledged but not in the database: {lost}; refused: {refused}"
        )
    ]


def _value(url: str, query: str) -> object:
    async def run() -> object:
        connection = await connect(url)
        found = await connection.fetchval(query)
        await connection.close()
        return found

    return asyncio.run(run())


def _lately(url: str) -> int:
    return int(
        str(_value(url, "SELECT count(*) FROM reports WHERE submitted_at > now() - interval '1 hour'"))
    )


def _wrk(folder: Path, seconds: int, area_code: str) -> tuple[float, int, int]:
    """Return how many a second were taken, how many in all, and how many were refused."""
    script = folder / "submit.lua"
    script.write_text(
        _LUA.format(
            tokens=", ".join(f'"{_token(n)}"' for n in range(PEOPLE)),
            seed=time.monotonic_ns() % 1_000_000,
            area=area_code,
            lat=LAT,
            lon=LON,
        )
    )
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{_PORT}"], capture_output=True, text=True, check=True
    ).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
    asked = re.search(r"(\d+) requests in ([\d.]+)s", done)
    if asked is None:
        raise SystemExit(done)
    others = int(refused[1]) if refused else 0
    acknowledged = int(asked[1]) - others
    return acknowledged / float(asked[2]), acknowledged, others


def _token(n: int) -> str:
    tokens = AccessTokens(Settings().secret_key.get_secret_value(), minutes=60)
    person = UUID(_ACCOUNT.format(n))
    return tokens.issue(person, person, now=datetime.now(UTC) - timedelta(seconds=1))


def exported(pid: int) -> list[str]:
    """Have a million cases as CSV over HTTP; tell how fast, and what the server's memory did meanwhile."""
    states = "&".join(f"states={state.value}" for state in ReportState)
    request = urllib.request.Request(
        f"http://127.0.0.1:{_PORT}/v1/reports/export.csv?{states}",
        headers={"Authorization": f"Bearer {_token(0)}", "Accept-Encoding": "identity"},
    )
    before, rows, octets, sizes, begun = rss_mib(pid), 0, 0, [], time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as answer:
        while rows < _EXPORT_ROWS and (piece := answer.read(_PIECE)):
            rows += piece.count(b"\r\n")
            octets += len(piece)
            sizes.append(rss_mib(pid))
    took = time.perf_counter() - begun
    tenth = sizes[len(sizes) // 10]
    return [
        (
            f"- export over HTTP as CSV: {rows:,} rows, {octets / 2**20:.0f} MiB in {took:.0f} s "
            f"({rows / took:.0f} rows/s); the server's resident memory {before} MiB before, "
            f"{tenth} MiB after a tenth of it, {max(sizes)} MiB at most, {sizes[-1]} MiB at the end"
        )
    ]
