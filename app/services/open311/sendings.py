"""What the desk sees and does of cases at other cities' endpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.pages import Page, id_cursor, read_id_cursor
from app.models import (
    HandlingUnit,
    Move,
    Open311Note,
    Open311Sending,
    Report,
    ReportState,
    SendingState,
    StepActor,
)
from app.services import outbox
from app.services.accounts import editors
from app.services.open311 import lying
from app.services.open311.errors import SendingNotStuck
from app.services.outbox import Channel
from app.services.reports import handling, moves, queries, scope, tasks, triage
from app.services.reports.errors import ReasonNeeded
from app.services.reports.handling import Handler, Word
from app.services.reports.masking import masked
from app.services.reports.proof import Sender
from app.services.reports.scope import Acting

_S = SendingState
# What did not arrive in so long is stuck.
PATIENCE = timedelta(hours=1)
_ON_THE_WAY = (_S.QUEUED, _S.SENDING, _S.SENT, _S.ACKNOWLEDGED, _S.FAILED)
_TO_RETRY = (_S.QUEUED, _S.SENT, _S.ACKNOWLEDGED, _S.FAILED, _S.GAVE_UP)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sendings are wanted: of one case, in a state, or what a person has to look at."""

    report_id: UUID | None = None
    state: SendingState | None = None
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A case on its way, or there."""

    sending: Open311Sending
    report: Report
    unit: HandlingUnit


def _is_stuck(now: datetime) -> ColumnElement[bool]:
    """Return the WHERE condition of what a person has to look at: not there, or said to be over there."""
    not_there = (Open311Sending.state == _S.GAVE_UP) | (
        Open311Sending.state.in_(_ON_THE_WAY) & (Open311Sending.created_at < now - PATIENCE)
    )
    return lying.lies_there() & or_(not_there, Open311Sending.remote_closed_at.is_not(None))


async def search(
    session: AsyncSession, wanted: Wanted, *, by: Actor, cursor: str | None, limit: int, now: datetime
) -> Page[Sent]:
    """Return a page of what left the caller's desk for other cities, the newest first.

    Raises:
        BadCursor: the cursor is not of this list.
    """
    query = (
        select(Open311Sending, Report, HandlingUnit)
        .join(Report, Report.id == Open311Sending.report_id)
        .join(HandlingUnit, HandlingUnit.id == Open311Sending.unit_id)
        .where(scope.on_desk(by))
    )
    if wanted.report_id is not None:
        query = query.where(Open311Sending.report_id == wanted.report_id)
    if wanted.state is not None:
        query = query.where(Open311Sending.state == wanted.state)
    if wanted.stuck:
        query = query.where(_is_stuck(now))
    if (after := read_id_cursor(cursor)) is not None:
        query = query.where(Open311Sending.id < after)
    query = query.order_by(Open311Sending.id.desc()).limit(limit + 1)
    found = [Sent(sending, report, unit) for sending, report, unit in (await session.execute(query)).all()]
    more = len(found) > limit
    return Page(found[:limit], id_cursor(found[limit - 1].sending.id) if more else None)


async def get(session: AsyncSession, sending_id: UUID, *, by: Actor) -> Sent:
    """Return a sending of a case of the caller's desk, the case locked.

    Raises:
        NotFound: there is none.
    """
    sending = await session.get(Open311Sending, sending_id)
    if sending is None:
        raise NotFound
    report = await queries.get_to_move(session, sending.report_id, within=scope.on_desk(by))
    await session.refresh(sending, with_for_update=True)
    return Sent(sending, report, await session.get_one(HandlingUnit, sending.unit_id))


async def retry(session: AsyncSession, sending_id: UUID, *, by: Actor, now: datetime) -> Sent:
    """Try at once, from the first try on; what may have arrived is looked for before.

    Raises:
        NotFound: there is none.
        SendingNotStuck: it is there, or the case has left the unit.
    """
    sent = await get(session, sending_id, by=by)
    sending = sent.sending
    if sending.state not in _TO_RETRY:
        raise SendingNotStuck(state=sending.state.value)
    if sending.token is not None:
        sending.state = _S.ACKNOWLEDGED
    else:
        sending.state = _S.QUEUED if sending.first_try_at is None else _S.SENT
    sending.tries, sending.next_try_at = 0, now
    await outbox.announce(session, Channel.REPORTS, [sending.report_id])
    return sent


async def notes_of(session: AsyncSession, sending_id: UUID, *, by: Actor) -> Sequence[Open311Note]:
    """Return what the other city said of a case, the oldest first.

    Raises:
        NotFound: there is no such sending on the caller's desk.
    """
    query = select(Open311Sending).join(Report, Report.id == Open311Sending.report_id)
    sending = await session.scalar(query.where(Open311Sending.id == sending_id, scope.on_desk(by)))
    if sending is None:
        raise NotFound
    said = select(Open311Note).where(Open311Note.sending_id == sending_id)
    return (await session.scalars(said.order_by(Open311Note.at, Open311Note.id))).all()


async def show_note(
    session: AsyncSession, note_id: UUID, word: Word, *, by: Actor, now: datetime
) -> Open311Note:
    """Let those who follow a case read what the other city said, once: as it came, or in the desk's words.

    Raises:
        NotFound: there is no such note on the caller's desk.
        EditConflict: somebody else changed the case meanwhile.
        ReasonNeeded: neither they nor the desk said anything.
    """
    note = await session.get(Open311Note, note_id)
    if note is None:
        raise NotFound
    within = scope.on_desk(by)
    report = await queries.get_to_move(session, note.report_id, within=within, version=word.version)
    await session.refresh(note, with_for_update=True)
    if note.shown_at is None:
        text = masked(word.text or note.text)
        if not text.strip():
            raise ReasonNeeded
        acting = await triage.acting_at_desk(session, report, by)
        details = {"note_id": str(note.id)}
        await moves.enter(
            session,
            report,
            Move.NOTE_PROGRESS,
            report.state,
            acting=acting,
            now=now,
            reason=text,
            details=details,
        )
        note.shown_at, note.shown_by = now, by.account_id
    return note


async def return_case(
    session: AsyncSession, sending_id: UUID, word: Word, *, by: Actor, now: datetime
) -> Report:
    """Take a case back from a city that does not answer, or says it is not theirs; it counts as returned.

    What was sent as a task comes back as that task.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded, TaskUnfit: see there.
        Designated: the district named this unit.
    """
    sent = await get(session, sending_id, by=by)
    if (task := await lying.task_of(session, sent.sending)) is not None:
        word = await _of_task(session, sent, word, by)
        await tasks.return_for(session, sent.report, task, word, by=by, now=now)
        return sent.report
    handler = await _in_its_name(session, sent, by)
    return await handling.send_back(session, sent.report.id, word, handler=handler, now=now)


async def resolve(session: AsyncSession, sending_id: UUID, word: Word, *, by: Actor, now: datetime) -> Report:
    """Say with a photo, in the other city's name, that a case is mended; somebody else checks it.

    What was sent as a task is done as that task.

    Raises:
        NotFound, EditConflict, IllegalMove, MoveNotYours, ReasonNeeded, TaskUnfit: see there.
        TasksOpen, PhotoNeeded, PhotoNotNew, NotReady: as for any unit.
    """
    sent = await get(session, sending_id, by=by)
    if (task := await lying.task_of(session, sent.sending)) is not None:
        word = await _of_task(session, sent, word, by)
        await tasks.finish_for(session, sent.report, task, word, by=by, now=now)
        return sent.report
    handler = await _in_its_name(session, sent, by)
    if sent.report.state is ReportState.DISPATCHED:
        word_before = Word(word.version)
        report = await handling.take_on(session, sent.report.id, word_before, handler=handler, now=now)
        word = Word(report.version, word.text, word.photo_ids)
    return await handling.resolve(session, sent.report.id, word, handler=handler, now=now)


async def _of_task(session: AsyncSession, sent: Sent, word: Word, by: Actor) -> Word:
    """Check the version of the case that the clerk saw, and return their word about a task of it."""
    await queries.get_to_move(session, sent.report.id, within=scope.on_desk(by), version=word.version)
    return Word(None, word.text, word.photo_ids)


async def _in_its_name(session: AsyncSession, sent: Sent, by: Actor) -> Handler:
    """Return the caller as who acts for a unit that has nobody here; the timeline names both."""
    clerk = await editors.name_of(session, by.account_id)
    acting = Acting(StepActor.UNIT, by.account_id, f"{sent.unit.name}({clerk}代)")
    within = scope.on_desk(by) & (Report.unit_id == sent.unit.id)
    return Handler(within, acting, Sender(by), by.account_id)
