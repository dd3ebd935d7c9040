"""Check in, check out, the offline queue, and the managers' counter."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.api.checkins.schemas import (
    CheckInIn,
    CheckInOut,
    EndIn,
    HistoryOut,
    OccupancyOut,
    SyncIn,
    SyncOut,
    SyncOutcome,
    TapIn,
    TapOutcome,
    TapsIn,
    TapsOut,
    VisitFixIn,
    VisitOut,
    VisitPage,
)
from app.api.deps import Now, ReadDep, RuntimeDep, SessionDep, StationStaff, Worker
from app.api.errors import language_of, problems
from app.api.schemas import Cursor, Instant, Limit
from app.core.errors import AppError, BadCursor, InvalidInput, KeyReused, NotFound, PositionSwapped
from app.models import Visit
from app.services import checkins

router = APIRouter(tags=["checkins"])

_CLOCK = (checkins.TooOld, checkins.InTheFuture)


@router.post(
    "/stations/{station_id}/checkins",
    status_code=201,
    response_model=CheckInOut,
    responses={
        200: {"model": CheckInOut, "description": "this tap had been taken before: the same answer"},
        **problems(
            *_CLOCK,
            checkins.StationUnknown,
            checkins.NotInService,
            checkins.StationMoved,
            checkins.StationClosed,
            checkins.CodeNeeded,
            KeyReused,
            PositionSwapped,
            checkins.Busy,
        ),
    },
)
async def check_in(
    station_id: UUID, tap: CheckInIn, *, response: Response, by: Worker, runtime: RuntimeDep, now: Now
) -> checkins.Written:
    """Check in at a station. Voluntary, and a condition for nothing; durable before it is answered.

    The code of a station that was merged into another still counts there: the visit is the heir's.
    """
    written = await checkins.check_in(runtime.checkins, tap.read(station_id), by=by, now=now)
    if written.replayed:
        response.status_code = 200
    return written


@router.post("/checkins/sync")
async def sync(queue: SyncIn, request: Request, by: Worker, runtime: RuntimeDep, now: Now) -> SyncOut:
    """Take a phone's offline queue: each record is answered for itself, and always the same."""
    outcomes = await checkins.sync(runtime.checkins, queue.read(), by=by, now=now)
    language = language_of(request)
    return SyncOut(
        outcomes=[
            SyncOutcome(
                id=each.id,
                status=each.status,
                code=each.code,
                detail=each.en if language == "en" else each.zh,
                visit=None if each.result is None else VisitOut.model_validate(each.result),
            )
            for each in outcomes
        ]
    )


@router.post(
    "/checkins/{visit_id}/end",
    response_model=VisitOut,
    responses=problems(*_CLOCK, checkins.VisitUnknown),
)
async def check_out(visit_id: UUID, tap: EndIn, by: Worker, session: SessionDep, now: Now) -> Visit:
    """End one's visit; saying so twice changes nothing."""
    return await checkins.check_out(session, visit_id, captured_at=tap.captured_at, by=by, now=now)


@router.post(
    "/checkins/{visit_id}/fixes",
    response_model=VisitOut,
    responses=problems(*_CLOCK, checkins.VisitUnknown, PositionSwapped),
)
async def report_fix(visit_id: UUID, seen: VisitFixIn, by: Worker, session: SessionDep, now: Now) -> Visit:
    """Say where the phone is: the second fix in a row outside the fence ends the visit. Not kept."""
    return await checkins.report_fix(
        session, visit_id, seen.fix.read(), captured_at=seen.captured_at, by=by, now=now
    )


@router.get("/checkins/mine", responses=problems(BadCursor))
async def list_own_visits(
    by: Worker, session: ReadDep, cursor: Cursor = None, limit: Limit = 20
) -> VisitPage:
    """List one's own visits, newest first."""
    page = await checkins.own_visits(session, by=by, cursor=cursor, limit=limit)
    items = [VisitOut.model_validate(visit) for visit in page.items]
    return VisitPage(items=items, next_cursor=page.next_cursor)


@router.get("/stations/{station_id}/occupancy", response_model=OccupancyOut, responses=problems(NotFound))
async def see_counter(station_id: UUID, by: StationStaff, session: ReadDep, now: Now) -> checkins.CounterView:
    """See a station's counter: numbers, never who."""
    return await checkins.see_counter(session, station_id, by=by, now=now)


@router.get("/stations/{station_id}/occupancy/history", responses=problems(NotFound, BadCursor))
async def see_history(
    station_id: UUID,
    *,
    by: StationStaff,
    session: ReadDep,
    now: Now,
    since: Annotated[Instant | None, Query(description="default: a day before `until`")] = None,
    until: Annotated[Instant | None, Query(description="default: now")] = None,
    cursor: Cursor = None,
    limit: Limit = 96,
) -> HistoryOut:
    """See a station's quarter hours, oldest first."""
    page = await checkins.history(
        session, station_id, since=since, until=until, cursor=cursor, limit=limit, by=by, now=now
    )
    return HistoryOut.model_validate({"items": list(page.items), "next_cursor": page.next_cursor})


@router.post(
    "/stations/{station_id}/occupancy/corrections",
    response_model=OccupancyOut,
    responses=problems(*_CLOCK, NotFound, KeyReused, InvalidInput),
)
async def correct(
    station_id: UUID, tap: TapIn, by: StationStaff, session: SessionDep, now: Now
) -> checkins.CounterView:
    """Tap one more or one less, or say how many heads there are; the same id counts once."""
    [outcome] = await checkins.correct(session, station_id, [tap.read()], by=by, now=now)
    if outcome.refusal is not None:
        raise outcome.refusal
    return await checkins.see_counter(session, station_id, by=by, now=now)


@router.post("/stations/{station_id}/occupancy/corrections/sync", responses=problems(NotFound, InvalidInput))
async def sync_corrections(
    station_id: UUID, taps: TapsIn, *, request: Request, by: StationStaff, session: SessionDep, now: Now
) -> TapsOut:
    """Take taps that were made offline: all of them count, each once, whatever arrives first."""
    outcomes = await checkins.correct(
        session, station_id, [tap.read() for tap in taps.corrections], by=by, now=now
    )
    counter = await checkins.see_counter(session, station_id, by=by, now=now)
    language = language_of(request)
    return TapsOut(
        outcomes=[_tap_outcome(each.id, each.refusal, language) for each in outcomes],
        occupancy=OccupancyOut.model_validate(counter),
    )


def _tap_outcome(tap_id: UUID, refusal: AppError | None, language: str) -> TapOutcome:
    if refusal is None:
        return TapOutcome(id=tap_id, status=200, code=None, detail=None)
    return TapOutcome(id=tap_id, status=refusal.status, code=refusal.code, detail=refusal.sentence(language))
