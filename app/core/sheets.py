"""Tables for spreadsheets: CSV that Excel and WPS read rightly, texts that no program runs."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

import xlsxwriter

BYTE_ORDER_MARK = "\ufeff"  # makes Excel read what follows as UTF-8
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# Texts stay texts: nothing that a stranger wrote becomes a formula or a link.
WORKBOOK_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# What a spreadsheet would run as a formula when it stands first in a CSV field (OWASP, CSV injection): in
# Chinese and Japanese ones also the wide forms.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(said: str, risky: tuple[str, ...]) -> str:
    """Return a text with the apostrophe that keeps a spreadsheet from running it; ``text`` undoes it."""
    return f"'{said}" if said.lstrip("'").startswith(risky) else said


def printable(text: str) -> str:
    """Return a text without what a workbook cannot hold."""
    return _UNPRINTABLE.sub("�", text)


def csv_lines(lines: Iterable[Sequence[object]]) -> str:
    """Return lines of CSV."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue()


def csv_table(headings: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV that spreadsheets read rightly and run nothing of."""
    guarded_lines = ([guarded(str(cell), RISKY) for cell in line] for line in lines)
    return BYTE_ORDER_MARK + csv_lines([headings]) + csv_lines(guarded_lines)


def workbook(title: str, headings: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """Return a table as a workbook of one sheet in which texts stay texts."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, WORKBOOK_OPTIONS) as book:
        sheet = book.add_worksheet(title)
        for at, line in enumerate([headings, *lines]):
            sheet.write_row(at, 0, [printable(cell) if isinstance(cell, str) else cell for cell in line])
    return file.getvalue()
