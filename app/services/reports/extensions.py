"""More time, once and under supervision; and cases that wait for a season or for building works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound
from app.core.pages import Page, read_time_cursor, time_cursor
from app.models import DeadlineStep, Move, Report, ReportDeadline, ReportExtension, ReportState
from app.services.accounts import editors
from app.services.reports import deadlines, lifecycle, moves, queries, scope, triage
from app.services.reports.errors import ReasonNeeded
from app.services.reports.filters import IS_LISTED, IS_OPEN
from app.services.reports.rule_errors import (
    ExtensionDecided,
    ExtensionInvalid,
    ExtensionOver,
    ExtensionTooLate,
    ExtensionUsed,
    OwnRequest,
    ReviewInvalid,
)
from app.services.reports.triage import Decision

_LONGEST = timedelta(days=183)
_LONGEST_SUSPENSION = timedelta(days=366)
_EXTENDABLE = (ReportState.DISPATCHED, ReportState.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class NewExtension:
    """A wish for more time."""

    id: UUID
    until: datetime
    reason: str


async def ask(
    session: AsyncSession, report_id: UUID, new: NewExtension, *, by: Actor, now: datetime
) -> ReportExtension:
    """Ask for more time: the unit that has the case, or a clerk; the same id again is the same request.

    Raises:
        NotFound: the case is neither theirs to handle nor to work on.
        IllegalMove: nobody handles the case now.
        ReasonNeeded, ExtensionTooLate, ExtensionUsed, ExtensionInvalid, KeyReused: see there.
    """
    within = or_(scope.on_desk(by), scope.with_unit(by))
    report = await queries.get_to_move(session, report_id, within=within)
    kept = await session.get(ReportExtension, new.id)
    if kept is not None:
        if (kept.report_id, kept.until, kept.reason) != (report_id, new.until, new.reason):
            raise KeyReused
        return kept
    with lifecycle.saying(report, scope.party_capacity(by, report), now=now):
        if not new.reason.strip():
            raise ReasonNeeded
        await _check(session, report, new.until, by=by, now=now)
    extension = ReportExtension(
        id=new.id,
        report_id=report_id,
        until=new.until,
        reason=new.reason,
        asked_at=now,
        asked_by=by.account_id,
        asked_name=await editors.name_of(session, by.account_id),
        decided_name="",
        answer="",
    )
    session.add(extension)
    await session.flush()
    return extension


async def _check(session: AsyncSession, report: Report, until: datetime, *, by: Actor, now: datetime) -> None:
    _check_in_hand(report, by, now=now)
    due_at = await _due_at(session, report)
    if due_at is not None and now > due_at:
        raise ExtensionTooLate(due_at=due_at.isoformat())
    if await session.scalar(_of(report.id).where(ReportExtension.is_granted.is_not(False))) is not None:
        raise ExtensionUsed
    if not (due_at or now) < until <= now + _LONGEST:
        raise ExtensionInvalid(due_at=None if due_at is None else due_at.isoformat())


def is_in_hand(report: Report) -> bool:
    """Tell whether a unit works on a case, so that more time helps it."""
    return report.state in _EXTENDABLE


def _check_in_hand(report: Report, by: Actor, *, now: datetime) -> None:
    if not is_in_hand(report):
        raise lifecycle.refused(report, scope.party_capacity(by, report), now=now)


async def _due_at(session: AsyncSession, report: Report) -> datetime | None:
    """Return when the first of what the unit owes is due."""
    rows = deadlines.open_of(await deadlines.of(session, report))
    owed = (DeadlineStep.HANDLING, DeadlineStep.WHOLE)
    return min((row.due_at for row in rows if row.step in owed), default=None)


async def decide(
    session: AsyncSession,
    report_id: UUID,
    extension_id: UUID,
    *,
    grant: bool,
    answer: str,
    by: Actor,
    now: datetime,
) -> ReportExtension:
    """Grant or refuse more time; who asked does not decide, and saying the same again changes nothing.

    Raises:
        NotFound: the case or the request is not there, or not theirs to decide.
        OwnRequest, ExtensionDecided, ExtensionOver: see there.
        ReasonNeeded: a refusal needs a text.
        IllegalMove: nobody handles the case any more, so more time helps nobody.
    """
    report = await queries.get_to_move(session, report_id, within=scope.on_desk(by))
    extension = await session.scalar(_of(report_id).where(ReportExtension.id == extension_id))
    if extension is None:
        raise NotFound
    if (extension.decided_by, extension.is_granted, extension.answer) == (by.account_id, grant, answer):
        return extension
    acting = await triage.acting_at_desk(session, report, by)
    with lifecycle.saying(report, acting.capacity, now=now):
        _check_decision(report, extension, grant=grant, answer=answer, by=by, now=now)
    extension.is_granted, extension.answer = grant, answer
    extension.decided_at, extension.decided_by, extension.decided_name = now, by.account_id, acting.name
    if grant:
        before = None if report.due_at is None else report.due_at.isoformat()
        await deadlines.extend(session, report, extension.until, now=now)
        details = {"before": before, "until": extension.until.isoformat(), "extension_id": str(extension.id)}
        reason = extension.reason
        await moves.enter(
            session, report, Move.EXTEND, report.state, acting=acting, now=now, reason=reason, details=details
        )
    return extension


def _check_decision(
    report: Report, extension: ReportExtension, *, grant: bool, answer: str, by: Actor, now: datetime
) -> None:
    if extension.decided_at is not None:
        raise ExtensionDecided
    if extension.asked_by == by.account_id:
        raise OwnRequest
    if not grant and not answer.strip():
        raise ReasonNeeded
    if grant:
        _check_in_hand(report, by, now=now)
        if extension.until <= now:
            raise ExtensionOver


async def extensions_of(session: AsyncSession, report_id: UUID, *, by: Actor) -> Sequence[ReportExtension]:
    """Return the requests for more time of a case, oldest first.

    Raises:
        NotFound: the case is neither theirs to handle nor to work on.
    """
    await queries.get(session, report_id, within=or_(scope.on_desk(by), scope.with_unit(by)))
    query = select(ReportExtension).where(ReportExtension.report_id == report_id)
    return (await session.scalars(query.order_by(ReportExtension.asked_at, ReportExtension.id))).all()


def _of(report_id: UUID) -> Select[ReportExtension]:
    return select(ReportExtension).where(ReportExtension.report_id == report_id)


async def suspend(
    session: AsyncSession,
    report_id: UUID,
    review_at: datetime,
    decision: Decision,
    *,
    by: Actor,
    now: datetime,
) -> Report:
    """Let a case wait until it is looked at again; it stays open and counted.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded: see there.
        ReviewInvalid: see there.
    """
    at_desk = triage.at_desk(session, report_id, version=decision.version, by=by, now=now)
    async with at_desk as (report, acting):
        lifecycle.check_case(report, Move.SUSPEND, acting.capacity, now=now)
        if not now < review_at <= now + _LONGEST_SUSPENSION:
            raise ReviewInvalid
        report.review_at = review_at
        details = {"review_at": review_at.isoformat()}
        await moves.make(
            session, report, Move.SUSPEND, acting=acting, now=now, reason=decision.reason, details=details
        )
        return report


async def resume(
    session: AsyncSession, report_id: UUID, decision: Decision, *, by: Actor, now: datetime
) -> Report:
    """Let a suspended case go on; its due times move by as long as it waited.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
    """
    at_desk = triage.at_desk(session, report_id, version=decision.version, by=by, now=now)
    async with at_desk as (report, acting):
        await moves.make(session, report, Move.RESUME, acting=acting, now=now, reason=decision.reason)
        report.review_at = None
        return report


@dataclass(frozen=True, slots=True)
class Late:
    """A case that took more than three times as long as promised, and when that was over."""

    report: Report
    late_since: datetime


async def late_threefold(
    session: AsyncSession, *, by: Actor, cursor: str | None, limit: int, now: datetime
) -> Page[Late]:
    """Return a page of the caller's open cases that have taken three times as long as promised, worst first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    promised = ReportDeadline.due_at - ReportDeadline.started_at
    late_since = ReportDeadline.due_at + promised + promised
    query = (
        select(Report, late_since)
        .join(ReportDeadline, ReportDeadline.report_id == Report.id)
        .where(ReportDeadline.step == DeadlineStep.WHOLE, ReportDeadline.paused_at.is_(None))
        .where(ReportDeadline.met_at.is_(None), ReportDeadline.dropped_at.is_(None))
        .where(ReportDeadline.due_at < now, late_since < now)
        .where(scope.on_desk(by), IS_LISTED, IS_OPEN)
    )
    place = (late_since, Report.id)
    if cursor is not None:
        query = query.where(tuple_(*place) > tuple_(*read_time_cursor(cursor)))
    rows = (await session.execute(query.order_by(*place).limit(limit + 1))).all()
    items = [Late(report, since) for report, since in rows[:limit]]
    if len(rows) <= limit:
        return Page(items, None)
    last = items[-1]
    return Page(items, time_cursor(last.late_since, last.report.id))
