"""Station lists from offices and back to them: XLSX, CSV, GeoJSON, in the office's own words."""

from app.services.stations.exchange.commands import import_stations
from app.services.stations.exchange.errors import FileUnreadable
from app.services.stations.exchange.exporting import (
    ExportFormat,
    exported_lines,
    exported_workbook,
    template,
)
from app.services.stations.exchange.geojson import read_geojson
from app.services.stations.exchange.marked import mark
from app.services.stations.exchange.report import CellProblem, ImportReport, RowAction, RowReport
from app.services.stations.exchange.tables import STATIONS, Form, Table, read_csv
from app.services.stations.exchange.xlsx import read_xlsx

__all__ = [
    "CellProblem",
    "ExportFormat",
    "FileUnreadable",
    "Form",
    "ImportReport",
    "RowAction",
    "RowReport",
    "Table",
    "exported_lines",
    "exported_workbook",
    "import_stations",
    "mark",
    "read_file",
    "template",
]

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def read_file(content: bytes, form: Form = STATIONS) -> Table:
    """Read an office's file by what it is, not by its name; blocks for up to some seconds.

    Raises:
        FileUnreadable: it is no list of the form.
    """
    if content.startswith(b"PK"):
        return read_xlsx(content, form)
    if content.startswith(_OLD_EXCEL):
        raise FileUnreadable(hint="这是旧版 .xls 文件,请另存为 .xlsx 再导入")
    if form is STATIONS and content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return read_geojson(content)
    return read_csv(content, form)
