"""The one mechanism through which a case changes its state: check, write, keep the step, tell."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Move, Report, ReportDeadline, ReportState, ReportStep
from app.services import outbox
from app.services.outbox import Channel, Event
from app.services.reports import deadlines, forwarding, lifecycle, publication_rules
from app.services.reports.errors import ReasonNeeded
from app.services.reports.events import ReportMoved
from app.services.reports.limits import Terms
from app.services.reports.scope import REPORTER, SYSTEM, Acting

# Nothing leaves the queue, comes back or waits without a text that the reporter can read.
_NEEDS_REASON = frozenset(
    {
        Move.REJECT,
        Move.MARK_DUPLICATE,
        Move.RETURN,
        Move.SUSPEND,
        Move.RESOLVE,
        Move.FAIL_CHECK,
        Move.CLOSE,
        Move.REOPEN,
    }
)
_DECIDES = frozenset({Move.ACCEPT, Move.REJECT, Move.MARK_DUPLICATE, Move.DISPATCH, Move.MAKE_SAFE})
_TAKES_IN = frozenset({Move.ACCEPT, Move.DISPATCH, Move.MAKE_SAFE})
# The id of a step that is written in the same statement as its event.
_NOT_YET = 0


def begin(
    report: Report, *, terms: Terms, routed: dict[str, Any], now: datetime
) -> tuple[ReportStep, list[ReportDeadline], list[Event]]:
    """Return the first step of a new case, the promises it begins with, and the news of both.

    The one move that needs no session: what begins a case is written with it (:mod:`.intake`).
    """
    promises, promised = deadlines.begin(report, terms=terms)
    touch(report, REPORTER, now=now)
    step = ReportStep(
        report_id=report.id,
        move=Move.SUBMIT,
        from_state=None,
        to_state=report.state,
        at=now,
        actor=REPORTER.capacity,
        actor_id=REPORTER.account_id,
        actor_name=REPORTER.name,
        reason="",
        details={"routing": routed},
    )
    moved = ReportMoved(report.id, _NOT_YET, Move.SUBMIT.value, "", report.state.value)
    return step, promises, [promised, moved]


async def make(
    session: AsyncSession,
    report: Report,
    move: Move,
    *,
    acting: Acting,
    now: datetime,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> ReportStep:
    """Make a move of a locked case and return its step; what it brings along the caller sets after a check.

    Raises:
        IllegalMove, MoveNotYours: the table of moves has none like this, or the case's facts are against it.
        ReasonNeeded: the move needs a text.
    """
    rule = lifecycle.check_case(report, move, acting.capacity, now=now)
    to = rule.to if rule.or_to is None or report.unit_id is not None else rule.or_to
    if move in _NEEDS_REASON and not reason.strip():
        raise ReasonNeeded
    was_decided = report.decided_at is not None
    step = await enter(session, report, move, to, acting=acting, now=now, reason=reason, details=details)
    # Where staff have decided what the public reads, no rule decides anew.
    is_open = not was_decided and report.public_at is None and report.public_text is None
    if is_open and move in _TAKES_IN and await publication_rules.is_automatic(session, report):
        # Nobody has read the reporter's words for the public: it gets none of them.
        report.public_at, report.public_text = now, ""
        await enter(session, report, Move.PUBLISH, to, acting=SYSTEM, now=now)
    return step


async def enter(
    session: AsyncSession,
    report: Report,
    move: Move,
    to: ReportState,
    *,
    acting: Acting,
    now: datetime,
    reason: str = "",
    details: dict[str, Any] | None = None,
    terms: Terms | None = None,
) -> ReportStep:
    """Write a checked move: the state, its instants and promises, the step, the event and the notice."""
    step = ReportStep(
        report_id=report.id,
        move=move,
        from_state=report.state,
        to_state=to,
        at=now,
        actor=acting.capacity,
        actor_id=acting.account_id,
        actor_name=acting.name,
        reason=reason,
        details=details or {},
    )
    session.add(step)
    if report.state is not to:
        report.state, report.state_at = to, now
    if to is ReportState.WITHDRAWN:
        report.public_at = None  # its reporter took it back
    if move in _DECIDES and report.decided_at is None:
        report.decided_at = now
    await deadlines.follow(session, report, move, terms=terms, now=now)
    touch(report, acting, now=now)
    await session.flush()
    event = ReportMoved(report.id, step.id, move.value, step.from_state or "", to.value)
    outbox.record(session, event, now=now, area_code=report.area_code)
    await outbox.announce(session, Channel.REPORTS, [report.id])
    await forwarding.follow(session, report, step, now=now)
    return step


def touch(report: Report, acting: Acting, *, now: datetime) -> None:
    """Note who changed a case last."""
    report.version += 1
    report.changed_at, report.changed_by = now, acting.account_id
