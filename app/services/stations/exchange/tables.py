"""A file from an office becomes a table: headings found, rows numbered as the office sees them."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.services.stations.exchange import cells
from app.services.stations.exchange.cells import Cell
from app.services.stations.exchange.columns import Column, column_for
from app.services.stations.exchange.errors import FileUnreadable

MAX_ROWS = 20_000
MAX_COLUMNS = 100
_HEADING_WITHIN = 20  # titles and notes stand above the headings, but not a page of them
_FEWEST_HEADINGS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One line's cells as they were read; ``number`` is the line in the office's own program."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Form:
    """What kind of list is read: what its headings mean, and some of them for whoever sent another one."""

    column_for: Callable[[str], Column | None]
    example: str


STATIONS = Form(column_for, "编号、名称、类型、地址")


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says: its headings, which of them mean something here, and its rows."""

    sheet: str
    headings: Sequence[str]
    columns: dict[str, tuple[int, Column]]  # by key: where it stands
    rows: Sequence[Row]

    @property
    def ignored(self) -> list[str]:
        """The headings that mean nothing here, so that nothing is lost silently."""
        known = {index for index, _ in self.columns.values()}
        return [name for index, name in enumerate(self.headings) if name and index not in known]


def from_grid(
    grid: Sequence[Sequence[Cell]], *, form: Form = STATIONS, sheet: str = "", first_line: int = 1
) -> Table | None:
    """Find the headings in the first lines of a sheet; ``None`` when there are none.

    Raises:
        FileUnreadable: a column stands there twice, or there are too many rows.
    """
    known = [_known(line, form) for line in grid[:_HEADING_WITHIN]]
    best = max(range(len(known)), key=lambda at: len(known[at]), default=None)
    if best is None or len({column.key for column in known[best].values()}) < _FEWEST_HEADINGS:
        return None
    headings = [cells.shown(cell).strip() for cell in grid[best][:MAX_COLUMNS]]
    rows = [
        Row(first_line + at, line[: len(headings)])
        for at, line in enumerate(grid)
        if at > best and not all(cells.is_blank(cell) for cell in line[: len(headings)])
    ]
    if len(rows) > MAX_ROWS:
        raise FileUnreadable(hint=f"一次最多导入 {MAX_ROWS} 行,请分成几个文件")
    return Table(sheet, headings, _placed(known[best], headings), rows)


def _known(line: Sequence[Cell], form: Form) -> dict[int, Column]:
    found = (
        (at, form.column_for(cell)) for at, cell in enumerate(line[:MAX_COLUMNS]) if isinstance(cell, str)
    )
    return {at: column for at, column in found if column is not None}


def _placed(known: dict[int, Column], headings: Sequence[str]) -> dict[str, tuple[int, Column]]:
    placed: dict[str, tuple[int, Column]] = {}
    for at, column in known.items():
        if column.key in placed:
            other = headings[placed[column.key][0]]
            raise FileUnreadable(hint=f"“{other}”和“{headings[at]}”两列是同一个意思,请只留一列")
        placed[column.key] = (at, column)
    return placed


def read_csv(content: bytes, form: Form = STATIONS) -> Table:
    """Read comma-, semicolon- or tab-separated text in UTF-8, UTF-16 or GB 18030.

    Raises:
        FileUnreadable: no encoding fits, or there are no headings.
    """
    text = _decoded(content)
    delimiter = max(",;\t", key=text[:4000].count)
    try:
        lines = list(_lines(text, delimiter))
    except csv.Error as error:
        raise FileUnreadable(hint="CSV 文件格式有误,请用 Excel 或 WPS 另存为 .xlsx 再导入") from error
    table = from_grid(lines, form=form)
    if table is None:
        raise FileUnreadable(hint=f"没有找到表头:第一行应有“{form.example}”等列名")
    return table


def _lines(text: str, delimiter: str) -> Iterator[list[Cell]]:
    for count, line in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
        if count > MAX_ROWS + _HEADING_WITHIN:
            raise FileUnreadable(hint=f"一次最多导入 {MAX_ROWS} 行,请分成几个文件")
        yield [cell or None for cell in line[:MAX_COLUMNS]]


def _decoded(content: bytes) -> str:
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if is_utf16 else ["utf-8-sig", "gb18030"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileUnreadable(hint="文字编码无法识别,请另存为 .xlsx 或“CSV UTF-8”再导入")
