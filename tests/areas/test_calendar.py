"""The official calendar: working days, notices, and years that nobody has published yet."""

import asyncio
import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from app.cli import main
from app.core.actor import Role
from app.models import CalendarDay, CalendarYear, DayKind, HolidayPolicy, OutboxEvent, Station
from app.runtime import Runtime
from app.services import areas
from app.services.areas import Notice, NoticeDay, NoticeInvalid, read_notice
from app.services.areas.calendar import EMPTY, Calendar
from tests.factories.areas import FESTIVALS_2027
from tests.factories.stations import make_staff, make_station
from tests.realtime.waiting import until_one_waits

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
URL = "/v1/areas/calendar"


@pytest.fixture(scope="module")
def official():
    notices = areas.shipped_notices()
    return Calendar(
        days={day.on: day.kind for notice in notices for day in notice.days},
        names={day.on: day.name for notice in notices for day in notice.days},
        official_years=frozenset(notice.year for notice in notices),
    )


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 5, date(2026, 2, 27)),
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 4, 30), 1, date(2026, 5, 6)),
        (date(2026, 4, 30), 0, date(2026, 4, 30)),
    ],
)
def test_working_days_of_2026(official, start, count, due):
    assert official.add_working_days(start, count) == (due, False)


def test_2026_has_248_working_days_six_of_them_on_weekends(official):
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(365)]
    working = [day for day in days if official.is_working_day(day)]
    assert len(working) == 248
    assert [f"{day:%m-%d}" for day in working if day.weekday() >= 5] == [
        "01-04", "02-14", "02-28", "05-09", "09-20", "10-10",
    ]  # fmt: skip


def test_an_unpublished_year_counts_by_weekdays_and_says_so(official):
    assert official.add_working_days(date(2026, 12, 31), 1) == (date(2027, 1, 1), True)
    assert EMPTY.add_working_days(date(2026, 9, 30), 1) == (date(2026, 10, 1), True)


def test_shipped_notices_pass_their_own_check():
    notices = areas.shipped_notices()
    assert [notice.year for notice in notices] == list(range(2004, 2027))
    off_2025 = [day for day in notices[21].days if day.kind is DayKind.HOLIDAY]
    assert len(off_2025) == 28
    assert {day.name for day in off_2025} >= {"元旦", "春节", "国庆节"}


REST = [(day.on, day.name) for day in FESTIVALS_2027[1:]]
CSV = "日期,类型,名称\n2027-01-01,放假,元旦\n2027-01-02,放假,元旦\n2027-01-03,上班,元旦\n" + "".join(
    f"{on},放假,{name}\n" for on, name in REST
)
JSON = json.dumps(
    {
        "year": 2027,
        "days": [
            {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
            {"name": "元旦", "date": "2027-01-02", "isOffDay": True},
            {"name": "元旦", "date": "2027-01-03", "isOffDay": False},
            *({"name": name, "date": f"{on}", "isOffDay": True} for on, name in REST),
        ],
    }
)


def test_both_forms_of_a_notice_say_the_same():
    assert read_notice(CSV, year=2027, source="x") == read_notice(JSON, year=2027, source="x")
    assert read_notice("\ufeff" + CSV, year=2027, source="x").days[2].kind is DayKind.MAKEUP_WORKDAY


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("日期,类型,名称\n2027-13-01,放假,元旦\n2027-01-02,休假,元旦\n", "第 2 条"),
        ("日期,类型\n2027-01-01,放假\n", "第 1 条"),
        (CSV + "2027-01-01,放假,元旦\n", "重复"),
        (CSV + "2026-10-01,放假,国庆节\n", "不属于"),
        (CSV + "2027-01-04,上班,元旦\n", "不是周末"),
        ("日期,类型,名称\n2027-01-03,上班,元旦\n", "含放假日"),
        ("日期,类型,名称\n", "含放假日"),
        ("日期,类型,名称\n2027-01-01,放假,元旦\n", "缺少春节、清明、劳动节、端午、国庆"),
        (CSV.replace("2027-02-06,放假,春节\n", ""), "缺少春节"),
        ("{", "JSON"),
        ('{"days": 1}', "days"),
        ("[1]", "第 1 条"),
        ("", "含放假日"),
    ],
)
def test_a_notice_that_cannot_be_right(text, problem):
    with pytest.raises(NoticeInvalid) as refused:
        read_notice(text, year=2027, source="x")
    assert any(problem in each for each in refused.value.facts["problems"])


async def test_shipped_years_fill_gaps_and_never_overwrite(session):
    corrected = read_notice(CSV.replace("2027", "2021"), year=2021, source="县里改过")
    await areas.publish(session, corrected, now=NOW)

    years = await areas.publish_shipped(session, now=NOW)

    assert years == [year for year in range(2004, 2027) if year != 2021]
    assert await areas.publish_shipped(session, now=NOW) == []
    calendar = await areas.load_calendar(session)
    assert sum(day.year == 2021 for day in calendar.days) == 8
    assert calendar.days[date(2026, 10, 10)] is DayKind.MAKEUP_WORKDAY
    assert calendar.names[date(2026, 10, 1)] == "国庆节"


async def test_a_year_that_was_stored_without_all_its_festivals_is_provisional_again(session):
    for year in (2026, 2027):
        session.add(CalendarYear(year=year, source="录了一半", is_official=True))
        session.add(CalendarDay(on=date(year, 1, 1), kind=DayKind.HOLIDAY, name="元旦"))
    await session.flush()

    assert {2026, 2027} <= set(await areas.publish_shipped(session, now=NOW))

    calendar = await areas.load_calendar(session)
    assert (calendar.is_provisional(2027), calendar.is_provisional(2026)) == (True, False)
    assert calendar.days[date(2026, 10, 10)] is DayKind.MAKEUP_WORKDAY
    assert await areas.publish_shipped(session, now=NOW) == []


async def test_entering_next_years_notice_settles_what_was_provisional(session, client_for, client, clock):
    clock.at = datetime(2026, 12, 31, 11, 0, tzinfo=UTC)  # after closing
    await areas.publish_shipped(session, now=NOW)
    station = await make_station(
        session, opening_hours="Mo-Fr 08:30-18:00", holiday_policy=HolidayPolicy.CLOSED
    )
    steady = await make_station(session)
    sysadmin = await make_staff(session, Role.SYSADMIN)
    await session.commit()
    page = f"/v1/stations/{station.id}?coord_type=wgs84"
    before = (await client.get(page)).json()["opening"]
    assert (before["opens_at"], before["provisional"]) == ("2027-01-01T00:30:00Z", True)
    year = (await client.get(f"{URL}/2027")).json()
    assert year == {"year": 2027, "provisional": True, "days": []}

    given = {
        "source": "国办发明电〔2026〕7 号",
        "days": [{"on": f"2027-01-0{n}", "kind": "holiday", "name": "元旦"} for n in (1, 2)]
        + [{"on": "2027-01-03", "kind": "makeup_workday", "name": "元旦"}]
        + [{"on": f"{on}", "kind": "holiday", "name": name} for on, name in REST],
    }
    one_day = await client_for(sysadmin).put(f"{URL}/2027", json={**given, "days": given["days"][:1]})
    assert (one_day.status_code, one_day.json()["code"]) == (422, "calendar.invalid")
    assert (await client.get(f"{URL}/2027")).json()["provisional"]
    answer = await client_for(sysadmin).put(f"{URL}/2027", json=given)

    assert answer.status_code == 200, answer.text
    assert not answer.json()["provisional"]
    after = (await client.get(page)).json()["opening"]
    assert (after["opens_at"], after["provisional"]) == ("2027-01-04T00:30:00Z", False)
    rows = dict((await session.execute(select(Station.id, Station.changed_at))).all())
    assert rows[station.id] == clock.at != rows[steady.id]
    published = select(func.count()).where(OutboxEvent.payload["year"].astext == "2027")
    assert await session.scalar(published) == 1
    await client_for(sysadmin).put(f"{URL}/2027", json=given)
    assert await session.scalar(published) == 1


async def test_only_a_sysadmin_enters_notices(session, client_for, client):
    officer = await make_staff(session, Role.DISTRICT_OFFICER, "62")
    sysadmin = await make_staff(session, Role.SYSADMIN)
    await session.commit()
    given = {"source": "x", "days": []}
    assert (await client.put(f"{URL}/2027", json=given)).status_code == 401
    assert (await client_for(officer).put(f"{URL}/2027", json=given)).status_code == 403
    answer = await client_for(sysadmin).put(f"{URL}/2027", json=given)
    assert (answer.status_code, answer.json()["code"]) == (422, "calendar.invalid")
    for year in ("1999", "2101", "x"):
        assert (await client.get(f"{URL}/{year}")).status_code == 422


def test_the_command_checks_loads_and_repeats(own_url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", own_url)
    notice = tmp_path / "2027.csv"
    notice.write_text(CSV, encoding="utf-8-sig")
    given = ["import-calendar", str(notice), "--year", "2027", "--source", "国办发明电"]

    def run(*arguments):
        return CliRunner().invoke(main, list(arguments))

    assert "试运行,未写入:2027 年 8 天" in run(*given, "--dry-run").output
    assert "已写入:2027 年 8 天" in run(*given).output
    assert "与库中相同" in run(*given).output
    assert "新增 23 年" in run("import-calendar", "--dry-run").output
    assert "新增 23 年" in run("import-calendar").output
    assert "新增 0 年" in run("import-calendar").output
    notice.write_text(CSV + "2027-01-04,上班,元旦\n", encoding="utf-8")
    failed = run(*given)
    assert failed.exit_code == 1
    assert run("import-calendar", str(notice)).exit_code == 2


async def test_a_day_has_one_row(session):
    await areas.publish_shipped(session, now=NOW)
    notice = read_notice(CSV.replace("2027-01-01", "2026-12-31"), year=2027, source="x")
    await areas.publish(session, notice, now=NOW)
    assert await session.scalar(select(func.count()).where(CalendarDay.on == date(2026, 12, 31))) == 1


async def test_of_two_notices_of_a_year_at_once_the_later_stands_whole(own_runtime: Runtime):
    """The later saw nothing of the year when it began, so the earlier one's days stayed between its own."""
    days = {number: NoticeDay(date(2027, 10, number), DayKind.HOLIDAY, "国庆节") for number in (2, 3)}
    async with own_runtime.db.writing() as session:
        await areas.publish(session, Notice(2027, "x", (*FESTIVALS_2027, days[2])), now=NOW)
        later = asyncio.create_task(publish_in(own_runtime, Notice(2027, "x", (*FESTIVALS_2027, days[3]))))
        await until_one_waits(own_runtime.db)

    assert await later

    async with own_runtime.db.reading() as session:
        stored = set(await session.scalars(select(CalendarDay.on)))
    assert stored == {day.on for day in (*FESTIVALS_2027, days[3])}


async def test_what_comes_with_the_code_is_stored_by_one_of_two_that_start_at_once(own_runtime: Runtime):
    async def start() -> list[int]:
        async with own_runtime.db.writing() as session:
            return await areas.publish_shipped(session, now=NOW)

    stored = await asyncio.gather(*(start() for _ in range(4)))

    assert sorted(len(years) for years in stored) == [0, 0, 0, 23]


async def publish_in(runtime: Runtime, notice: Notice) -> bool:
    async with runtime.db.writing() as session:
        return await areas.publish(session, notice, now=NOW)
