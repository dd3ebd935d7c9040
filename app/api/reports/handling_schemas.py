"""What handling units and contractors send and are shown: public facts of a case, nothing of its reporter."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.reports.schemas import CaseRow, Reason, StepOut, Version, number_of
from app.api.schemas import In, Out, PageOut
from app.core.clock import SHANGHAI, local_day
from app.models import Move, Outcome, Report, ReportState, ReportStep, ReportTask, TaskState, Urgency
from app.services.reports.dispatch import Dispatched, DispatchWarning, Order
from app.services.reports.handling import HandledCase, Word
from app.services.reports.masking import masked


class OrderIn(In):
    """To whom a case goes; without a unit: to the one that was proposed."""

    version: Version | None = Field(default=None, description="the version the decision was made on")
    unit_id: UUID | None = None
    reason: Reason = ""

    def read(self) -> Order:
        """Return the order."""
        return Order(self.version, self.unit_id, self.reason)


class DispatchedOut(Out):
    """A case on its way, and what to know of the unit: ``unit_without_user`` needs a telephone."""

    case: CaseRow
    warnings: list[DispatchWarning]

    @classmethod
    def of(cls, dispatched: Dispatched) -> "DispatchedOut":
        """Return it."""
        return cls(case=CaseRow.of(dispatched.report), warnings=dispatched.warnings)


class WordIn(In):
    """A handler's word with a move."""

    version: Version | None = None
    text: Reason = ""

    def read(self) -> Word:
        """Return it."""
        return Word(self.version, self.text)


class HandledRow(Out):
    """A case as those who mend it see it. Of a confidential one, times are whole days."""

    id: UUID
    number: str
    category_id: str
    urgency: Urgency
    state: ReportState
    state_at: datetime
    outcome: Outcome | None
    lat: float = Field(description="in the type that was given")
    lon: float
    coord_type: str
    address: str
    area_code: str
    description: str = Field(description="phone and identity numbers are covered")
    answers: dict[str, Any]
    captured_at: datetime
    due_at: datetime | None
    is_due_provisional: bool
    next_due_at: datetime | None
    review_at: datetime | None
    made_safe_at: datetime | None
    resolved_at: datetime | None
    checked_at: datetime | None
    is_designated: bool
    return_count: int
    version: int

    @classmethod
    def of(cls, report: Report) -> "HandledRow":
        """Return what a handler sees of a case."""
        columns = {column.key: getattr(report, column.key) for column in report.__table__.columns}
        seen = {
            "number": number_of(report),
            "lat": report.given_lat,
            "lon": report.given_lon,
            "coord_type": report.given_coord_type.value,
            "address": masked(report.address),
            "description": masked(report.description),
            "answers": {key: _masked(value) for key, value in report.answers.items()},
            "captured_at": _rough(report, report.captured_at),
        }
        return cls.model_validate({**columns, **seen})


def _masked(value: Any) -> Any:
    return masked(value) if isinstance(value, str) else value


def _rough(report: Report, at: datetime) -> datetime:
    """Return an instant that tells nobody who stood there when, where the case is confidential."""
    return datetime.combine(local_day(at), time.min, SHANGHAI) if report.is_confidential else at


class HandledStepOut(StepOut):
    """One step of the timeline that handlers read: in which capacity, never who."""

    id: int

    @classmethod
    def of(cls, report: Report, step: ReportStep) -> "HandledStepOut":
        """Return a step of a case."""
        seen = cls.model_validate(step)
        return seen.model_copy(update={"at": _rough(report, step.at), "reason": masked(step.reason)})


class TaskOut(Out):
    """What one unit does for a case."""

    id: UUID
    report_id: UUID
    unit_id: UUID
    instruction: str
    state: TaskState
    due_at: datetime | None
    result: str
    changed_at: datetime
    version: int

    @classmethod
    def of(cls, task: ReportTask) -> "TaskOut":
        """Return it."""
        return cls.model_validate(task)


class HandledOut(Out):
    """A case for its handler, with its timeline, oldest first, and what can be done now."""

    case: HandledRow
    steps: list[HandledStepOut]
    tasks: list[TaskOut]
    possible: list[Move]

    @classmethod
    def of(cls, handled: HandledCase) -> "HandledOut":
        """Return it."""
        return cls(
            case=HandledRow.of(handled.report),
            steps=[HandledStepOut.of(handled.report, step) for step in handled.steps],
            tasks=[TaskOut.of(task) for task in handled.tasks],
            possible=list(handled.possible),
        )


class HandledPage(PageOut):
    """One page of a unit's cases."""

    items: list[HandledRow]
