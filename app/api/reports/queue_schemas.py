"""The phone's queue of reports, and what became of each."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, WrapValidator

from app.api.offline import keep_going, readable
from app.api.reports.schemas import DutyOut, ReportIn
from app.api.schemas import In, Out, PhoneOut
from app.models import ReportState, Urgency
from app.services import reports
from app.services.duty.seen import Seen
from app.services.offline import Outcome as Judged
from app.services.offline import Unreadable
from app.services.reports import numbers


class QueueIn(In):
    """The phone's queue of reports, in any order; worked off in the order of ``captured_at``."""

    records: Annotated[
        list[Annotated[ReportIn, WrapValidator(keep_going)]],
        Field(min_length=1, max_length=reports.MOST_RECORDS),
    ]

    def read(self) -> list[reports.NewReport | Unreadable]:
        """Return the reports; those that cannot be meant keep their places."""
        return [readable(each, lambda record: record.read()) for each in self.records]


class TakenOut(Out):
    """A report out of the queue, as it was when it was taken in; ``duty`` is as it is now."""

    id: UUID
    number: str
    category_id: str
    urgency: Urgency
    state: ReportState
    area_code: str
    submitted_at: datetime
    phones: list[PhoneOut]
    duty: DutyOut | None


class QueueOutcome(Out):
    """What became of one record: 200 with the report, or a refusal for the app to show."""

    id: UUID | None
    status: int
    code: str | None
    detail: str | None
    facts: dict[str, Any]
    report: TakenOut | None

    @classmethod
    def of(cls, judged: Judged[reports.Taken], duty: Mapping[UUID, Seen], *, language: str) -> "QueueOutcome":
        """Return it in the caller's language, with what is known of emergencies by their reports' ids."""
        taken = judged.result
        members = None
        if taken is not None:
            members = {**asdict(taken), "number": numbers.write(taken.number), "duty": duty.get(taken.id)}
        return cls(
            id=judged.id,
            status=judged.status,
            code=judged.code,
            detail=judged.en if language == "en" else judged.zh,
            facts=judged.facts,
            report=None if members is None else TakenOut.model_validate(members),
        )


class QueueOut(Out):
    """One outcome a record, in the order in which they were sent."""

    outcomes: list[QueueOutcome]
