"""Distances on the WGS-84 ellipsoid, cheap enough for every request and exact where it matters.

The straight chord through the earth orders near places exactly as the geodesic does and is one vector
subtraction. Only where two chords differ by less than the ellipsoid's shape could decide (millimetres in a
town, metres across a province) is it asked in which direction each of them runs, which decides all but the
closest finishes; those are left to the geodesic itself, which costs a hundred times as much.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from geopy.distance import geodesic
from numpy.typing import NDArray

from app.core.geo import Point

Floats = NDArray[np.float64]
Vector = Sequence[float]  # earth-centred x, y, z in metres

_A = 6_378_137.0
_F = 1 / 298.257223563
_E2 = _F * (2 - _F)
_STRETCH = (1 - _E2) ** 2
_MEAN_RADIUS_M = 6_371_008.8
FAR_M = 2_500_000.0
NEAR_M = 6_000_000.0  # across China and some more
_STRAIGHT_UP_TO_M = 9_000.0  # the ground is less than a millimetre longer
_SERIES_UP_TO_M = 300_000.0  # beyond, the series' next term passes a centimetre
# For one chord, radii of curvature between 6335 and 6400 km make geodesics that differ by 2 % of their
# excess over the chord; doubled to be safe, also up to 6000 km, where the excess is more than its first term.
_SHAPE = 0.04 / (24 * _MEAN_RADIUS_M**2)
_ROUNDING_M = 1e-6
# Twice what two lengths by their directions are off together at the most, in all latitudes.
_GROUND_SHAPE = 1e-31
_GROUND_ROUNDING_M = 1e-5


def to_ecef(lat: float, lon: float) -> tuple[float, float, float]:
    """Return earth-centred coordinates in metres of a position in degrees."""
    phi, lam = math.radians(lat), math.radians(lon)
    sin_phi = math.sin(phi)
    normal = _A / math.sqrt(1 - _E2 * sin_phi * sin_phi)
    across = normal * math.cos(phi)
    return across * math.cos(lam), across * math.sin(lam), normal * (1 - _E2) * sin_phi


def to_ecef_many(lat: Floats, lon: Floats) -> Floats:
    """Return one earth-centred row of (x, y, z) in metres for each position in degrees."""
    phi, lam = np.radians(lat), np.radians(lon)
    sin_phi = np.sin(phi)
    normal = _A / np.sqrt(1 - _E2 * sin_phi * sin_phi)
    across = normal * np.cos(phi)
    return np.column_stack((across * np.cos(lam), across * np.sin(lam), normal * (1 - _E2) * sin_phi))


def metres_of_chords(chords: Sequence[float], lat: float) -> list[float]:
    """Return the lengths along the ground of ascending chords, up to ``FAR_M`` long, from a latitude.

    Right to a millimetre in a town, ten centimetres at 300 km, a hundred and twenty metres at 2500 km: the
    direction is not known here.
    """
    if not chords or chords[-1] < _STRAIGHT_UP_TO_M:
        return [*chords]
    sin_phi = math.sin(math.radians(lat))
    radius = _A * math.sqrt(1 - _E2) / (1 - _E2 * sin_phi * sin_phi)
    if chords[-1] > _SERIES_UP_TO_M:
        across, asin = 2 * radius, math.asin
        return [across * asin(chord / across) for chord in chords]
    excess = 1 / (24 * radius * radius)
    return [chord * (1 + excess * chord * chord) for chord in chords]


def doubt_m(chord: float) -> float:
    """Return the difference of two chords below which their geodesics may be ordered otherwise."""
    return _ROUNDING_M + _SHAPE * chord * chord * chord


def ground_m(here: Vector, there: Vector) -> float:
    """Return the length along the ground of a way of up to 6000 km, its direction taken into account.

    The way is taken for an arc with the ellipsoid's curvature in its middle and in its direction (Euler).
    Right to a micrometre at 100 km, 0.1 mm at 300 km, 3 cm at 1000 km, 3 m at 2500 km, 220 m at 6000 km.
    """
    (x, y, z), (to_x, to_y, to_z) = here, there
    northward = to_z - z
    square = (to_x - x) ** 2 + (to_y - y) ** 2 + northward * northward
    if square == 0:
        return 0.0
    up = (z + to_z) ** 2
    out = _STRETCH * ((x + to_x) ** 2 + (y + to_y) ** 2) or _ROUNDING_M
    cos2_phi = out / (out + up)
    shape = 1 - _E2 * (1 - cos2_phi)
    east_west = math.sqrt(shape) / _A  # curvatures, in 1/m
    north_south = east_west * shape / (1 - _E2)
    northward = min(1.0, northward * northward / (square * cos2_phi))
    curvature = northward * north_south + (1 - northward) * east_west
    return 2 / curvature * math.asin(math.sqrt(square) * curvature / 2)


def apart_m(here: Point, there: Point) -> float:
    """Return :func:`ground_m` between two positions."""
    return ground_m(to_ecef(here.lat, here.lon), to_ecef(there.lat, there.lon))


def ground_doubt_m(metres: float) -> float:
    """Return the difference of two lengths by :func:`ground_m` that may order them wrongly."""
    return _GROUND_ROUNDING_M + _GROUND_SHAPE * metres**5 if metres < NEAR_M else math.inf


def is_certain(chords: Sequence[float]) -> bool:
    """Tell whether ascending chords are short, and order their places as the geodesics do, without a tie."""
    if not chords:
        return True
    if chords[-1] >= NEAR_M:
        return False
    doubt, before = doubt_m(chords[-1]), -math.inf
    for each in chords:
        if each - before <= doubt:
            # Where the last one's doubt is too much for all, each has its own.
            return all(longer - shorter > doubt_m(longer) for shorter, longer in pairwise(chords))
        before = each
    return True


def runs_in_doubt(chords: Sequence[float]) -> list[int]:
    """Number the runs of ascending chords: places may change their order within a run, not across runs."""
    runs, run = [], 0
    for shorter, longer in pairwise([-math.inf, *chords]):
        run += chords[-1] < NEAR_M and longer - shorter > doubt_m(longer)
        runs.append(run)
    return runs


def geodesic_m(here: Point, there: Point) -> float:
    """Return the length of the geodesic between two positions: exact to a micrometre, and slow."""
    return round(float(geodesic((here.lat, here.lon), (there.lat, there.lon)).m), 6)
