"""What the desk writes beside a case: notes among colleagues, and questions to the reporter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import locks
from app.core.actor import Actor
from app.core.errors import KeyReused, NotFound, SignInRequired
from app.models import ENDED, ReportNote, ReportQuestion
from app.services import outbox
from app.services.accounts import editors
from app.services.reports import queries, scope, trust
from app.services.reports.errors import AlreadyAnswered, AnswerTooLate, CaseOver
from app.services.reports.events import ReporterAnswered, ReporterAsked

LONGEST_TERM = timedelta(days=30)


async def write_note(
    session: AsyncSession, report_id: UUID, *, note_id: UUID, text: str, by: Actor, now: datetime
) -> ReportNote:
    """Leave a note for colleagues; a second call with the same id and text changes nothing.

    Raises:
        NotFound: the case is not on the caller's desk.
        KeyReused: the id stands for another note.
    """
    if by.account_id is None:
        raise SignInRequired
    await queries.get(session, report_id, within=scope.on_desk(by))
    await locks.alone(session, note_id)
    if kept := await session.get(ReportNote, note_id):
        if (kept.report_id, kept.author_id, kept.text) != (report_id, by.account_id, text):
            raise KeyReused
        return kept
    name = await editors.name_of(session, by.account_id)
    note = ReportNote(
        id=note_id, report_id=report_id, author_id=by.account_id, author_name=name, text=text, made_at=now
    )
    session.add(note)
    await session.flush()
    return note


async def notes_of(session: AsyncSession, report_id: UUID, *, by: Actor) -> Sequence[ReportNote]:
    """Return the notes on a case, oldest first.

    Raises:
        NotFound: the case is not on the caller's desk.
    """
    await queries.get(session, report_id, within=scope.on_desk(by))
    query = select(ReportNote).where(ReportNote.report_id == report_id)
    return (await session.scalars(query.order_by(ReportNote.made_at, ReportNote.id))).all()


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """What to ask the reporter, and until when an answer is waited for."""

    id: UUID
    text: str
    due_at: datetime


async def ask(
    session: AsyncSession, report_id: UUID, question: NewQuestion, *, by: Actor, now: datetime
) -> ReportQuestion:
    """Ask the reporter something; they are told by the event, and nobody learns who they are.

    Raises:
        NotFound: the case is not on the caller's desk.
        CaseOver: it has ended.
        KeyReused: the id stands for another question.
    """
    if by.account_id is None:
        raise SignInRequired
    report = await queries.get_to_move(session, report_id, within=scope.on_desk(by))
    if kept := await session.get(ReportQuestion, question.id):
        if (kept.report_id, kept.text) != (report_id, question.text):
            raise KeyReused
        return kept
    if report.state in ENDED:
        raise CaseOver
    due_at = min(max(question.due_at, now), now + LONGEST_TERM)
    asked = ReportQuestion(
        id=question.id,
        report_id=report_id,
        asked_by=by.account_id,
        text=question.text,
        asked_at=now,
        due_at=due_at,
    )
    session.add(asked)
    outbox.record(session, ReporterAsked(report_id, asked.id), now=now, area_code=report.area_code)
    await session.flush()
    return asked


async def questions_at_desk(
    session: AsyncSession, report_id: UUID, *, by: Actor, now: datetime
) -> Sequence[ReportQuestion]:
    """Return what the reporter of a case was asked; that a confidential one was read is kept.

    Raises:
        NotFound: the case is not on the caller's desk.
    """
    report = await queries.get(session, report_id, within=scope.on_desk(by))
    await trust.note_read(session, report, by=by, now=now)
    return await questions_of(session, report_id)


async def questions_of(session: AsyncSession, report_id: UUID) -> Sequence[ReportQuestion]:
    """Return the questions that were asked about a case, oldest first; the caller has checked who sees it."""
    query = select(ReportQuestion).where(ReportQuestion.report_id == report_id)
    return (await session.scalars(query.order_by(ReportQuestion.asked_at, ReportQuestion.id))).all()


async def answer(
    session: AsyncSession, report_id: UUID, question_id: UUID, *, text: str, by: Actor, now: datetime
) -> ReportQuestion:
    """Answer a question about one's report; the same answer again changes nothing.

    Raises:
        NotFound: the caller did not send this report, or there is no such question.
        AlreadyAnswered: another answer was given before.
        AnswerTooLate: the term is over; an update of the report still reaches the desk.
    """
    report = await queries.get(session, report_id, within=scope.reported(by))
    query = select(ReportQuestion).where(
        ReportQuestion.id == question_id, ReportQuestion.report_id == report_id
    )
    question = await session.scalar(query.with_for_update())
    if question is None:
        raise NotFound
    if question.answer is not None:
        if question.answer != text:
            raise AlreadyAnswered
        return question
    if now > question.due_at:
        raise AnswerTooLate
    question.answer, question.answered_at = text, now
    outbox.record(session, ReporterAnswered(report_id, question_id), now=now, area_code=report.area_code)
    return question
