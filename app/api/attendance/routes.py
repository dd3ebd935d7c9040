"""Sign in and out of shifts, show the code, see who is there, list who has no phone."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from app.api.attendance.schemas import (
    AnomaliesOut,
    AnomalyOut,
    AttendanceOut,
    ListedIn,
    ListIn,
    OwnAttendanceOut,
    OwnAttendancesOut,
    PresentOut,
    PresentsOut,
    QueueIn,
    QueueOut,
    ShownOut,
    TapIn,
    TapOutcome,
)
from app.api.deps import Now, ReadDep, RuntimeDep, SessionDep, Worker
from app.api.errors import language_of, problems
from app.api.schemas import Day
from app.core.errors import AppError, InvalidInput, KeyReused, NotFound, PositionSwapped
from app.models import Attendance
from app.services import attendance, checkins
from app.services.attendance import anomalies, queries
from app.services.checkins import poster

router = APIRouter(prefix="/attendance", tags=["attendance"])

_LONGEST_LOOK = timedelta(days=92)


@router.post(
    "/shifts/{shift_id:uuid}/taps",
    response_model=AttendanceOut,
    responses=problems(
        checkins.TooOld,
        checkins.InTheFuture,
        checkins.CodeNeeded,
        attendance.NotBooked,
        attendance.NotNow,
        attendance.EvidenceNeeded,
        attendance.NotSignedIn,
        KeyReused,
        PositionSwapped,
    ),
)
async def tap_at_shift(
    shift_id: UUID, given: TapIn, *, by: Worker, session: SessionDep, runtime: RuntimeDep, now: Now
) -> Attendance:
    """Sign in or out of a shift by the rotating code on site, or, as weaker evidence, by position."""
    return await attendance.tap(session, given.read(shift_id), shown=runtime.shift_codes, by=by, now=now)


@router.post("/sync")
async def sync_taps(queue: QueueIn, request: Request, by: Worker, runtime: RuntimeDep, now: Now) -> QueueOut:
    """Take a phone's offline queue: each tap is answered for itself, and always the same."""
    outcomes = await attendance.sync(runtime.db, queue.read(), shown=runtime.shift_codes, by=by, now=now)
    language = language_of(request)
    return QueueOut(
        outcomes=[
            TapOutcome(
                id=each.id,
                status=each.status,
                code=each.code,
                detail=each.en if language == "en" else each.zh,
                attendance=None if each.result is None else AttendanceOut.model_validate(each.result),
            )
            for each in outcomes
        ]
    )


@router.get("/mine")
async def list_own_attendances(by: Worker, session: ReadDep) -> OwnAttendancesOut:
    """List one's attendances, the newest first."""
    found = await queries.own(session, by=by)
    return OwnAttendancesOut(
        attendances=[
            OwnAttendanceOut(**AttendanceOut.model_validate(each).model_dump(), title=title)
            for each, title in found
        ]
    )


@router.get("/anomalies", responses=problems(InvalidInput))
async def list_anomalies(
    since: Day,
    until: Annotated[Day, Query(description="included; at most 92 days after `since`")],
    *,
    by: Worker,
    session: ReadDep,
    now: Now,
) -> AnomaliesOut:
    """List what is odd about the shifts and books that one runs, to look at: nothing follows by itself."""
    if not timedelta() <= until - since <= _LONGEST_LOOK:
        raise InvalidInput(hint="until")
    found = await anomalies.find(session, since=since, until=until, by=by, now=now)
    return AnomaliesOut(
        since=since, until=until, anomalies=[AnomalyOut.model_validate(each) for each in found]
    )


@router.get("/shifts/{shift_id:uuid}/code", responses=problems(NotFound))
async def show_shift_code(
    shift_id: UUID, by: Worker, session: ReadDep, runtime: RuntimeDep, now: Now
) -> ShownOut:
    """Show the rotating code on the organiser's phone: it dies within half a minute."""
    await queries.run_shift(session, shift_id, by=by, now=now)
    shown = runtime.shift_codes.show(shift_id, now)
    link = f"{runtime.settings.public_url.rstrip('/')}/volunteer{shown.path}"
    svg = poster.qr_svg(link).decode()
    return ShownOut(path=shown.path, link=link, svg=svg, changes_in_s=shown.changes_in_s)


@router.get("/shifts/{shift_id:uuid}", responses=problems(NotFound))
async def see_who_is_there(shift_id: UUID, by: Worker, session: ReadDep, now: Now) -> PresentsOut:
    """See who has a place in a shift of one's team, and who is there."""
    await queries.run_shift(session, shift_id, by=by, now=now)
    people = []
    for sign_up, name, there in await queries.there(session, shift_id):
        fields = ("in_at", "in_provenance", "in_grade", "out_at", "out_provenance", "minutes")
        people.append(
            PresentOut.model_validate(
                {"sign_up_id": sign_up.id, "name": name, **{key: getattr(there, key, None) for key in fields}}
            )
        )
    return PresentsOut(people=people)


@router.post("/shifts/{shift_id:uuid}/list", responses=problems(NotFound))
async def list_without_phones(
    shift_id: UUID, given: ListIn, *, request: Request, by: Worker, session: SessionDep, now: Now
) -> QueueOut:
    """List who came without a phone, or forgot to sign out: each row is answered for itself."""
    rows = [each.read() for each in given.people]
    made = await attendance.enter(session, shift_id, rows, by=by, now=now)
    language = language_of(request)
    pairs = zip(given.people, made, strict=True)
    return QueueOut(outcomes=[_outcome(row, answer, language) for row, answer in pairs])


def _outcome(row: ListedIn, answer: Attendance | AppError, language: str) -> TapOutcome:
    if isinstance(answer, AppError):
        return TapOutcome(
            id=row.id,
            status=answer.status,
            code=answer.code,
            detail=answer.sentence(language),
            attendance=None,
        )
    there = AttendanceOut.model_validate(answer)
    return TapOutcome(id=row.id, status=200, code=None, detail=None, attendance=there)
