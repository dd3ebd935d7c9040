"""Riders: report a hazard, and see what became of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.api.deps import Now, Person, ReadDep, RuntimeDep, SessionDep
from app.api.errors import language_of, problems
from app.api.reports import pictures
from app.api.reports.queue_schemas import QueueIn, QueueOut, QueueOutcome
from app.api.reports.schemas import (
    OwnReportOut,
    OwnReportPage,
    OwnReportRow,
    ReportIn,
    ReportOut,
    SubmittedOut,
    WithdrawIn,
)
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, KeyReused, NotFound, PositionForeign, PositionSwapped
from app.services import reports
from app.services.accounts import AccountBanned
from app.services.areas import GridMap
from app.services.duty import seen

router = APIRouter(prefix="/reports", tags=["reports"])


async def current_grids(runtime: RuntimeDep) -> GridMap:
    """Return the map of grids; asked for before the request opens its transaction."""
    return await runtime.grids.current()


Grids = Annotated[GridMap, Depends(current_grids)]


async def current_rules(runtime: RuntimeDep) -> reports.RuleBook:
    """Return the rules in force; asked for before the request opens its transaction."""
    return await runtime.rules.current()


Rules = Annotated[reports.RuleBook, Depends(current_rules)]


@router.post(
    "",
    status_code=201,
    responses={
        200: {"model": SubmittedOut, "description": "this tap had been taken before: the same report"},
        **problems(
            PositionSwapped,
            PositionForeign,
            AccountBanned,
            reports.TooManyReports,
            reports.CategoryNotOpened,
            reports.CategoryUnknown,
            reports.PlaceUnknown,
            reports.AnswersInvalid,
            KeyReused,
        ),
    },
)
async def submit(
    given: ReportIn,
    *,
    response: Response,
    by: Person,
    grids: Grids,
    rules: Rules,
    session: SessionDep,
    now: Now,
) -> SubmittedOut:
    """Report a hazard. Accepted before its photos; the same id again gives the same number.

    Who is banned may still report emergencies. The answer to an emergency says whom to call now. The id in
    the body is the key of a retry; an `Idempotency-Key` header says nothing here and is not read.
    """
    submitted = await reports.submit(session, given.read(), grids=grids, rules=rules, by=by, now=now)
    if submitted.replayed:
        response.status_code = 200
    return SubmittedOut.taken(submitted, await seen.of_report(session, submitted.report, now=now))


@router.post("/sync")
async def sync_reports(
    queue: QueueIn,
    *,
    request: Request,
    by: Person,
    grids: Grids,
    rules: Rules,
    runtime: RuntimeDep,
    now: Now,
) -> QueueOut:
    """Take a phone's offline queue: each report is answered for itself, and always the same.

    How the duty desk stands to an emergency among them is said as it is at this moment.
    """
    outcomes = await reports.sync(runtime.db, queue.read(), grids=grids, rules=rules, by=by, now=now)
    taken = [each.result.id for each in outcomes if each.result is not None]
    async with runtime.db.reading() as session:
        duty = await seen.of_reports(session, taken, now=now)
    language = language_of(request)
    return QueueOut(outcomes=[QueueOutcome.of(each, duty, language=language) for each in outcomes])


@router.get("/mine", responses=problems(BadCursor))
async def list_own(by: Person, session: ReadDep, cursor: Cursor = None, limit: Limit = 20) -> OwnReportPage:
    """List the reports one sent or follows, newest first."""
    page = await reports.own_reports(session, by=by, cursor=cursor, limit=limit)
    items = [
        OwnReportRow(report=ReportOut.seen(report, is_reporter=mine), is_reporter=mine)
        for report, mine in page.items
    ]
    return OwnReportPage(items=items, next_cursor=page.next_cursor)


@router.get("/mine/{report_id:uuid}", responses=problems(NotFound))
async def see_own(
    report_id: UUID, by: Person, session: ReadDep, runtime: RuntimeDep, now: Now
) -> OwnReportOut:
    """See a report that one sent or follows, with what happened so far and the photos."""
    own = await reports.own_report(session, report_id, by=by, now=now)
    duty = await seen.of_report(session, own.parent or own.report, now=now)
    return OwnReportOut.of(own, await pictures.shown(runtime.photos, own.pictures, now=now), duty)


@router.post("/mine/{report_id:uuid}/withdraw", responses=problems(NotFound, reports.IllegalMove))
async def withdraw_report(
    report_id: UUID, given: WithdrawIn, *, by: Person, session: SessionDep, now: Now
) -> ReportOut:
    """Take one's own report back, until the area has decided on it; twice is no matter."""
    return ReportOut.of(await reports.withdraw(session, report_id, reason=given.reason, by=by, now=now))
