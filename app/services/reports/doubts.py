"""What a human should look at before believing a report; nobody is punished by a machine. Pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.geo import Point
from app.core.geodesy import apart_m
from app.services.reports.cells import NOWHERE
from app.services.reports.errors import TooManyReports

WINDOW = timedelta(days=1)
_HOUR = timedelta(hours=1)
_COARSE_M = 1000  # a radio cell, not a satellite
_DEVICE_FAR_M = 300
_FASTEST_M_PER_S = 150 / 3.6
_JUMP_M = 2000  # shorter jumps are what positions do in streets
_ONE_PLACE_M = 100
_SERIES, _MOST_AT_ONE_PLACE = 3, 10
_MANY_IN_AN_HOUR, _MOST_IN_A_DAY = 20, 100


class Flag(StrEnum):
    """Why a report is shown to a human with a mark."""

    MOCK_POSITION = "mock_position"  # the phone says that an app made the position up
    IMPOSSIBLE_SPEED = "impossible_speed"  # since this person's report before: over 150 km/h
    COARSE_POSITION = "coarse_position"  # a radio cell's fix: ask where it is
    DEVICE_FAR = "device_far"  # the pin is over 300 m from the phone; both are kept
    PIN_MISSING = "pin_missing"  # nobody said where it is, an address names the division: set the pin
    SERIES = "series"  # one person, one place, again and again
    MANY_REPORTS = "many_reports"  # one person, many reports in an hour


# These say that the sender may not mean it; the others that the place may be wrong.
LOWERS_TRUST = frozenset({Flag.MOCK_POSITION, Flag.IMPOSSIBLE_SPEED, Flag.SERIES, Flag.MANY_REPORTS})


@dataclass(frozen=True, slots=True)
class Seen:
    """Where and when something was reported, by the phone's clock and by ours."""

    point: Point
    captured_at: datetime
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Fix:
    """What a phone said of the place; ``device`` is its own position when the pin was moved."""

    pin: Point
    accuracy_m: float | None
    device: Point | None
    is_mock: bool


def flags_of(fix: Fix, here: Seen, earlier: Sequence[Seen]) -> list[Flag]:
    """Return what is odd about a report, given the same person's reports of the last day."""
    in_an_hour = sum(here.submitted_at - each.submitted_at < _HOUR for each in earlier)
    odd = {
        Flag.MOCK_POSITION: fix.is_mock,
        Flag.IMPOSSIBLE_SPEED: _jumps(fix, here, earlier),
        Flag.COARSE_POSITION: fix.accuracy_m is not None and fix.accuracy_m >= _COARSE_M,
        Flag.DEVICE_FAR: fix.device is not None and apart_m(fix.device, fix.pin) > _DEVICE_FAR_M,
        Flag.PIN_MISSING: fix.pin == NOWHERE,
        Flag.SERIES: _at_one_place(here, earlier) >= _SERIES,
        Flag.MANY_REPORTS: in_an_hour >= _MANY_IN_AN_HOUR,
    }
    return [flag for flag, is_so in odd.items() if is_so]


def check_limits(here: Seen, earlier: Sequence[Seen]) -> None:
    """Refuse what is too much for one person in a day; emergencies are not asked.

    Raises:
        TooManyReports: over a hundred in a day, or over ten at one place.
    """
    if len(earlier) >= _MOST_IN_A_DAY or _at_one_place(here, earlier) >= _MOST_AT_ONE_PLACE:
        first = min(each.submitted_at for each in earlier)
        left = first + WINDOW - here.submitted_at
        raise TooManyReports(retry_after_s=max(60, int(left.total_seconds())))


def _at_one_place(here: Seen, earlier: Sequence[Seen]) -> int:
    if here.point == NOWHERE:
        return 0
    return sum(apart_m(here.point, each.point) <= _ONE_PLACE_M for each in earlier)


def _jumps(fix: Fix, here: Seen, earlier: Sequence[Seen]) -> bool:
    known = [each for each in earlier if each.point != NOWHERE]
    if fix.device is not None or fix.pin == NOWHERE or not known:
        return False  # the pin is where the hazard is, not where the phone was
    before = min(known, key=lambda each: abs(here.captured_at - each.captured_at))
    metres = apart_m(here.point, before.point)
    seconds = abs((here.captured_at - before.captured_at).total_seconds())
    return metres > _JUMP_M and metres > seconds * _FASTEST_M_PER_S
