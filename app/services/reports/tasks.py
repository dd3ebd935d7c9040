"""Co-handling (协办): several units each do a task of one case, which is resolved when all are done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.actor import ANONYMOUS, Actor
from app.core.errors import NotFound
from app.core.pages import Page, page_of, read_time_cursor, time_cursor
from app.models import HandlingUnit, PhotoRole, Report, ReportState, ReportTask, TaskState
from app.services import outbox
from app.services.accounts import editors
from app.services.outbox import Channel
from app.services.reports import dispatch, forwarding, lifecycle, proof, queries, scope
from app.services.reports.errors import ReasonNeeded
from app.services.reports.events import TaskChanged
from app.services.reports.handling import Word
from app.services.reports.handling_errors import TaskUnfit
from app.services.reports.pictures import Picture
from app.services.reports.proof import Sender

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_IN_HAND = (ReportState.DISPATCHED, ReportState.IN_PROGRESS, ReportState.SUSPENDED)
_UNFINISHED = (TaskState.OPEN, TaskState.TAKEN, TaskState.RETURNED)


@dataclass(frozen=True, slots=True)
class NewTask:
    """What a unit is to do for a case, and by when."""

    unit_id: UUID
    instruction: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnTask:
    """A task as its unit sees it, with the public facts of the case and its photos."""

    task: ReportTask
    report: Report
    photos: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class NamedTask:
    """A task with the name of the unit that has it."""

    task: ReportTask
    unit_name: str


async def of_case(session: AsyncSession, report_id: UUID, *, by: Actor) -> list[NamedTask]:
    """Return the tasks of a case of the caller's desk, oldest first.

    Raises:
        NotFound: it is not theirs.
    """
    report = await queries.get(session, report_id, within=scope.on_desk(by))
    query = (
        select(ReportTask, HandlingUnit.name)
        .join(HandlingUnit, HandlingUnit.id == ReportTask.unit_id)
        .where(ReportTask.report_id == report.id)
        .order_by(ReportTask.id)
    )
    return [NamedTask(task, name) for task, name in await session.execute(query)]


async def add(
    session: AsyncSession, report_id: UUID, new: NewTask, *, by: Actor, now: datetime
) -> ReportTask:
    """Give one more unit a task of a case that is in hand.

    Raises:
        NotFound: it is no case of the caller's desk.
        IllegalMove: no unit has the case in hand.
        UnitUnfit: the unit has ended or does not reach there.
    """
    report = await queries.get_to_move(session, report_id, within=scope.on_desk(by))
    _check_in_hand(report, by, now=now)
    unit = await dispatch.unit_for(session, new.unit_id, report.area_code)
    task = ReportTask(
        report_id=report.id,
        unit_id=unit.id,
        instruction=new.instruction,
        due_at=new.due_at,
        created_at=now,
        created_by=by.account_id,
        changed_at=now,
        changed_by=by.account_id,
    )
    session.add(task)
    return await _tell(session, task, report, now=now)


async def give_to(
    session: AsyncSession,
    report_id: UUID,
    task_id: UUID,
    new: NewTask,
    *,
    version: int,
    by: Actor,
    now: datetime,
) -> ReportTask:
    """Give an unfinished task to another unit, or to the same one anew.

    Raises:
        NotFound, EditConflict, TaskUnfit, UnitUnfit: see there.
        IllegalMove: no unit has the case in hand.
    """
    report, task = await _at_desk(session, report_id, task_id, version, by)
    _check_in_hand(report, by, now=now)
    unit = await dispatch.unit_for(session, new.unit_id, report.area_code)
    task.unit_id, task.instruction, task.due_at = unit.id, new.instruction, new.due_at
    return await _change(session, task, report, TaskState.OPEN, by=by, now=now)


async def drop(
    session: AsyncSession, report_id: UUID, task_id: UUID, *, version: int, by: Actor, now: datetime
) -> ReportTask:
    """Do without an unfinished task.

    Raises:
        NotFound, EditConflict, TaskUnfit: see there.
    """
    report, task = await _at_desk(session, report_id, task_id, version, by)
    return await _change(session, task, report, TaskState.DROPPED, by=by, now=now)


async def _at_desk(
    session: AsyncSession, report_id: UUID, task_id: UUID, version: int, by: Actor
) -> tuple[Report, ReportTask]:
    report = await queries.get_to_move(session, report_id, within=scope.on_desk(by))
    task = await session.get(ReportTask, task_id, populate_existing=True)
    if task is None or task.report_id != report.id:
        raise NotFound
    await editors.check_version(session, task, version)
    if task.state not in _UNFINISHED:
        raise TaskUnfit(state=task.state.value)
    return report, task


async def own_tasks(
    session: AsyncSession, *, state: TaskState | None, by: Actor, cursor: str | None, limit: int
) -> Page[ReportTask]:
    """Return a page of the tasks of the caller's units, what is owed first at the top.

    What nobody can do now is left out: while a case is back at the desk its unfinished tasks rest.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    owed_at = func.coalesce(ReportTask.due_at, literal(_NEVER))
    query = select(ReportTask).where(_theirs(by), ~_rests())
    if state is not None:
        query = query.where(ReportTask.state == state)
    after = None if cursor is None else read_time_cursor(cursor)
    rows, more = await page_of(session, query, by=(owed_at, ReportTask.id), after=after, limit=limit)
    if not more:
        return Page(rows, None)
    last = rows[-1]
    return Page(rows, time_cursor(last.due_at or _NEVER, last.id))


def _theirs(by: Actor) -> ColumnElement[bool]:
    """Return the WHERE condition of the tasks of the caller's units; none of a case that is secret by now."""
    case = aliased(Report)
    is_secret = exists().where(case.id == ReportTask.report_id, case.is_confidential)
    return and_(ReportTask.unit_id.in_(by.unit_ids), ~is_secret)


def _rests() -> ColumnElement[bool]:
    """Return the WHERE condition of the unfinished tasks of cases that no unit has in hand."""
    case = aliased(Report)
    is_elsewhere = exists().where(case.id == ReportTask.report_id, case.state.not_in(_IN_HAND))
    return and_(ReportTask.state.in_(_UNFINISHED), is_elsewhere)


async def own_task(session: AsyncSession, task_id: UUID, *, by: Actor) -> OwnTask:
    """Return a task of the caller's units with what it is about.

    Raises:
        NotFound: it is not theirs.
    """
    task = await session.scalar(select(ReportTask).where(ReportTask.id == task_id, _theirs(by)))
    if task is None:
        raise NotFound
    report = await session.get_one(Report, task.report_id)
    return OwnTask(task, report, await proof.for_handlers(session, report.id))


async def take(session: AsyncSession, task_id: UUID, word: Word, *, by: Actor, now: datetime) -> ReportTask:
    """Begin with a task.

    Raises:
        NotFound, EditConflict, IllegalMove, TaskUnfit: see there.
    """
    report, task = await _in_hand(session, task_id, word, by, now, TaskState.OPEN)
    return await _change(session, task, report, TaskState.TAKEN, by=by, now=now)


async def finish(session: AsyncSession, task_id: UUID, word: Word, *, by: Actor, now: datetime) -> ReportTask:
    """Say that a task is done, with a text and a photo taken after.

    Raises:
        NotFound, EditConflict, IllegalMove, TaskUnfit, ReasonNeeded: see there.
        PhotoNeeded, PhotoNotNew, NotReady: the photo proves nothing.
    """
    report, task = await _in_hand(session, task_id, word, by, now, TaskState.TAKEN)
    return await _done(session, report, task, word, by=by, now=now)


async def finish_for(
    session: AsyncSession, report: Report, task: ReportTask, word: Word, *, by: Actor, now: datetime
) -> ReportTask:
    """Say at the desk of a locked case, for a unit that has nobody here, that its task is done.

    Raises:
        EditConflict, IllegalMove, TaskUnfit, ReasonNeeded: see there.
        PhotoNeeded, PhotoNotNew, NotReady: the photo proves nothing.
    """
    await _check(session, report, task, word, TaskState.OPEN, TaskState.TAKEN, by=by, now=now)
    return await _done(session, report, task, word, by=by, now=now)


async def _done(
    session: AsyncSession, report: Report, task: ReportTask, word: Word, *, by: Actor, now: datetime
) -> ReportTask:
    _check_text(word)
    await proof.attach_proof(
        session, report, word.photo_ids, role=PhotoRole.AFTER, sender=Sender(by), now=now
    )
    task.result, task.photo_ids = word.text, [str(each) for each in word.photo_ids]
    return await _change(session, task, report, TaskState.DONE, by=by, now=now)


async def send_back(
    session: AsyncSession, task_id: UUID, word: Word, *, by: Actor, now: datetime
) -> ReportTask:
    """Return a task to staff, with a reason.

    Raises:
        NotFound, EditConflict, IllegalMove, TaskUnfit, ReasonNeeded: see there.
    """
    report, task = await _in_hand(session, task_id, word, by, now, TaskState.OPEN, TaskState.TAKEN)
    _check_text(word)
    task.result = word.text
    return await _change(session, task, report, TaskState.RETURNED, by=by, now=now)


async def return_for(
    session: AsyncSession, report: Report, task: ReportTask, word: Word, *, by: Actor, now: datetime
) -> ReportTask:
    """Take a task of a locked case back, at its desk, from a unit that has nobody here.

    Raises:
        EditConflict, IllegalMove, TaskUnfit, ReasonNeeded: see there.
    """
    await _check(session, report, task, word, TaskState.OPEN, TaskState.TAKEN, by=by, now=now)
    _check_text(word)
    task.result = word.text
    return await _change(session, task, report, TaskState.RETURNED, by=by, now=now)


def _check_text(word: Word) -> None:
    if not word.text.strip():
        raise ReasonNeeded


async def _in_hand(
    session: AsyncSession, task_id: UUID, word: Word, by: Actor, now: datetime, *states: TaskState
) -> tuple[Report, ReportTask]:
    """Return a task of the caller's units and its case, both locked by the case's row."""
    is_its = exists().where(ReportTask.id == task_id, ReportTask.report_id == Report.id, _theirs(by))
    report = await session.scalar(
        select(Report).where(is_its).with_for_update(of=Report).execution_options(populate_existing=True)
    )
    task = await session.get(ReportTask, task_id, populate_existing=True)
    if report is None or task is None or task.unit_id not in by.unit_ids:
        raise NotFound
    await _check(session, report, task, word, *states, by=by, now=now)
    return report, task


async def _check(
    session: AsyncSession,
    report: Report,
    task: ReportTask,
    word: Word,
    *states: TaskState,
    by: Actor,
    now: datetime,
) -> None:
    await editors.check_version(session, task, word.version)
    _check_in_hand(report, by, now=now)
    if task.state not in states:
        raise TaskUnfit(state=task.state.value)


def is_in_hand(report: Report) -> bool:
    """Tell whether units have a case, so that tasks of it can be given and done."""
    return report.state in _IN_HAND


def _check_in_hand(report: Report, by: Actor, *, now: datetime) -> None:
    if not is_in_hand(report):
        raise lifecycle.refused(report, scope.party_capacity(by, report), now=now)


async def note(
    session: AsyncSession, report: Report, task: ReportTask, state: TaskState, *, now: datetime
) -> ReportTask:
    """Write what a unit without anybody here says of its task of a locked case."""
    return await _change(session, task, report, state, by=ANONYMOUS, now=now)


async def _change(
    session: AsyncSession, task: ReportTask, report: Report, state: TaskState, *, by: Actor, now: datetime
) -> ReportTask:
    task.state = state
    task.version += 1
    task.changed_at, task.changed_by = now, by.account_id
    return await _tell(session, task, report, now=now)


async def _tell(session: AsyncSession, task: ReportTask, report: Report, *, now: datetime) -> ReportTask:
    await session.flush()
    event = TaskChanged(report.id, task.id, task.unit_id, task.state.value)
    outbox.record(session, event, now=now, area_code=report.area_code)
    await outbox.announce(session, Channel.REPORTS, [report.id])
    await forwarding.follow_task(session, report, task, now=now)
    return task
