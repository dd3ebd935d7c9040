"""Stations written as an office reads them: XLSX, CSV, GeoJSON, and an empty form to fill in."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import xlsxwriter

from app.core.geo import CoordType, Point, from_wgs84
from app.core.sheets import BYTE_ORDER_MARK, RISKY, WORKBOOK_OPTIONS, csv_lines, guarded, printable
from app.models import Station
from app.services.stations.exchange.columns import COLUMNS, Column, Written

Values = Mapping[str, Any]
_NOTES = (
    "每行填一个站点,列的先后可以调换。",
    "编号固定不变:再次导入时按编号更新,编号不存在则新增;没有编号列的表按社区代码和名称对应。",
    "电话、编号、社区代码请设为“文本”格式,以免丢失开头的0。",
    "坐标必须注明坐标系:高德、腾讯地图填“高德”,百度地图填“百度”,GPS、天地图填“WGS-84”。",
    "删去整列表示不改动该项;留空的格子表示清空该项。",
)


def values_of(station: Station, coord_type: CoordType | None) -> dict[str, Any]:
    """Return a station by column; the position as it was given, or in the datum asked for."""
    values = {column.key: getattr(station, column.key) for column in COLUMNS if hasattr(station, column.key)}
    values["amenities"] = tuple(sorted(each.amenity for each in station.amenities))
    values["lat"], values["lon"] = station.given_lat, station.given_lon
    values["coord_type"] = coord_type or station.given_coord_type
    if coord_type is not None and coord_type is not station.given_coord_type:
        lat, lon = from_wgs84(Point(station.lat, station.lon), coord_type)
        values["lat"], values["lon"] = round(lat, 7), round(lon, 7)
    return values


def csv_headings() -> str:
    """Return the first line of CSV; a byte-order mark makes Excel read what follows as UTF-8."""
    return BYTE_ORDER_MARK + csv_lines([[column.heading for column in COLUMNS]])


def to_csv(stations: Iterable[Values]) -> str:
    """Return lines of CSV.

    A field that a spreadsheet would run as a formula gets an apostrophe, which the import takes off.
    """
    return csv_lines([_guarded(cell, RISKY) for cell in _cells(values)] for values in stations)


def to_xlsx(stations: Iterable[Values]) -> bytes:
    """Return a workbook whose texts stay texts; nothing in it is a formula."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, WORKBOOK_OPTIONS) as workbook:
        sheet = workbook.add_worksheet("站点")
        text = workbook.add_format({"num_format": "@"})
        sheet.set_column(0, len(COLUMNS) - 1, 16, text)
        bold = workbook.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        sheet.write_row(0, 0, [_titled(column) for column in COLUMNS], bold)
        sheet.freeze_panes(1, 2)
        for line, values in enumerate(stations, start=1):
            for at, cell in enumerate(_cells(values)):
                _write(sheet, line, at, cell, text)
        _explain(workbook.add_worksheet("填写说明"))
    return buffer.getvalue()


def _explain(sheet: Any) -> None:
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 100)
    for line, column in enumerate(COLUMNS):
        sheet.write_row(line, 0, [_titled(column), column.advice])
    for line, note in enumerate(_NOTES, start=len(COLUMNS) + 1):
        sheet.write(line, 0, note)


def to_features(stations: Iterable[tuple[Point, Values]]) -> Iterator[str]:
    """Return each station as a GeoJSON feature: geometry in WGS-84 (RFC 7946), properties as the columns.

    The properties 经度, 纬度 and 坐标系 hold the position as the office gave it or asked for it.
    """
    for point, values in stations:
        cells = _cells(values)
        properties = {
            column.heading: _guarded(cell, ("=", "@"))
            for column, cell in zip(COLUMNS, cells, strict=True)
            if cell != ""
        }
        feature = {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(point.lon, 7), round(point.lat, 7)]},
            "properties": properties,
        }
        yield json.dumps(feature, ensure_ascii=False)


def _cells(values: Values) -> list[Written]:
    return [column.write(values[column.key]) for column in COLUMNS]


def _titled(column: Column) -> str:
    return f"{column.heading}*" if column.needed else column.heading


def _guarded(cell: Written, risky: tuple[str, ...]) -> Written:
    return guarded(cell, risky) if isinstance(cell, str) else cell


def _write(sheet: Any, line: int, at: int, cell: Written, text: Any) -> None:
    if isinstance(cell, str):
        if cell:
            sheet.write_string(line, at, printable(guarded(cell, ("=", "@"))), text)
    elif float(f"{cell:.16G}") == cell:  # the precision that a workbook's numbers keep
        sheet.write_number(line, at, cell)
    else:
        sheet.write_string(line, at, repr(cell), text)
