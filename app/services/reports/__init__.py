"""Hazard reports (随手拍): from the road through the closed loop."""

from app.services.reports.errors import (
    AnswersInvalid,
    CategoryUnknown,
    IllegalMove,
    MoveNotYours,
    ParentInvalid,
    PlaceUnknown,
    ReasonNeeded,
)
from app.services.reports.own import OwnReport, own_report, own_reports
from app.services.reports.submission import GivenPosition, NewReport, Submitted, submit
from app.services.reports.triage import Decision, accept, case, reject

__all__ = [
    "AnswersInvalid",
    "CategoryUnknown",
    "Decision",
    "GivenPosition",
    "IllegalMove",
    "MoveNotYours",
    "NewReport",
    "OwnReport",
    "ParentInvalid",
    "PlaceUnknown",
    "ReasonNeeded",
    "Submitted",
    "accept",
    "case",
    "own_report",
    "own_reports",
    "reject",
    "submit",
]
