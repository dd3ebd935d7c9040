"""Coordinates: WGS-84 inside, a declared type on every way in and out.

GCJ-02 (AMap, Tencent, WeChat) and BD-09 (Baidu) have no published definition; the formula used here is
the public one that all open implementations agree on to a tenth of a micro-degree. The way back is
iterated, so a round trip is exact to well under a millimetre. Outside China nothing is shifted.
"""

import math
from enum import StrEnum
from typing import NamedTuple

from app.core.errors import PositionForeign, PositionSwapped

# Krasovsky 1940, which the public GCJ-02 formula uses.
_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY2 = 0.00669342162296594323
_BD_TURN = math.pi * 3000 / 180
_STEPS = 10
_GOOD_ENOUGH_DEG = 1e-10

MIN_CHINA_LAT, MAX_CHINA_LAT = 0.8293, 55.8271
MIN_CHINA_LON, MAX_CHINA_LON = 72.004, 137.8347
# Tighter, for "did you swap them?": no place in China has such a pair the other way round.
_PLAUSIBLE_LAT = (3.0, 54.0)
_PLAUSIBLE_LON = (73.0, 136.0)


class CoordType(StrEnum):
    """The datum in which a position is written."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Point(NamedTuple):
    """A position in WGS-84 degrees."""

    lat: float
    lon: float


def to_wgs84(lat: float, lon: float, coord_type: CoordType) -> Point:
    """Read a position of a declared type as WGS-84."""
    if coord_type is CoordType.WGS84:
        return Point(lat, lon)
    if coord_type is CoordType.BD09:
        lat, lon = _bd09_to_gcj02(lat, lon)
    return Point(*_gcj02_to_wgs84(lat, lon))


def read_in_china(lat: float, lon: float, coord_type: CoordType) -> Point:
    """Read a position of a declared type, in degrees, as WGS-84.

    Raises:
        PositionSwapped: it lies in China only the other way round.
        PositionForeign: it does not lie in China at all.
    """
    if looks_swapped(lat, lon):
        raise PositionSwapped
    if not plausible_in_china(lat, lon):
        raise PositionForeign
    return to_wgs84(lat, lon, coord_type)


def from_wgs84(point: Point, coord_type: CoordType) -> tuple[float, float]:
    """Write a position as (lat, lon) of a declared type."""
    lat, lon = point.lat, point.lon
    if coord_type is not CoordType.WGS84:
        lat, lon = _wgs84_to_gcj02(lat, lon)
    if coord_type is CoordType.BD09:
        lat, lon = _gcj02_to_bd09(lat, lon)
    return lat, lon


def in_china(lat: float, lon: float) -> bool:
    """Tell whether the public formula shifts this position (a rectangle around China)."""
    return MIN_CHINA_LAT <= lat <= MAX_CHINA_LAT and MIN_CHINA_LON <= lon <= MAX_CHINA_LON


def plausible_in_china(lat: float, lon: float) -> bool:
    """Tell whether a position can lie in China (3–54 °N, 73–136 °E)."""
    return _PLAUSIBLE_LAT[0] <= lat <= _PLAUSIBLE_LAT[1] and _PLAUSIBLE_LON[0] <= lon <= _PLAUSIBLE_LON[1]


def looks_swapped(lat: float, lon: float) -> bool:
    """Tell whether the pair lies in China only when read the other way round."""
    return not plausible_in_china(lat, lon) and plausible_in_china(lon, lat)


def _offset(lat: float, lon: float) -> tuple[float, float]:
    """Return the shift (d_lat, d_lon) in degrees that the public formula adds at a WGS-84 position."""
    x, y = lon - 105.0, lat - 35.0
    root = math.sqrt(abs(x))
    waves = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    north = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
        + (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
        + (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    )  # fmt: skip
    east = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
        + (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
        + (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    )  # fmt: skip
    phi = math.radians(lat)
    magic = 1 - _ECCENTRICITY2 * math.sin(phi) ** 2
    meridian = _SEMI_MAJOR_M * (1 - _ECCENTRICITY2) / (magic * math.sqrt(magic))
    parallel = _SEMI_MAJOR_M / math.sqrt(magic) * math.cos(phi)
    return math.degrees(north / meridian), math.degrees(east / parallel)


def _wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    if not in_china(lat, lon):
        return lat, lon
    d_lat, d_lon = _offset(lat, lon)
    return lat + d_lat, lon + d_lon


def _gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    if not in_china(lat, lon):
        return lat, lon
    a, b = lat, lon
    for _ in range(_STEPS):
        d_lat, d_lon = _offset(a, b)
        off_lat, off_lon = a + d_lat - lat, b + d_lon - lon
        a, b = a - off_lat, b - off_lon
        if abs(off_lat) < _GOOD_ENOUGH_DEG and abs(off_lon) < _GOOD_ENOUGH_DEG:
            break
    return a, b


def _gcj02_to_bd09(lat: float, lon: float) -> tuple[float, float]:
    if not in_china(lat, lon):
        return lat, lon
    radius = math.hypot(lon, lat) + 2e-5 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 3e-6 * math.cos(lon * _BD_TURN)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def _bd09_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    if not in_china(lat, lon):
        return lat, lon
    a, b = lat - 0.006, lon - 0.0065
    for _ in range(_STEPS):
        there_lat, there_lon = _gcj02_to_bd09(a, b)
        off_lat, off_lon = there_lat - lat, there_lon - lon
        a, b = a - off_lat, b - off_lon
        if abs(off_lat) < _GOOD_ENOUGH_DEG and abs(off_lon) < _GOOD_ENOUGH_DEG:
            break
    return a, b
