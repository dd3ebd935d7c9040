"""Pure rules: the two tables of states, recurring shifts, meal peaks, weeks and insurance."""

import warnings
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.clock import SHANGHAI
from app.models import ActivityState, SignUpState
from app.services.activities import lifecycle, rules
from app.services.activities.errors import ActivityInvalid, IllegalMove, RecurrenceUnreadable
from app.services.activities.lifecycle import ActivityMove, SignUpMove
from app.services.activities.recurrence import MOST, starts_of

FIRST = datetime(2026, 11, 27, 10, 30, tzinfo=UTC)  # a Friday, 18:30 in China


def test_what_is_not_in_the_tables_cannot_happen():
    may = {(move, state) for move, lines in lifecycle.SIGN_UP.items() for state in lines}
    for move in SignUpMove:
        for state in SignUpState:
            if (move, state) in may:
                assert lifecycle.sign_up_after(state, move) is lifecycle.SIGN_UP[move][state]
            else:
                with pytest.raises(IllegalMove):
                    lifecycle.sign_up_after(state, move)
    for move in ActivityMove:
        with pytest.raises(IllegalMove):
            lifecycle.activity_after(ActivityState.CANCELLED, move)
    # An end is an end: nobody comes back from it by a move, but a struck mark of absence.
    ended = set(SignUpState) - lifecycle.LIVE - {SignUpState.NO_SHOW}
    assert not {state for _, state in may} & ended
    # A place that is offered or booked counts once, whatever way it is given and given back.
    assert lifecycle.taken_by(SignUpState.WAITING, SignUpState.OFFERED) == 1
    assert lifecycle.taken_by(SignUpState.OFFERED, SignUpState.BOOKED) == 0
    assert lifecycle.taken_by(SignUpState.BOOKED, SignUpState.WITHDRAWN) == -1
    assert lifecycle.taken_by(SignUpState.BOOKED, SignUpState.NO_SHOW) == 0


@pytest.mark.parametrize(
    ("rule", "count", "last"),
    [
        (None, 1, "2026-11-27T18:30"),
        ("FREQ=WEEKLY;COUNT=4", 4, "2026-12-18T18:30"),
        ("RRULE:FREQ=WEEKLY;BYDAY=FR,SA;UNTIL=20261206", 4, "2026-12-05T18:30"),
        ("FREQ=DAILY;UNTIL=20261129T103000Z", 3, "2026-11-29T18:30"),
        ("FREQ=DAILY;UNTIL=20261129T103000", 2, "2026-11-28T18:30"),
        ("FREQ=MONTHLY;BYMONTHDAY=27", 13, "2027-11-27T18:30"),
        ("freq=daily;interval=2;count=3", 3, "2026-12-01T18:30"),
        (f"FREQ=DAILY;COUNT={MOST}", MOST, "2027-06-14T18:30"),
    ],
)
def test_shifts_recur_in_chinas_hours(rule, count, last):
    found = starts_of(rule, FIRST)

    assert (len(found), found[0]) == (count, FIRST)
    assert found[-1].astimezone(SHANGHAI).isoformat()[:16] == last
    assert found == sorted(found)


@pytest.mark.parametrize(
    "rule",
    [
        "", "nonsense", "FREQ=SECONDLY;COUNT=3", "FREQ=YEARLY", "COUNT=3", "FREQ=DAILY",
        "FREQ=DAILY;COUNT=201",
        "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=x", "FREQ=WEEKLY;UNTIL=2027", "FREQ=WEEKLY;UNTIL=20280101",
        "FREQ=WEEKLY;UNTIL=20260101", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=MONTHLY;BYMONTHDAY=99", "FREQ=WEEKLY;BYSETPOS=1", "FREQ=WEEKLY\nRDATE:20300101T000000",
        "FREQ=WEEKLY;INTERVAL=" + "9" * 300,
    ],
)  # fmt: skip
def test_what_no_rule_is(rule):
    with warnings.catch_warnings(), pytest.raises(RecurrenceUnreadable):
        starts_of(rule, FIRST)


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("10:59", "10:59"),
        ("11:00", "13:30"),
        ("13:29", "13:30"),
        ("13:30", "13:30"),
        ("17:00", "20:00"),
        ("19:59", "20:00"),
        ("20:00", "20:00"),
        ("02:00", "02:00"),
    ],
)
def test_nothing_ends_inside_a_meal_peak(said, ends):
    hour, minute = map(int, said.split(":"))
    at = datetime(2026, 11, 22, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)

    assert f"{rules.past_peak(at).astimezone(SHANGHAI):%H:%M}" == ends
    assert rules.past_peak(at) >= at


def test_a_week_is_chinas_and_insurance_covers_every_day():
    monday, next_monday = rules.week_of(datetime(2026, 11, 22, 15, 59, tzinfo=UTC))  # Sunday, 23:59
    assert (monday.isoformat(), next_monday - monday) == ("2026-11-16T00:00:00+08:00", timedelta(days=7))
    assert rules.week_of(datetime(2026, 11, 22, 16, 0, tzinfo=UTC))[0] == next_monday

    night = (FIRST, FIRST + timedelta(hours=6, minutes=10))  # until 00:40 of the 28th
    assert rules.is_insured(date(2026, 11, 27), date(2026, 11, 28), [night])
    assert not rules.is_insured(date(2026, 11, 27), date(2026, 11, 27), [night])
    assert not rules.is_insured(None, None, [night])


def test_a_first_shift_that_is_none_of_the_rules_is_not_lost_without_a_word():
    with pytest.raises(ActivityInvalid):
        starts_of("FREQ=WEEKLY;BYDAY=MO;COUNT=4", FIRST)  # a Friday
