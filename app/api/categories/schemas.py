"""The catalogue as phones read it, and what an import found."""

from typing import Annotated, Any

from pydantic import Field

from app.api.schemas import In, Out, PhoneOut
from app.models import AppointmentKind, Category, CategoryKind, Urgency
from app.services.categories import ImportReport, RowResult, phones_of

_MOST_ROWS = 1000


class ChoiceOut(Out):
    """One of the answers offered."""

    id: str
    zh: str
    en: str


class QuestionOut(Out):
    """An extra question of a category."""

    id: str
    type: str
    zh: str
    en: str
    required: bool
    choices: list[ChoiceOut]
    min: float | None
    max: float | None
    max_length: int | None

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "QuestionOut":
        """Return a question as it is kept."""
        return cls.model_validate({"choices": [], "min": None, "max": None, "max_length": None, **kept})


class CategoryOut(Out):
    """One kind of report. An emergency's phones are to be shown before any form."""

    id: str
    name_zh: str
    name_en: str
    hint_zh: str
    hint_en: str
    icon: str
    group: str
    urgency: Urgency
    is_confidential: bool
    phones: list[PhoneOut]
    questions: list[QuestionOut]
    version: int

    @classmethod
    def of(cls, category: Category) -> "CategoryOut":
        """Return what a phone needs of a category."""
        return cls.model_validate(members(category))


class CategoryDetailOut(CategoryOut):
    """A category with its place in the standards; ``code`` alone names nothing: see ``kind``."""

    standard_ref: str
    kind: CategoryKind
    code: str | None
    code_2013: str | None
    is_local_extension: bool
    opened_to: list[AppointmentKind] = Field(description="empty: everybody may report in it")
    handled_by: str
    is_active: bool

    @classmethod
    def of(cls, category: Category) -> "CategoryDetailOut":
        """Return all of a category."""
        return cls.model_validate(members(category))


def members(category: Category) -> dict[str, Any]:
    """Return a category's columns as an answer says them."""
    columns = {column.key: getattr(category, column.key) for column in category.__table__.columns}
    return {
        **columns,
        "phones": phones_of(category),
        "questions": [QuestionOut.of(each) for each in category.questions],
    }


class GroupOut(Out):
    """Categories that may be one and the same hazard to two riders."""

    id: str
    categories: list[CategoryOut]


class CatalogueOut(Out):
    """All that can be reported, grouped, in the order in which to show it."""

    groups: list[GroupOut]

    @classmethod
    def of(cls, categories: list[CategoryOut]) -> "CatalogueOut":
        """Return the groups in the order of their first categories."""
        groups: dict[str, list[CategoryOut]] = {}
        for category in categories:
            groups.setdefault(category.group, []).append(category)
        return cls(groups=[GroupOut(id=name, categories=held) for name, held in groups.items()])


class CatalogueIn(In):
    """A catalogue: each row is judged for itself, see the report."""

    categories: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=_MOST_ROWS)]


class ImportRowOut(Out):
    """One row: what was or would be done, which members change, or what is wrong."""

    row: int
    id: str
    result: RowResult
    changes: list[str]
    hint: str


class CatalogueReportOut(Out):
    """What an import did or would do."""

    is_written: bool
    new: int
    changed: int
    same: int
    bad: int
    rows: list[ImportRowOut]

    @classmethod
    def of(cls, report: ImportReport) -> "CatalogueReportOut":
        """Return it with its counts."""
        return cls(
            is_written=report.is_written,
            new=report.count(RowResult.NEW),
            changed=report.count(RowResult.CHANGED),
            same=report.count(RowResult.SAME),
            bad=report.count(RowResult.BAD),
            rows=[ImportRowOut.model_validate(row) for row in report.rows],
        )
