"""The office's own file again, with the bad cells coloured and what to write instead beside them."""

import io

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.core.sheets import WORKBOOK_OPTIONS, printable
from app.services.stations.exchange import cells
from app.services.stations.exchange.report import ImportReport, RowAction, RowReport
from app.services.stations.exchange.tables import Row, Table

_OUTCOMES = {
    RowAction.CREATE: "可新增",
    RowAction.UPDATE: "可更新",
    RowAction.UNCHANGED: "无变化",
    RowAction.REFUSED: "有错误",
}
# Texts stay texts: nothing that a stranger wrote becomes a formula or a link.
_WIDTH, _WIDE = 16, 70


def mark(table: Table, report: ImportReport) -> bytes:
    """Return a workbook with every row, its outcome, and a comment on each bad cell."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, WORKBOOK_OPTIONS) as workbook:
        sheet = workbook.add_worksheet("检查结果")
        bold = workbook.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        bad = workbook.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
        hint = workbook.add_format({"bg_color": "#FFEB9C"})
        headings = [*table.headings, "原行号", "检查结果", "说明"]
        sheet.write_row(0, 0, [printable(name) for name in headings], bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headings) - 2, _WIDTH)
        sheet.set_column(len(headings) - 1, len(headings) - 1, _WIDE)
        for line, (row, found) in enumerate(zip(table.rows, report.rows, strict=True), start=1):
            _write(sheet, line, row, table)
            _judge(sheet, line, found, len(table.headings), bad if found.problems else hint)
            for at, said in _comments(table, found).items():
                sheet.write_string(line, at, _shown(row, at), bad)
                sheet.write_comment(line, at, said, {"x_scale": 2, "author": "暖蜂"})
    return buffer.getvalue()


def _write(sheet: Worksheet, line: int, row: Row, table: Table) -> None:
    for at in range(len(table.headings)):
        if text := _shown(row, at):
            sheet.write_string(line, at, text)


def _shown(row: Row, at: int) -> str:
    return printable(cells.shown(row.cells[at])) if at < len(row.cells) else ""


def _judge(sheet: Worksheet, line: int, found: RowReport, at: int, colour: Format) -> None:
    said = [f"{problem.column}:{problem.problem}。{problem.advice}" for problem in found.problems]
    sheet.write_number(line, at, found.number)
    sheet.write_string(line, at + 1, _OUTCOMES[found.action], colour if said else None)
    if said or found.hints:
        sheet.write_string(line, at + 2, printable("\n".join([*said, *found.hints])), colour)


def _comments(table: Table, found: RowReport) -> dict[int, str]:
    """Return what to say beside each bad cell, by its place in the row."""
    places = {column.heading: at for at, column in table.columns.values()}
    said: dict[int, list[str]] = {}
    for problem in found.problems:
        if problem.column in places:
            said.setdefault(places[problem.column], []).append(f"{problem.problem}\n{problem.advice}")
    return {at: printable("\n".join(lines)) for at, lines in said.items()}
