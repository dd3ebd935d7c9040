"""State Council notices on holidays: read from files, checked as a whole, stored by year."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from chinese_calendar import constants  # type: ignore[import-untyped]
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import CalendarDay, CalendarYear, DayKind
from app.services.areas.calendar import Calendar, load_calendar
from app.services.areas.errors import NoticeInvalid
from app.services.outbox import Channel, Event, announce, record

FIRST_YEAR, LAST_YEAR = 2004, 2100
SHIPPED_SOURCE = "国务院办公厅历年通知,取自 chinesecalendar(MIT)"
_LOCK = 0x63616C65  # "cale": one notice at a time
_SATURDAY = 5
_DECEMBER = 12
_MOST_DAYS = 120
# What each year's notice names, and since when; a year is provisional until all of them are known. 清明 and
# 端午 came in 2008; 中秋 did, too, but may fall into 国庆 and is then not named (国务院令第513号).
_FESTIVALS = {"元旦": 1949, "春节": 1949, "清明": 2008, "劳动节": 1949, "端午": 2008, "国庆": 1949}
_KINDS = {
    "holiday": DayKind.HOLIDAY,
    "放假": DayKind.HOLIDAY,
    "休": DayKind.HOLIDAY,
    "makeup_workday": DayKind.MAKEUP_WORKDAY,
    "上班": DayKind.MAKEUP_WORKDAY,
    "调休上班": DayKind.MAKEUP_WORKDAY,
    "班": DayKind.MAKEUP_WORKDAY,
}
_HEADINGS = {"日期": "date", "类型": "kind", "名称": "name"}
_CHINESE_NAMES = {each.value: each.chinese for each in constants.Holiday}


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """A day that a notice moves."""

    on: date
    kind: DayKind
    name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One year's notice."""

    year: int
    source: str
    days: tuple[NoticeDay, ...]


@dataclass(frozen=True, slots=True)
class CalendarPublished(Event):
    """A year's official calendar became known or was corrected: due dates are counted again."""

    name: ClassVar[str] = "areas.calendar_published"
    year: int


def read_notice(text: str, *, year: int, source: str) -> Notice:
    """Read a notice from CSV (日期, 类型, 名称) or JSON (a list of days, or an object that holds it).

    Raises:
        NoticeInvalid: a row cannot be read, or the days cannot be a year's notice; all rows are named.
    """
    rows = _json_rows(text) if text.lstrip("\ufeff \r\n\t").startswith(("{", "[")) else _csv_rows(text)
    days: list[NoticeDay] = []
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        try:
            days.append(_read_day(row))
        except (KeyError, TypeError, ValueError):
            problems.append(f"第 {number} 条无法识别:{_shown(row)}")
    if problems:
        raise NoticeInvalid(problems=problems)
    notice = Notice(year, source, tuple(sorted(days, key=lambda day: day.on)))
    check(notice)
    return notice


def _csv_rows(text: str) -> list[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    reader.fieldnames = [_HEADINGS.get(name.strip(), name.strip()) for name in reader.fieldnames or ()]
    return list(reader)


def _json_rows(text: str) -> list[Any]:
    try:
        given = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise NoticeInvalid(problems=["不是有效的 JSON;not valid JSON"]) from error
    rows = given.get("days") if isinstance(given, dict) else given
    if not isinstance(rows, list):
        raise NoticeInvalid(problems=["缺少 days 列表;a list of days is missing"])
    return rows


def _read_day(row: Any) -> NoticeDay:
    if not isinstance(row, dict):
        raise TypeError
    kind = row.get("kind")
    if kind is None and isinstance(row.get("isOffDay"), bool):  # as public tables of these notices have it
        kind = "放假" if row["isOffDay"] else "上班"
    on = date.fromisoformat(str(row["date"]).strip())
    return NoticeDay(on, _KINDS[str(kind).strip()], _name(row["name"]))


def _name(given: Any) -> str:
    name = str(given).strip()
    if not name or len(name) > _MOST_DAYS or "\0" in name:
        raise ValueError(name)
    return name


def _shown(row: Any) -> str:
    return str(row)[:80].replace("\0", "")


def check(notice: Notice) -> None:
    """Refuse days that cannot be the notice of their year, all problems at once.

    Raises:
        NoticeInvalid: see ``problems``.
    """
    problems = [problem for day in notice.days if (problem := _problem(day, notice.year))]
    twice = [on for on, count in Counter(day.on for day in notice.days).items() if count > 1]
    problems += [f"{on} 重复;twice" for on in twice]
    if not FIRST_YEAR <= notice.year <= LAST_YEAR:
        problems.append(f"年份须为 {FIRST_YEAR}–{LAST_YEAR};the year must be within these")
    if not any(day.kind is DayKind.HOLIDAY for day in notice.days) or len(notice.days) > _MOST_DAYS:
        problems.append(f"应有 1–{_MOST_DAYS} 天,且含放假日;1 to {_MOST_DAYS} days, holidays among them")
    elif missing := _missing(notice):
        problems.append(f"不完整,缺少{'、'.join(missing)};not the whole notice: festivals are missing")
    if problems:
        raise NoticeInvalid(problems=problems)


def _missing(notice: Notice) -> list[str]:
    """Return the festivals that a notice gives no day off for."""
    names = " ".join(day.name for day in notice.days if day.kind is DayKind.HOLIDAY).replace("五一", "劳动节")
    return [each for each, since in _FESTIVALS.items() if since <= notice.year and each not in names]


def _problem(day: NoticeDay, year: int) -> str | None:
    # New Year's holiday may begin in the last days of December.
    if day.on.year != year and not (day.on.year == year - 1 and day.on.month == _DECEMBER):
        return f"{day.on} 不属于 {year} 年;not of this year"
    if day.kind is DayKind.MAKEUP_WORKDAY and day.on.weekday() < _SATURDAY:
        return f"{day.on} 不是周末,不能是调休上班日;a make-up workday falls on a weekend"
    return None


async def publish(session: AsyncSession, notice: Notice, *, now: datetime) -> bool:
    """Store a year's notice in place of what was known of that year; tell whether anything changed.

    Raises:
        NoticeInvalid: its days cannot be a year's notice.
    """
    check(notice)
    await _alone(session)
    known = await load_calendar(session)
    year = {"year": notice.year, "source": notice.source, "is_official": True}
    upsert = insert(CalendarYear).values(year)
    await session.execute(upsert.on_conflict_do_update(index_elements=["year"], set_=year))
    if not known.is_provisional(notice.year) and _says_the_same(known, notice):
        return False
    replaced = {on for on in known.days if on.year == notice.year} | {day.on for day in notice.days}
    await session.execute(delete(CalendarDay).where(CalendarDay.on.in_(replaced)))
    rows = [{"on": day.on, "kind": day.kind, "name": day.name} for day in notice.days]
    await session.execute(insert(CalendarDay), rows)
    record(session, CalendarPublished(notice.year), now=now)
    await announce(session, Channel.CALENDAR)
    return True


async def _alone(session: AsyncSession) -> None:
    """Return once nobody else stores a notice: what is replaced is what is known, read after they did."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _says_the_same(known: Calendar, notice: Notice) -> bool:
    days = {on for on in known.days if on.year == notice.year} | {day.on for day in notice.days}
    stored = {(on, known.days.get(on), known.names.get(on)) for on in days}
    return stored == {(day.on, day.kind, day.name) for day in notice.days}


async def publish_shipped(session: AsyncSession, *, now: datetime) -> list[int]:
    """Store the notices that come with the code, 2004 to 2026, for years of which none is known.

    What officers entered is never overwritten, unless it was stored before a whole notice was asked for:
    a year that lacks a festival is provisional again, and says so.

    Returns:
        The years of which something else is known now.
    """
    await _alone(session)
    known = await load_calendar(session)
    short = sorted(year for year in known.official_years if _missing(_known_of(known, year)))
    for year in short:
        await session.execute(update(CalendarYear).where(CalendarYear.year == year).values(is_official=False))
        record(session, CalendarPublished(year), now=now)
    if short:
        await announce(session, Channel.CALENDAR)
    unknown = [each for each in shipped_notices() if each.year in short or known.is_provisional(each.year)]
    for notice in unknown:
        await publish(session, notice, now=now)
    return sorted({*short, *(notice.year for notice in unknown)})


def _known_of(known: Calendar, year: int) -> Notice:
    """Return what is stored of a year, its New Year's holiday in the December before included."""
    days = [NoticeDay(on, kind, known.names[on]) for on, kind in known.days.items() if on.year == year]
    before = [
        NoticeDay(on, kind, known.names[on])
        for on, kind in known.days.items()
        if (on.year, on.month) == (year - 1, _DECEMBER)
    ]
    return Notice(year, "", (*before, *days))


def shipped_notices() -> Sequence[Notice]:
    """Return the notices that come with the code, one a year."""
    days = [
        *(NoticeDay(on, DayKind.HOLIDAY, _chinese(name)) for on, name in constants.holidays.items()),
        *(NoticeDay(on, DayKind.MAKEUP_WORKDAY, _chinese(name)) for on, name in constants.workdays.items()),
    ]
    years = sorted({day.on.year for day in days})
    return [Notice(year, SHIPPED_SOURCE, _of_year(days, year)) for year in years]


def _of_year(days: Iterable[NoticeDay], year: int) -> tuple[NoticeDay, ...]:
    return tuple(sorted((day for day in days if day.on.year == year), key=lambda day: day.on))


def _chinese(name: str) -> str:
    return str(_CHINESE_NAMES.get(name, name))
