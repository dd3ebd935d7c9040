"""Grids as GeoJSON, as plain functions."""

LAT, LON, STEP = 39.74, 98.50, 0.001  # about a hundred metres


def square(east: float, north: float, size: float = 1.0) -> list[list[float]]:
    """Make a closed ring; all measures in steps of about a hundred metres."""
    west, south = LON + east * STEP, LAT + north * STEP
    right, top = west + size * STEP, south + size * STEP
    return [[west, south], [right, south], [right, top], [west, top], [west, south]]


def drawn(number: int, ring: list[list[float]], *, community: str = "620902006001", name: str = "示例网格"):
    """Make a feature."""
    return {
        "type": "Feature",
        "properties": {"code": f"{community}{number:03}", "name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features):
    """Make a feature collection."""
    return {"type": "FeatureCollection", "features": list(features)}
