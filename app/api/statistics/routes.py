"""Figures of a month, the closing of it, and the cases behind it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import CaseStaff, Now, ReadDep, SessionDep
from app.api.errors import problems
from app.api.schemas import AreaCodeText, Text
from app.api.statistics.schemas import CasesOut, ClosedOut, CloseIn, Month, TableOut
from app.core.errors import InvalidInput, NotFound
from app.services import statistics

router = APIRouter(prefix="/statistics/reports", tags=["statistics"])


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


@router.get("", responses=problems(NotFound, InvalidInput))
async def read_figures(
    *,
    area_code: AreaCodeText,
    month: Month,
    rows_by: Annotated[statistics.By, Query(alias="by")] = statistics.By.CATEGORY,
    by: CaseStaff,
    session: ReadDep,
    now: Now,
) -> TableOut:
    """Return an area's month: every rate with numerator and denominator, and the formula it follows.

    A closed month answers what was counted when it was closed; ``corrections`` is what came late.
    Fewer than five are null to anybody but the community's own staff. Rows are in the order of codes.
    """
    found = await statistics.table(session, area_code, month=_first(month), rows_by=rows_by, by=by, now=now)
    return TableOut.of(found)


@router.post("/close", responses=problems(NotFound, statistics.MonthGoesOn))
async def close_month(given: CloseIn, by: CaseStaff, session: SessionDep, now: Now) -> ClosedOut:
    """Close a month of a district officer's area; what is closed stays. Each first does it too."""
    made = await statistics.close_month(session, given.area_code, month=_first(given.month), by=by, now=now)
    return ClosedOut(counties=made)


@router.get("/cases", responses=problems(NotFound))
async def list_cases_behind(
    *,
    area_code: AreaCodeText,
    month: Month,
    is_due: Annotated[bool, Query(description="those due in the month, not those submitted in it")] = False,
    is_due_originally: Annotated[
        bool, Query(description="those whose first limit fell in the month, judged by it")
    ] = False,
    category_id: Annotated[Text | None, Query(max_length=60)] = None,
    by: CaseStaff,
    session: SessionDep,
    now: Now,
) -> CasesOut:
    """List the masked cases behind a figure, a thousand at most; that they were read is kept."""
    wanted = statistics.CasesOf(
        area_code,
        _first(month),
        is_due=is_due,
        is_due_originally=is_due_originally,
        category_id=category_id,
    )
    return CasesOut(cases=list(await statistics.cases_of(session, wanted, by=by, now=now)))
