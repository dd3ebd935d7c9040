"""Grids as offices bring them: a GeoJSON feature collection in a declared coordinate type.

Each feature has ``code`` (网格编码, 15 digits: the community's 12 and 3 more), ``name`` (网格名称) and
perhaps ``community_code`` (社区代码); its geometry is a polygon or several.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from app.core.geo import CoordType, Point, plausible_in_china, to_wgs84
from app.services.areas.planar import flatten

_NAMES = {
    "code": ("code", "网格编码", "编码"),
    "name": ("name", "网格名称", "名称"),
    "community_code": ("community_code", "社区代码"),
}
_CODE = re.compile(r"[0-9]{15}")
_COMMUNITY_DIGITS = 12
_GARBLED = re.compile(r"[\x00-\x1f\x7f\ufffd]")
_LONGEST_NAME = 100
_FEWEST_POSITIONS = 4
_DECIMALS = 8  # a millimetre
_SMALLEST_M2 = 1.0


class GridProblemKind(StrEnum):
    """What is wrong with a grid or with two."""

    NOT_GEOJSON = "not_geojson"
    CODE = "code"
    NAME = "name"
    DUPLICATE = "duplicate"
    WRONG_COMMUNITY = "wrong_community"
    UNKNOWN_COMMUNITY = "unknown_community"
    RING = "ring"
    OUTSIDE_CHINA = "outside_china"
    CROSSES_ITSELF = "crosses_itself"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class GridProblem:
    """One reason to refuse the list, naming the grids: one, or the two that overlap."""

    kind: GridProblemKind
    grids: tuple[str, ...]
    hint: str


@dataclass(frozen=True, slots=True)
class DrawnGrid:
    """One grid as drawn, in WGS-84."""

    code: str
    name: str
    community_code: str
    shape: Polygon | MultiPolygon


@dataclass(frozen=True, slots=True)
class GridReading:
    """What was read and what could not be."""

    grids: list[DrawnGrid]
    problems: list[GridProblem]


class _Refused(Exception):
    """One feature cannot be taken."""

    def __init__(self, kind: GridProblemKind, hint: str) -> None:
        super().__init__(kind, hint)
        self.kind, self.hint = kind, hint


def read_grids(document: Any, coord_type: CoordType) -> GridReading:
    """Read a feature collection; every feature that cannot be taken is named with the reason."""
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection" or not features:
        hint = "须是含有要素的 GeoJSON FeatureCollection"
        return GridReading([], [GridProblem(GridProblemKind.NOT_GEOJSON, (), hint)])
    reading = GridReading([], [])
    for number, feature in enumerate(features, 1):
        label = f"第 {number} 个"
        try:
            properties = _properties(feature)
            label = properties["code"] or label
            reading.grids.append(_grid(properties, feature.get("geometry"), coord_type))
        except _Refused as error:
            reading.problems.append(GridProblem(error.kind, (label[:40],), error.hint))
    times = Counter(grid.code for grid in reading.grids)
    reading.problems.extend(
        GridProblem(GridProblemKind.DUPLICATE, (code,), f"编码出现 {count} 次")
        for code, count in times.items()
        if count > 1
    )
    return reading


def _properties(feature: Any) -> dict[str, str]:
    given = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(given, dict) or feature.get("type") != "Feature":
        raise _Refused(GridProblemKind.NOT_GEOJSON, "须是带有属性的 GeoJSON Feature")
    found = {key: next((given[name] for name in names if name in given), "") for key, names in _NAMES.items()}
    return {key: value.strip() if isinstance(value, str) else "" for key, value in found.items()}


def _grid(properties: dict[str, str], geometry: Any, coord_type: CoordType) -> DrawnGrid:
    code, name = properties["code"], properties["name"]
    if not _CODE.fullmatch(code):
        raise _Refused(GridProblemKind.CODE, "网格编码须是 15 位数字,写作文本")
    if not 0 < len(name) <= _LONGEST_NAME or _GARBLED.search(name):
        raise _Refused(GridProblemKind.NAME, "网格名称为空、过长或含有乱码")
    community = properties["community_code"] or code[:_COMMUNITY_DIGITS]
    if not code.startswith(community) or len(community) != _COMMUNITY_DIGITS:
        raise _Refused(GridProblemKind.WRONG_COMMUNITY, f"编码的前 12 位不是所填社区 {community[:20]}")
    return DrawnGrid(code, name, community, _shape(geometry, coord_type))


def _shape(geometry: Any, coord_type: CoordType) -> Polygon | MultiPolygon:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        raise _Refused(GridProblemKind.NOT_GEOJSON, "图形须是 Polygon 或 MultiPolygon")
    coordinates = geometry.get("coordinates")
    polygons = [
        _polygon(polygon, coord_type)
        for polygon in _list([coordinates] if kind == "Polygon" else coordinates)
    ]
    shape = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    if not shape.is_valid:
        raise _Refused(GridProblemKind.CROSSES_ITSELF, _where_invalid(shape))
    middle = shape.representative_point()
    if flatten(shape, Point(middle.y, middle.x)).area < _SMALLEST_M2:
        raise _Refused(GridProblemKind.RING, "图形没有面积")
    return shapely.orient_polygons(shape)


def _polygon(rings: Any, coord_type: CoordType) -> Polygon:
    outer, *holes = [_ring(ring, coord_type) for ring in _list(rings)]
    return Polygon(outer, holes)


def _ring(ring: Any, coord_type: CoordType) -> list[tuple[float, float]]:
    pairs = [_pair(position) for position in _list(ring)]
    if len(pairs) < _FEWEST_POSITIONS or pairs[0] != pairs[-1]:
        raise _Refused(GridProblemKind.RING, "环线至少 4 个点,并且首尾相同")
    points = [to_wgs84(lat, lon, coord_type) for lon, lat in pairs]
    return [(round(point.lon, _DECIMALS), round(point.lat, _DECIMALS)) for point in points]


def _pair(position: Any) -> tuple[float, float]:
    pair = _list(position)[:2]
    if len(pair) != 2 or not all(_is_number(value) for value in pair):  # noqa: PLR2004
        raise _Refused(GridProblemKind.RING, "坐标须是 [经度, 纬度]")
    lon, lat = pair
    if not plausible_in_china(lat, lon):
        hint = (
            "经纬度颠倒了:GeoJSON 先写经度"
            if plausible_in_china(lon, lat)
            else f"[{lon}, {lat}] 不在中国境内"
        )
        raise _Refused(GridProblemKind.OUTSIDE_CHINA, hint)
    return float(lon), float(lat)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _Refused(GridProblemKind.RING, "坐标缺失或层级不对")
    return value


def _where_invalid(shape: BaseGeometry) -> str:
    reason = shapely.is_valid_reason(shape)
    place = reason[reason.find("[") + 1 : reason.find("]")].split()
    at = f",在 {place[0]}, {place[1]} 附近" if "[" in reason else ""
    return f"边界自相交或重叠{at}"
