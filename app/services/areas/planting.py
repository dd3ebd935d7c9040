"""From rows as read to divisions that hang together: kinds, authorities, and what is wrong."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from app.models import AreaKind
from app.services.areas.files import RawArea, RowProblem
from app.services.areas.tree import COMMUNITY, COUNTY, Ancestor, authority_above, kind_of, level_of


class PlantedArea(NamedTuple):
    """One division, ready for the table ``areas``."""

    code: str
    name: str
    level: int
    kind: AreaKind
    parent_code: str | None
    valid_from: date
    valid_to: date | None


class Planting(NamedTuple):
    """Divisions in the order of their codes, who succeeded whom, and the rows that do not fit."""

    areas: list[PlantedArea]
    successions: list[tuple[str, str]]
    problems: list[RowProblem]


def plant(rows: Iterable[RawArea], *, edition: date, stored: Mapping[str, Ancestor]) -> Planting:
    """Give every row its kind and authority.

    Args:
        rows: what was read.
        edition: the day whose state the list describes; a row without a date is valid from it.
        stored: the divisions above community level that are known already; rows override them.
    """
    above = dict(stored)
    planting = Planting([], [], [])
    seen: dict[str, str] = {}
    # By length first: whatever is above a row is known before the row.
    for row in sorted(rows, key=lambda row: (len(row.code), row.code)):
        # The bureau repeats a county that it cannot list further as its own town and community.
        if seen.get(row.code) == row.name:
            continue
        hint = "代码重复,名称不同" if row.code in seen else _plant_one(row, edition, above, planting.areas)
        seen[row.code] = row.name
        if hint:
            planting.problems.append(RowProblem(row.place, row.code, hint))
        planting.successions.extend((row.code, successor) for successor in row.successors)
    planting.problems.sort(key=lambda problem: problem.place)
    return planting


def _plant_one(
    row: RawArea, edition: date, above: dict[str, Ancestor], areas: list[PlantedArea]
) -> str | None:
    kind = row.kind or kind_of(row.code, row.name, above)
    if len(row.code) == COUNTY and row.code.endswith("00") and kind is not AreaKind.FILLER:
        return "六位代码以 00 结尾的,须写作四位有效数字"
    try:
        parent = authority_above(row.code, above)
    except KeyError as error:
        return f"上级 {error.args[0]} 既不在文件中,也不在库中"
    if row.parent_code is not None and row.parent_code not in above:
        return f"上级 {row.parent_code} 既不在文件中,也不在库中"
    if len(row.code) < COMMUNITY:
        above[row.code] = Ancestor(row.name, kind)
    areas.append(
        PlantedArea(
            row.code,
            row.name,
            level_of(row.code),
            kind,
            row.parent_code or parent,
            row.valid_from or edition,
            row.valid_to,
        )
    )
    return None
