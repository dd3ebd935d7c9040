"""Handling units: their cases, and what they do with one. Staff: who a case is sent to."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.deps import CaseHandler, CaseStaff, Now, OnceDep, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.reports.handling_schemas import (
    DispatchedOut,
    HandledOut,
    HandledPage,
    HandledRow,
    OrderIn,
    ProofIn,
    WordIn,
)
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, EditConflict, InvalidInput, NotFound
from app.models import ReportState
from app.services import reports
from app.services.photos import NotReady, PhotoInUse, PhotoUnknown
from app.services.reports import dispatch, handling, handling_errors

router = APIRouter(prefix="/reports", tags=["reports"])

PROOF_REFUSALS = (
    reports.ReasonNeeded,
    handling_errors.PhotoNeeded,
    handling_errors.PhotoNotNew,
    NotReady,
    PhotoUnknown,
    PhotoInUse,
    InvalidInput,
)
MOVE_REFUSALS = (NotFound, EditConflict, reports.IllegalMove, reports.MoveNotYours)


@router.post(
    "/cases/{report_id:uuid}/dispatch",
    response_model=DispatchedOut,
    responses=problems(
        *MOVE_REFUSALS,
        handling_errors.OfficerDecides,
        handling_errors.UnitNeeded,
        handling_errors.UnitUnfit,
    ),
)
async def dispatch_case(
    report_id: UUID, given: OrderIn, *, by: CaseStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Send a case to a handling unit; after two returns the district's officer does."""

    async def work() -> DispatchedOut:
        return DispatchedOut.of(await dispatch.dispatch(session, report_id, given.read(), by=by, now=now))

    return await once(work)


@router.get("/handling", responses=problems(BadCursor))
async def list_handled(
    *,
    by: CaseHandler,
    session: ReadDep,
    now: Now,
    state: ReportState | None = None,
    overdue: bool = False,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> HandledPage:
    """List the cases that lie with one's unit, what is owed first at the top."""
    wanted = handling.Wanted(state, overdue)
    page = await handling.cases(session, wanted, by=by, cursor=cursor, limit=limit, now=now)
    return HandledPage(items=[HandledRow.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get("/handling/{report_id:uuid}", responses=problems(NotFound))
async def see_handled(
    report_id: UUID, by: CaseHandler, session: ReadDep, runtime: RuntimeDep, now: Now
) -> HandledOut:
    """See a case of one's unit; nothing in it says who reported."""
    handler = await handling.by_unit(session, by)
    handled = await handling.case(session, report_id, handler=handler, now=now)
    return await HandledOut.of(handled, runtime.photos, now=now)


@router.post(
    "/handling/{report_id:uuid}/take-on", response_model=HandledRow, responses=problems(*MOVE_REFUSALS)
)
async def take_on(
    report_id: UUID, given: WordIn, *, by: CaseHandler, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Begin with a case."""

    async def work() -> HandledRow:
        handler = await handling.by_unit(session, by)
        return HandledRow.of(
            await handling.take_on(session, report_id, given.read(), handler=handler, now=now)
        )

    return await once(work)


@router.post(
    "/handling/{report_id:uuid}/return",
    response_model=HandledRow,
    responses=problems(*MOVE_REFUSALS, reports.ReasonNeeded, handling_errors.Designated),
)
async def send_back(
    report_id: UUID, given: WordIn, *, by: CaseHandler, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Return a case that is another's, with a reason; after the second time the district decides."""

    async def work() -> HandledRow:
        handler = await handling.by_unit(session, by)
        return HandledRow.of(
            await handling.send_back(session, report_id, given.read(), handler=handler, now=now)
        )

    return await once(work)


@router.post(
    "/handling/{report_id:uuid}/make-safe", response_model=HandledRow, responses=problems(*MOVE_REFUSALS)
)
async def make_safe(
    report_id: UUID, given: WordIn, *, by: CaseHandler, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Say that an emergency harms nobody any more; the repair may take longer."""

    async def work() -> HandledRow:
        handler = await handling.by_unit(session, by)
        return HandledRow.of(
            await handling.make_safe(session, report_id, given.read(), handler=handler, now=now)
        )

    return await once(work)


@router.post(
    "/handling/{report_id:uuid}/resolve",
    response_model=HandledRow,
    responses=problems(*MOVE_REFUSALS, *PROOF_REFUSALS, handling_errors.TasksOpen),
)
async def resolve(
    report_id: UUID, given: ProofIn, *, by: CaseHandler, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Say that a case is mended, with a text and a photo taken after; somebody else will check it."""

    async def work() -> HandledRow:
        handler = await handling.by_unit(session, by)
        return HandledRow.of(
            await handling.resolve(session, report_id, given.read(), handler=handler, now=now)
        )

    return await once(work)
