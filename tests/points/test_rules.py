"""What a deed is worth, how long points last, which go first."""

from datetime import date

import pytest

from app.models.points import CapPer
from app.services.points.rules import expired, last_day, next_look, remaining, window, worth


@pytest.mark.parametrize(
    ("points", "per", "minutes", "made"),
    [(10, 60, 90, 15), (10, 60, 5, 0), (1, 60, 59, 0), (50, None, 0, 50), (3, 20, 480, 72)],
)
def test_a_share_counts_as_far_as_it_makes_whole_points(points, per, minutes, made):
    assert worth(points, per, minutes) == made


def test_limits_count_by_day_or_month_in_china():
    day = date(2028, 2, 10)

    assert window(day, CapPer.DAY) == (day, day)
    assert window(day, CapPer.MONTH) == (date(2028, 2, 1), date(2028, 2, 29))


@pytest.mark.parametrize(
    ("months", "until"),
    [(1, date(2026, 12, 31)), (2, date(2027, 1, 31)), (13, date(2027, 12, 31)), (15, date(2028, 2, 29))],
)
def test_points_are_good_to_the_end_of_a_month(months, until):
    assert last_day(date(2026, 11, 30), months) == until
    assert last_day(date(2026, 11, 1), months) == until
    assert last_day(date(2026, 11, 1), None) is None


def test_what_ends_first_is_spent_first():
    soon, later = date(2026, 12, 31), date(2027, 6, 30)
    lots = [(None, 5), (later, 10), (soon, 10)]

    left = remaining(lots, 13)

    assert left == [(later, 7), (None, 5)]
    assert remaining(lots, 30) == []
    assert (expired(left, later), expired(left, date(2027, 7, 1))) == (0, 7)
    assert next_look(left, later) == date(2027, 7, 1)
    assert next_look(left, date(2027, 7, 1)) is None
