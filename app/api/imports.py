"""Lists from offices: what an import found, as JSON or as the office's own table."""

from enum import StrEnum
from typing import Any

from app.api.schemas import Out
from app.services.stations.exchange import RowAction

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportFormat(StrEnum):
    """How the report is wanted: as JSON, or as the office's own table with the bad cells marked."""

    JSON = "json"
    XLSX = "xlsx"


def file_answer(description: str, *media_types: str) -> dict[int | str, dict[str, Any]]:
    """Return how an answer that is a file is described."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {200: {"description": description, "content": dict.fromkeys(media_types, schema)}}


def attachment(name: str) -> dict[str, str]:
    """Return the headers of a file to keep."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


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
