"""What is said of emergencies to those on duty; nothing in it says who reported."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.schemas import In, LongText, Out
from app.core.geo import CoordType
from app.models import (
    AcknowledgedBy,
    DutyAcknowledgement,
    LadderState,
    Move,
    Report,
    ReportState,
    Rung,
    Urgency,
)
from app.services.duty.emergencies import Called, Emergency
from app.services.reports import lies_nowhere, numbers
from app.services.reports.dispatch import DispatchWarning, Order
from app.services.reports.masking import covered_words
from app.services.reports.triage import Decision


class WordIn(In):
    """What somebody on duty says with a move; ``version`` when they had the case before their eyes."""

    version: int | None = Field(default=None, ge=1, le=2**31, strict=True)
    reason: LongText = Field(default="", description="the reporter can read it")

    def read(self) -> Decision:
        """Return it."""
        return Decision(self.version, self.reason)


class SendIn(WordIn):
    """To which unit an emergency goes; without one: to the one that was proposed."""

    unit_id: UUID | None = None

    def order(self) -> Order:
        """Return it."""
        return Order(self.version, self.unit_id, self.reason)


class EmergencyCaseOut(Out):
    """A case as those on duty see it; numbers of people in its texts are covered."""

    id: UUID
    number: str
    category_id: str
    urgency: Urgency
    state: ReportState
    lat: float | None
    lon: float | None
    coord_type: CoordType
    address: str
    area_code: str
    description: str
    answers: dict[str, Any]
    submitted_at: datetime
    made_safe_at: datetime | None
    next_due_at: datetime | None
    resolved_at: datetime | None
    unit_id: UUID | None
    proposed_unit_id: UUID | None
    version: int

    @classmethod
    def of(cls, report: Report) -> "EmergencyCaseOut":
        """Return it; the position as it was given, if anybody gave one."""
        columns = {column.key: getattr(report, column.key) for column in report.__table__.columns}
        lat, lon = (None, None) if lies_nowhere(report) else (report.given_lat, report.given_lon)
        return cls.model_validate(
            {
                **columns,
                "number": numbers.write(report.number),
                "lat": lat,
                "lon": lon,
                "coord_type": report.given_coord_type,
                **covered_words(report),
            }
        )


class ReachedOut(Out):
    """A rung that was reached, and how many people there were to call."""

    rung: Rung
    due_at: datetime
    reached_at: datetime
    on_duty: int


class CallOut(Out):
    """Somebody who was called."""

    rung: Rung
    account_id: UUID
    name: str
    called_at: datetime

    @classmethod
    def of(cls, called: Called) -> "CallOut":
        """Return it."""
        call = called.call
        return cls(rung=call.rung, account_id=call.account_id, name=called.name, called_at=call.called_at)


class SeenOut(Out):
    """Who said first that they have seen it, how and when."""

    at: datetime
    how: AcknowledgedBy
    name: str

    @classmethod
    def of(cls, seen: DutyAcknowledgement) -> "SeenOut":
        """Return it."""
        return cls.model_validate(seen)


class EmergencyOut(Out):
    """An emergency with the ladder of calls about it, and what the caller can do with it now."""

    case: EmergencyCaseOut
    state: LadderState
    started_at: datetime
    ended_at: datetime | None
    rungs: list[ReachedOut]
    calls: list[CallOut]
    seen: SeenOut | None
    possible: list[Move]

    @classmethod
    def of(cls, found: Emergency) -> "EmergencyOut":
        """Return it."""
        return cls(
            case=EmergencyCaseOut.of(found.report),
            state=found.ladder.state,
            started_at=found.ladder.started_at,
            ended_at=found.ladder.ended_at,
            rungs=[ReachedOut.model_validate(each) for each in found.rungs],
            calls=[CallOut.of(each) for each in found.calls],
            seen=None if found.seen is None else SeenOut.of(found.seen),
            possible=list(found.possible),
        )


class EmergenciesOut(Out):
    """The emergencies of the last seven days, the newest first."""

    emergencies: list[EmergencyOut]


class SentOut(Out):
    """An emergency on its way to a unit, and what to know of that unit."""

    case: EmergencyCaseOut
    warnings: list[DispatchWarning]


class LinkedOut(Out):
    """What a call's link shows without signing in: what burns and where, nobody's name, no text of theirs."""

    number: str
    category_id: str
    zh: str
    en: str
    state: ReportState
    address: str
    lat: float | None
    lon: float | None
    coord_type: CoordType
    submitted_at: datetime
    seen_at: datetime | None
