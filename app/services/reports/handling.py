"""What a handling unit, or a contractor in its name, does with a case. They are never told who reported."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.pages import Page, page_of, read_time_cursor, time_cursor
from app.models import (
    ENDED,
    Move,
    PhotoRole,
    Report,
    ReportState,
    ReportStep,
    ReportTask,
    StepActor,
    TaskState,
    Urgency,
)
from app.services import categories
from app.services.accounts import editors
from app.services.reports import lifecycle, links, moves, proof, queries, safety, scope
from app.services.reports.handling_errors import TasksOpen
from app.services.reports.pictures import Picture
from app.services.reports.proof import Sender
from app.services.reports.scope import Acting


@dataclass(frozen=True, slots=True)
class Handler:
    """Who handles: what they reach, in which capacity and under which name they act, whose photos count.

    ``account_id`` cannot check the repair later: for a contractor it is who handed the link out.
    """

    within: ColumnElement[bool]
    acting: Acting
    sender: Sender
    account_id: UUID | None


@dataclass(frozen=True, slots=True)
class Word:
    """What a handler says with a move: on which version of the case, and a text that the reporter reads."""

    version: int | None = None
    text: str = ""
    photo_ids: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of a unit's cases are wanted: in a state, and only those whose time is over."""

    state: ReportState | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class HandledCase:
    """A case as its handler sees it: public facts, its timeline without names, what can be done now.

    ``reads_plates`` says that the number plates in its photos are legible to them: those of vehicles that
    it is their work to find.
    """

    report: Report
    steps: Sequence[ReportStep]
    photos: Sequence[Picture]
    tasks: Sequence[ReportTask]
    possible: Sequence[Move]
    reads_plates: bool


async def by_unit(session: AsyncSession, by: Actor) -> Handler:
    """Return a user of handling units as who handles their cases."""
    name = await editors.name_of(session, by.account_id)
    acting = Acting(StepActor.UNIT, by.account_id, name)
    return Handler(scope.with_unit(by), acting, Sender(by), by.account_id)


async def cases(
    session: AsyncSession, wanted: Wanted, *, by: Actor, cursor: str | None, limit: int, now: datetime
) -> Page[Report]:
    """Return a page of the cases that lie with the caller's units, what is owed first at the top.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    query = select(Report).where(scope.with_unit(by))
    if wanted.state is not None:
        query = query.where(Report.state == wanted.state)
    if wanted.overdue:
        query = query.where(Report.next_due_at < now, Report.state.not_in(ENDED))
    after = None if cursor is None else read_time_cursor(cursor)
    rows, more = await page_of(session, query, by=(Report.queue_at, Report.id), after=after, limit=limit)
    if not more:
        return Page(rows, None)
    last = rows[-1]
    return Page(rows, time_cursor(last.queue_at, last.id))


async def case(session: AsyncSession, report_id: UUID, *, handler: Handler, now: datetime) -> HandledCase:
    """Return a case as its handler sees it.

    Raises:
        NotFound: it does not lie with them.
    """
    report = await queries.get(session, report_id, within=handler.within)
    return await shown(session, report, handler=handler, now=now)


async def shown(session: AsyncSession, report: Report, *, handler: Handler, now: datetime) -> HandledCase:
    """Return a case, found before, as its handler sees it."""
    return HandledCase(
        report,
        await queries.steps_of(session, report.id),
        await proof.for_handlers(session, report.id),
        await queries.tasks_of(session, report.id),
        lifecycle.possible(report, handler.acting.capacity, now=now),
        # A contractor comes by a link, which anybody may hold.
        handler.acting.capacity is StepActor.UNIT
        and (await categories.get(session, report.category_id)).unit_reads_plates,
    )


async def take_on(
    session: AsyncSession, report_id: UUID, word: Word, *, handler: Handler, now: datetime
) -> Report:
    """Begin with a case.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
    """
    async with _moving(session, report_id, word, handler=handler, now=now) as report:
        await moves.make(session, report, Move.TAKE_ON, acting=handler.acting, now=now, reason=word.text)
        return report


async def send_back(
    session: AsyncSession, report_id: UUID, word: Word, *, handler: Handler, now: datetime
) -> Report:
    """Return a case to staff because it is another's; the second time the district decides.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded: see there.
        Designated: the district named this unit.
    """
    async with _moving(session, report_id, word, handler=handler, now=now) as report:
        details = {"unit_id": str(report.unit_id)}
        await moves.make(
            session, report, Move.RETURN, acting=handler.acting, now=now, reason=word.text, details=details
        )
        report.return_count += 1
        report.is_escalated = report.is_escalated or lifecycle.needs_officer(report)
        report.unit_id = None
        await links.revoke_all(session, report.id, now=now)
        return report


async def make_safe(
    session: AsyncSession, report_id: UUID, word: Word, *, handler: Handler, now: datetime
) -> Report:
    """Say that an emergency harms nobody any more; its repair may take longer.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours: see there.
    """
    async with _moving(session, report_id, word, handler=handler, now=now) as report:
        await safety.secure(session, report, acting=handler.acting, now=now, reason=word.text)
        return report


async def resolve(
    session: AsyncSession, report_id: UUID, word: Word, *, handler: Handler, now: datetime
) -> Report:
    """Say that a case is mended, with a text and a photo taken after; somebody else will check it.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded: see there.
        TasksOpen: co-handlers are not done.
        PhotoNeeded, PhotoNotNew, NotReady: the photo proves nothing.
    """
    async with _moving(session, report_id, word, handler=handler, now=now) as report:
        lifecycle.check_case(report, Move.RESOLVE, handler.acting.capacity, now=now)
        await _check_tasks(session, report, handler, now)
        await proof.attach_proof(
            session, report, word.photo_ids, role=PhotoRole.AFTER, sender=handler.sender, now=now
        )
        details = {"photo_ids": [str(each) for each in word.photo_ids]}
        await moves.make(
            session, report, Move.RESOLVE, acting=handler.acting, now=now, reason=word.text, details=details
        )
        report.resolved_at = report.resolved_at or now
        report.resolved_by = handler.account_id
        report.checked_at = None
        if report.urgency is Urgency.EMERGENCY:
            report.made_safe_at = report.made_safe_at or now
        return report


async def _check_tasks(session: AsyncSession, report: Report, handler: Handler, now: datetime) -> None:
    tasks = await queries.tasks_of(session, report.id)
    if any(task.state not in {TaskState.DONE, TaskState.DROPPED} for task in tasks):
        raise TasksOpen(possible=lifecycle.but(report, handler.acting.capacity, Move.RESOLVE, now=now))


@asynccontextmanager
async def _moving(
    session: AsyncSession, report_id: UUID, word: Word, *, handler: Handler, now: datetime
) -> AsyncIterator[Report]:
    """Lock a case that lies with a handler; refusals say what they can do with it."""
    report = await queries.get_to_move(session, report_id, within=handler.within)
    with lifecycle.saying(report, handler.acting.capacity, now=now):
        await editors.check_version(session, report, word.version)
        yield report
