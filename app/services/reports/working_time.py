"""Counting time as offices do, and as the clock does; pure.

A working day is one of the official calendar, make-up days included. The day on which something happens
does not count (民法典 art. 201), and the last one lasts until the office closes. Working hours are the
office's own minutes, from the instant itself. Whatever touches a year whose calendar is not published is
provisional.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.core.clock import SHANGHAI, local_day
from app.models import LimitUnit
from app.services.areas import Calendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The periods of a working day in local time, in order, none touching another."""

    periods: tuple[tuple[time, time], ...]

    def __post_init__(self) -> None:
        """Refuse periods that do not follow one another within the day."""
        edges = [edge for period in self.periods for edge in period]
        if not edges or any(later <= earlier for earlier, later in itertools.pairwise(edges)):
            raise ValueError("periods must follow one another")


DEFAULT_HOURS = OfficeHours(((time(8, 30), time(12)), (time(14, 30), time(18))))


@dataclass(frozen=True, slots=True)
class Due:
    """An instant (UTC), and whether the calendar behind it may still change."""

    at: datetime
    is_provisional: bool


def due(
    at: datetime, amount: int, unit: LimitUnit, *, hours: OfficeHours = DEFAULT_HOURS, calendar: Calendar
) -> Due:
    """Return when ``amount`` units from an instant are over."""
    match unit:
        case LimitUnit.CLOCK_MINUTES:
            return Due(at + timedelta(minutes=amount), is_provisional=False)
        case LimitUnit.CLOCK_HOURS:
            return Due(at + timedelta(hours=amount), is_provisional=False)
        case LimitUnit.WORKING_HOURS:
            return add_working_time(at, timedelta(hours=amount), hours=hours, calendar=calendar)
        case LimitUnit.WORKING_DAYS:
            return add_working_days(at, amount, hours=hours, calendar=calendar)


def add_working_days(at: datetime, count: int, *, hours: OfficeHours, calendar: Calendar) -> Due:
    """Return the closing of the office on the ``count``-th working day after the day of an instant."""
    day, provisional = calendar.add_working_days(local_day(at), count)
    return Due(_instant(day, hours.periods[-1][1]), provisional)


def add_working_time(at: datetime, span: timedelta, *, hours: OfficeHours, calendar: Calendar) -> Due:
    """Return when the office will have worked for ``span`` (> 0) from an instant on."""
    provisional = False
    for day, opens, closes in _sessions(local_day(at), hours, calendar):
        provisional = provisional or calendar.is_provisional(day.year)
        begins = max(opens, at)
        if begins >= closes:
            continue
        if span <= closes - begins:
            return Due((begins + span).astimezone(UTC), provisional)
        span -= closes - begins
    raise AssertionError("an office that never works")


def into_office(at: datetime, *, hours: OfficeHours, calendar: Calendar) -> datetime:
    """Return an instant itself when the office works then, closing time included, else its next opening."""
    for _, opens, closes in _sessions(local_day(at), hours, calendar):
        if at <= closes:
            return max(at, opens)
    raise AssertionError("an office that never works")


def _sessions(day: date, hours: OfficeHours, calendar: Calendar) -> Iterator[tuple[date, datetime, datetime]]:
    while True:
        if calendar.is_working_day(day):
            for opens, closes in hours.periods:
                yield day, _instant(day, opens), _instant(day, closes)
        day += _DAY


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


def read_periods(periods: Sequence[dict[str, str]]) -> OfficeHours:
    """Return stored periods (``{"from": "08:30", "to": "12:00"}``).

    Raises:
        ValueError: they do not follow one another within the day.
    """
    return OfficeHours(
        tuple((time.fromisoformat(each["from"]), time.fromisoformat(each["to"])) for each in periods)
    )
