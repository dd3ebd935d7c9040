"""Exports: what is in them, what is not, who is kept as having taken them, and one chunk at a time."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.core.actor import Role
from app.core.clock import utc_now
from app.models import CaseDisclosure, DisclosureKind, ReportOrigin
from app.services import reports
from app.services.accounts.readlog import KEEP_READS
from app.services.reports import export, taken_out
from tests.factories.accounts import make_account
from tests.factories.reports import make_report
from tests.factories.stations import COMMUNITY
from tests.reports.desks import staff_of

OTHER = "620902006002"
NOW = utc_now()


@pytest.fixture
async def clerk(session):
    return await staff_of(session, COMMUNITY, name="小李")


@pytest.fixture
async def download(session, client_for, clerk):
    async def get(kind: str, query: str = "") -> bytes:
        await session.commit()
        response = await client_for(clerk).get(f"/v1/reports/export.{kind}?{query}")
        assert response.status_code == 200, response.text
        assert "attachment" in response.headers["content-disposition"]
        return response.content

    return get


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheets(content: bytes) -> list[list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [book.get_sheet_by_index(at).to_python() for at in range(len(book.sheet_names))]


def cells(content: bytes) -> list[list[object]]:
    return sheets(content)[0]


async def test_a_desks_cases_newest_first_marked_with_who_took_them(session, download, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 2)
    made = [await make_report(session, submitted_at=NOW - timedelta(hours=hour)) for hour in range(5)]
    await make_report(session, area_code=OTHER)
    await make_report(session, is_confidential=True)

    content = await download("csv")

    assert content.startswith(b"\xef\xbb\xbf")
    mark, headings, *rows, last = table(content)
    assert headings == list(export.HEADINGS)
    assert [row[0] for row in rows] == [f"NF{report.number}" for report in made]
    assert "小李" in mark[0]
    assert last == [f"{mark[0]} 共 5 件"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_nothing_runs_as_a_formula_and_nothing_says_who_reported(session, download, kind):
    reporter = await make_account(session, display_name="MARKER-reporter")
    report = await make_report(
        session, reporter_id=reporter.id, description="=HYPERLINK(1)", address="+8613800138000 张三"
    )
    origin = await session.get(ReportOrigin, report.id)
    origin.device_lat = 39.123456

    content = await download(kind)

    row = (table(content) if kind == "csv" else cells(content))[2]
    assert row[7] == "'=HYPERLINK(1)"
    assert "13800138000" not in str(row)
    for marker in ("MARKER-reporter", str(reporter.id), "39.123456"):
        assert marker not in str(table(content) if kind == "csv" else cells(content))


async def test_a_workbook_goes_on_in_another_sheet(session, download, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 2)
    monkeypatch.setattr(export, "_SHEET_ROWS", 4)
    for _ in range(3):
        await make_report(session)

    first, second = sheets(await download("xlsx"))

    assert [len(first), len(second)] == [4, 4]
    assert second[3][0].endswith("共 3 件")


async def test_who_took_what_is_kept_without_what_they_typed_of_people(session, download, clerk):
    await make_report(session)
    await download("csv", "text=13800138000&states=submitted")

    (kept,) = await session.scalars(select(CaseDisclosure))
    assert (kept.account_id, kept.kind, kept.rows) == (clerk.account_id, DisclosureKind.CSV, 0)
    assert (kept.filter["text"], kept.filter["states"]) == ("***", ["submitted"])


async def test_privacy_officers_see_who_took_cases_out_for_half_a_year(session, client_for, download, clerk):
    await download("csv", "text=13800138000")
    await download("csv", "states=closed")
    near, far = [
        client_for(await staff_of(session, code, Role.PRIVACY_OFFICER)) for code in (COMMUNITY[:6], "620102")
    ]
    await session.commit()

    first = (await near.get("/v1/reports/taken-out?limit=1")).json()
    rest = (await near.get(f"/v1/reports/taken-out?limit=1&cursor={first['next_cursor']}")).json()

    (last,), (older,) = first["items"], rest["items"]
    assert (last["account_id"], last["name"], last["kind"]) == (str(clerk.account_id), "小李", "csv")
    assert (last["filter"]["states"], older["filter"]["text"]) == (["closed"], "***")
    assert rest["next_cursor"] is None
    assert (await far.get("/v1/reports/taken-out")).json()["items"] == []
    begun_at = datetime.fromisoformat(older["begun_at"])
    assert await taken_out.forget(session, now=begun_at + KEEP_READS) == 0
    assert await taken_out.forget(session, now=begun_at + KEEP_READS + timedelta(minutes=5)) == 2


async def test_one_chunk_is_held_and_who_goes_away_took_an_unknown_number(
    session, runtime, clerk, monkeypatch
):
    """Constant memory: a chunk is asked for when the one before has been read, and not earlier."""
    monkeypatch.setattr(export, "CHUNK", 2)
    for _ in range(7):
        await make_report(session)
    await session.commit()
    made = []
    line = export._line
    monkeypatch.setattr(export, "_line", lambda *given: made.append(1) or line(*given))
    wanted = reports.Wanted(reports.CaseFilter(), DisclosureKind.CSV, clerk, NOW)
    pieces = reports.exported_csv(runtime.db, wanted)

    await anext(pieces)
    assert len(made) == 0
    for chunk in (1, 2):
        assert (await anext(pieces)).count("\r\n") == 2
        assert len(made) == 2 * chunk
    await pieces.aclose()

    (kept,) = await session.scalars(select(CaseDisclosure))
    assert kept.rows is None


async def test_an_officer_narrows_to_an_area(session, client_for):
    report = await make_report(session)
    await make_report(session, area_code=OTHER)
    officer = await staff_of(session, COMMUNITY[:6], Role.DISTRICT_OFFICER)
    await session.commit()

    response = await client_for(officer).get(f"/v1/reports/export.csv?area_code={COMMUNITY}")

    assert [row[0] for row in table(response.content)[2:-1]] == [f"NF{report.number}"]
