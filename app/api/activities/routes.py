"""Activities: everybody finds what is published; organisers write, publish and call off."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.api.activities.change_schemas import ActivityChangeIn, RunActivityOut
from app.api.activities.schemas import (
    ActivityDetailOut,
    ActivityEdit,
    ActivityIn,
    ActivityOut,
    ActivityPage,
    CancelActivityIn,
    ComingOut,
    ComingPage,
    CoverOut,
    DecideActivityIn,
    PolicyIn,
    PolicyOut,
    QualificationIn,
    ReasonIn,
    RoleOut,
    RunShiftOut,
    RunShiftPage,
    ShiftOut,
    VersionIn,
)
from app.api.deps import AreaStaff, Now, Officer, OnceDep, ReadDep, SessionDep, Worker
from app.api.errors import problems
from app.api.schemas import AreaCodeText, Cursor, Limit
from app.core.errors import (
    BadCursor,
    EditConflict,
    InvalidInput,
    KeyReused,
    NotFound,
    PositionForeign,
    PositionSwapped,
)
from app.core.pages import id_cursor, read_id_cursor, read_time_cursor, time_cursor
from app.models import ActivityShift, ActivityState, VolunteerActivity
from app.services import activities, teams
from app.services.activities import policies, queries
from app.services.activities.policies import PolicyDraft

router = APIRouter(prefix="/activities", tags=["activities"])

_UNFIT = (
    activities.ActivityInvalid,
    activities.RecurrenceUnreadable,
    PositionSwapped,
    PositionForeign,
)
_MOVED = (NotFound, EditConflict, activities.IllegalMove)
_READY = (activities.InsuranceNeeded, activities.ActivityInvalid)


@router.get("", responses=problems(BadCursor))
async def list_coming(
    session: ReadDep,
    now: Now,
    *,
    area: Annotated[AreaCodeText | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ComingPage:
    """List the published shifts that have yet to begin, the soonest first, with how many places are free."""
    rows, has_more = await queries.coming(session, area_code=area, after=_after(cursor), limit=limit, now=now)
    roles = await _roles(session, [shift.id for shift, _ in rows])
    items = [ComingOut.of(shift, activity, roles[shift.id]) for shift, activity in rows]
    return ComingPage(items=items, next_cursor=_next(rows[-1][0]) if has_more else None)


@router.post(
    "",
    status_code=201,
    response_model=ActivityDetailOut,
    responses=problems(NotFound, KeyReused, teams.TeamEnded, *_UNFIT),
)
async def write_activity(
    given: ActivityIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Write an activity of a team that one runs; nobody sees it before it is published."""

    async def work() -> ActivityDetailOut:
        return await _detail(
            session, await activities.write(session, given.id, given.draft(), by=by, now=now)
        )

    return await once(work, status=201)


@router.get("/run", responses=problems(BadCursor))
async def list_run(
    by: Worker,
    session: ReadDep,
    now: Now,
    *,
    state: ActivityState | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ActivityPage:
    """List the activities that one runs: of one's teams, or of the areas one is staff of."""
    rows, has_more = await queries.list_run(
        session, state=state, after=read_id_cursor(cursor), limit=limit, by=by, now=now
    )
    return ActivityPage(
        items=[ActivityOut.of(each) for each in rows],
        next_cursor=id_cursor(rows[-1].id) if has_more else None,
    )


@router.get("/run/shifts", responses=problems(BadCursor))
async def list_run_shifts(
    by: Worker,
    session: ReadDep,
    now: Now,
    *,
    over: Annotated[bool, Query(description="those that are over, the latest first")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RunShiftPage:
    """List the shifts that one runs and that are not over yet, the soonest first."""
    rows, has_more = await queries.run_shifts(
        session, is_over=over, after=_after(cursor), limit=limit, by=by, now=now
    )
    roles = await _roles(session, [shift.id for shift, _ in rows])
    items = [RunShiftOut.of(shift, activity, roles[shift.id]) for shift, activity in rows]
    return RunShiftPage(items=items, next_cursor=_next(rows[-1][0]) if has_more else None)


@router.get("/policies/{area_code}", responses=problems(NotFound))
async def see_policy(area_code: AreaCodeText, by: Officer, session: ReadDep) -> PolicyOut:
    """See what an area itself says of activities: approval before publishing, shifts a week."""
    return PolicyOut.of(await policies.see(session, area_code, by=by))


@router.put("/policies/{area_code}", responses=problems(NotFound, EditConflict))
async def put_policy(
    area_code: AreaCodeText, given: PolicyIn, *, by: Officer, session: SessionDep, now: Now
) -> PolicyOut:
    """Say what an area wants of activities; the narrowest area's word holds."""
    draft = PolicyDraft(given.needs_approval, given.most_shifts_a_week)
    return PolicyOut.of(await policies.put(session, area_code, draft, version=given.version, by=by, now=now))


@router.put("/qualifications", status_code=204, responses=problems(NotFound, InvalidInput))
async def confirm_qualification(given: QualificationIn, by: Worker, session: SessionDep, now: Now) -> None:
    """Keep that a member of one's team showed a certificate, and until when it is good."""
    await policies.confirm_qualification(
        session, given.member_id, given.name, valid_to=given.valid_to, by=by, now=now
    )


@router.post("/shifts/{shift_id:uuid}/cancel", responses=problems(NotFound, activities.IllegalMove))
async def cancel_activity_shift(
    shift_id: UUID, given: ReasonIn, *, by: Worker, session: SessionDep, now: Now
) -> ActivityDetailOut:
    """Call one shift off; who had signed up is told why."""
    shift = await activities.cancel_shift(session, shift_id, reason=given.reason, by=by, now=now)
    return await _detail(session, await session.get_one(VolunteerActivity, shift.activity_id))


@router.get("/{activity_id:uuid}", responses=problems(NotFound))
async def see_activity(activity_id: UUID, session: ReadDep) -> ActivityDetailOut:
    """See a published activity with its shifts, free places, and where cover is looked for."""
    return await _detail(session, await queries.published(session, activity_id))


@router.get("/run/{activity_id:uuid}", responses=problems(NotFound))
async def see_run_activity(activity_id: UUID, by: Worker, session: ReadDep, now: Now) -> RunActivityOut:
    """See an activity that one runs, in whatever state."""
    activity = await queries.run_activity(session, activity_id, by=by, now=now)
    detail = await _detail(session, activity)
    return RunActivityOut(**detail.model_dump(), policy_number=activity.policy_number)


@router.put("/{activity_id:uuid}", responses=problems(*_MOVED, *_UNFIT))
async def edit_activity(
    activity_id: UUID, given: ActivityEdit, *, by: Worker, session: SessionDep, now: Now
) -> ActivityDetailOut:
    """Change an activity that is still a draft."""
    changed = await activities.edit(
        session, activity_id, given.draft(), version=given.version, by=by, now=now
    )
    return await _detail(session, changed)


@router.post(
    "/{activity_id:uuid}/change",
    responses=problems(
        *_MOVED, *_UNFIT, activities.InsuranceNeeded, activities.ChangeNeedsApproval, activities.PlacesTaken
    ),
)
async def change_activity(
    activity_id: UUID, given: ActivityChangeIn, *, by: Worker, session: SessionDep, now: Now
) -> ActivityDetailOut:
    """Change what is published; who signed up is told of another time, place or condition, and may leave."""
    changed = await activities.change(
        session, activity_id, given.change(), version=given.version, by=by, now=now
    )
    return await _detail(session, changed)


@router.post("/{activity_id:uuid}/submit", responses=problems(*_MOVED, *_READY, teams.TeamEnded))
async def submit_activity(
    activity_id: UUID, given: VersionIn, *, by: Worker, session: SessionDep, now: Now
) -> ActivityOut:
    """Publish an activity, or lay it before the area's staff where the area wants to approve."""
    return ActivityOut.of(
        await activities.submit(session, activity_id, version=given.version, by=by, now=now)
    )


@router.post("/{activity_id:uuid}/decide", responses=problems(*_MOVED, *_READY))
async def decide_activity(
    activity_id: UUID, given: DecideActivityIn, *, by: AreaStaff, session: SessionDep, now: Now
) -> ActivityOut:
    """Publish what was laid before the area's staff, or send it back with a reason."""
    decided = await activities.decide_activity(
        session,
        activity_id,
        approves=given.approves,
        reason=given.reason,
        version=given.version,
        by=by,
        now=now,
    )
    return ActivityOut.of(decided)


@router.post("/{activity_id:uuid}/cancel", responses=problems(*_MOVED))
async def cancel_activity(
    activity_id: UUID, given: CancelActivityIn, *, by: Worker, session: SessionDep, now: Now
) -> ActivityOut:
    """Call an activity off; who had signed up is told why."""
    cancelled = await activities.cancel(
        session, activity_id, reason=given.reason, version=given.version, by=by, now=now
    )
    return ActivityOut.of(cancelled)


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    return None if cursor is None else read_time_cursor(cursor)


def _next(last: ActivityShift) -> str:
    return time_cursor(last.starts_at, last.id)


async def _roles(session: AsyncSession, shift_ids: list[UUID]) -> dict[UUID, list[RoleOut]]:
    """Return the roles of some shifts, by shift, with how many wait for each."""
    roles = await queries.roles_of(session, shift_ids)
    waiting = await queries.waiting_at(session, [role.id for held in roles.values() for role in held])
    return {
        shift_id: [RoleOut.of(role, waiting.get(role.id, 0)) for role in held]
        for shift_id, held in roles.items()
    }


async def _detail(session: AsyncSession, activity: VolunteerActivity) -> ActivityDetailOut:
    shifts = await queries.shifts_of(session, activity.id)
    ids = [shift.id for shift in shifts]
    roles = await _roles(session, ids)
    covers = await queries.covers_at(session, ids)
    out = [
        ShiftOut(
            id=shift.id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            break_minutes=shift.break_minutes,
            cancelled_at=shift.cancelled_at,
            cancel_reason=shift.cancel_reason,
            roles=roles[shift.id],
            covers=[
                CoverOut(sign_up_id=each.id, role_id=each.role_id)
                for each in covers
                if each.shift_id == shift.id
            ],
        )
        for shift in shifts
    ]
    return ActivityDetailOut(**ActivityOut.of(activity).model_dump(), shifts=out)
