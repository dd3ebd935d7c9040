"""A point to its grid among 50,000 and to its unit by a county's rules, beside shapely's bare query."""

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import shapely
from shapely import STRtree

from app.core.geo import Point
from app.models import UnitKind, Urgency
from app.services.areas import GridMap, Lineage
from app.services.areas.calendar import EMPTY
from app.services.areas.gridmap import GridShape
from app.services.reports import places
from app.services.reports.routing_rules import Condition, Facts, Routing, Rule, Unit
from bench.results import write_section

_GOAL_US = 15.0
_STEP = 0.002  # degrees: grids of about 200 m
_CORNERS = 4  # extra points on each side, so that a polygon has about twenty
_RULES = 200
_ASKED_BEFORE = 200_000


def grids(count: int) -> list[GridShape]:
    """Return a chessboard of grids whose borders wander a little, each with about twenty corners."""
    columns = int(count**0.5) + 1
    return [
        GridShape(
            UUID(int=number + 1),
            places.ANSWERING_SCHEME,
            f"{number:015}",
            "",
            f"620902{number // 9 % 1_000_000:06}",
            _tile(100 + number % columns * _STEP, 36 + number // columns * _STEP),
        )
        for number in range(count)
    ]


def _tile(west: float, south: float) -> shapely.Polygon:
    square = shapely.box(west, south, west + _STEP, south + _STEP)
    return shapely.Polygon(shapely.segmentize(square, _STEP / (_CORNERS + 1)).exterior.coords)


def points(count: int, among: int, *, seed: int = 7) -> list[Point]:
    """Return points inside of the board, the same ones in every run."""
    chance = random.Random(seed)
    side = int(among**0.5) * _STEP * 0.99
    return [Point(36 + chance.random() * side, 100 + chance.random() * side) for _ in range(count)]


def measure(
    contenders: dict[str, Callable[[Point], object]], at: Sequence[Point], rounds: int
) -> dict[str, float]:
    """Return each contender's microseconds a point: the median of rounds in rotating order."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            ask = contenders[name]
            begun = time.process_time()
            for point in at:
                ask(point)
            found[name].append((time.process_time() - begun) / len(at) * 1e6)
    return {name: statistics.median(each) for name, each in found.items()}


def first_asked(shapes: Sequence[GridShape], at: Sequence[Point], rounds: int) -> float:
    """Return the microseconds a point on a map that was just read: the median of some maps."""
    found = []
    for _ in range(min(rounds, 3)):
        fresh = GridMap(shapes)
        begun = time.process_time()
        for point in at:
            fresh.locate(point, places.ANSWERING_SCHEME)
        found.append((time.process_time() - begun) / len(at) * 1e6)
    return statistics.median(found)


def _rules() -> tuple[Routing, Callable[[str], Facts]]:
    """Return a county's rules, of which only the last fits, and what makes a case of an area."""
    unit = Unit(uuid4(), "市政", UnitKind.DEPARTMENT, "620902", None, is_ended=False)
    asks = [Condition(categories=("other",))] * (_RULES - 1) + [Condition(categories=("road_damage",))]
    rules = [
        Rule(UUID(int=number), "620902", number, "", 1, unit.id, condition.written(), is_failing=False)
        for number, condition in enumerate(asks)
    ]
    at = datetime(2026, 11, 20, 2, tzinfo=UTC)

    def facts(area_code: str) -> Facts:
        return Facts(area_code, "road_damage", "road", "department", Urgency.NORMAL, {}, at)

    return Routing(rules, [unit], calendar=EMPTY, lineage=Lineage()), facts


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grids", type=int, default=50_000)
    parser.add_argument("--points", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    shapes = grids(given.grids)
    begun = time.perf_counter()
    ours = GridMap(shapes)
    built_ms = (time.perf_counter() - begun) * 1000
    tree = STRtree([shape.shape for shape in shapes])
    routing, facts = _rules()

    def routed(point: Point) -> object:
        place = places.place(point, ours, otherwise=None)
        return routing.propose(facts("620902" if place is None else place.area_code))

    contenders: dict[str, Callable[[Point], object]] = {
        "shapely's bare query": lambda at: tree.query(shapely.Point(at.lon, at.lat), predicate="within"),
        "point to grid": lambda at: ours.locate(at, places.ANSWERING_SCHEME),
        "point to answering area": lambda at: places.place(at, ours, otherwise=None),
        f"point to unit, {_RULES} rules": routed,
    }
    # A process that has been up for a while has been asked all over its map, but never here.
    for point in points(_ASKED_BEFORE, given.grids, seed=8):
        places.place(point, ours, otherwise=None)
    at = points(given.points, given.grids)
    figures = measure(contenders, at, given.rounds)
    figures["point to grid, nobody asked before"] = first_asked(shapes, at, given.rounds)
    bare = figures["shapely's bare query"]
    told = (
        f"{given.grids:,} grids of about twenty corners, {given.points:,} points inside; CPU time, "
        f"median of {given.rounds} rounds in rotating order; the map is built in {built_ms:.0f} ms. "
        f"Load of the machine: {os.getloadavg()[1]:.1f}."
    )
    lines = [
        told,
        "",
        "| contender | µs a point | / bare |",
        "|---|---|---|",
        *(f"| {name} | {us:.1f} | {us / bare:.2f} |" for name, us in figures.items()),
        "",
        f"- point to grid: {figures['point to grid']:.1f} µs (goal {_GOAL_US:.0f})",
    ]
    text = "\n".join(lines)
    print(text)
    command = f"python -m bench.routing --grids {given.grids} --points {given.points} --rounds {given.rounds}"
    write_section("routing", "Routing a point", command, text)


if __name__ == "__main__":
    main()
