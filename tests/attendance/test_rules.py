"""Which minutes of a presence count."""

from datetime import UTC, date, datetime, timedelta

from app.models import EvidenceGrade, Provenance
from app.services.attendance import rules
from app.services.attendance.rules import Hours

START = datetime(2026, 11, 30, 10, 30, tzinfo=UTC)


def minutes(since, until, *, lasts=120, rest=0, least=60):
    shift = Hours(START, START + timedelta(minutes=lasts), rest, least)
    made = rules.counted(shift, START + timedelta(minutes=since), START + timedelta(minutes=until))
    return None if made is None else made.minutes


def test_what_overlaps_the_shift_and_a_quarter_of_an_hour_around_it_counts():
    assert minutes(0, 120) == 120
    assert minutes(-15, 135) == 150
    assert minutes(-50, 300) == 150
    assert minutes(30, 120) == 90
    assert minutes(10.9, 119.9) == 109  # whole minutes, never rounded up


def test_too_short_a_part_of_the_shift_counts_nothing():
    assert minutes(0, 72) == 72
    assert minutes(0, 71.9) is None
    assert minutes(-15, 60) is None  # the quarter of an hour before is no part of the shift
    assert minutes(121, 200) is None
    assert minutes(0, 1, least=0) == 1


def test_the_break_is_deducted_in_proportion_against_the_claim():
    assert minutes(0, 120, rest=30) == 90
    assert minutes(0, 100, rest=30) == 75
    assert minutes(0, 101, rest=30) == 75  # 25.25 of the 30 are 26
    assert minutes(-15, 120, rest=120) == 15


def test_a_night_counts_for_its_evening():
    evening = Hours(datetime(2026, 11, 30, 15, 50, tzinfo=UTC), datetime(2026, 11, 30, 18, tzinfo=UTC), 0, 0)
    midnight = Hours(datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 11, 30, 18, tzinfo=UTC), 0, 0)

    assert (evening.served_on, midnight.served_on) == (date(2026, 11, 30), date(2026, 12, 1))


def test_an_attendance_is_worth_what_its_weaker_end_is():
    assert rules.weaker(Provenance.CODE, Provenance.GEOFENCE) is Provenance.GEOFENCE
    assert rules.weaker(Provenance.ORGANISER_LIST, Provenance.CODE) is Provenance.ORGANISER_LIST
    assert rules.weaker_grade(EvidenceGrade.A, EvidenceGrade.C) is EvidenceGrade.C
