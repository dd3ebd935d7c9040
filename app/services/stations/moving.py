"""When a station's new place is too far from its old one to be the same station corrected; pure."""

from math import cos, hypot, radians

from app.core.geo import Point

# A pin is corrected by metres or moved within its town; farther, a digit or another station was meant.
FAR_M = 5_000
_M_PER_DEGREE = 111_195


def apart_m(one: Point, two: Point) -> float:
    """Return the distance of two places on a flat map: exact for streets, good enough to call a place far."""
    return hypot(one.lat - two.lat, (one.lon - two.lon) * cos(radians(one.lat))) * _M_PER_DEGREE


def far_km(old: Point, new: Point) -> int | None:
    """Return how many kilometres a station would move, if that is far; else ``None``."""
    metres = apart_m(old, new)
    return round(metres / 1000) if metres > FAR_M else None
