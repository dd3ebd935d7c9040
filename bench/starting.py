"""How long one waits: for the first start, the next ones, the demo data and a whole country's divisions.

``nuanfeng`` as an operator runs it, each time in processes of its own over a durable embedded database.
"""

import argparse
import csv
import os
import random
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.services.areas.files import read_areas
from app.services.areas.shipped import FOLDER
from bench.results import write_section

_PORT = 18390
_PATIENCE_S = 300
_DIVISIONS = 620_000
_PROVINCES, _PREFECTURES, _COUNTIES, _TOWNS = 31, 11, 9, 13
_NAME_OF = {2: "示例省", 4: "示例市", 6: "示例县"}


def command(folder: Path, *words: str) -> list[str]:
    """Return ``nuanfeng`` with its words; the folder is where its database is to be."""
    return ["env", f"NUANFENG_DATA_DIR={folder}", sys.executable, "-m", "app.cli", *words]


def took(folder: Path, *words: str) -> float:
    """Run ``nuanfeng`` to its end; return the seconds."""
    begun = time.monotonic()
    subprocess.run(command(folder, *words), check=True, capture_output=True)
    return time.monotonic() - begun


@contextmanager
def serving(folder: Path) -> Generator[tuple["subprocess.Popen[bytes]", float]]:
    """Start ``nuanfeng serve``; give it, and the seconds until ``/readyz`` answered."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command(folder, "serve", "--port", str(_PORT)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _is_ready():
            if process.poll() is not None or time.monotonic() - begun > _PATIENCE_S:
                raise SystemExit("it does not start")
            time.sleep(0.02)
        yield process, time.monotonic() - begun
    finally:
        process.kill()
        process.wait()


def _is_ready() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/readyz", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def starts(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of a first start, and of the ones after ``kill -9`` and after Ctrl-C."""
    found: dict[str, list[float]] = {"first": [], "after kill -9": [], "after Ctrl-C": []}
    with serving(folder) as (process, seconds):
        found["first"].append(seconds)
        process.kill()
    for _ in range(rounds):
        with serving(folder) as (process, seconds):
            found["after kill -9"].append(seconds)
            process.kill()
    with serving(folder) as (process, _):
        _leave(process)
    for _ in range(rounds):
        with serving(folder) as (process, seconds):
            found["after Ctrl-C"].append(seconds)
            _leave(process)
    return found


def _leave(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    process.wait(_PATIENCE_S)


def country(count: int) -> Iterator[tuple[str, str]]:
    """Yield codes and names of an invented country; what villages and towns are called is 甘肃's."""
    named: dict[int, list[str]] = {9: [], 12: []}
    for area in read_areas(FOLDER / "divisions.csv.gz").areas:
        if len(area.code) in named:
            named[len(area.code)].append(area.name)
    chance = random.Random(7)
    above = _PROVINCES * (1 + _PREFECTURES * (1 + _COUNTIES * (1 + _TOWNS)))
    villages, towns = count - above, _PROVINCES * _PREFECTURES * _COUNTIES * _TOWNS
    at = 0
    for code in _codes():
        yield code, _NAME_OF.get(len(code)) or chance.choice(named[9])
        if len(code) == 9:
            at += 1
            for number in range(villages * at // towns - villages * (at - 1) // towns):
                yield f"{code}{200 + number:03}", chance.choice(named[12])


def _codes() -> Iterator[str]:
    """Yield codes down to the towns, each after the one above it."""
    for province in range(11, 11 + _PROVINCES):
        yield f"{province}"
        for prefecture in range(1, _PREFECTURES + 1):
            yield f"{province}{prefecture:02}"
            for county in range(21, 21 + _COUNTIES):
                yield f"{province}{prefecture:02}{county}"
                yield from (f"{province}{prefecture:02}{county}{100 + town:03}" for town in range(_TOWNS))


def table(starts: dict[str, list[float]], commands: dict[str, tuple[float, str]]) -> str:
    """Return the figures beside their goals, as Markdown."""
    lines = ["| what | seconds | slowest | goal |", "|---|---|---|---|"]
    for what, seconds in starts.items():
        goal = "" if what == "first" else "5"
        middle, most = statistics.median(seconds), max(seconds)
        lines.append(f"| start, {what} ({len(seconds)}) | {middle:.1f} | {most:.1f} | {goal} |")
    lines += [f"| {what} | {seconds:.1f} | | {goal} |" for what, (seconds, goal) in commands.items()]
    explained = (
        "A start counts until `/readyz` answers; the first one makes the database and loads the demo data. "
        "A command counts with the start of its database. Medians."
    )
    return "\n".join([*lines, "", explained])


def main() -> None:
    """Run the bench and write its section of the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--divisions", type=int, default=_DIVISIONS)
    parser.add_argument("--dry", action="store_true", help="print instead of writing bench/RESULTS.md")
    arguments = parser.parse_args()
    os.environ.pop("DATABASE_URL", None)
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        found = starts(folder / "served", arguments.rounds)
        took(folder / "shown", "migrate")
        demo = took(folder / "shown", "demo")
        path = folder / "country.csv"
        with path.open("w") as file:
            csv.writer(file).writerows([("code", "name"), *country(arguments.divisions)])
        took(folder / "country", "migrate")
        words = ("import-areas", str(path), "--edition", "2026-01-01", "--source", "bench")
        imported, again = took(folder / "country", *words), took(folder / "country", *words)
    report = table(found, {
        "`nuanfeng demo` into a migrated database": (demo, "20"),
        f"`nuanfeng import-areas`, {arguments.divisions:,} divisions": (imported, "60"),
        "the same list again": (again, ""),
    })  # fmt: skip
    if arguments.dry:
        print(report)
    else:
        command_line = " ".join(["python -m bench.starting", *sys.argv[1:]])
        write_section("starting", "Starting, and what is loaded", command_line, report)


if __name__ == "__main__":
    main()
