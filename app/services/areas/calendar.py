"""The official calendar: which days the State Council's yearly notice moves out of their weekday rule.

A year without a published notice is provisional: weekdays decide, and whoever shows such an answer
says that it may change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import CalendarDay, CalendarYear, DayKind

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """The notices that are known: the days they move, by kind and name, and the years they cover."""

    days: Mapping[date, DayKind]
    names: Mapping[date, str]
    official_years: frozenset[int]

    def is_provisional(self, year: int) -> bool:
        """Tell whether a year's notice is not known yet."""
        return year not in self.official_years

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on a day; in a provisional year by weekday alone."""
        kind = self.days.get(day)
        return day.weekday() < _SATURDAY if kind is None else kind is DayKind.MAKEUP_WORKDAY

    def add_working_days(self, day: date, count: int) -> tuple[date, bool]:
        """Return the day ``count`` (≥ 0) working days after one, and whether that is provisional."""
        provisional = False
        while count > 0:
            day += timedelta(days=1)
            provisional = provisional or self.is_provisional(day.year)
            count -= self.is_working_day(day)
        return day, provisional

    def working_days_between(self, first: date, last: date) -> int:
        """Return how many working days come after ``first`` up to ``last``; below zero backwards."""
        if last < first:
            return -self.working_days_between(last, first)
        days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(map(self.is_working_day, days))

    def moved_between(self, first: date, last: date) -> tuple[tuple[date, DayKind], ...]:
        """Return the moved days from ``first`` to ``last``, both included, in order."""
        span = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return tuple((day, self.days[day]) for day in span if day in self.days)


EMPTY = Calendar(days={}, names={}, official_years=frozenset())


async def load_calendar(
    session: AsyncSession, *, first: date | None = None, last: date | None = None
) -> Calendar:
    """Return the notices in the database; an empty table makes every year provisional.

    Args:
        session: the transaction to read in.
        first: leave out the days before this one; the years are always complete.
        last: leave out the days after this one.
    """
    query = select(CalendarDay.on, CalendarDay.kind, CalendarDay.name)
    if first is not None:
        query = query.where(CalendarDay.on >= first)
    if last is not None:
        query = query.where(CalendarDay.on <= last)
    days = (await session.execute(query)).all()
    years = await session.scalars(select(CalendarYear.year).where(CalendarYear.is_official))
    return Calendar(
        days={on: kind for on, kind, _ in days},
        names={on: name for on, _, name in days},
        official_years=frozenset(years),
    )
