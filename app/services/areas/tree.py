"""The division tree's pure rules: significant codes, levels, what a code stands for, its authority.

The statistics bureau's codes (12 digits: 2 province, 2 prefecture, 2 county, 3 town, 3 community) hold
rows that are no authorities. A filler (嘉峪关 620201, 市辖区 1101) only keeps the digits aligned: what is
below it answers to what is above it. A zone (兰州新区 620171, 4xx–5xx towns) has a committee of its own
and answers to no county, whatever its digits say.
"""

from collections.abc import Mapping
from typing import NamedTuple

from app.models import AreaKind

LENGTHS = (2, 4, 6, 9, 12)
PREFECTURE, COUNTY, TOWN, COMMUNITY = 4, 6, 9, 12  # lengths of the significant digits
_FILLER_PREFECTURES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
# A heading of 泾川 under which the statistics bureau gathers the county seat's communities.
_FILLER_TOWNS = frozenset({"城市社区街道"})
_VIRTUAL_COMMUNITIES = frozenset({"498", "598"})
_ZONE_COUNTIES = range(71, 80)
_UNOFFICIAL = range(400, 600)


class Ancestor(NamedTuple):
    """What the rules need to know of a division above."""

    name: str
    kind: AreaKind


def level_of(code: str) -> int:
    """Return 1 (province) to 5 (community) for a significant code."""
    return LENGTHS.index(len(code)) + 1


def significant(code: str) -> str:
    """Strip the zeros that fill a code up to 6, 9 or 12 digits: ``620802000000`` is ``620802``.

    441900 (东莞, a county in name only) cannot be told from a filled prefecture by its digits: who looks a
    code up asks for it as it is first.
    """
    for length, zeros in ((TOWN, "000"), (COUNTY, "000"), (PREFECTURE, "00"), (2, "00")):
        if len(code) == length + len(zeros) and code.endswith(zeros):
            code = code[:length]
    return code


def digits_above(code: str) -> str | None:
    """Return the code one level up by digits alone, or ``None`` for a province."""
    level = level_of(code)
    return code[: LENGTHS[level - 2]] if level > 1 else None


def kind_of(code: str, name: str, above: Mapping[str, Ancestor]) -> AreaKind:
    """Say what a code stands for, given what is known of the divisions above it."""
    match len(code):
        case 4:
            is_filler, is_zone = name in _FILLER_PREFECTURES, False
        case 6:
            prefecture = above.get(code[:PREFECTURE])
            is_filler = prefecture is not None and prefecture.name == name
            is_zone = int(code[4:]) in _ZONE_COUNTIES
        case 9:
            is_filler, is_zone = name in _FILLER_TOWNS, int(code[6:]) in _UNOFFICIAL
        case 12:
            is_filler, is_zone = code[9:] in _VIRTUAL_COMMUNITIES, int(code[9:]) in _UNOFFICIAL
        case _:
            is_filler = is_zone = False
    if is_filler:
        return AreaKind.FILLER
    return AreaKind.ZONE if is_zone else AreaKind.OFFICIAL


def authority_above(code: str, above: Mapping[str, Ancestor]) -> str | None:
    """Return the nearest division above that is an authority.

    Raises:
        KeyError: the division one level up is not known; the key is its code.
    """
    parent = digits_above(code)
    if parent is not None and parent not in above and _has_no_county(parent):
        parent = parent[:PREFECTURE]
    while parent is not None and above[parent].kind is AreaKind.FILLER:
        parent = digits_above(parent)
    return parent


def _has_no_county(code: str) -> bool:
    return len(code) == COUNTY and code.endswith("00")
