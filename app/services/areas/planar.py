"""Shapes in metres around one place: true to a millimetre over some hundred metres, at any latitude."""

import math
from typing import Any, TypeVar

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from app.core.geo import Point

G = TypeVar("G", bound=BaseGeometry)

_SEMI_MAJOR_M = 6378137.0  # WGS-84
_ECCENTRICITY2 = 0.00669437999014


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Return the metres of one degree of latitude and of longitude on the ellipsoid."""
    phi = math.radians(lat)
    bend = 1 - _ECCENTRICITY2 * math.sin(phi) ** 2
    meridian = _SEMI_MAJOR_M * (1 - _ECCENTRICITY2) / bend**1.5
    parallel = _SEMI_MAJOR_M / math.sqrt(bend) * math.cos(phi)
    return math.radians(meridian), math.radians(parallel)


def flatten(shape: G, around: Point) -> G:
    """Return a WGS-84 shape (lon, lat) in metres east and north of a point."""
    north_m, east_m = metres_per_degree(around.lat)
    origin, scale = np.array([around.lon, around.lat]), np.array([east_m, north_m])

    def move(pairs: Any) -> Any:
        return (pairs - origin) * scale

    flat: G = shapely.transform(shape, move)
    return flat
