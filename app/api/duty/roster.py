"""Staff and officers keep the roster; everybody on it sees their own turns."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.deps import AreaStaff, Now, OnceDep, ReadDep, SessionDep, Worker
from app.api.duty.schemas import (
    CancelIn,
    OwnShiftOut,
    OwnShiftsOut,
    PeopleOut,
    RosterOut,
    ShiftEdit,
    ShiftIn,
    ShiftOut,
    people_out,
)
from app.api.errors import problems
from app.api.schemas import AreaCodeText
from app.core.errors import EditConflict, KeyReused, NotFound
from app.models import DutyShift
from app.services.duty import queries, roster
from app.services.duty.errors import PersonUnfit, ShiftInvalid, ShiftOver

router = APIRouter(prefix="/duty", tags=["duty"])

_UNFIT = (ShiftInvalid, PersonUnfit)


@router.get("/rosters/{area_code}", responses=problems(NotFound))
async def see_roster(area_code: AreaCodeText, by: AreaStaff, session: ReadDep, now: Now) -> RosterOut:
    """See who is on duty at this minute and in the next seven days, with every gap and overlap named."""
    return RosterOut.of(await roster.see(session, area_code, by=by, now=now))


@router.get("/rosters/{area_code}/people", responses=problems(NotFound))
async def list_people(area_code: AreaCodeText, by: AreaStaff, session: ReadDep, now: Now) -> PeopleOut:
    """List who may be put on a roster: whoever holds a role over the area today."""
    return PeopleOut(people=people_out(await roster.candidates(session, area_code, by=by, now=now)))


@router.post(
    "/rosters/{area_code}/shifts",
    status_code=201,
    response_model=ShiftOut,
    responses=problems(NotFound, KeyReused, *_UNFIT),
)
async def put_on_duty(
    area_code: AreaCodeText, given: ShiftIn, *, by: AreaStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Put somebody on a roster, or a deputy in somebody's place."""

    async def work() -> ShiftOut:
        return await _shown(
            session, await roster.put(session, given.id, given.draft(area_code), by=by, now=now)
        )

    return await once(work, status=201)


@router.put("/shifts/{shift_id:uuid}", responses=problems(NotFound, EditConflict, ShiftOver, *_UNFIT))
async def edit_shift(
    shift_id: UUID, given: ShiftEdit, *, by: AreaStaff, session: SessionDep, now: Now
) -> ShiftOut:
    """Change a turn that is not over."""
    draft = given.draft(given.area_code)
    shift = await roster.edit(session, shift_id, draft, version=given.version, by=by, now=now)
    return await _shown(session, shift)


@router.post("/shifts/{shift_id:uuid}/cancel", responses=problems(NotFound, EditConflict, ShiftOver))
async def cancel_shift(
    shift_id: UUID, given: CancelIn, *, by: AreaStaff, session: SessionDep, now: Now
) -> ShiftOut:
    """Call a turn off from now on."""
    return await _shown(
        session, await roster.cancel(session, shift_id, version=given.version, by=by, now=now)
    )


@router.get("/shifts/mine")
async def list_own_shifts(by: Worker, session: ReadDep, now: Now) -> OwnShiftsOut:
    """List one's own turns that are not over."""
    found = await queries.own_shifts(session, by=by, now=now)
    return OwnShiftsOut(shifts=[OwnShiftOut.model_validate(each) for each in found])


async def _shown(session: SessionDep, shift: DutyShift) -> ShiftOut:
    return ShiftOut.of(shift, await queries.people_of(session, shift.area_code, only=[shift.account_id]))
