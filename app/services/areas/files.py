"""Reading lists of divisions: CSV, plain or gzip, one file or a folder of one file a level.

Columns (English or Chinese headings, in any order): ``code`` and ``name`` are required; ``kind``,
``parent_code``, ``valid_from``, ``valid_to`` and ``successors`` (codes separated by spaces) may be left
out or empty and then follow from the digits and the edition. A code is its significant digits, or these
filled with zeros to 12. The five files of npm's ``china-division`` read as they are.
"""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from app.models import AreaKind
from app.services.areas.tree import COUNTY, LENGTHS, PREFECTURE, TOWN, significant

_HEADINGS = {
    "code": "code", "区划代码": "code", "代码": "code",
    "name": "name", "名称": "name",
    "kind": "kind", "性质": "kind",
    "parent_code": "parent_code", "上级代码": "parent_code",
    "valid_from": "valid_from", "启用日期": "valid_from",
    "valid_to": "valid_to", "停用日期": "valid_to",
    "successors": "successors", "继任代码": "successors",
    "area_code": "area_code", "对应代码": "area_code",
}  # fmt: skip
_REPEATED = frozenset({"provinceCode", "cityCode", "areaCode", "streetCode"})  # the code's own digits again
_LONGEST_NAME = 100
_MOST_DIGITS = 12
_GARBLED = re.compile(r"[\x00-\x1f\x7f\ufffd]")


class Place(NamedTuple):
    """Where in the input something stands."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why one row cannot be taken, in a clerk's words."""

    place: Place
    code: str
    hint: str


class RawArea(NamedTuple):
    """One row as read: every value checked by itself, none against the tree."""

    place: Place
    code: str
    name: str
    kind: AreaKind | None = None
    parent_code: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()


class RawAlias(NamedTuple):
    """Another authority's code and name; ``area_code`` when the file already says whose it is."""

    place: Place
    code: str
    name: str
    area_code: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read and what could not be."""

    areas: list[RawArea]
    problems: list[RowProblem]


@dataclass(frozen=True, slots=True)
class AliasReading:
    """What was read of a list of aliases and what could not be."""

    aliases: list[RawAlias]
    problems: list[RowProblem]


def read_areas(path: Path) -> Reading:
    """Read a file, or every CSV file of a folder (hidden ones apart)."""
    reading = Reading([], [])
    for file in _files(path):
        for place, row in _rows(file, reading.problems):
            try:
                reading.areas.append(_area(place, row))
            except ValueError as error:
                reading.problems.append(RowProblem(place, row.get("code", ""), str(error)))
    return reading


def read_aliases(path: Path) -> AliasReading:
    """Read a list of another authority's codes: ``code``, ``name`` and perhaps ``area_code``."""
    reading = AliasReading([], [])
    for file in _files(path):
        for place, row in _rows(file, reading.problems):
            try:
                area_code = _code(row["area_code"]) if row.get("area_code") else None
                reading.aliases.append(RawAlias(place, _digits(row["code"]), _name(row["name"]), area_code))
            except ValueError as error:
                reading.problems.append(RowProblem(place, row.get("code", ""), str(error)))
    return reading


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for pattern in ("[!.]*.csv", "[!.]*.csv.gz") for file in path.glob(pattern))


def _rows(file: Path, problems: list[RowProblem]) -> Iterator[tuple[Place, dict[str, str]]]:
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    lines = csv.reader(io.StringIO(text, newline=""))
    headings = [heading.strip() for heading in next(lines, [])]
    columns = [_HEADINGS.get(heading) for heading in headings]
    if hint := _wrong_headings(headings):
        problems.append(RowProblem(Place(file.name, 1), "", hint))
        return
    for values in lines:
        place = Place(file.name, lines.line_num)
        if not any(values):
            continue
        if len(values) != len(columns):
            problems.append(RowProblem(place, values[0], f"应有 {len(columns)} 列,实有 {len(values)} 列"))
            continue
        yield place, {column: value for column, value in zip(columns, values, strict=True) if column}


def _wrong_headings(headings: list[str]) -> str | None:
    known = [_HEADINGS[heading] for heading in headings if heading in _HEADINGS]
    unknown = [heading for heading in headings if heading not in _HEADINGS and heading not in _REPEATED]
    if unknown:
        return f"不认识的列:{'、'.join(unknown[:5])}"
    if not {"code", "name"} <= set(known) or len(set(known)) != len(known):
        return "第一行须是列名,并且 code(区划代码)和 name(名称)各有一列"
    return None


def _area(place: Place, row: dict[str, str]) -> RawArea:
    code, name = _code(row["code"]), _name(row["name"])
    if len(row) == 2:  # noqa: PLR2004 - code and name alone: the shape of the long lists
        return RawArea(place, code, name)
    area = RawArea(
        place,
        code,
        name,
        kind=_kind(row.get("kind", "")),
        parent_code=_code(row["parent_code"]) if row.get("parent_code") else None,
        valid_from=_day(row.get("valid_from", "")),
        valid_to=_day(row.get("valid_to", "")),
        successors=tuple(_code(successor) for successor in row.get("successors", "").split()),
    )
    if area.valid_to and (area.valid_from is None or area.valid_from >= area.valid_to):
        raise ValueError("有停用日期的,须有更早的启用日期")
    if area.successors and area.valid_to is None:
        raise ValueError("有继任代码的,须有停用日期")
    return area


def _digits(value: str) -> str:
    code = value.strip()
    if not (code.isascii() and code.isdigit() and len(code) <= _MOST_DIGITS):
        raise ValueError(f"代码须是数字:{code[:20]!r}")
    return code


def _code(value: str) -> str:
    code = _digits(value)
    if len(code) >= TOWN:
        code = significant(code)
    if len(code) not in LENGTHS or _ends_in_filling(code):
        raise ValueError(f"代码须是 2、4、6、9 或 12 位有效数字:{code}")
    return code


def _ends_in_filling(code: str) -> bool:
    # Six digits may end in 00: 441900 and its like are counties in name only.
    return code.endswith({COUNTY: "0000", PREFECTURE: "00"}.get(len(code), "x"))


def _name(value: str) -> str:
    name = value.strip()
    # Private-use characters are fine: lists write rare place names with them.
    if not 0 < len(name) <= _LONGEST_NAME or _GARBLED.search(name):
        raise ValueError("名称为空、过长或含有乱码")
    return name


def _kind(value: str) -> AreaKind | None:
    try:
        return AreaKind(value) if value else None
    except ValueError:
        raise ValueError(f"性质须是 {'、'.join(AreaKind)} 之一") from None


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise ValueError(f"日期须写作 2026-01-31:{value[:20]!r}") from None
