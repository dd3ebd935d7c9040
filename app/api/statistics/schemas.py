"""What is said of a month."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from app.api.schemas import AreaCodeText, In, Out
from app.models import ReportState, Urgency
from app.services import statistics

Month = Annotated[
    str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="a month in China, e.g. 2026-11")
]


class RateOut(Out):
    """How many of how many; both null where fewer than five are not shown."""

    numerator: int | None
    denominator: int | None


class FormulaOut(Out):
    """What a figure counts."""

    name: str
    zh: str
    en: str


class FigureRow(Out):
    """One row; an area that has ended names those that followed it."""

    key: str
    name: str
    successor_codes: list[str]
    note: str
    rates: dict[str, RateOut]


class CorrectionOut(Out):
    """A figure of a closed month as it would be counted now; without a key it is the total's."""

    key: str | None
    figure: str
    now: RateOut


class TableOut(Out):
    """An area's month; ``counted_codes`` are the area and those it took over from whole."""

    area_code: str
    counted_codes: list[str]
    month: str
    by: statistics.By
    is_frozen: bool
    snapshot_ids: list[UUID]
    made_at: datetime | None
    formulas: list[FormulaOut]
    total: dict[str, RateOut]
    rows: list[FigureRow]
    corrections: list[CorrectionOut]

    @classmethod
    def of(cls, found: statistics.Table) -> Self:
        """Return a table with its formulas."""
        return cls.model_validate({**_fields(found), "formulas": statistics.FORMULAS})


def _fields(found: statistics.Table) -> dict[str, object]:
    return {name: getattr(found, name) for name in TableOut.model_fields if name != "formulas"}


class CloseIn(In):
    """Which month of which area."""

    area_code: AreaCodeText
    month: Month


class ClosedOut(Out):
    """How many counties were closed now."""

    counties: int


class MaskedCaseOut(Out):
    """A case as anybody may know it."""

    number: str
    category_id: str
    urgency: Urgency
    state: ReportState
    town_code: str
    submitted_on: date
    is_late: bool | None


class CasesOut(Out):
    """The cases behind a figure."""

    cases: list[MaskedCaseOut]
