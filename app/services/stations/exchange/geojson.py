"""GeoJSON (RFC 7946) with the same columns as properties, by heading or by name."""

import json
from collections.abc import Iterator
from typing import Any

from app.services.stations.exchange.cells import Cell
from app.services.stations.exchange.columns import COLUMNS, column_for
from app.services.stations.exchange.errors import FileUnreadable
from app.services.stations.exchange.tables import MAX_ROWS, Row, Table


def read_geojson(content: bytes) -> Table:
    """Read a FeatureCollection of points; a row's number is the feature's.

    The datum must be said, as a property of the feature or a member ``coord_type`` of the collection:
    files in circulation do not keep to the standard's WGS-84. Properties 经度 and 纬度, where given,
    count before the geometry.

    Raises:
        FileUnreadable: it is not such a file.
    """
    try:
        return _read(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise FileUnreadable(hint="不是有效的 GeoJSON 文件") from error


def _read(document: Any) -> Table:
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise FileUnreadable(hint="GeoJSON 应是由点组成的 FeatureCollection")
    if len(features) > MAX_ROWS:
        raise FileUnreadable(hint=f"一次最多导入 {MAX_ROWS} 行,请分成几个文件")
    return _table([dict(_values(feature, document.get("coord_type"))) for feature in features])


def _table(features: list[dict[str, Cell]]) -> Table:
    said = {key for feature in features for key in feature}
    columns = [column for column in COLUMNS if column.key in said]
    unknown = sorted(said - {column.key for column in columns})
    keys = [column.key for column in columns] + unknown
    return Table(
        sheet="GeoJSON",
        headings=[column.heading for column in columns] + unknown,
        columns={column.key: (at, column) for at, column in enumerate(columns)},
        rows=[Row(at, [feature.get(key) for key in keys]) for at, feature in enumerate(features, start=1)],
    )


def _values(feature: dict[str, Any], coord_type: Any) -> Iterator[tuple[str, Cell]]:
    if isinstance(coord_type, str):
        yield "coord_type", coord_type
    yield from zip(("lon", "lat"), _position(feature.get("geometry")), strict=False)
    properties = feature.get("properties")
    for name, value in properties.items() if isinstance(properties, dict) else ():
        column = column_for(name)
        yield (column.key if column else _sound(name)), _cell(value)


def _position(geometry: Any) -> list[Cell]:
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return []
    coordinates = geometry.get("coordinates")
    return [_cell(part) for part in coordinates[:2]] if isinstance(coordinates, list) else []


def _sound(text: str) -> str:
    """Return a text without the halves of characters that JSON can smuggle in."""
    return text.encode(errors="replace").decode()


def _cell(value: Any) -> Cell:
    """Return a JSON value as a cell; what no cell can hold becomes its text, for the report."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return [_sound(part) for part in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < 10**15 else str(value)
    if isinstance(value, str):
        return _sound(value)
    if value is None or isinstance(value, float | bool):
        return value
    return json.dumps(value, ensure_ascii=False)
