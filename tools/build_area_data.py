"""Make app/data/areas from the two packages that SOURCE.md names; run only for a new edition.

Usage: python tools/build_area_data.py CHINA_DIVISION_DIST DIVISIONS_JSON
"""

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from app.services.areas.aliases import match

TARGET = Path(__file__).resolve().parents[1] / "app" / "data" / "areas"
SHIPPED = ("62", "611024")
TOWN, TOWN_LEVEL = 9, 4


def is_shipped(code: str) -> bool:
    """Tell whether a code lies in the shipped divisions or above them."""
    return any(code.startswith(part) or part.startswith(code) for part in SHIPPED)


def write(name: str, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Write a gzip file that is the same bytes for the same rows."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(headings)
    table.writerows(rows)
    (TARGET / name).write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


def main(division_folder: Path, ministry_file: Path) -> None:
    """Write divisions.csv.gz and mca-towns.csv.gz."""
    names: dict[str, str] = {}
    for level in ("provinces", "cities", "areas", "streets", "villages"):
        with (division_folder / f"{level}.csv").open(encoding="utf-8", newline="") as file:
            names |= {row["code"]: row["name"] for row in csv.DictReader(file) if is_shipped(row["code"])}
    write("divisions.csv.gz", ("code", "name"), sorted(names.items()))

    ministry = json.loads(ministry_file.read_text(encoding="utf-8"))["divisions"]
    towns = [
        (code, name) for level, code, _, name in ministry if level == TOWN_LEVEL and code.startswith(SHIPPED)
    ]
    found = match(towns, {code: name for code, name in names.items() if len(code) == TOWN})
    rows = ((code, name, found.get(code, "")) for code, name in towns)
    write("mca-towns.csv.gz", ("code", "name", "area_code"), rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
