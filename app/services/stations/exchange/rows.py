"""One row of an office's table becomes values, or says what is wrong with which cell."""

from typing import Any

from app.core.geo import looks_swapped, plausible_in_china
from app.models import HolidayPolicy
from app.services.stations.exchange import cells
from app.services.stations.exchange.cells import BadCell
from app.services.stations.exchange.columns import BY_KEY, COLUMNS, Column
from app.services.stations.exchange.plain_hours import SEASONS_MEAN, names_bare_season, never_rests
from app.services.stations.exchange.report import CellProblem
from app.services.stations.exchange.tables import Row, Table

PLACE = ("lon", "lat", "coord_type")


def read_row(table: Table, row: Row) -> tuple[dict[str, Any], list[CellProblem]]:
    """Read a station's cells, and look whether they fit together."""
    values, problems = read_cells(table, row)
    if never_rests(_hours_said(table, row)) and values.get("holiday_policy") is None:
        values["holiday_policy"] = HolidayPolicy.SAME
    problems += _bad_place(values, table) + _bad_holiday(values)
    return values, problems


def read_cells(table: Table, row: Row) -> tuple[dict[str, Any], list[CellProblem]]:
    """Read the cells of the columns that the table has; a column it lacks says nothing."""
    values: dict[str, Any] = {}
    problems: list[CellProblem] = []
    for _, column in table.columns.values():
        try:
            values[column.key] = _read(column, _cell(table, row, column.key))
        except BadCell as error:
            problems.append(CellProblem(column.heading, error.problem, error.advice))
    return values, problems


def missing_for_new(table: Table) -> list[CellProblem]:
    """Return what a new station needs and the table has no column for; a code can be made."""
    return [
        CellProblem(column.heading, f"新站点必须有“{column.heading}”,表中没有这一列", column.advice)
        for column in COLUMNS
        if column.needed and column.key not in table.columns and column.key != "code"
    ]


def hints_on(table: Table, row: Row) -> list[str]:
    """Return what was understood in one of several ways, for the office to look at."""
    return [SEASONS_MEAN] if names_bare_season(_hours_said(table, row)) else []


def _hours_said(table: Table, row: Row) -> str:
    return cells.shown(_cell(table, row, "opening_hours"))


def _cell(table: Table, row: Row, key: str) -> cells.Cell:
    at = table.columns[key][0] if key in table.columns else len(row.cells)
    return row.cells[at] if at < len(row.cells) else None


def _read(column: Column, cell: cells.Cell) -> Any:
    if not cells.is_blank(cell):
        return column.read(cell)
    if column.needed:
        raise BadCell("没有填写", column.advice)
    return column.blank


def _bad_place(values: dict[str, Any], table: Table) -> list[CellProblem]:
    there = [key for key in PLACE if key in table.columns]
    if there and len(there) < len(PLACE):
        lacking = next(BY_KEY[key] for key in PLACE if key not in table.columns)
        return [CellProblem(lacking.heading, f"表中没有“{lacking.heading}”这一列", lacking.advice)]
    if "lon" not in values or "lat" not in values:
        return []
    lon, lat = values["lon"], values["lat"]
    if looks_swapped(lat, lon):
        return [CellProblem("经度", "经度和纬度填反了", f"经度应为 {lat:g},纬度应为 {lon:g}")]
    if not plausible_in_china(lat, lon):
        return [CellProblem("经度", "这个位置不在中国境内", "核对经度(73–136)和纬度(3–54)")]
    return []


def _bad_holiday(values: dict[str, Any]) -> list[CellProblem]:
    if values.get("holiday_policy") is HolidayPolicy.OWN_HOURS and not values.get("holiday_hours"):
        return [CellProblem("节假日时间", "节假日填了“另定时间”,却没有填节假日时间", "例如 10:00-16:00")]
    return []
