"""Hazard reports for the bench, by the million: a few statements of SQL over the shipped divisions.

Where people live densely much is reported; most of what is old is closed, much of the last days is open;
ids are random as phones make them. Indexes are dropped meanwhile and made again as they were.
"""

import asyncio
import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

import asyncpg
from sqlalchemy import make_url

from app.core import migrate
from app.core.db import Database, create_engine
from app.core.embedded import EmbeddedPostgres
from app.core.geo import Point
from app.services import areas, categories
from app.services.reports.cells import cell_of

_MOST_POINTS = 1_000_000
_AT_ONCE = 500_000
_LISTED_AT_ONCE = 50_000
# Prefectures by their code, about where they lie.
_PLACES = {
    "6201": (36.06, 103.83), "6202": (39.80, 98.27), "6203": (38.52, 102.19), "6204": (36.55, 104.17),
    "6205": (34.58, 105.72), "6206": (37.93, 102.64), "6207": (38.93, 100.45), "6208": (35.54, 106.67),
    "6209": (39.74, 98.51), "6210": (35.73, 107.64), "6211": (35.58, 104.63), "6212": (33.39, 104.92),
    "6229": (35.60, 103.21), "6230": (34.98, 102.91), "6110": (33.53, 109.88),
}  # fmt: skip

_PREPARE = """
CREATE TABLE bench_points (k int PRIMARY KEY, code text NOT NULL, lat float8, lon float8, h3 bigint);
CREATE TABLE bench_units AS
    SELECT gen_random_uuid() AS id, county, k
    FROM (SELECT DISTINCT left(code, 6) AS county FROM areas WHERE length(code) = 12) AS counties,
        generate_series(0, 4) AS k;
CREATE UNIQUE INDEX ON bench_units (county, k);
CREATE TABLE bench_categories AS
    SELECT row_number() OVER (ORDER BY id) - 1 AS k, id, urgency, is_confidential FROM categories;
SET session_replication_role = replica;
INSERT INTO handling_units (id, name, kind, area_code, phone, version, changed_at)
    SELECT id, '市政' || k, 'department', county, '', 1, now() FROM bench_units;
"""

_REPORTS = """
INSERT INTO reports (id, state, state_at, category_id, category_version, urgency, is_confidential,
    is_escalated, is_trust_low, lat, lon, h3, given_lat, given_lon, given_coord_type, accuracy_m,
    is_pin_moved, address, area_code, grid_ids, placed_by, description, answers, captured_at,
    captured_offline, submitted_at, acceptance_due_at, decided_at, due_at, original_due_at,
    is_due_provisional, next_due_at, resolved_at, checked_at, closed_at, outcome, unit_id, is_designated,
    parent_id, return_count, reopened_count, version, changed_at)
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
    CASE WHEN state = 'duplicate' THEN md5('report ' || n - 1)::uuid END, 0, 0, 5, at + took
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
                now() - random() * interval '{days} days' AS at
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
SELECT left(area_code, 9), state, urgency_rank, count(*) FROM reports
WHERE NOT is_confidential GROUP BY 1, 2, 3
"""


async def connect(url: str) -> asyncpg.Connection:
    """Open a connection that waits as long as it takes."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(dsn, command_timeout=7200)


async def furnish(postgres: EmbeddedPostgres, name: str, rows: int) -> str:
    """Make a database with that many reports, with fresh statistics, and return its address."""
    server = await connect(postgres.url())
    await server.execute(f"CREATE DATABASE {name}")
    await server.close()
    url = postgres.url(name)
    await asyncio.to_thread(migrate.upgrade, url)
    db = Database(create_engine(url, pool_size=1, statement_timeout_ms=120_000))
    async with db.writing() as session:
        await areas.import_shipped(session)
        await categories.plant_shipped(session, now=datetime.now(UTC))
    await db.close()
    connection = await connect(url)
    await _load(connection, rows)
    await connection.close()
    return url


async def _load(connection: asyncpg.Connection, rows: int) -> None:
    communities = await connection.fetch("SELECT code FROM areas WHERE length(code) = 12 ORDER BY md5(code)")
    points = min(max(rows // 2, 1000), _MOST_POINTS)
    await connection.execute(_PREPARE)
    listed = _points([row["code"] for row in communities], points)
    while chunk := list(islice(listed, _LISTED_AT_ONCE)):
        await connection.copy_records_to_table("bench_points", records=chunk)
    await connection.execute("ANALYZE bench_points; ANALYZE bench_units")
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'reports' AND indexname LIKE 'ix_%'"
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    days = 365 if rows <= 1_000_000 else 3 * 365
    for first in range(1, rows + 1, _AT_ONCE):
        last = min(first + _AT_ONCE - 1, rows)
        await connection.execute(_REPORTS.format(first=first, last=last, days=days, points=points))
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute(_STEPS.format(every=max(1, rows // 250_000)))
    await connection.execute(_COUNTS)
    await connection.execute("VACUUM ANALYZE")


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
