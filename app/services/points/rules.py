"""What a deed is worth, how long points last, and which of them are gone first; pure."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from app.models.points import CapPer

_MONTHS_A_YEAR = 12
Lot = tuple[date | None, int]  # points that are good until a day, or for ever


def worth(points: int, per_minutes: int | None, minutes: int) -> int:
    """Return the points for a deed; of minutes a share counts as far as it makes whole points."""
    return points if per_minutes is None else points * minutes // per_minutes


def window(day: date, per: CapPer) -> tuple[date, date]:
    """Return the first and the last day over which a limit counts."""
    if per is CapPer.DAY:
        return day, day
    return day.replace(day=1), _end_of_month(day.year, day.month)


def last_day(booked_on: date, lasts_months: int | None) -> date | None:
    """Return until when points are good: to the end of the month so many months on, or for ever."""
    if lasts_months is None:
        return None
    years, month = divmod(booked_on.month - 1 + lasts_months, _MONTHS_A_YEAR)
    return _end_of_month(booked_on.year + years, month + 1)


def remaining(lots: Iterable[Lot], gone: int) -> list[Lot]:
    """Return what is left of the points that were earned: what ends first was spent first."""
    left = []
    for until, points in sorted(lots, key=lambda lot: lot[0] or date.max):
        used = min(points, gone)
        gone -= used
        if points > used:
            left.append((until, points - used))
    return left


def expired(lots: Iterable[Lot], today: date) -> int:
    """Return how many points of those that are left were good until a day before today."""
    return sum(points for until, points in lots if until is not None and until < today)


def next_look(lots: Iterable[Lot], today: date) -> date | None:
    """Return the first day on which something more will have expired."""
    ends = [until for until, _ in lots if until is not None and until >= today]
    return min(ends) + timedelta(days=1) if ends else None


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
