"""Reading workbooks that strangers made: measured before a parser may allocate for them."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import IO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.services.stations.exchange.cells import Cell
from app.services.stations.exchange.errors import FileUnreadable
from app.services.stations.exchange.tables import MAX_COLUMNS, MAX_ROWS, STATIONS, Form, Table, from_grid

_MAX_PARTS, _MAX_MERGES = 1000, 1000
_MAX_UNPACKED = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_OVERLAP = 64
# A parser lays a sheet out as a full rectangle, so one cell in the far corner costs gigabytes.
_LAST_ROW = MAX_ROWS + 100
_LAST_COLUMN = 1024
_PLACE = re.compile(rb"""\br\s*=\s*["']\$?([A-Za-z]{1,4})\$?(\d{1,9})["']""")
_TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])")
_WIDE_SHEET = "sheetData".encode("utf-16-le")[:-1]
_UNREADABLE = "打不开这个文件:请用 Excel 或 WPS 另存为 .xlsx 再导入"


def read_xlsx(content: bytes, form: Form = STATIONS) -> Table:
    """Read the first visible sheet that has the form's headings.

    Formulas are not run: a cell counts as the value that the office's program stored last.

    Raises:
        FileUnreadable: it is no workbook, a trap, too big, or has no headings.
    """
    _measure(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible:
                    found = _table(workbook.get_sheet_by_name(sheet.name), form)
                    if found is not None:
                        return found
    except CalamineError as error:
        raise FileUnreadable(hint=_UNREADABLE) from error
    raise FileUnreadable(hint=f"没有找到表头:应有一行写着“{form.example}”等列名")


def _table(sheet: CalamineSheet, form: Form) -> Table | None:
    grid = [[_value(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for start, end in (sheet.merged_cell_ranges or ())[:_MAX_MERGES]:
        _fill_down(grid, start, end)
    return from_grid(grid, form=form, sheet=sheet.name)


def _value(cell: Cell) -> Cell:
    return None if cell == "" else cell


def _fill_down(grid: list[list[Cell]], start: Sequence[int], end: Sequence[int]) -> None:
    """Give a value that was merged over several lines of one column to each of them."""
    (top, left), (bottom, right) = start, end
    if left != right or bottom >= len(grid):
        return
    for line in range(top + 1, bottom + 1):
        grid[line][left] = grid[top][left]


def _measure(content: bytes) -> None:
    """Unpack everything once, counting, and look how far the sheets reach.

    Raises:
        FileUnreadable: it unpacks to more than a list of stations can be, or is damaged.
    """
    left = _MAX_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _MAX_PARTS:
                raise FileUnreadable(hint=_UNREADABLE)
            for part in parts:
                with archive.open(part) as stream:
                    left -= _measure_part(stream, left)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        raise FileUnreadable(hint=_UNREADABLE) from error


def _measure_part(stream: IO[bytes], most: int) -> int:
    size, tail, reach = 0, b"", _Reach()
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise FileUnreadable(hint="文件内容过大,请只保留站点表")
        reach.look(tail + chunk, seen=len(tail))
        tail = chunk[-_OVERLAP:]
    reach.check()
    return size


class _Reach:
    """How far one part of a workbook reaches, if it is a sheet: by its cells' names, and by counting."""

    def __init__(self) -> None:
        self._is_sheet = self._hides = self._is_far = False
        self._lines = self._in_line = self._widest = 0

    def look(self, data: bytes, *, seen: int) -> None:
        """Take a piece of the part; its first ``seen`` bytes belong to the piece before, too."""
        self._is_sheet |= b"sheetData" in data
        # A comment could hide a line's end from the count; another encoding, everything.
        self._hides |= b"<!-" in data or b"<![" in data
        self._is_far |= _WIDE_SHEET in data
        for column, row in _PLACE.findall(data):
            self._is_far |= int(row) > _LAST_ROW or _column(column) > _LAST_COLUMN
        for tag in _TAG.finditer(data, max(0, seen - 1)):
            if tag[1] == b"row":
                self._lines, self._in_line = self._lines + 1, 0
            else:
                self._in_line += 1
                self._widest = max(self._widest, self._in_line)

    def check(self) -> None:
        """Refuse a sheet that a parser would have to lay out as a huge rectangle."""
        if self._is_sheet and self._hides:
            raise FileUnreadable(hint=_UNREADABLE)
        counted = self._is_sheet and (self._lines > _LAST_ROW or self._widest > _LAST_COLUMN)
        if self._is_far or counted:
            raise FileUnreadable(
                hint=f"表格太大:最多 {MAX_ROWS} 行、{MAX_COLUMNS} 列;请删掉下方和右侧多余的格子"
            )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
