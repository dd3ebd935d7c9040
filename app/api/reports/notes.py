"""Beside a case: private notes, questions to the reporter, and the desk's templates."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.deps import CaseStaff, Now, Person, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.desk_schemas import (
    AnswerIn,
    NoteIn,
    NoteOut,
    NotesOut,
    QuestionIn,
    QuestionOut,
    QuestionsOut,
    TemplateEditIn,
    TemplateIn,
    TemplateOut,
    TemplatesOut,
)
from app.api.schemas import AreaCodeText, Text
from app.core.errors import EditConflict, KeyReused, NotFound
from app.models import AnswerTemplate, Move, ReportNote, ReportQuestion
from app.services import reports
from app.services.reports import notes

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/cases/{report_id:uuid}/notes", responses=problems(NotFound))
async def list_notes(report_id: UUID, by: CaseStaff, session: ReadDep) -> NotesOut:
    """Read colleagues' notes on a case; no rider and no unit ever does."""
    found = await reports.notes_of(session, report_id, by=by)
    return NotesOut(notes=[NoteOut.model_validate(note) for note in found])


@router.post(
    "/cases/{report_id:uuid}/notes",
    status_code=201,
    response_model=NoteOut,
    responses=problems(NotFound, KeyReused),
)
async def write_note(
    report_id: UUID, given: NoteIn, by: CaseStaff, session: SessionDep, now: Now
) -> ReportNote:
    """Leave a note for colleagues."""
    return await reports.write_note(session, report_id, note_id=given.id, text=given.text, by=by, now=now)


@router.get("/cases/{report_id:uuid}/questions", responses=problems(NotFound))
async def list_questions(report_id: UUID, by: CaseStaff, session: SessionDep, now: Now) -> QuestionsOut:
    """Read what the reporter was asked about a case, and answered; numbers of people in it are covered."""
    found = _questions(await notes.questions_at_desk(session, report_id, by=by, now=now))
    return QuestionsOut(questions=[each.covered() for each in found.questions])


@router.post(
    "/cases/{report_id:uuid}/questions",
    status_code=201,
    response_model=QuestionOut,
    responses=problems(NotFound, reports.CaseOver, KeyReused),
)
async def ask(
    report_id: UUID, given: QuestionIn, by: CaseStaff, session: SessionDep, now: Now
) -> ReportQuestion:
    """Ask the reporter something, without learning who they are."""
    question = reports.NewQuestion(given.id, given.text, given.due_at)
    return await reports.ask(session, report_id, question, by=by, now=now)


@router.get("/mine/{report_id:uuid}/questions", responses=problems(NotFound))
async def list_own_questions(report_id: UUID, by: Person, session: ReadDep, now: Now) -> QuestionsOut:
    """Read what the desk asks about one's report."""
    await reports.own_report(session, report_id, by=by, now=now)
    return _questions(await reports.questions_of(session, report_id))


@router.post(
    "/mine/{report_id:uuid}/questions/{question_id}/answer",
    response_model=QuestionOut,
    responses=problems(NotFound, reports.AlreadyAnswered, reports.AnswerTooLate),
)
async def answer(
    report_id: UUID, question_id: UUID, *, given: AnswerIn, by: Person, session: SessionDep, now: Now
) -> ReportQuestion:
    """Answer a question about one's report; once."""
    return await reports.answer(session, report_id, question_id, text=given.text, by=by, now=now)


def _questions(found: Sequence[ReportQuestion]) -> QuestionsOut:
    return QuestionsOut(questions=[QuestionOut.model_validate(each) for each in found])


@router.get("/templates", responses=problems(NotFound))
async def list_templates(
    *,
    area_code: AreaCodeText,
    move: Move | None = None,
    category_id: Annotated[Text | None, Query(max_length=60)] = None,
    by: CaseStaff,
    session: ReadDep,
) -> TemplatesOut:
    """List the sentences offered to an area's desk, those that fit best first."""
    found = await reports.list_templates(
        session, area_code=area_code, move=move, category_id=category_id, by=by
    )
    return TemplatesOut(templates=[TemplateOut.model_validate(each) for each in found])


@router.post(
    "/templates",
    status_code=201,
    response_model=TemplateOut,
    responses=problems(NotFound, reports.CategoryUnknown),
)
async def make_template(given: TemplateIn, by: CaseStaff, session: SessionDep, now: Now) -> AnswerTemplate:
    """Keep a sentence for an area's desk."""
    return await reports.write_template(session, given.read(), by=by, now=now)


@router.put(
    "/templates/{template_id}",
    response_model=TemplateOut,
    responses=problems(NotFound, reports.CategoryUnknown, EditConflict),
)
async def change_template(
    template_id: UUID, given: TemplateEditIn, by: CaseStaff, session: SessionDep, now: Now
) -> AnswerTemplate:
    """Change a template."""
    return await reports.write_template(
        session, given.read(), template_id=template_id, version=given.version, by=by, now=now
    )


@router.delete("/templates/{template_id}", status_code=204, responses=problems(NotFound))
async def drop_template(template_id: UUID, by: CaseStaff, session: SessionDep) -> None:
    """Take a template away."""
    await reports.drop_template(session, template_id, by=by)
