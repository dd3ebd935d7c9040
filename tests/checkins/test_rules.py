"""When a check-in is taken, and when the server ends the visit."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from app.models import EndReason
from app.services.checkins.errors import InTheFuture, StationClosed, TooOld
from app.services.checkins.rules import check_captured, due_of

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@dataclass
class State:
    is_open: bool | None
    changes_at: datetime | None = None


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(hours=24), timedelta(minutes=-5)])
def test_a_day_old_and_five_minutes_ahead_are_taken(ago: timedelta):
    check_captured(NOW - ago, NOW)


def test_older_than_a_day_and_further_ahead_are_refused():
    with pytest.raises(TooOld):
        check_captured(NOW - timedelta(hours=24, seconds=1), NOW)
    with pytest.raises(InTheFuture):
        check_captured(NOW + timedelta(minutes=5, seconds=1), NOW)


@pytest.mark.parametrize(
    ("state", "hours", "reason"),
    [
        (State(is_open=True, changes_at=NOW + timedelta(hours=2)), 2.25, EndReason.CLOSED),
        (State(is_open=True, changes_at=NOW + timedelta(hours=6)), 4, EndReason.MAX_STAY),
        (State(is_open=True), 4, EndReason.MAX_STAY),  # round the clock
        (State(is_open=None), 4, EndReason.MAX_STAY),  # hours unknown
        (State(is_open=None, changes_at=NOW + timedelta(hours=1)), 4, EndReason.MAX_STAY),
    ],
)
def test_a_visit_ends_after_closing_or_after_four_hours(state: State, hours: float, reason: EndReason):
    due = due_of(NOW, state)

    assert due.at == NOW + timedelta(hours=hours)
    assert due.reason is reason


def test_a_closed_station_takes_nobody_and_says_when_it_opens():
    opens_at = NOW + timedelta(hours=1)
    with pytest.raises(StationClosed) as refused:
        due_of(NOW, State(is_open=False, changes_at=opens_at))
    assert refused.value.facts == {"opens_at": opens_at.isoformat()}
