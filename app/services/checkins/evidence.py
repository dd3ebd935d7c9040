"""What a visit's position and code are worth; pure. A doubt lowers the grade and never punishes.

Distances are metres on WGS-84. A fence is entered generously (the fix's error counts for the rider) and
left reluctantly (it counts against the departure), so that nobody flickers at the edge.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from app.core.geo import CoordType, Point
from app.models import CodeKind, EvidenceGrade
from app.services.checkins.errors import CodeNeeded

COARSEST_M = 200.0  # a fix with a larger error says nothing about a fence
_MOST_BENEFIT_M = 50.0
_LEAST_MARGIN_M = 20.0
_MARGIN_SHARE = 0.1
_FASTEST_M_PER_S = 150 / 3.6

_SEMI_MAJOR_M = 6378137.0
_ECCENTRICITY2 = 6.69437999014e-3

_LOWERED = {EvidenceGrade.A: EvidenceGrade.B, EvidenceGrade.C: EvidenceGrade.D}


@dataclass(frozen=True, slots=True)
class Fix:
    """A position as a phone measured it, read as WGS-84; ``coord_type`` is what the phone declared."""

    point: Point
    accuracy_m: float
    coord_type: CoordType
    is_mock: bool = False


@dataclass(frozen=True, slots=True)
class Fence:
    """A circle around a station."""

    centre: Point
    radius_m: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody's position at an instant."""

    point: Point
    accuracy_m: float
    at: datetime


def grade_of(
    fix: Fix | None, code: CodeKind | None, fence: Fence, *, captured_offline: bool
) -> EvidenceGrade:
    """Grade a check-in.

    A: the rotating code, seen live, within the fence. B: the rotating code with a bad fix or none, or
    brought later by a queue, when only the phone's clock vouches for the code's time. C: within the fence.
    D: a printed code alone, or the rider's own word.

    Raises:
        CodeNeeded: the fix is as coarse as a radio cell and no right code comes with it.
    """
    if fix is not None and fix.accuracy_m > COARSEST_M and code is None:
        raise CodeNeeded
    is_near = fix is not None and not fix.is_mock and is_inside(fix, fence)
    if code is CodeKind.ROTATING:
        return EvidenceGrade.A if is_near and not captured_offline else EvidenceGrade.B
    return EvidenceGrade.C if is_near else EvidenceGrade.D


def lowered(grade: EvidenceGrade) -> EvidenceGrade:
    """Return the grade without the fence's support, for a position that cannot be true."""
    return _LOWERED.get(grade, grade)


def shows_presence(grade: EvidenceGrade, code: CodeKind | None) -> bool:
    """Tell whether more than the rider's own word says that they were there: a right code, or the fence."""
    return code is not None or grade is not EvidenceGrade.D


def is_inside(fix: Fix, fence: Fence) -> bool:
    """Tell whether a fix counts as having entered the fence."""
    if fix.accuracy_m > COARSEST_M:
        return False
    return distance_m(fix.point, fence.centre) <= fence.radius_m + min(fix.accuracy_m, _MOST_BENEFIT_M)


def is_outside(fix: Fix, fence: Fence) -> bool:
    """Tell whether a fix, its error granted, lies clearly beyond the fence; a coarse one never does."""
    if fix.accuracy_m > COARSEST_M:
        return False
    margin_m = max(_MARGIN_SHARE * fence.radius_m, _LEAST_MARGIN_M)
    return distance_m(fix.point, fence.centre) - fix.accuracy_m > fence.radius_m + margin_m


def is_too_fast(before: Sighting, after: Sighting) -> bool:
    """Tell whether nobody can have travelled between the two (over 150 km/h, errors granted)."""
    seconds = max(abs((after.at - before.at).total_seconds()), 1.0)
    surely_m = distance_m(before.point, after.point) - before.accuracy_m - after.accuracy_m
    return surely_m > _FASTEST_M_PER_S * seconds


def distance_m(a: Point, b: Point) -> float:
    """Return the ground distance; good to a millimetre within a town, to a few per cent across China."""
    phi = math.radians((a.lat + b.lat) / 2)
    magic = 1 - _ECCENTRICITY2 * math.sin(phi) ** 2
    meridian = _SEMI_MAJOR_M * (1 - _ECCENTRICITY2) / (magic * math.sqrt(magic))
    parallel = _SEMI_MAJOR_M / math.sqrt(magic) * math.cos(phi)
    return math.hypot(meridian * math.radians(b.lat - a.lat), parallel * math.radians(b.lon - a.lon))
