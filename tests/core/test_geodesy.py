"""Lengths on the ground, next to the geodesic solved by Karney's method."""

import math
import random

import pytest
from geographiclib.geodesic import Geodesic

from app.core.geodesy import doubt_m, ground_doubt_m, ground_m, is_certain, runs_in_doubt, to_ecef

KILOMETRES = (0.001, 1, 100, 300, 1000, 2490, 4000, 5990)


def ways(km: float, count: int = 300) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Pairs of places so far apart: everywhere, about the poles and the equator, along both axes too."""
    rng = random.Random(20261122)
    pairs = []
    for number in range(count):
        lat = (rng.uniform(-90, 90), 90 - 10 ** rng.uniform(-6, 1), rng.gauss(0, 1e-3))[number % 3]
        azimuth = rng.choice([rng.uniform(0, 360), 0, 90, 180, 270])
        end = Geodesic.WGS84.Direct(lat, 179.9, azimuth, km * 1000)
        pairs.append(((lat, 179.9), (end["lat2"], end["lon2"])))
    return pairs


@pytest.mark.parametrize("km", KILOMETRES)
def test_a_length_by_its_direction_is_wrong_by_less_than_half_its_doubt(km: float) -> None:
    for here, there in ways(km):
        length = ground_m(to_ecef(*here), to_ecef(*there))
        assert abs(length - km * 1000) < ground_doubt_m(length) / 2, (here, there)


@pytest.mark.parametrize("km", KILOMETRES)
def test_chords_of_ways_as_long_differ_by_less_than_their_doubt(km: float) -> None:
    chords = [math.dist(to_ecef(*here), to_ecef(*there)) for here, there in ways(km)]
    assert max(chords) - min(chords) < doubt_m(min(chords))


def test_no_way_has_no_length_and_a_long_one_is_never_sure() -> None:
    assert ground_m(to_ecef(39.7, 98.5), to_ecef(39.7, 98.5)) == 0
    assert ground_doubt_m(6_000_001) == float("inf")


def test_equal_or_nearly_equal_chords_are_not_certain() -> None:
    assert is_certain([])
    assert is_certain([1.0, 2.0, 3.1])
    assert not is_certain([1.0, 2.0, 2.0])
    assert not is_certain([1.0, 1.0, 2_000_000.0])
    assert not is_certain([100_000.0, 100_000.01])  # the shape of the earth may turn these round
    assert is_certain([1_000.0, 1_002.0, 4_000_000.0])  # each by its own doubt
    assert not is_certain([1_000.0, 4_000_000.0, 4_001_000.0])
    assert not is_certain([6_000_001.0])


def test_only_chords_next_to_each_other_are_in_doubt_of_their_order() -> None:
    assert runs_in_doubt([1_000.0, 1_000.0, 2_000.0, 4_000_000.0, 4_001_000.0]) == [1, 1, 2, 3, 3]
    assert runs_in_doubt([1_000.0, 6_000_001.0]) == [0, 0]
    assert runs_in_doubt([]) == []
