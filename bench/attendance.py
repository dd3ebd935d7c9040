"""A rush for the last places, a crowd signing in at one activity, a long ledger's total, a certificate.

The whole application answers in this process, over a durable server of its own; requests begin by the clock,
whether the ones before were answered or not.
"""

import argparse
import asyncio
import statistics
import time
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from httpx2 import ASGITransport, AsyncClient
from pydantic import SecretStr
from sqlalchemy import text

from app.core import migrate
from app.core.clock import utc_now
from app.core.embedded import EmbeddedPostgres
from app.core.settings import Settings
from app.main import create_app
from app.runtime import Runtime
from app.services import ledger
from app.services.ledger import appending, people, proving, queries
from app.wiring import build_runtime
from bench.results import write_section

AREA = "620503001001"
_SHIFT = "00000000-0000-7000-a000-000000000003"
_RUSH = "00000000-0000-7000-a000-000000000004"
_BOOK = "00000000-0000-7000-a000-000000000001"
_LAST_PLACES, _RUSH_PEOPLE, _RUSH_SECONDS = 50, 300, 10
# Account, sign-in and sign-up n, as text that SQL and Python make alike.
_ACCOUNT = "00000000-0000-7000-9000-{:012x}"
_NTH = "('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid"
_FURNISH = f"""
INSERT INTO areas (code, name, level, kind, valid_from, source) VALUES ('{AREA}', 'x', 5,
  'official', '2000-01-01', 'bench');
INSERT INTO accounts (id, display_name, status, created_at, last_seen_on, version) SELECT {_NTH},
  '骑手' || n, 'active', now(), current_date, 1 FROM generate_series(0, :people) AS n;
INSERT INTO refresh_tokens (id, family_id, account_id, device_id, token_hash, issued_at, expires_at)
  SELECT gen_random_uuid(), {_NTH}, {_NTH}, gen_random_uuid(), decode(md5(n::text), 'hex'), now(),
  now() + interval '1 day' FROM generate_series(0, :people) AS n;
INSERT INTO volunteer_organisations (id, name, kind, area_code, responsible, phone, version,
  changed_at) VALUES ('{_BOOK}', '示例协会', 'society', '{AREA}', 'x', '110', 1, now());
INSERT INTO volunteer_teams (id, organisation_id, name, kind, area_code, about, takes_requests,
  founded_on, version, changed_at) VALUES ('{_BOOK}', '{_BOOK}', 'x', 'other', '{AREA}', '', true,
  current_date, 1, now());
INSERT INTO volunteer_activities (id, team_id, area_code, kind, title, content, service_objects,
  risks, place_kind, place_text, mode, is_dangerous, is_on_the_way, withdraw_minutes,
  least_presence_percent, state, reason, version, made_at, changed_at) VALUES ('{_BOOK}', '{_BOOK}',
  '{AREA}', 'traffic', 'x', '', '', '', 'area', '', 'first_come', false, false, 0, 10, 'published',
  '', 1, now(), now());
INSERT INTO activity_shifts (id, activity_id, starts_at, ends_at, break_minutes, cancel_reason)
  VALUES ('{_SHIFT}', '{_BOOK}', now() - interval '5 minutes', now() + interval '2 hours', 0, '');
INSERT INTO shift_roles (id, shift_id, name, places, taken, next_in_line, adults_only,
  needs_insurance) VALUES ('{_SHIFT}', '{_SHIFT}', 'x', 30000, :people + 1, :people + 2, false, false);
INSERT INTO activity_shifts (id, activity_id, starts_at, ends_at, break_minutes, cancel_reason)
  VALUES ('{_RUSH}', '{_BOOK}', now() + interval '2 days', now() + interval '51 hours', 0, '');
INSERT INTO shift_roles (id, shift_id, name, places, taken, next_in_line, adults_only,
  needs_insurance) VALUES ('{_RUSH}', '{_RUSH}', 'x', {_LAST_PLACES}, 0, 1, false, false);
INSERT INTO sign_ups (id, activity_id, shift_id, role_id, account_id, state, line_no, signed_up_at,
  changed_at, reason) SELECT {_NTH}, '{_BOOK}', '{_SHIFT}', '{_SHIFT}', {_NTH}, 'booked', n + 1,
  now(), now(), '' FROM generate_series(0, :people) AS n
"""


async def _run(url: str, folder: Path, crowd: int, seconds: int, entries: int) -> str:
    settings = Settings(
        data_dir=folder,
        database_url=SecretStr(url),
        run_worker=False,
        access_log=False,
        requests_per_minute=1_000_000,
    )
    runtime = build_runtime(settings)
    app = create_app(runtime)
    async with runtime.db.writing() as session:
        for statement in _FURNISH.split(";"):
            named = {"people": crowd} if ":people" in statement else {}
            await session.execute(text(statement), named)
    async with runtime.db.writing() as session:
        await session.execute(text("ANALYZE"))
    client = AsyncClient(transport=ASGITransport(app), base_url="http://bench", timeout=60)
    async with client:
        lines = [
            *await _rush(runtime, client, min(crowd, _RUSH_PEOPLE)),
            *await _sign_in(runtime, client, crowd, seconds),
            *await _total(runtime, entries),
            *await _certificate(runtime, client),
        ]
    await runtime.stop()
    return "\n".join(["| what | measured | limit |", "|---|---|---|", *lines])


def _headers(runtime: Runtime, number: int) -> dict[str, str]:
    person = UUID(_ACCOUNT.format(number))
    return {"authorization": f"Bearer {runtime.tokens.issue(person, person, now=utc_now())}"}


async def _rush(runtime: Runtime, client: AsyncClient, crowd: int) -> list[str]:
    """Have a crowd want the same few places within seconds: each request waits for the one before it."""
    took: list[float] = []

    async def want(number: int, headers: dict[str, str], began: float) -> None:
        await asyncio.sleep(max(began + number * _RUSH_SECONDS / crowd - time.perf_counter(), 0))
        body = {"id": str(uuid4()), "role_id": _RUSH}
        start = time.perf_counter()
        answer = await client.post("/v1/activities/sign-ups", json=body, headers=headers)
        took.append(time.perf_counter() - start)
        assert answer.status_code == 201, answer.text

    everybody = [_headers(runtime, number) for number in range(crowd)]
    await client.get("/v1/activities")  # what a process reads once is read
    began = time.perf_counter() + 1
    await asyncio.gather(*(want(number, headers, began) for number, headers in enumerate(everybody)))
    async with runtime.db.reading() as session:
        query = text("SELECT line_no, state FROM sign_ups WHERE role_id = :role ORDER BY line_no")
        line = (await session.execute(query, {"role": UUID(_RUSH)})).all()
    assert [number for number, _ in line] == list(range(1, crowd + 1))
    assert {state for _, state in line[:_LAST_PLACES]} == {"booked"}
    assert {state for _, state in line[_LAST_PLACES:]} <= {"waiting"}
    cuts = statistics.quantiles(took, n=100)
    rush = f"| {crowd:,} want the last {_LAST_PLACES} places within {_RUSH_SECONDS} s"
    return [
        f"{rush}, median | {cuts[49] * 1000:.0f} ms | |",
        f"| p99 (exactly {_LAST_PLACES} have one, the rest wait in order) | {cuts[98] * 1000:.0f} ms | |",
    ]


async def _sign_in(runtime: Runtime, client: AsyncClient, crowd: int, seconds: int) -> list[str]:
    took: list[float] = []

    async def tap(number: int, headers: dict[str, str], began: float) -> None:
        await asyncio.sleep(max(began + number * seconds / crowd - time.perf_counter(), 0))
        now = utc_now()
        body = {
            "id": str(uuid4()),
            "kind": "in",
            "captured_at": now.isoformat(),
            "code": runtime.shift_codes.show(UUID(_SHIFT), now).path,
        }
        start = time.perf_counter()
        answer = await client.post(f"/v1/attendance/shifts/{_SHIFT}/taps", json=body, headers=headers)
        took.append(time.perf_counter() - start)
        assert answer.status_code == 200, answer.text

    everybody = [_headers(runtime, number) for number in range(crowd)]
    began = time.perf_counter() + 1
    await asyncio.gather(*(tap(number, headers, began) for number, headers in enumerate(everybody)))
    async with runtime.db.reading() as session:
        there = await session.scalar(text("SELECT count(*) FROM attendances"))
    assert there == crowd
    cuts = statistics.quantiles(took, n=100)
    return [
        f"| signing in, {crowd:,} people in {seconds} s, median | {cuts[49] * 1000:.0f} ms | |",
        f"| p99 (each of them there once) | {cuts[98] * 1000:.0f} ms | 300 ms |",
    ]


async def _total(runtime: Runtime, entries: int) -> list[str]:
    now, person = utc_now(), UUID(_ACCOUNT.format(0))
    async with runtime.db.writing() as session:
        subject = await people.of_account(session, person, now=now)
        organisation = ledger.NewBook("示例协会", AREA, None, "x", "110")
        book = await ledger.keep_book(session, UUID(_BOOK), organisation, now=now)
    began = time.perf_counter()
    for first in range(0, entries, 500):
        async with runtime.db.writing() as session:
            said = [_said(subject.id, now - timedelta(hours=6 * (first + n))) for n in range(500)]
            await appending.append(session, book.id, said, by=None, now=now)
    wrote = (time.perf_counter() - began) / entries
    async with runtime.db.writing() as session:
        await session.execute(text("ANALYZE ledger_entries"))
    explained = text(
        "EXPLAIN (ANALYZE, FORMAT JSON) SELECT provenance, sum(counted) FROM ledger_entries"
        " WHERE subject_id = :subject GROUP BY provenance"
    )
    async with runtime.db.reading() as session:
        plans = [
            (await session.execute(explained, {"subject": subject.id})).scalar_one()[0] for _ in range(9)
        ]
        assert (await queries.totals(session, [subject.id])).minutes == entries
        began = time.perf_counter()
        [proved] = [each async for each in proving.verify(session)]
        proof = time.perf_counter() - began
    assert proved.broken is None
    in_database = statistics.median(plan["Execution Time"] for plan in plans)
    return [
        f"| total of {entries:,} entries, in the database, median of 9 | {in_database:.1f} ms | 5 ms |",
        f"| writing one entry in a chain | {wrote * 1000:.2f} ms | |",
        f"| following a chain of {entries:,} | {proof:.2f} s | |",
    ]


def _said(subject_id: UUID, at: datetime) -> dict[str, object]:
    return {
        "kind": "record",
        "subject_id": subject_id,
        "recording_id": uuid4(),
        "part": 0,
        "served_on": at.date(),
        "minutes": 1,
        "counted": 1,
        "provenance": "code",
        "needs": "none",
        "activity": "文明交通劝导",
    }


async def _certificate(runtime: Runtime, client: AsyncClient) -> list[str]:
    headers = _headers(runtime, 0)
    await client.put("/v1/ledger/me", json={"name": "阿依古丽·买买提"}, headers=headers)
    since = (utc_now() - timedelta(days=30)).date().isoformat()
    issued, printed = [], []
    for _ in range(20):
        start = time.perf_counter()
        body = {"id": str(uuid4()), "book_id": _BOOK, "since": since}
        answer = await client.post("/v1/certificates", json=body, headers=headers)
        issued.append(time.perf_counter() - start)
        assert answer.status_code == 201, answer.text
        start = time.perf_counter()
        page = await client.get(f"/v1/certificates/{body['id']}/pdf", headers=headers)
        printed.append(time.perf_counter() - start)
        assert page.content.startswith(b"%PDF")
    return [
        f"| issuing a certificate, median of 20 | {statistics.median(issued) * 1000:.0f} ms | |",
        f"| its page as PDF, median of 20 | {statistics.median(printed) * 1000:.0f} ms | 150 ms |",
        f"| the first page, with the fonts read | {printed[0] * 1000:.0f} ms | |",
    ]


def main() -> None:
    """Measure on a durable server of its own and write the section."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--entries", type=int, default=10_000)
    given = parser.parse_args()
    with TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "pg") as server:
        migrate.upgrade(server.url())
        run = _run(server.url(), Path(folder), given.people, given.seconds, given.entries)
        measured = asyncio.run(run)
    print(measured)
    command = f"python -m bench.attendance --people {given.people} --seconds {given.seconds}"
    write_section("attendance", "Hours: attendance, ledger, certificates", command, measured)


if __name__ == "__main__":
    main()
