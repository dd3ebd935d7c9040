"""What an import found: for each row what would happen, and in office words what is wrong."""

from dataclasses import dataclass, field
from enum import StrEnum


class RowAction(StrEnum):
    """What an import does with a row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One bad cell: which column, what is wrong, what to write instead."""

    column: str
    problem: str
    advice: str


@dataclass(slots=True)
class RowReport:
    """One row: ``number`` is its line in the office's file; ``hints`` are worth a look but no error."""

    number: int
    code: str = ""
    name: str = ""
    action: RowAction = RowAction.REFUSED
    changes: list[str] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The whole file: counts, what was written, and the rows."""

    sheet: str
    ignored_columns: list[str]
    rows: list[RowReport]
    is_written: bool

    @property
    def created(self) -> int:
        """How many stations are new."""
        return self._count(RowAction.CREATE)

    @property
    def updated(self) -> int:
        """How many stations change."""
        return self._count(RowAction.UPDATE)

    @property
    def unchanged(self) -> int:
        """How many rows say what is known already."""
        return self._count(RowAction.UNCHANGED)

    @property
    def refused(self) -> int:
        """How many rows are bad."""
        return self._count(RowAction.REFUSED)

    def _count(self, action: RowAction) -> int:
        return sum(row.action is action for row in self.rows)
