"""Working hours and working days: the make-up days of 2026, weekends, and a plain oracle."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import SHANGHAI
from app.models import DayKind, LimitUnit
from app.services.areas import Calendar, shipped_notices
from app.services.reports.working_time import (
    DEFAULT_HOURS,
    OfficeHours,
    add_working_days,
    add_working_time,
    due,
    into_office,
    read_periods,
)

NOTICES = [day for notice in shipped_notices() if notice.year >= 2025 for day in notice.days]
CALENDAR = Calendar(
    days={day.on: day.kind for day in NOTICES}, names={}, official_years=frozenset({2025, 2026})
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def days_after(text: str, count: int):
    return add_working_days(local(text), count, hours=DEFAULT_HOURS, calendar=CALENDAR)


def hours_after(text: str, hours: float):
    return add_working_time(local(text), timedelta(hours=hours), hours=DEFAULT_HOURS, calendar=CALENDAR)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-02-13T10:00", 1, date(2026, 2, 14)),  # a make-up Saturday
        ("2026-02-13T10:00", 5, date(2026, 2, 27)),  # over the Spring Festival
        ("2026-09-18T10:00", 1, date(2026, 9, 20)),  # a make-up Sunday
        ("2026-09-30T10:00", 1, date(2026, 10, 8)),
        ("2026-04-30T10:00", 1, date(2026, 5, 6)),
        ("2026-11-21T10:00", 1, date(2026, 11, 23)),  # made on a Saturday: Monday
        ("2026-11-22T23:59", 1, date(2026, 11, 23)),  # on a Sunday: Monday, too
        ("2026-11-20T00:01", 1, date(2026, 11, 23)),
    ],
)
def test_working_days_end_with_the_office_on_the_right_day(start, count, expected):
    found = days_after(start, count)

    assert found.at == datetime.combine(expected, time(18), SHANGHAI)
    assert found.at.tzinfo is UTC
    assert not found.is_provisional


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-20T09:00", 2, "2026-11-20T11:00"),
        ("2026-11-20T11:00", 1, "2026-11-20T12:00"),  # over exactly at noon: not after lunch
        ("2026-11-20T11:00", 2, "2026-11-20T15:30"),
        ("2026-11-20T17:00", 4, "2026-11-23T11:30"),  # over the weekend
        ("2026-11-21T10:00", 4, "2026-11-23T15:00"),  # made on a Saturday
        ("2026-11-20T13:00", 1, "2026-11-20T15:30"),  # made at lunch
        ("2026-02-13T17:30", 1, "2026-02-14T09:00"),  # into the make-up Saturday
        ("2026-02-14T18:00", 1, "2026-02-24T09:30"),  # over the Spring Festival
    ],
)
def test_working_hours_are_the_offices_own(start, hours, expected):
    assert hours_after(start, hours).at == local(expected)


def test_the_clock_counts_nights_and_holidays():
    at = local("2026-02-16T23:00")

    assert due(at, 15, LimitUnit.CLOCK_MINUTES, calendar=CALENDAR).at == at + timedelta(minutes=15)
    assert due(at, 24, LimitUnit.CLOCK_HOURS, calendar=CALENDAR).at == at + timedelta(days=1)
    assert due(at, 1, LimitUnit.WORKING_HOURS, calendar=CALENDAR).at == local("2026-02-24T09:30")
    assert due(at, 1, LimitUnit.WORKING_DAYS, calendar=CALENDAR).at == local("2026-02-24T18:00")


def test_what_touches_a_year_without_a_calendar_is_provisional():
    assert not days_after("2026-12-30T10:00", 1).is_provisional
    assert days_after("2026-12-31T10:00", 1).is_provisional
    assert not hours_after("2026-12-31T17:00", 1).is_provisional
    assert hours_after("2026-12-31T17:00", 2).is_provisional


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-20T09:00", "2026-11-20T09:00"),
        ("2026-11-20T12:00", "2026-11-20T12:00"),
        ("2026-11-20T13:00", "2026-11-20T14:30"),
        ("2026-11-20T20:00", "2026-11-23T08:30"),
        ("2026-11-22T20:00", "2026-11-23T08:30"),
    ],
)
def test_an_instant_moves_into_the_office(at, expected):
    assert into_office(local(at), hours=DEFAULT_HOURS, calendar=CALENDAR) == local(expected)


@pytest.mark.parametrize(
    "periods",
    [
        [],
        [{"from": "12:00", "to": "08:00"}],
        [{"from": "08:00", "to": "12:00"}, {"from": "11:00", "to": "18:00"}],
        [{"from": "08:00", "to": "08:00"}],
        [{"from": "8 o'clock", "to": "12:00"}],
    ],
)
def test_office_hours_that_cannot_be_are_refused(periods):
    with pytest.raises(ValueError, match=r".*"):
        read_periods(periods)


def test_other_office_hours_count():
    hours = read_periods([{"from": "09:00", "to": "17:00"}])

    found = add_working_time(local("2026-11-20T16:00"), timedelta(hours=2), hours=hours, calendar=CALENDAR)

    assert found.at == local("2026-11-23T10:00")


minutes_of_2026 = st.integers(0, 300 * 24 * 60).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minute)
)
strange_hours = st.sampled_from(
    [
        DEFAULT_HOURS,
        OfficeHours(((time(9), time(17)),)),
        OfficeHours(((time(7, 10), time(7, 30)), (time(12), time(12, 5)), (time(20), time(23, 59)))),
    ]
)


def works(at: datetime, hours: OfficeHours) -> bool:
    """Tell, the plain way, whether the minute that begins at an instant is one of the office's."""
    kind = CALENDAR.days.get(at.date())
    is_working = kind is DayKind.MAKEUP_WORKDAY or (kind is None and at.weekday() < 5)
    return is_working and any(opens <= at.time() < closes for opens, closes in hours.periods)


@given(minutes_of_2026, st.integers(1, 600), strange_hours)
def test_working_minutes_agree_with_counting_each_minute(at, minutes, hours):
    found = add_working_time(at, timedelta(minutes=minutes), hours=hours, calendar=CALENDAR).at

    walked = at
    while minutes:
        if works(walked, hours):
            minutes -= 1
        walked += timedelta(minutes=1)
        if not works(walked, hours) and minutes:
            # The plain way is slow over nights: go on by the minute, but only to the next opening.
            walked = next_opening(walked, hours)
    assert found == walked
    assert into_office(found, hours=hours, calendar=CALENDAR) == found  # due inside the office's hours


def next_opening(at: datetime, hours: OfficeHours) -> datetime:
    day = at.date()
    while True:
        for opens, _ in hours.periods:
            opening = datetime.combine(day, opens, SHANGHAI)
            if opening >= at and works(opening, hours):
                return opening
        day += timedelta(days=1)


@given(minutes_of_2026, st.integers(1, 30))
def test_working_days_agree_with_walking_the_days(at, count):
    found = add_working_days(at, count, hours=DEFAULT_HOURS, calendar=CALENDAR).at.astimezone(SHANGHAI)

    day, left = at.date(), count
    while left:
        day += timedelta(days=1)
        left -= works(datetime.combine(day, time(9), SHANGHAI), DEFAULT_HOURS)
    assert (found.date(), found.time()) == (day, time(18))
    assert found > at
