"""What an import found, for the office's page."""

from app.api.schemas import Out
from app.services.stations.exchange import RowAction


class CellProblemOut(Out):
    """One bad cell: which column, what is wrong, what to write instead."""

    column: str
    problem: str
    advice: str


class ImportRowOut(Out):
    """One row: its line in the file, what was or would be done, and what is wrong with it."""

    number: int
    code: str
    name: str
    action: RowAction
    changes: list[str]
    problems: list[CellProblemOut]
    hints: list[str]


class ImportReportOut(Out):
    """The whole file; ``ignored_columns`` are headings that mean nothing here."""

    sheet: str
    is_written: bool
    created: int
    updated: int
    unchanged: int
    refused: int
    ignored_columns: list[str]
    rows: list[ImportRowOut]
