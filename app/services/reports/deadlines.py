"""By when what is owed on a case: promises begin, end and move with the case's state.

Each state owes certain steps. Whatever moves a case (:mod:`app.services.reports.moves`) calls
:func:`follow`, which ends what is done or no longer owed, starts what now is, and writes the case's own
instants anew. A check that failed gives no new time: the steps go on with the due times they had.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import local_day
from app.models import ENDED, DeadlineStep, LimitUnit, Move, Report, ReportDeadline, ReportState
from app.services import outbox
from app.services.reports import book, working_time
from app.services.reports.events import ReportPromised
from app.services.reports.limits import Limit, Terms

# A reminder comes when a fifth of the time is left.
_REMINDER_SHARE = 5
_PIECE = 100
_CLOCK = (LimitUnit.CLOCK_MINUTES, LimitUnit.CLOCK_HOURS)

_STEP, _STATE = DeadlineStep, ReportState
_UNTIL_RESOLVED = frozenset({_STEP.WHOLE, _STEP.MADE_SAFE})
OWED: dict[ReportState, frozenset[DeadlineStep]] = {
    _STATE.SUBMITTED: _UNTIL_RESOLVED | {_STEP.ACCEPTANCE},
    _STATE.ACCEPTED: _UNTIL_RESOLVED | {_STEP.DISPATCH},
    _STATE.RETURNED: _UNTIL_RESOLVED | {_STEP.DISPATCH},
    _STATE.DISPATCHED: _UNTIL_RESOLVED | {_STEP.HANDLING},
    _STATE.IN_PROGRESS: _UNTIL_RESOLVED | {_STEP.HANDLING},
    _STATE.SUSPENDED: _UNTIL_RESOLVED | {_STEP.HANDLING},
    _STATE.RESOLVED: frozenset({_STEP.FEEDBACK}),
    **dict.fromkeys(ENDED, frozenset[DeadlineStep]()),
}
# What these moves end is not done, but no longer owed.
_DROPS = frozenset({Move.RETURN, Move.FAIL_CHECK, Move.WITHDRAW, Move.UNDO, Move.CHANGE_CATEGORY})
# Counted from the report itself, as far as its first round goes.
_FROM_SUBMISSION = frozenset({_STEP.ACCEPTANCE, _STEP.WHOLE, _STEP.MADE_SAFE})


def begin(report: Report, *, terms: Terms) -> tuple[list[ReportDeadline], ReportPromised]:
    """Return what is owed on a new case from the start, and the news of it; its own instants are written."""
    steps = (step for step in DeadlineStep if step in OWED[report.state])
    first = [_first(report, step, terms=terms, now=report.submitted_at) for step in steps]
    rows = [row for row in first if row is not None]
    _sum_up(report, rows)
    return rows, ReportPromised(report.id, report.due_at)


async def follow(
    session: AsyncSession,
    report: Report,
    move: Move,
    *,
    rows: list[ReportDeadline] | None = None,
    terms: Terms | None = None,
    now: datetime,
) -> None:
    """Bring a case's promises in line with the state that a move has just led to.

    Args:
        session: the transaction.
        report: the case, already in its new state.
        move: what led there.
        rows: all its promises, where the caller has them; those that begin are added.
        terms: the limits in force; without them they are read from the database.
        now: the present instant.
    """
    rows = list(await of(session, report)) if rows is None else rows
    owed = OWED[report.state]
    for row in open_of(rows):
        if row.step not in owed or (row.step is DeadlineStep.MADE_SAFE and move is Move.MAKE_SAFE):
            _end(row, move, now=now)
    _pause(rows, report, now=now)
    last = {row.step: row for row in rows}
    missing = [step for step in DeadlineStep if step in owed and not _is_open(last.get(step))]
    if missing:
        terms = terms or await _terms(session, report)
        started = [_begin(report, step, last.get(step), move, terms=terms, now=now) for step in missing]
        new = [row for row in started if row is not None and row not in rows]
        session.add_all(new)
        rows += new
    if move is Move.RESUME:
        await _back_into_office(session, report, open_of(rows), terms)
    _write(session, report, rows, now=now)


async def revise(session: AsyncSession, report: Report, *, terms: Terms | None = None, now: datetime) -> None:
    """Count a case's open promises anew, its category having changed; first promises stay as they were."""
    terms = terms or await _terms(session, report)
    rows = await of(session, report)
    for row in open_of(rows):
        limit = _limit(report, row.step, terms)
        if limit is None:
            row.dropped_at = now
        else:
            row.rule = limit.snapshot()
            _count(row, report, terms)
    last = {row.step: row for row in rows}
    for step in OWED[report.state]:
        earlier = last.get(step)
        # What was not limited before may be now; what is done stays done.
        if earlier is None or earlier.dropped_at is not None:
            number = 1 if earlier is None else earlier.round + 1
            if new := _first(report, step, terms=terms, now=now, number=number):
                session.add(new)
                rows = [*rows, new]
    _write(session, report, rows, now=now)


async def extend(session: AsyncSession, report: Report, until: datetime, *, now: datetime) -> None:
    """Give a case time until an instant; what was promised first stays beside it."""
    rows = await of(session, report)
    for row in open_of(rows):
        if row.step in (DeadlineStep.HANDLING, DeadlineStep.WHOLE) and row.due_at < until:
            row.extended_to = row.due_at = until
            _remind(row)
    _write(session, report, rows, now=now)


async def recount(session: AsyncSession, *, after: UUID | None, now: datetime) -> UUID | None:
    """Count again what was promised while a calendar was unknown, the cases behind one of them.

    A piece of them: clerks wait for the cases that a transaction holds. Returns the last one's id, or
    ``None`` when there are no more.
    """
    provisional = select(ReportDeadline.report_id).where(
        ReportDeadline.met_at.is_(None), ReportDeadline.dropped_at.is_(None), ReportDeadline.is_provisional
    )
    found = select(Report).where(Report.id.in_(provisional)).order_by(Report.id).limit(_PIECE)
    if after is not None:
        found = found.where(Report.id > after)
    found = found.with_for_update().execution_options(populate_existing=True)
    reports = (await session.scalars(found)).all()
    since = min((local_day(report.submitted_at) for report in reports), default=local_day(now))
    terms = {
        area_code: await book.load_terms(session, area_code, since=since)
        for area_code in sorted({report.area_code for report in reports})
    }
    for report in reports:
        await _recount(session, report, terms=terms[report.area_code], now=now)
    return reports[-1].id if len(reports) == _PIECE else None


async def _recount(session: AsyncSession, report: Report, *, terms: Terms, now: datetime) -> None:
    rows = await of(session, report)
    for row in open_of(rows):
        if row.is_provisional:
            first = terms.due(
                row.started_at, row.rule["amount"], LimitUnit(row.rule["unit"]), area_code=report.area_code
            )
            row.original_due_at = first.at
            _count(row, report, terms)
    _write(session, report, rows, now=now)


async def of(session: AsyncSession, report: Report) -> Sequence[ReportDeadline]:
    """Return all promises of a case, a step's rounds in their order."""
    query = select(ReportDeadline).where(ReportDeadline.report_id == report.id)
    return (await session.scalars(query.order_by(ReportDeadline.step, ReportDeadline.round))).all()


def open_of(rows: Iterable[ReportDeadline]) -> list[ReportDeadline]:
    """Return the promises that are still owed."""
    return [row for row in rows if _is_open(row)]


def _is_open(row: ReportDeadline | None) -> bool:
    return row is not None and row.met_at is None and row.dropped_at is None


async def _terms(session: AsyncSession, report: Report) -> Terms:
    return await book.load_terms(session, report.area_code, since=local_day(report.submitted_at))


def _end(row: ReportDeadline, move: Move, *, now: datetime) -> None:
    match move:
        case Move.REJECT | Move.MARK_DUPLICATE:
            is_done = row.step is DeadlineStep.ACCEPTANCE  # it was decided
        case Move.CLOSE:
            is_done = row.step is not DeadlineStep.DISPATCH
        case _:
            is_done = move not in _DROPS
    if is_done:
        row.met_at = now
    else:
        row.dropped_at = now


def _pause(rows: Sequence[ReportDeadline], report: Report, *, now: datetime) -> None:
    """Stop the clock of a suspended case, and let it go on; the first promise knows nothing of it."""
    for row in open_of(rows):
        if report.state is ReportState.SUSPENDED and row.paused_at is None:
            row.paused_at = now
        elif report.state is not ReportState.SUSPENDED and row.paused_at is not None:
            paused = now - row.paused_at
            row.paused_at = None
            row.paused_s += int(paused.total_seconds())
            row.due_at += timedelta(seconds=int(paused.total_seconds()))
            _remind(row)


async def _back_into_office(
    session: AsyncSession, report: Report, rows: Iterable[ReportDeadline], terms: Terms | None
) -> None:
    """Let what was counted in office time be due in office time after a pause, too."""
    terms = terms or await _terms(session, report)
    for row in rows:
        if LimitUnit(row.rule["unit"]) not in _CLOCK:
            row.due_at = _in_office(row.due_at, report, terms)
            _remind(row)


def _in_office(at: datetime, report: Report, terms: Terms) -> datetime:
    hours = terms.hours_of(report.area_code)
    return working_time.into_office(at, hours=hours, calendar=terms.calendar)


def _limit(report: Report, step: DeadlineStep, terms: Terms) -> Limit | None:
    return terms.limit(
        step, area_code=report.area_code, category_id=report.category_id, urgency=report.urgency
    )


def _begin(
    report: Report,
    step: DeadlineStep,
    last: ReportDeadline | None,
    move: Move,
    *,
    terms: Terms,
    now: datetime,
) -> ReportDeadline | None:
    """Return the promise that a step begins with, ``None`` where it is not limited."""
    if last is None:
        return _first(report, step, terms=terms, now=now)
    if step is DeadlineStep.MADE_SAFE and move is not Move.UNDO:
        return None  # what was made safe once is repaired now
    if move is Move.UNDO:
        last.met_at = last.dropped_at = None
        return last
    if move is Move.FAIL_CHECK:
        return _again(last)
    limit = _limit(report, step, terms)
    return None if limit is None else _promise(report, limit, now, terms, number=last.round + 1)


def _first(
    report: Report, step: DeadlineStep, *, terms: Terms, now: datetime, number: int = 1
) -> ReportDeadline | None:
    limit = _limit(report, step, terms)
    started_at = report.submitted_at if step in _FROM_SUBMISSION else now
    return None if limit is None else _promise(report, limit, started_at, terms, number=number)


def _promise(
    report: Report, limit: Limit, started_at: datetime, terms: Terms, *, number: int
) -> ReportDeadline:
    due = terms.due(started_at, limit.amount, limit.unit, area_code=report.area_code)
    row = ReportDeadline(
        report_id=report.id,
        step=limit.step,
        round=number,
        started_at=started_at,
        due_at=due.at,
        original_due_at=due.at,
        is_provisional=due.is_provisional,
        rule=limit.snapshot(),
        paused_s=0,
    )
    _remind(row)
    return row


def _again(last: ReportDeadline) -> ReportDeadline:
    return ReportDeadline(
        report_id=last.report_id,
        step=last.step,
        round=last.round + 1,
        started_at=last.started_at,
        due_at=last.due_at,
        original_due_at=last.original_due_at,
        is_provisional=last.is_provisional,
        rule=last.rule,
        extended_to=last.extended_to,
        paused_s=last.paused_s,
        remind_at=last.remind_at,
        reminded_at=last.reminded_at,
    )


def _count(row: ReportDeadline, report: Report, terms: Terms) -> None:
    """Write when a promise is due by its limit, its extension and its pauses."""
    unit = LimitUnit(row.rule["unit"])
    due = terms.due(row.started_at, row.rule["amount"], unit, area_code=report.area_code)
    row.is_provisional = due.is_provisional
    at = due.at + timedelta(seconds=row.paused_s)
    if row.paused_s and unit not in _CLOCK:
        at = _in_office(at, report, terms)
    row.due_at = max(at, row.extended_to) if row.extended_to else at
    _remind(row)


def _remind(row: ReportDeadline) -> None:
    row.remind_at = row.due_at - (row.due_at - row.started_at) / _REMINDER_SHARE


def _write(session: AsyncSession, report: Report, rows: Sequence[ReportDeadline], *, now: datetime) -> None:
    """Write the case's own instants, and tell when its promise changed."""
    before = report.due_at
    _sum_up(report, rows)
    if report.due_at != before:
        outbox.record(session, ReportPromised(report.id, report.due_at), now=now, area_code=report.area_code)


def _sum_up(report: Report, rows: Sequence[ReportDeadline]) -> None:
    """Write the case's own instants."""
    last = {row.step: row for row in sorted(rows, key=lambda row: row.round)}
    whole, acceptance = last.get(DeadlineStep.WHOLE), last.get(DeadlineStep.ACCEPTANCE)
    report.due_at = None if whole is None else whole.due_at
    report.acceptance_due_at = None if acceptance is None else acceptance.due_at
    if whole is not None:
        if whole.round == 1:
            report.original_due_at = whole.original_due_at
        report.is_due_provisional = whole.is_provisional
    report.next_due_at = _next(report, open_of(rows))


def _next(report: Report, rows: Iterable[ReportDeadline]) -> datetime | None:
    """Return the nearest instant by which something is owed; of a suspended case, its review."""
    if report.state is ReportState.SUSPENDED:
        return report.review_at
    return min((row.due_at for row in rows), default=None)
