"""Facts about reports, in the past tense. Ids, codes and instants; never who reported."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from app.services.outbox import Event


@dataclass(frozen=True, slots=True)
class ReportSubmitted(Event):
    """A report was taken in."""

    name: ClassVar[str] = "report.submitted"
    report_id: UUID
    category_id: str
    urgency: str
    is_confidential: bool


@dataclass(frozen=True, slots=True)
class ReportMoved(Event):
    """A case went from one state to another, or was checked."""

    name: ClassVar[str] = "report.moved"
    report_id: UUID
    step_id: int
    move: str
    from_state: str
    to_state: str


@dataclass(frozen=True, slots=True)
class ReportFollowed(Event):
    """Somebody else saw the same hazard."""

    name: ClassVar[str] = "report.followed"
    report_id: UUID


@dataclass(frozen=True, slots=True)
class ReportPromised(Event):
    """The time by which a case is to be done was set or changed."""

    name: ClassVar[str] = "report.promised"
    report_id: UUID
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class PromisesCounted(Event):
    """After a calendar was published promises were counted again up to this case; others are left."""

    name: ClassVar[str] = "report.promises_counted"
    last_id: UUID


@dataclass(frozen=True, slots=True)
class ReporterAsked(Event):
    """The desk has a question to the reporter."""

    name: ClassVar[str] = "report.reporter_asked"
    report_id: UUID
    question_id: UUID


@dataclass(frozen=True, slots=True)
class ReporterAnswered(Event):
    """The reporter answered a question."""

    name: ClassVar[str] = "report.reporter_answered"
    report_id: UUID
    question_id: UUID


@dataclass(frozen=True, slots=True)
class ReportDueSoon(Event):
    """A fifth of the time for a step of a case is left."""

    name: ClassVar[str] = "report.due_soon"
    report_id: UUID
    step: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ReportOverdue(Event):
    """The time for a step of a case is over, and the step is not done."""

    name: ClassVar[str] = "report.overdue"
    report_id: UUID
    step: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class RoutingRuleFailed(Event):
    """A routing rule could not be applied: its area's officers have to look."""

    name: ClassVar[str] = "report.routing_rule_failed"
    rule_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class DisclosureAsked(Event):
    """The desk wishes to show a confidential case to somebody."""

    name: ClassVar[str] = "report.disclosure_asked"
    report_id: UUID
    disclosure_id: UUID


@dataclass(frozen=True, slots=True)
class DisclosureAnswered(Event):
    """The reporter decided whether a confidential case is shown to somebody."""

    name: ClassVar[str] = "report.disclosure_answered"
    report_id: UUID
    disclosure_id: UUID


@dataclass(frozen=True, slots=True)
class ReportWiped(Event):
    """The reporter took a confidential report back; what it said is gone."""

    name: ClassVar[str] = "report.wiped"
    report_id: UUID


@dataclass(frozen=True, slots=True)
class TaskChanged(Event):
    """A co-handling unit was given a task, or went on with it."""

    name: ClassVar[str] = "report.task_changed"
    report_id: UUID
    task_id: UUID
    unit_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class ReportUpdated(Event):
    """A rider added something to a case; its staff have to look."""

    name: ClassVar[str] = "report.updated"
    report_id: UUID
    update_id: UUID
    is_still_there: bool


@dataclass(frozen=True, slots=True)
class SatisfactionAsked(Event):
    """A case was closed, and its reporter is asked once."""

    name: ClassVar[str] = "report.satisfaction_asked"
    report_id: UUID
    closing: int


@dataclass(frozen=True, slots=True)
class SatisfactionAnswered(Event):
    """The reporter said whether they are satisfied."""

    name: ClassVar[str] = "report.satisfaction_answered"
    report_id: UUID
    closing: int
    is_satisfied: bool


@dataclass(frozen=True, slots=True)
class ReportsMerged(Event):
    """Reports turned out to be one and the same hazard; one event, however many they are.

    ``merged_ids`` are those that were merged in one go: no :class:`ReportMoved` tells of each.
    """

    name: ClassVar[str] = "report.merged"
    parent_id: UUID
    children: int
    merged_ids: list[UUID] = field(default_factory=list)
