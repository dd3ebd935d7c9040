"""Hazard reports for the bench, by the million: a few statements of SQL over the shipped divisions.

Where people live densely much is reported; most of what is old is closed, much of the last days is open;
ids are random as phones make them, rows lie in the order in which they came. Keys and indexes are dropped
meanwhile and made again as they were, on two connections, by a server that forgets what it did if it falls;
what is measured later is the same data under a durable one.
"""

import asyncio
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from app.core import migrate
from app.core.db import Database, create_engine
from app.core.embedded import EmbeddedPostgres
from app.core.geo import Point
from app.services import areas, categories
from app.services.reports.cells import cell_of

_MOST_POINTS = 1_000_000
_AT_ONCE = 50_000
_LISTED_AT_ONCE = 50_000
_AT_A_TIME = 2  # connections that load, one a core
NAME = "bench"
# As docs/operations.md tells operators; pages are compressed in the log where the server can.
_SERVED = {"shared_buffers": "'4GB'"}
_COMPRESSES = "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'wal_compression'"
# What makes loading fast.
_LOADING = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_wal_size": "'8GB'",
    "checkpoint_timeout": "'1h'",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "maintenance_work_mem": "'1GB'",
    "work_mem": "'256MB'",
    "session_replication_role": "replica",  # no trigger, no foreign key: what they would do is done at once
}
# Prefectures by their code, about where they lie.
_PLACES = {
    "6201": (36.06, 103.83), "6202": (39.80, 98.27), "6203": (38.52, 102.19), "6204": (36.55, 104.17),
    "6205": (34.58, 105.72), "6206": (37.93, 102.64), "6207": (38.93, 100.45), "6208": (35.54, 106.67),
    "6209": (39.74, 98.51), "6210": (35.73, 107.64), "6211": (35.58, 104.63), "6212": (33.39, 104.92),
    "6229": (35.60, 103.21), "6230": (34.98, 102.91), "6110": (33.53, 109.88),
}  # fmt: skip
CENTRES = tuple(_PLACES.values())

_PREPARE = """
CREATE TABLE bench_points (k int PRIMARY KEY, code text NOT NULL, lat float8, lon float8, h3 bigint);
CREATE TABLE bench_units AS
    SELECT gen_random_uuid() AS id, county, k
    FROM (SELECT DISTINCT left(code, 6) AS county FROM areas WHERE length(code) = 12) AS counties,
        generate_series(0, 4) AS k;
CREATE UNIQUE INDEX ON bench_units (county, k);
CREATE TABLE bench_categories AS
    SELECT row_number() OVER (ORDER BY id) - 1 AS k, id, urgency, is_confidential FROM categories;
INSERT INTO handling_units (id, name, kind, area_code, phone, version, changed_at)
    SELECT id, '市政' || k, 'department', county, '', 1, now() FROM bench_units;
"""

_REPORTS = """
INSERT INTO reports (id, state, state_at, category_id, category_version, urgency, is_confidential,
    is_escalated, is_trust_low, lat, lon, h3, given_lat, given_lon, given_coord_type, accuracy_m,
    is_pin_moved, address, area_code, grid_ids, placed_by, description, answers, captured_at,
    captured_offline, submitted_at, acceptance_due_at, decided_at, due_at, original_due_at,
    is_due_provisional, next_due_at, resolved_at, checked_at, closed_at, outcome, unit_id, is_designated,
    parent_id, return_count, reopened_count, public_at, version, changed_at)
SELECT md5('report ' || n)::uuid, state, at + took, c.id, 1, lives.urgency, c.is_confidential,
    false, false, p.lat, p.lon, p.h3, p.lat, p.lon, 'gcj02', 5 + r3 * 30,
    r4 < 0.2, '和平路' || n % 400 || '号附近', p.code, '[]', 'inside',
    repeat('路面破损需要处理', 1 + n % 5) || n, '{{}}', at - interval '1 minute',
    r4 > 0.9, at, at + interval '4 hours', CASE WHEN state <> 'submitted' THEN at + interval '2 hours' END,
    at + interval '5 days', at + interval '5 days',
    false, CASE WHEN is_open THEN at + interval '1 day' * (1 + n % 9) END,
    CASE WHEN state IN ('resolved', 'closed') THEN at + took END,
    CASE WHEN state = 'closed' THEN at + took END, CASE WHEN state = 'closed' THEN at + took END,
    CASE WHEN state = 'closed' THEN (ARRAY['fixed', 'explained', 'not_found', 'referred'])[1 + n % 4] END,
    CASE WHEN state IN ('dispatched', 'in_progress', 'suspended', 'resolved', 'closed') THEN u.id END, false,
    CASE WHEN state = 'duplicate' THEN md5('report ' || CASE WHEN n > 1 THEN n - 1 ELSE 2 END)::uuid END,
    0, 0, CASE WHEN r4 < 0.6 AND state <> 'submitted' THEN at + interval '2 hours' END, 5, at + took
FROM (
    SELECT *, CASE
            WHEN is_open AND r2 < 0.35 THEN 'submitted' WHEN is_open AND r2 < 0.5 THEN 'accepted'
            WHEN is_open AND r2 < 0.65 THEN 'dispatched' WHEN is_open AND r2 < 0.87 THEN 'in_progress'
            WHEN is_open AND r2 < 0.9 THEN 'returned' WHEN is_open AND r2 < 0.94 THEN 'suspended'
            WHEN is_open THEN 'resolved' WHEN r2 < 0.84 THEN 'closed' WHEN r2 < 0.91 THEN 'rejected'
            WHEN r2 < 0.97 THEN 'duplicate' ELSE 'withdrawn' END AS state,
        CASE WHEN r3 < 0.015 THEN 'emergency' WHEN r3 < 0.17 THEN 'urgent' ELSE 'normal' END AS urgency,
        least(interval '1 hour' + interval '6 days' * r3, now() - at) AS took
    FROM (
        SELECT *, r0 < CASE WHEN at > now() - interval '3 days' THEN 0.75
            WHEN at > now() - interval '14 days' THEN 0.3 WHEN at > now() - interval '60 days' THEN 0.03
            ELSE 0.003 END AS is_open
        FROM (
            SELECT n, random() AS r0, random() AS r2, random() AS r3, random() AS r4,
                now() - (1 - (n - random()) / {rows}) * interval '{days} days' AS at
            FROM generate_series({first}, {last}) AS n
        ) AS diced
    ) AS dated
) AS lives
JOIN bench_points p ON p.k = (lives.n::bigint * 2654435761) %% {points}
JOIN bench_categories c ON c.k = lives.n %% (SELECT count(*) FROM bench_categories)
JOIN bench_units u ON u.county = left(p.code, 6) AND u.k = lives.n %% 5
""".replace("%%", "%")

_STEPS = """
INSERT INTO report_steps
    (report_id, move, from_state, to_state, at, actor, actor_id, actor_name, reason, details)
SELECT r.id, m.move, m.from_state, m.to_state, r.submitted_at + m.k * interval '3 hours', 'staff', NULL,
    '小李', '已安排处理', '{{}}'
FROM (VALUES (0, 'submit', NULL, 'submitted'), (1, 'accept', 'submitted', 'accepted'),
    (2, 'dispatch', 'accepted', 'dispatched'), (3, 'take_on', 'dispatched', 'in_progress'),
    (4, 'resolve', 'in_progress', 'resolved'), (5, 'confirm', 'resolved', 'resolved'),
    (6, 'close', 'resolved', 'closed')) AS m (k, move, from_state, to_state)
JOIN reports r ON r.number %% {every} = 0 AND (m.k = 0 OR r.state = 'closed')
""".replace("%%", "%")

_COUNTS = """
INSERT INTO report_counts (town_code, state, urgency_rank, count)
SELECT left(town_code, digits), state, urgency_rank, sum(count)
FROM (
    SELECT left(area_code, 9) AS town_code, state, urgency_rank, count(*) AS count FROM reports
    WHERE NOT is_confidential GROUP BY 1, 2, 3
) AS towns, unnest(ARRAY[2, 4, 6, 9]) AS digits
GROUP BY 1, 2, 3
"""
_MAP_COUNTS = """
INSERT INTO report_map_counts (category_id, state, cell, count)
SELECT coalesce(category_id, ''), coalesce(state, ''), map_cell(cell, level), sum(count)
FROM (
    SELECT category_id, state, map_cell(h3, 8) AS cell, count(*) AS count FROM reports
    WHERE public_at IS NOT NULL AND is_confidential IS false
        AND state NOT IN ('rejected', 'duplicate', 'withdrawn')
    GROUP BY 1, 2, 3
) AS published, unnest(ARRAY[2, 4, 6, 8]) AS level
GROUP BY map_cell(cell, level), CUBE (category_id, state)
"""


_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made
FROM pg_index WHERE indrelid = $1::regclass
"""
_KEYS = """
SELECT conrelid::regclass::text AS owner, conname AS name, contype::text AS kind,
    pg_get_constraintdef(oid) AS made
FROM pg_constraint
WHERE contype IN ('p', 'u') AND conrelid = $1::regclass OR contype = 'f' AND confrelid = $1::regclass
ORDER BY contype = 'f' DESC, oid
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A database full of reports, and how long it took."""

    rows: int
    days: int
    seconds: float


async def connect(url: str) -> asyncpg.Connection:
    """Open a connection that waits as long as it takes."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(dsn, command_timeout=7200)


def furnish(folder: Path, rows: int) -> Loaded:
    """Make a data folder with a database of that many reports, with fresh statistics."""
    begun = time.perf_counter()
    days = 365 if rows <= _MOST_POINTS else 3 * 365
    with EmbeddedPostgres(folder, durable=False) as postgres:
        asyncio.run(_settle(postgres, _SERVED | _LOADING))
    with EmbeddedPostgres(folder, durable=False) as postgres:
        asyncio.run(_furnish(postgres, rows, days))
        asyncio.run(_settle(postgres, dict.fromkeys(_LOADING)))
    return Loaded(rows, days, time.perf_counter() - begun)


async def _settle(postgres: EmbeddedPostgres, settings: Mapping[str, str | None]) -> None:
    """Write settings, or take them back, for the server's next start."""
    server = await connect(postgres.url())
    if await server.fetchval(_COMPRESSES):
        settings = {**settings, "wal_compression": "lz4"}
    for name, value in settings.items():
        await server.execute(
            f"ALTER SYSTEM RESET {name}" if value is None else f"ALTER SYSTEM SET {name} = {value}"
        )
    await server.close()


async def _furnish(postgres: EmbeddedPostgres, rows: int, days: int) -> None:
    server = await connect(postgres.url())
    await server.execute(f"CREATE DATABASE {NAME}")
    await server.close()
    url = postgres.url(NAME)
    await asyncio.to_thread(migrate.upgrade, url)
    db = Database(create_engine(url, pool_size=1, statement_timeout_ms=120_000))
    async with db.writing() as session:
        await areas.import_shipped(session)
        await categories.plant_shipped(session, now=datetime.now(UTC))
    await db.close()
    team = [await connect(url) for _ in range(_AT_A_TIME)]
    await _load(team, rows, days)
    for connection in team:
        await connection.close()


async def _load(team: Sequence[asyncpg.Connection], rows: int, days: int) -> None:
    first = team[0]
    communities = await first.fetch("SELECT code FROM areas WHERE length(code) = 12 ORDER BY md5(code)")
    points = min(max(rows // 2, 1000), _MOST_POINTS)
    await first.execute(_PREPARE)
    listed = _points([row["code"] for row in communities], points)
    while chunk := list(islice(listed, _LISTED_AT_ONCE)):
        await first.copy_records_to_table("bench_points", records=chunk)
    await first.execute("ANALYZE bench_points; ANALYZE bench_units")
    keys = await first.fetch(_KEYS, "reports")
    indexes = [*await first.fetch(_INDEXES, "reports"), *await first.fetch(_INDEXES, "report_steps")]
    for key in keys:
        await first.execute(f"ALTER TABLE {key['owner']} DROP CONSTRAINT {key['name']}")
    for index in indexes:
        if index["name"] != "pk_report_steps":
            await first.execute(f"DROP INDEX IF EXISTS {index['name']}")
    given = {"days": days, "points": points, "rows": rows}
    spans = ((begin, min(begin + _AT_ONCE - 1, rows)) for begin in range(1, rows + 1, _AT_ONCE))
    await _share(team, [_REPORTS.format(first=begin, last=end, **given) for begin, end in spans])
    every = max(1, rows // 250_000)
    await first.execute(_STEPS.format(every=every))
    await _share(team, [index["made"] for index in indexes if index["name"] != "pk_report_steps"])
    for key in reversed(keys):
        # Known to hold, so not looked through; new rows are looked at as ever.
        using = f"{_NAMES.get(key['kind'])} USING INDEX {key['name']}"
        made = f"{key['made']} NOT VALID" if key["kind"] == "f" else using
        await first.execute(f"ALTER TABLE {key['owner']} ADD CONSTRAINT {key['name']} {made}")
    await _share(team, [_COUNTS, _MAP_COUNTS])
    tables = "reports, report_steps, report_counts, report_map_counts, areas, handling_units, categories"
    await first.execute(f"VACUUM (ANALYZE) {tables}")


_NAMES = {"p": "PRIMARY KEY", "u": "UNIQUE"}


async def _share(team: Sequence[asyncpg.Connection], statements: Sequence[str]) -> None:
    """Have statements executed in about their order, each by whoever is free."""
    waiting = iter(statements)

    async def work(connection: asyncpg.Connection) -> None:
        for statement in waiting:
            await connection.execute(statement)

    await asyncio.gather(*map(work, team))


def _points(communities: Sequence[str], count: int) -> Iterator[tuple[int, str, float, float, int]]:
    dice = random.Random(11)
    centres = {code: _centre(code, dice) for code in communities}
    for number in range(count):
        # A tenth of the communities has a third of the reports.
        code = communities[int(len(communities) * dice.random() ** 2)]
        lat, lon = centres[code]
        at = Point(lat + dice.gauss(0, 0.003), lon + dice.gauss(0, 0.004))
        yield number, code, at.lat, at.lon, cell_of(at)


def _centre(code: str, dice: random.Random) -> tuple[float, float]:
    lat, lon = _PLACES[code[:4]]
    far = math.sqrt(-math.log(1 - dice.random()))
    angle = dice.uniform(0, 2 * math.pi)
    return lat + 0.15 * far * math.sin(angle), lon + 0.2 * far * math.cos(angle)
