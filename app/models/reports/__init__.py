"""Hazard reports: the case, its steps, and, apart from them, the people behind it."""

from app.models.reports.case import (
    CHARACTERS,
    ENDED,
    Move,
    Outcome,
    PlacedBy,
    Report,
    ReportState,
    ReportStep,
    StepActor,
)
from app.models.reports.desk import (
    AnswerTemplate,
    BatchItemState,
    ReportBatch,
    ReportBatchItem,
    ReportCount,
    ReportCountDelta,
    ReportNote,
    ReportQuestion,
    StoredFilter,
)
from app.models.reports.handling import ReportLink, ReportSatisfaction, ReportTask, ReportUpdate, TaskState
from app.models.reports.mapping import ReportMapCount, ReportMapDelta
from app.models.reports.people import ReportFollower, ReportOrigin
from app.models.reports.pictures import PhotoRole, ReportPhoto
from app.models.reports.promises import ReportDeadline, ReportExtension
from app.models.reports.rules import (
    AreaOfficeHours,
    AreaPhone,
    DeadlineRule,
    DeadlineStep,
    LimitUnit,
    PublicationRule,
    RoutingRule,
    RoutingRuleRevision,
)
from app.models.reports.trust import ConfidentialDesk, ReportDisclosure, ReportRead

__all__ = [
    "CHARACTERS",
    "ENDED",
    "AnswerTemplate",
    "AreaOfficeHours",
    "AreaPhone",
    "BatchItemState",
    "ConfidentialDesk",
    "DeadlineRule",
    "DeadlineStep",
    "LimitUnit",
    "Move",
    "Outcome",
    "PhotoRole",
    "PlacedBy",
    "PublicationRule",
    "Report",
    "ReportBatch",
    "ReportBatchItem",
    "ReportCount",
    "ReportCountDelta",
    "ReportDeadline",
    "ReportDisclosure",
    "ReportExtension",
    "ReportFollower",
    "ReportLink",
    "ReportMapCount",
    "ReportMapDelta",
    "ReportNote",
    "ReportOrigin",
    "ReportPhoto",
    "ReportQuestion",
    "ReportRead",
    "ReportSatisfaction",
    "ReportState",
    "ReportStep",
    "ReportTask",
    "ReportUpdate",
    "RoutingRule",
    "RoutingRuleRevision",
    "StepActor",
    "StoredFilter",
    "TaskState",
]
