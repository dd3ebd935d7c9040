"""Appointments: staff appoint and revoke, everybody sees what their own opens."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.deps import AreaStaff, Now, OnceDep, ReadDep, RuntimeDep, SessionDep, Worker
from app.api.errors import problems
from app.api.schemas import Cursor, Limit
from app.api.teams.office_schemas import (
    AppointIn,
    AppointmentOut,
    AppointmentPage,
    OpenedCategoryOut,
    OwnAppointmentList,
    OwnAppointmentOut,
    RevokeIn,
)
from app.core.errors import BadCursor, KeyReused, NotFound
from app.models import Appointment
from app.services import accounts, categories, teams
from app.services.teams import appointments
from app.services.teams.fields import ROLE_OF, VERIFIES

router = APIRouter(prefix="/appointments", tags=["teams"])


@router.get("", responses=problems(BadCursor))
async def list_appointments(
    by: AreaStaff, session: ReadDep, now: Now, *, cursor: Cursor = None, limit: Limit = 50
) -> AppointmentPage:
    """List the present and coming appointments in one's areas, by name."""
    page = await appointments.list_some(session, by=by, cursor=cursor, limit=limit, now=now)
    return AppointmentPage(
        items=[AppointmentOut.of(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "",
    status_code=201,
    response_model=AppointmentOut,
    responses=problems(
        accounts.RoleOutOfReach, accounts.AlreadyGranted, KeyReused, NotFound, teams.AppointmentInvalid
    ),
)
async def appoint(
    given: AppointIn, *, by: AreaStaff, runtime: RuntimeDep, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Appoint the owner of a number, for a term; what it opens is open from its first day to its last."""

    async def work() -> AppointmentOut:
        return AppointmentOut.of(
            await appointments.appoint(session, given.id, given.draft(), by=by, vault=runtime.vault, now=now)
        )

    return await once(work, status=201)


@router.post("/{appointment_id:uuid}/revoke", responses=problems(NotFound))
async def revoke(
    appointment_id: UUID, given: RevokeIn, *, by: AreaStaff, session: SessionDep, now: Now
) -> AppointmentOut:
    """End an appointment and what it opened, at once; its holder is told why."""
    return AppointmentOut.of(
        await appointments.revoke(session, appointment_id, reason=given.reason, by=by, now=now)
    )


@router.get("/mine")
async def list_own_appointments(by: Worker, session: ReadDep, now: Now) -> OwnAppointmentList:
    """List one's own appointments: categories they open, repairs near by that one may check."""
    found = await appointments.list_own(session, by=by)
    return OwnAppointmentList(items=[await _shown(session, each, now) for each in found])


async def _shown(session: ReadDep, each: Appointment, now: Now) -> OwnAppointmentOut:
    holds = appointments.is_in_force(each, now=now)
    opened = await categories.list_opened(session, [each.kind.value]) if holds else ()
    groups = VERIFIES.get(ROLE_OF[each.kind])
    return OwnAppointmentOut(
        id=each.id,
        kind=each.kind,
        issuing_body=each.issuing_body,
        area_code=each.area_code,
        valid_from=each.valid_from,
        valid_to=each.valid_to,
        revoked_at=each.revoked_at,
        revoked_reason=each.revoked_reason,
        is_in_force=holds,
        verifies=None if groups is None else sorted(groups),
        opens=[OpenedCategoryOut.of(category) for category in opened],
    )
