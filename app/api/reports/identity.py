"""Who sent a report, and what they wrote of people: for a reason, and never unseen."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from app.api.deps import CaseStaff, Now, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.schemas import In, Out
from app.core.errors import NotFound
from app.services.reports import identity, trust_errors

router = APIRouter(prefix="/reports/cases", tags=["reports"])


class ReadingReasonIn(In):
    """Why somebody needs to know."""

    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=4, max_length=200, pattern=r"^[^\x00]*$")
    ] = Field(description="four characters and more; the privacy officer reads it")


class ReporterOut(Out):
    """Who sent a report: the name they show, and their number but for its middle."""

    display_name: str
    phone: str | None


@router.post("/{report_id:uuid}/reporter", responses=problems(NotFound, trust_errors.ReporterForgotten))
async def see_reporter(
    report_id: UUID,
    given: ReadingReasonIn,
    *,
    by: CaseStaff,
    runtime: RuntimeDep,
    session: SessionDep,
    now: Now,
) -> ReporterOut:
    """Learn who sent a report: district officers, and a confidential case's worker. Each time is kept."""
    reporter = await identity.reporter_of(
        session, report_id, reason=given.reason, by=by, vault=runtime.vault, now=now
    )
    return ReporterOut.model_validate(reporter)


class WordsOut(Out):
    """What the reporter wrote, with the numbers of people in it."""

    description: str
    address: str
    answers: dict[str, Any]


@router.post("/{report_id:uuid}/words", responses=problems(NotFound, trust_errors.ReporterForgotten))
async def see_words(
    report_id: UUID, given: ReadingReasonIn, *, by: CaseStaff, session: SessionDep, now: Now
) -> WordsOut:
    """Read a case's words uncovered, as far as somebody's number in them is needed. Each time is kept."""
    report = await identity.words_of(session, report_id, reason=given.reason, by=by, now=now)
    return WordsOut.model_validate(report)
