"""Cases that wait for somebody who does not come, and giving them to somebody who does."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from app.api.deps import CaseStaff, Now, OnceDep, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.schemas import CaseRow
from app.api.schemas import AreaCodeText, In, Limit, Out
from app.core.errors import NotFound
from app.services.reports import adrift
from app.services.reports.adrift import Missing
from app.services.reports.handling_errors import ClerkUnfit

router = APIRouter(prefix="/reports/cases", tags=["reports"])


class AdriftOut(Out):
    """A case and who does not come; ``clerk`` and ``unit`` are the names of whom it waits for."""

    case: CaseRow
    missing: list[Missing]
    clerk: str | None
    unit: str | None


class AdriftsOut(Out):
    """The most urgent ones of one's desk."""

    cases: list[AdriftOut]


class ReassignIn(In):
    """Which cases, and to whom; to nobody, when it is left out."""

    report_ids: Annotated[list[UUID], Field(min_length=1, max_length=adrift.MOST_REASSIGNED)]
    to: UUID | None = None


class ReassignedOut(Out):
    """How many were assigned to somebody else before."""

    reassigned: int


@router.get("/adrift")
async def list_adrift(
    by: CaseStaff,
    session: ReadDep,
    now: Now,
    *,
    area_code: Annotated[AreaCodeText | None, Query(description="only of this area")] = None,
    limit: Limit = 50,
) -> AdriftsOut:
    """List open cases that wait for an ended unit, one without users, or a clerk who is gone."""
    found = await adrift.adrift(session, area_code=area_code, by=by, now=now, limit=limit)
    return AdriftsOut(
        cases=[
            AdriftOut(case=CaseRow.of(each.report), missing=each.missing, clerk=each.clerk, unit=each.unit)
            for each in found
        ]
    )


@router.post("/reassign", response_model=ReassignedOut, responses=problems(NotFound, ClerkUnfit))
async def reassign(
    given: ReassignIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Assign cases to a colleague, or to nobody."""

    async def work() -> ReassignedOut:
        number = await adrift.reassign(session, given.report_ids, to=given.to, by=by, now=now)
        return ReassignedOut(reassigned=number)

    return await once(work)
