"""Our states and moves in the words of GeoReport v2 and of mySociety's extension; pure."""

from collections.abc import Mapping

from app.models import ENDED, Move, Outcome, Report, ReportState, ReportStep, StepActor
from app.services.reports import numbers
from app.services.reports.masking import masked

# The first is what the standard's readers know a duplicate by.
_NOTES: Mapping[ReportState, str] = {
    ReportState.DUPLICATE: "Duplicate request",
    ReportState.SUBMITTED: "待受理 Submitted",
    ReportState.ACCEPTED: "已受理 Accepted",
    ReportState.DISPATCHED: "已分办 Dispatched",
    ReportState.IN_PROGRESS: "处置中 In progress",
    ReportState.RETURNED: "已退回 Returned",
    ReportState.SUSPENDED: "挂账 Suspended",
    ReportState.RESOLVED: "已处置待核查 Done, to be verified",
    ReportState.REJECTED: "不予受理 Rejected",
    ReportState.WITHDRAWN: "撤回 Withdrawn",
}
# Closed never implies fixed: how it ended is said.
_ENDINGS: Mapping[Outcome, str] = {
    Outcome.FIXED: "已修复 Fixed",
    Outcome.EXPLAINED: "已答复 Explained",
    Outcome.NOT_FOUND: "未发现问题 Nothing found",
    Outcome.REFERRED: "已转交 Referred to others",
}
_STATUS: Mapping[ReportState, str] = {
    ReportState.SUBMITTED: "OPEN",
    ReportState.ACCEPTED: "INVESTIGATING",
    ReportState.DISPATCHED: "ACTION_SCHEDULED",
    ReportState.IN_PROGRESS: "IN_PROGRESS",
    ReportState.RETURNED: "INVESTIGATING",
    ReportState.SUSPENDED: "PLANNED",
    ReportState.RESOLVED: "IN_PROGRESS",
    ReportState.CLOSED: "CLOSED",
    ReportState.REJECTED: "NO_FURTHER_ACTION",
    ReportState.DUPLICATE: "DUPLICATE",
    ReportState.WITHDRAWN: "CANCELLED",
}


def number_of(report: Report) -> str:
    """Return a report's number as people say it: its service_request_id."""
    return numbers.write(report.number)


def is_open(report: Report) -> bool:
    """Tell whether a report is open; the standard knows only open and closed."""
    return report.state not in ENDED


def status_notes(report: Report) -> str:
    """Return where a report stands, in words."""
    if report.outcome is not None:
        return _ENDINGS[report.outcome]
    return _NOTES[report.state]


def update_status(step: ReportStep) -> str:
    """Return the state that a step led to, as mySociety's extension calls it."""
    return "REOPEN" if step.move is Move.REOPEN else _STATUS[step.to_state]


def said(step: ReportStep) -> str:
    """Return what the public may read of a step; what a reporter wrote is the reporter's."""
    return "" if step.actor is StepActor.REPORTER else masked(step.reason)
