"""The end of a case: closed with an outcome, the reporter asked once; and its coming back to life."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Update, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.models import HandlingUnit, Move, Outcome, Report, ReportSatisfaction
from app.services import outbox
from app.services.reports import dispatch, lifecycle, links, moves, queries, scope, triage
from app.services.reports.events import SatisfactionAnswered, SatisfactionAsked
from app.services.reports.handling_errors import (
    AnotherPerson,
    NotChecked,
    SatisfactionGiven,
    SatisfactionNotAsked,
    SatisfactionOver,
)
from app.services.reports.scope import Acting
from app.services.reports.triage import Decision

ANSWER_WITHIN = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a case ends, on which version of it, and what its reporter is told."""

    version: int
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reporter says of the result."""

    is_satisfied: bool
    text: str = ""


async def close(
    session: AsyncSession, report_id: UUID, ending: Ending, *, by: Actor, now: datetime
) -> Report:
    """Close a case and ask its reporter; what a unit resolved somebody else has seen first.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded: see there.
        NotChecked: nobody has seen that it is fixed, or what became of what a unit resolved.
        AnotherPerson: the caller reported it or repaired it themselves.
    """
    at_desk = triage.at_desk(session, report_id, version=ending.version, by=by, now=now)
    async with at_desk as (report, acting):
        if await _is_involved(session, report, by):
            raise AnotherPerson(possible=lifecycle.but(report, acting.capacity, Move.CLOSE, now=now))
        lifecycle.check_case(report, Move.CLOSE, acting.capacity, now=now)
        # What no unit resolved nobody has seen fixed; of what one resolved the table asks for the check.
        if ending.outcome is Outcome.FIXED and report.checked_at is None:
            raise NotChecked
        report.outcome, report.closed_at = ending.outcome, now
        details = {"outcome": ending.outcome.value}
        await moves.make(
            session, report, Move.CLOSE, acting=acting, now=now, reason=ending.reason, details=details
        )
        await links.revoke_all(session, report.id, now=now)
        _ask(session, report, now=now)
        return report


async def _is_involved(session: AsyncSession, report: Report, by: Actor) -> bool:
    return report.resolved_by == by.account_id or (
        await queries.sent_by(session, report.id, by=by) is not None
    )


def _ask(session: AsyncSession, report: Report, *, now: datetime) -> None:
    closing = report.reopened_count
    session.add(
        ReportSatisfaction(
            report_id=report.id, closing=closing, asked_at=now, expires_at=now + ANSWER_WITHIN, text=""
        )
    )
    event = SatisfactionAsked(report.id, closing)
    outbox.record(session, event, now=now, area_code=report.area_code)


async def reopen_at_desk(
    session: AsyncSession, report_id: UUID, decision: Decision, *, by: Actor, now: datetime
) -> Report:
    """Bring a closed case back to life, within seven days.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded, ReopenTooLate: see there.
    """
    at_desk = triage.at_desk(session, report_id, version=decision.version, by=by, now=now)
    async with at_desk as (report, acting):
        await reopen(session, report, acting=acting, now=now, reason=decision.reason)
        return report


async def reopen(
    session: AsyncSession, report: Report, *, acting: Acting, now: datetime, reason: str
) -> None:
    """Bring a locked case back: to the unit that had it, or, if there is none any more, to the desk."""
    lifecycle.check_case(report, Move.REOPEN, acting.capacity, now=now)
    unit = None if report.unit_id is None else await session.get(HandlingUnit, report.unit_id)
    await session.execute(_unanswered(report.id).values(expired_at=now))
    if unit is None or not dispatch.is_fit(unit, report.area_code):
        report.unit_id = None
    report.outcome = report.checked_at = None
    await moves.make(session, report, Move.REOPEN, acting=acting, now=now, reason=reason)
    report.closed_at = report.made_safe_at = None
    report.reopened_count += 1


def _unanswered(report_id: UUID) -> Update:
    return update(ReportSatisfaction).where(
        ReportSatisfaction.report_id == report_id,
        ReportSatisfaction.answered_at.is_(None),
        ReportSatisfaction.expired_at.is_(None),
    )


async def answer(
    session: AsyncSession, report_id: UUID, verdict: Verdict, *, by: Actor, now: datetime
) -> ReportSatisfaction:
    """Say, as its reporter, whether one is satisfied; the same answer again is the same answer.

    Raises:
        NotFound: the caller sent no such report.
        SatisfactionNotAsked: it is not closed, or was reopened.
        SatisfactionGiven: with another answer.
        SatisfactionOver: 72 hours are over.
    """
    report = await queries.get(session, report_id, within=scope.reported(by))
    asked = await queries.satisfaction_of(session, report, lock=True)
    if asked is None:
        raise SatisfactionNotAsked
    if asked.answered_at is not None:
        if (asked.is_satisfied, asked.text) != (verdict.is_satisfied, verdict.text):
            raise SatisfactionGiven
        return asked
    if asked.expired_at is not None or now > asked.expires_at:
        raise SatisfactionOver
    asked.answered_at, asked.is_satisfied, asked.text = now, verdict.is_satisfied, verdict.text
    event = SatisfactionAnswered(report.id, asked.closing, verdict.is_satisfied)
    outbox.record(session, event, now=now, area_code=report.area_code)
    return asked


async def expire_questions(session: AsyncSession, *, now: datetime) -> int:
    """Note which questions were not answered in 72 hours; silence is not satisfied."""
    late = (
        update(ReportSatisfaction)
        .where(
            ReportSatisfaction.answered_at.is_(None),
            ReportSatisfaction.expired_at.is_(None),
            ReportSatisfaction.expires_at < now,
        )
        .values(expired_at=now)
        .returning(ReportSatisfaction.report_id)
    )
    return len((await session.scalars(late)).all())
