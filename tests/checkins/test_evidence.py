"""Grades: a right code beats a bad fix, a doubt lowers and never refuses."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import given
from hypothesis import strategies as st

from app.core.geo import CoordType, Point
from app.models import CodeKind, EvidenceGrade
from app.services.checkins.errors import CodeNeeded
from app.services.checkins.evidence import (
    Fence,
    Fix,
    Sighting,
    distance_m,
    grade_of,
    is_inside,
    is_outside,
    is_too_fast,
    lowered,
)

CENTRE = Point(39.7431, 98.5083)
FENCE = Fence(CENTRE, 120)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def fix(metres: float, accuracy_m: float = 10, *, is_mock: bool = False) -> Fix:
    """Return a fix so many metres north of the station."""
    north = Geodesic.WGS84.Direct(CENTRE.lat, CENTRE.lon, 0, metres)
    return Fix(Point(north["lat2"], north["lon2"]), accuracy_m, CoordType.WGS84, is_mock)


@pytest.mark.parametrize(
    ("metres", "accuracy_m", "inside"),
    [(119, 0, True), (121, 0, False), (169, 50, True), (171, 200, False), (0, 200, True), (0, 201, False)],
)
def test_a_fence_is_entered_with_at_most_fifty_metres_of_benefit(metres, accuracy_m, inside):
    assert is_inside(fix(metres, accuracy_m), FENCE) is inside


@pytest.mark.parametrize(
    ("metres", "accuracy_m", "outside"),
    [
        (139, 0, False),
        (141, 0, True),
        (189, 50, False),
        (191, 50, True),
        (341, 200, True),
        (9999, 1500, False),
    ],
)
def test_a_fence_is_left_only_clearly(metres, accuracy_m, outside):
    assert is_outside(fix(metres, accuracy_m), FENCE) is outside


@pytest.mark.parametrize(
    ("where", "code", "grade"),
    [
        (fix(20), CodeKind.ROTATING, "A"),
        (fix(900), CodeKind.ROTATING, "B"),  # a right code beats a bad fix
        (fix(0, 1500), CodeKind.ROTATING, "B"),
        (None, CodeKind.ROTATING, "B"),
        (fix(20, is_mock=True), CodeKind.ROTATING, "B"),
        (fix(20), None, "C"),
        (fix(20), CodeKind.PRINTED, "C"),
        (fix(0, 1500), CodeKind.PRINTED, "D"),
        (fix(900), CodeKind.PRINTED, "D"),
        (fix(900), None, "D"),
        (fix(20, is_mock=True), None, "D"),
        (None, None, "D"),
    ],
)
def test_grades(where, code, grade):
    assert grade_of(where, code, FENCE, captured_offline=False) == grade


def test_a_code_that_waited_in_a_queue_is_not_seen_live():
    assert grade_of(fix(20), CodeKind.ROTATING, FENCE, captured_offline=True) is EvidenceGrade.B


def test_a_radio_cell_alone_is_not_enough():
    with pytest.raises(CodeNeeded):
        grade_of(fix(0, 1500), None, FENCE, captured_offline=False)


def test_a_position_that_cannot_be_true_takes_the_fence_away():
    assert [lowered(grade) for grade in EvidenceGrade] == ["B", "B", "D", "D"]


def test_nobody_rides_at_200_kilometres_an_hour():
    here = Sighting(CENTRE, 10, NOW)
    there = fix(5000).point

    assert is_too_fast(here, Sighting(there, 10, NOW + timedelta(seconds=90)))
    assert not is_too_fast(here, Sighting(there, 10, NOW + timedelta(seconds=120)))
    assert not is_too_fast(here, Sighting(there, 4990, NOW + timedelta(seconds=1)))


@given(st.floats(18, 53), st.floats(74, 135), st.floats(0, 360), st.floats(0, 2000))
def test_distances_in_a_town_are_good_to_a_centimetre(lat, lon, azimuth, metres):
    there = Geodesic.WGS84.Direct(lat, lon, azimuth, metres)

    assert math.isclose(
        distance_m(Point(lat, lon), Point(there["lat2"], there["lon2"])), metres, abs_tol=0.01
    )
