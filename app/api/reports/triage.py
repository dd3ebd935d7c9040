"""The clerk's desk: one case, and the decisions on it."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.deps import CaseStaff, Now, OnceDep, SessionDep
from app.api.errors import problems
from app.api.reports.schemas import CaseOut, CaseRow, DecisionIn
from app.core.errors import EditConflict, NotFound
from app.services import reports
from app.services.reports import acts, safety

router = APIRouter(prefix="/reports/cases", tags=["reports"])

_REFUSALS = (NotFound, EditConflict, reports.IllegalMove, reports.MoveNotYours, reports.ReasonNeeded)


@router.get("/{report_id:uuid}", responses=problems(NotFound))
async def see_case(report_id: UUID, by: CaseStaff, session: SessionDep, now: Now) -> CaseOut:
    """See a case of one's desk with its timeline; nothing in it says who reported."""
    found = await reports.case(session, report_id, by=by, now=now)
    return CaseOut.of(found, acts.open_to(by, found.report))


@router.post("/{report_id:uuid}/accept", response_model=CaseRow, responses=problems(*_REFUSALS))
async def accept(
    report_id: UUID, given: DecisionIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Take a report into the area's care."""

    async def work() -> CaseRow:
        return CaseRow.of(await reports.accept(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.post("/{report_id:uuid}/reject", response_model=CaseRow, responses=problems(*_REFUSALS))
async def reject(
    report_id: UUID, given: DecisionIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Refuse a report, with a reason that its reporter reads."""

    async def work() -> CaseRow:
        return CaseRow.of(await reports.reject(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.post("/{report_id:uuid}/make-safe", response_model=CaseRow, responses=problems(*_REFUSALS))
async def make_safe_at_desk(
    report_id: UUID, given: DecisionIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Say that an emergency of one's desk harms nobody any more; the repair may take longer."""

    async def work() -> CaseRow:
        return CaseRow.of(await safety.secure_at_desk(session, report_id, given.read(), by=by, now=now))

    return await once(work)
