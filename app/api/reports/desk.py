"""The clerk's lists, groups, counters and stored filters."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.deps import CaseStaff, Now, OnceDep, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.desk_schemas import (
    CasePage,
    CasesQuery,
    CountsOut,
    GroupsOut,
    StoredFilterIn,
    StoredFilterOut,
    StoredFiltersOut,
    TakeIn,
    TogetherOut,
    TogetherQuery,
)
from app.api.reports.schemas import CaseRow
from app.api.schemas import AreaCodeText, Cursor, Limit
from app.core.errors import BadCursor, EditConflict, KeyReused, NotFound
from app.services import reports
from app.services.reports import desk, trust

router = APIRouter(prefix="/reports", tags=["reports"])


@router.get("/cases", responses=problems(BadCursor))
async def list_cases(
    query: Annotated[CasesQuery, Query()], by: CaseStaff, session: ReadDep, now: Now
) -> CasePage:
    """List the cases of one's desk: what burns first, then what is due first; no confidential ones."""
    if query.ids:
        some = await desk.named(session, query.ids, query.read(), by=by, now=now)
        return CasePage(items=[CaseRow.of(report) for report in some], next_cursor=None)
    page = await reports.cases(
        session, query.read(), order=query.order, by=by, now=now, cursor=query.cursor, limit=query.limit
    )
    return CasePage(items=[CaseRow.of(report) for report in page.items], next_cursor=page.next_cursor)


@router.get("/cases/across", responses=problems(BadCursor))
async def list_across(by: CaseStaff, session: ReadDep, cursor: Cursor = None, limit: Limit = 50) -> CasePage:
    """List open cases of others on a boundary street of one's areas: to read, not to move."""
    page = await desk.across(session, by=by, cursor=cursor, limit=limit)
    return CasePage(items=[CaseRow.of(report) for report in page.items], next_cursor=page.next_cursor)


@router.get("/cases/together")
async def list_together(
    query: Annotated[TogetherQuery, Query()], by: CaseStaff, session: ReadDep, now: Now
) -> GroupsOut:
    """List what lies together: two and more cases of one category in one place."""
    groups = await reports.together(session, query.read(), by=by, now=now, limit=query.limit)
    return GroupsOut(groups=[TogetherOut.of(group) for group in groups])


@router.get("/cases/counts")
async def count_cases(by: CaseStaff, session: ReadDep, area_code: AreaCodeText | None = None) -> CountsOut:
    """Count the cases of one's areas by state and urgency."""
    states = await reports.count_by_state(session, area_code=area_code, by=by)
    return CountsOut(
        states=states,
        is_trusted=await trust.is_trusted(session, by=by),
        is_neighbour=await desk.is_neighbour(session, by=by),
    )


@router.post(
    "/cases/{report_id:uuid}/take", response_model=CaseRow, responses=problems(NotFound, EditConflict)
)
async def take(
    report_id: UUID, given: TakeIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Assign a case to oneself."""

    async def work() -> CaseRow:
        return CaseRow.of(await reports.take(session, report_id, version=given.version, by=by, now=now))

    return await once(work)


@router.get("/filters")
async def list_filters(by: CaseStaff, session: ReadDep, now: Now) -> StoredFiltersOut:
    """List one's stored filters, each with the number of cases that it finds now."""
    found = await reports.list_filters(session, by=by, now=now)
    return StoredFiltersOut(filters=[StoredFilterOut.of(each) for each in found])


@router.put("/filters/{filter_id}", status_code=204, responses=problems(KeyReused, reports.TooManyFilters))
async def keep_filter(
    filter_id: UUID, given: StoredFilterIn, by: CaseStaff, session: SessionDep, now: Now
) -> None:
    """Keep a filter under an id made by the client; the same id again changes it."""
    await reports.keep_filter(session, filter_id, name=given.name, wanted=given.filter.read(), by=by, now=now)


@router.delete("/filters/{filter_id}", status_code=204, responses=problems(NotFound))
async def drop_filter(filter_id: UUID, by: CaseStaff, session: SessionDep) -> None:
    """Forget a stored filter."""
    await reports.drop_filter(session, filter_id, by=by)
