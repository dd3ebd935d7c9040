"""Hazard reports by the million: ``python -m bench.reports [--rows 10000000] [--dry]``.

A durable PostgreSQL of its own with reports over the divisions of a province (``reports_data.py``). What is
measured is what the service says: its functions are called once, their statements are heard at the driver
and prepared again, and the time that the database's process is on a core for them is taken, sending rows
included, so that others on the machine disturb less. The peer for "near by" is PostGIS in the same server.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.embedded import EmbeddedPostgres
from app.core.geo import Point
from app.core.pages import encode_cursor
from app.models import ENDED, ReportState, Urgency
from app.services.reports import boxes, counts, desk, mapping, nearby, triage
from app.services.reports.desk import CaseOrder
from app.services.reports.filters import CaseFilter
from app.services.reports.mapping import MapFilter
from bench import reports_writing
from bench.nearby import has_postgis, use_debians_server
from bench.reports_data import CENTRES, NAME, connect, furnish
from bench.reports_hearing import Ask, Figure, Listening, counted, on_cpu_ms
from bench.results import write_section

_LIST_MS, _LIST_P95_MS, _NEAR_MS, _NEAR_TIMES, _COUNT_MS, _CASE_MS = 2.0, 10.0, 1.0, 4.0, 5.0, 2.0
_SETS = 12
NOW = datetime.now(UTC)

# Which states a clerk asks for: what is open, one state, what has ended, everything, what is rare.
GROUPS: dict[str, tuple[ReportState, ...]] = {
    "open": (),
    "submitted": (ReportState.SUBMITTED,),
    "suspended": (ReportState.SUSPENDED,),
    "closed": (ReportState.CLOSED,),
    "rejected or merged": (ReportState.REJECTED, ReportState.DUPLICATE),
    "all": tuple(ReportState),
}


def actor(*codes: str, role: Role = Role.DISTRICT_OFFICER) -> Actor:
    """Return somebody whose desk is some areas."""
    return Actor(UUID(int=1), (Grant(role, codes),))


async def authorities(connection: asyncpg.Connection) -> dict[str, list[Actor]]:
    """Return people of each level, of busy areas and of quiet ones."""
    dice = random.Random(5)

    async def codes(digits: int) -> list[str]:
        rows = await connection.fetch(
            "SELECT left(code, $1) AS code FROM areas WHERE length(code) = 12 GROUP BY 1 ORDER BY 1", digits
        )
        found = [row["code"] for row in rows]
        return dice.sample(found, min(_SETS, len(found)))

    prefectures, counties, towns, communities = [await codes(digits) for digits in (4, 6, 9, 12)]
    return {
        "province": [actor("62")] * _SETS,
        "prefecture": [actor(code) for code in prefectures],
        "county": [actor(code) for code in counties],
        "town": [actor(code) for code in towns],
        "community": [actor(code, role=Role.COMMUNITY_STAFF) for code in communities],
        "two counties, a town and two communities": [
            actor(*counties[at : at + 2], towns[at], *communities[at : at + 2]) for at in range(_SETS - 1)
        ],
    }


def listing(by: Actor, states: tuple[ReportState, ...], order: CaseOrder, cursor: str | None) -> Ask:
    """Return the question for one page of a desk."""
    wanted = CaseFilter(states=states)

    async def ask(session: AsyncSession) -> object:
        return await desk.cases(session, wanted, order=order, by=by, now=NOW, cursor=cursor, limit=50)

    return ask


def deep(order: CaseOrder, states: tuple[ReportState, ...], days: int) -> str:
    """Return a cursor far into a list: half of the time back, or among what is not urgent."""
    if order is CaseOrder.URGENT and not set(states) & set(ENDED):
        return encode_cursor(["2", (NOW + timedelta(days=2)).isoformat(), str(uuid4())])
    back = timedelta(days=days / 2 if set(states) & set(ENDED) else 10)
    return encode_cursor([(NOW - back).isoformat(), str(uuid4())])


async def lists(heard: Listening, connection: asyncpg.Connection, days: int) -> list[str]:
    """Measure every level of authority × states × page depth × order."""
    lines = [
        "| whose desk | states | newest, first | newest, deep | most urgent, first | most urgent, deep |",
        "|---|---|---|---|---|---|",
    ]
    worst, missed, cells = Figure("none", [0.0]), [], 0
    for level, people in (await authorities(connection)).items():
        for group, states in GROUPS.items():
            row = []
            for order in (CaseOrder.NEWEST, CaseOrder.URGENT):
                for cursor in (None, deep(order, states, days)):
                    name = f"{level}, {group}, {order.value}, {'deep' if cursor else 'first'}"
                    asks = [listing(by, states, order, cursor) for by in people]
                    figure = await heard.measure(name, asks)
                    say(f"{name}: {figure.median:.2f} ms, p95 {figure.p95:.2f}")
                    worst = max(worst, figure, key=lambda each: each.p95)
                    cells += 1
                    if figure.median > _LIST_MS or figure.p95 > _LIST_P95_MS:
                        missed.append(name)
                    row.append(f"{figure.median:.2f} ({figure.p95:.2f})")
            lines.append(f"| {level} | {group} | {' | '.join(row)} |")
    goal = f"goal {_LIST_MS:.0f} ms median, {_LIST_P95_MS:.0f} ms p95"
    return [
        "50 rows of a desk, median (p95) in ms:",
        "",
        *lines,
        "",
        f"- {cells - len(missed)} of {cells} within the goal ({goal}); worst p95 {worst.p95:.1f} ms "
        f"({worst.name})" + (f"; missed: {'; '.join(missed)}" if missed else ""),
    ]


_NEAR_PEER = """
SELECT * FROM bench_peer WHERE ST_DWithin(geog, ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography, 50)
    AND NOT is_confidential AND (state NOT IN ('closed', 'rejected', 'duplicate', 'withdrawn')
        OR state = 'closed' AND closed_at >= $3)
ORDER BY submitted_at DESC LIMIT 200
"""


async def near(heard: Listening, connection: asyncpg.Connection, places: int = 200) -> list[str]:
    """Measure the candidates around places where something was reported, beside PostGIS."""
    rows = await connection.fetch("SELECT lat, lon FROM bench_points ORDER BY md5(k::text) LIMIT $1", places)

    def ask_at(lat: float, lon: float) -> Ask:
        return lambda session: nearby.candidates(session, Point(lat, lon), category_id=None, now=NOW)

    asks = [ask_at(row["lat"] + 0.0001, row["lon"]) for row in rows]
    said = [(await heard.said_by(ask))[0] for ask in asks]
    ours, peer = Figure("nearby"), Figure("PostGIS")
    async with heard.db.driver() as driver:
        statement = await driver.prepare(counted(said[0][0]))
        for _ in range(3):
            for _, given in said:
                ours.ms.append(await _took(driver, statement, given))
    lines = [f"- near by (50 m, 30 days): {ours.median:.2f} ms, p95 {ours.p95:.2f} (goal {_NEAR_MS:.0f})"]
    if not has_postgis():
        return [*lines, "- PostGIS is not installed here: no peer"]
    await connection.execute(
        "CREATE EXTENSION IF NOT EXISTS postgis; CREATE TABLE bench_peer AS SELECT *, "
        "ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography AS geog FROM reports"
    )
    await connection.execute("CREATE INDEX ON bench_peer USING gist (geog); ANALYZE bench_peer")
    async with heard.db.driver() as driver:
        statement = await driver.prepare(counted(_NEAR_PEER))
        for _ in range(3):
            for row in rows:
                given = (row["lon"], row["lat"] + 0.0001, NOW - nearby.CLOSED_FOR)
                peer.ms.append(await _took(driver, statement, given))
    await connection.execute("DROP TABLE bench_peer")
    return [
        *lines,
        (
            f"- the same by PostGIS (geography, GiST, ST_DWithin): {peer.median:.2f} ms, p95 {peer.p95:.2f}; "
            f"ours is {peer.median / ours.median:.1f} times as fast (goal {_NEAR_TIMES:.0f})"
        ),
    ]


async def _took(driver: asyncpg.Connection, statement: Any, given: Sequence[Any]) -> float:
    pid = driver.get_server_pid()
    begun = on_cpu_ms(pid)
    await statement.fetch(*given)
    return on_cpu_ms(pid) - begun


def _counting(by: Actor, wanted: CaseFilter) -> Ask:
    return lambda session: desk.count_cases(session, wanted, by=by, now=NOW)


async def counters(heard: Listening, connection: asyncpg.Connection) -> list[str]:
    """Measure a province's counts by state, and the counts of stored filters of several levels."""
    people = await authorities(connection)
    unit = await connection.fetchval("SELECT id FROM bench_units WHERE county = '620902' LIMIT 1")
    found = [
        await heard.measure(
            "a province's cases by state and urgency",
            [lambda session: counts.count_by_state(session, area_code=None, by=actor("62"))] * 40,
        )
    ]
    stored = {
        "what is overdue": CaseFilter(is_overdue=True),
        "urgent, waiting": CaseFilter(
            states=(ReportState.SUBMITTED,), urgencies=(Urgency.URGENT, Urgency.EMERGENCY)
        ),
        "one category": CaseFilter(category_ids=("road_damage",)),
        "a unit's": CaseFilter(unit_id=unit),
        "mine": CaseFilter(is_mine=True),
        "with a word": CaseFilter(text="路口"),
        "closed": CaseFilter(states=(ReportState.CLOSED,)),
    }
    for level in ("province", "prefecture", "county", "community"):
        for name, wanted in stored.items():
            asks = [_counting(by, wanted) for by in people[level]]
            found.append(await heard.measure(f"filter of a {level}: {name}", asks))
            say(f"{found[-1].name}: {found[-1].median:.2f} ms, p95 {found[-1].p95:.2f}")
    missed = [each.name for each in found if each.median > _COUNT_MS]
    return [
        "",
        "| counter | median ms | p95 |",
        "|---|---|---|",
        *(f"| {each.name} | {each.median:.2f} | {each.p95:.2f} |" for each in found),
        "",
        f"- counters: {len(found) - len(missed)} of {len(found)} within {_COUNT_MS:.0f} ms"
        + (f"; missed: {'; '.join(missed)}" if missed else ""),
    ]


async def public_map(heard: Listening, _: asyncpg.Connection) -> list[str]:
    """Measure the public map at every zoom, by what a screen sees of it: the province, a city, a street."""
    lines = ["", "| public map | drawn | median ms | p95 |", "|---|---|---|---|"]
    lamps = MapFilter(category_ids=("road_damage",), states=(ReportState.CLOSED,))
    for zoom in (4, 6, 8, 10, 12, 14, 16):
        wide = min(10.0, 720 / 2**zoom)
        for name, wanted in (("everything", MapFilter()), ("one category, closed", lamps)):
            resolution = boxes.drawn_at(zoom)
            asks = [_seeing(lat, lon, wide, wanted, resolution) for lat, lon in CENTRES]
            figure = await heard.measure(f"zoom {zoom}, {name}", asks)
            drawn = "points" if resolution is None else f"cells of resolution {resolution}"
            lines.append(f"| {figure.name} | {drawn} | {figure.median:.2f} | {figure.p95:.2f} |")
    return lines


def _seeing(lat: float, lon: float, wide: float, wanted: MapFilter, resolution: int | None) -> Ask:
    box = boxes.Box(lon - wide / 2, lat - wide / 3, lon + wide / 2, lat + wide / 3)
    if resolution is None:
        return lambda session: mapping.points(session, box, wanted, cursor=None, limit=500)
    return lambda session: mapping.cells(session, box, wanted, resolution=resolution)


async def one_case(heard: Listening, connection: asyncpg.Connection) -> list[str]:
    """Measure a case with its timeline as staff open it."""
    rows = await connection.fetch(
        "SELECT DISTINCT report_id FROM report_steps JOIN reports ON reports.id = report_id "
        "WHERE NOT is_confidential AND left(area_code, 2) = '62' LIMIT 200"
    )
    by = actor("62")

    def ask(report_id: UUID) -> Ask:
        return lambda session: triage.case(session, report_id, by=by, now=NOW)

    figure = await heard.measure("case", [ask(row["report_id"]) for row in rows])
    return [
        f"- one case with its timeline: {figure.median:.2f} ms, p95 {figure.p95:.2f} (goal {_CASE_MS:.0f})"
    ]


def say(text: str) -> None:
    """Tell whoever waits."""
    print(text, file=sys.stderr, flush=True)


async def read_side(url: str, days: int) -> list[str]:
    """Measure whatever only reads."""
    heard, connection = Listening(url), await connect(url)
    lines = await lists(heard, connection, days)
    for part in (near, counters, one_case, public_map):
        lines += await part(heard, connection)
        say(lines[-1])
    await heard.db.close()
    await connection.close()
    return lines


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=5, help="of each round that writes")
    parser.add_argument("--rounds", type=int, default=3, help="of each way to write")
    parser.add_argument("--dry", action="store_true", help="print, and leave bench/RESULTS.md as it is")
    given = parser.parse_args()
    use_debians_server()
    begun = os.getloadavg()[1]
    with tempfile.TemporaryDirectory(prefix="nuanfeng-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        loaded = furnish(folder / "pg", given.rows)
        say(f"{loaded.rows:,} reports loaded in {loaded.seconds:.0f} s")
        with EmbeddedPostgres(folder / "pg") as postgres:
            url = postgres.url(NAME)
            lines = asyncio.run(read_side(url, loaded.days))
            lines += reports_writing.measure(
                postgres, url, folder, seconds=given.seconds, rounds=given.rounds
            )
    told = (
        f"{given.rows:,} reports over the shipped divisions, loaded and indexed in {loaded.seconds:.0f} s "
        "(without fsync; measured with it). Times are milliseconds on a core of the database's process for "
        "the service's own prepared statements. Load of the machine before: "
        f"{begun:.1f}, at the end: {os.getloadavg()[1]:.1f}."
    )
    text = "\n".join([told, "", *lines])
    print(text)
    if not given.dry:
        millions = f"{given.rows / 1e6:g} million"
        command = f"python -m bench.reports --rows {given.rows}"
        write_section(f"reports-{given.rows}", f"Hazard reports, {millions}", command, text)


if __name__ == "__main__":
    main()
