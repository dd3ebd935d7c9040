"""Levels and public numbers: unknown is never empty, and fewer than three people are nobody's business."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.stations.occupancy_level import Level, inside_of, level_of, public_free_seats

NOW = datetime(2026, 11, 22, 6, 10, tzinfo=UTC)


def level(inside: int, seats: int | None, *, minutes_ago: float = 1, accepting: bool = True) -> Level:
    observed_at = NOW - timedelta(minutes=minutes_ago)
    return level_of(inside=inside, seats=seats, observed_at=observed_at, now=NOW, accepting=accepting)


def test_corrections_never_make_a_negative_count() -> None:
    assert inside_of(2, -5) == 0
    assert inside_of(2, 3) == 5


@pytest.mark.parametrize(
    ("inside", "seats", "expected"),
    [
        (0, 12, Level.EMPTY),
        (2, 12, Level.EMPTY),
        (3, 12, Level.MANY),
        (8, 12, Level.MANY),
        (9, 12, Level.FEW),
        (11, 12, Level.FEW),
        (12, 12, Level.FULL),
        (40, 12, Level.FULL),  # it may exceed what it holds
        (0, 3, Level.FEW),  # "empty" would tell more than the number does
        (1, 1, Level.FULL),
        (0, 0, Level.FULL),
        (1, None, Level.EMPTY),
        (9, None, Level.UNKNOWN),
    ],
)
def test_levels_go_by_free_seats(inside: int, seats: int | None, expected: Level) -> None:
    assert level(inside, seats) is expected


def test_old_news_is_unknown_and_not_empty() -> None:
    assert level(0, 12, minutes_ago=29.9) is Level.EMPTY
    assert level(0, 12, minutes_ago=30) is Level.UNKNOWN
    assert level_of(inside=0, seats=12, observed_at=None, now=NOW, accepting=True) is Level.UNKNOWN


def test_a_closed_station_accepts_nobody_however_empty() -> None:
    assert level(0, 12, accepting=False) is Level.NOT_ACCEPTING


@given(seats=st.integers(0, 500), inside=st.integers(0, 700))
def test_the_public_number_hides_the_first_two_and_promises_no_seat_that_is_taken(
    seats: int, inside: int
) -> None:
    free = public_free_seats(inside, seats)

    assert free is not None
    assert 0 <= free <= max(0, seats - inside)
    assert (free == 0) == (inside >= seats)
    if inside < min(seats, 3):
        assert free == public_free_seats(0, seats)
        assert level(inside, seats) is level(0, seats)
