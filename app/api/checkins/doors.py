"""The code of an unattended station's door: staff set and rotate it, who has checked in is shown it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from app.api.deps import Now, ReadDep, RuntimeDep, SessionDep, StationStaff, Worker
from app.api.errors import problems
from app.api.schemas import In, Out
from app.core.errors import NotFound, RoleMissing, SignInRequired
from app.services.checkins import doors
from app.services.checkins.errors import CheckInFirst, DoorEvidenceNeeded

router = APIRouter(prefix="/stations/{station_id:uuid}/door-code", tags=["checkins"])

_STAFF_PROBLEMS = problems(SignInRequired, RoleMissing, NotFound)
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z#*]{4,12}$")]


class DoorCodeIn(In):
    """The lock's new code; without one, six digits are drawn for you to set at the lock."""

    code: Code | None = None


class DoorStatusOut(Out):
    """Since when the door opens by its code, and how often that was shown; never the code."""

    is_set: bool
    set_at: datetime | None
    shown_times: int


class ShownCodeOut(Out):
    """The code; an app takes it from the screen at ``hide_at``, a minute later, and asks again."""

    code: str
    hide_at: datetime


@router.put("", response_model=DoorStatusOut, responses=_STAFF_PROBLEMS)
async def set_door_code(
    station_id: UUID,
    given: DoorCodeIn,
    *,
    by: StationStaff,
    session: SessionDep,
    runtime: RuntimeDep,
    now: Now,
) -> doors.DoorStatus:
    """Set or rotate a door's code: the old one is shown to nobody from now on, and gone in a minute."""
    return await doors.set_code(session, station_id, given.code, vault=runtime.vault, by=by, now=now)


@router.get("", response_model=DoorStatusOut, responses=_STAFF_PROBLEMS)
async def get_door_status(station_id: UUID, by: StationStaff, session: ReadDep) -> doors.DoorStatus:
    """See whether a door has a code, since when, and how often it was shown."""
    return await doors.status_of(session, station_id, by=by)


@router.delete("", status_code=204, responses=_STAFF_PROBLEMS)
async def drop_door_code(station_id: UUID, by: StationStaff, session: SessionDep, now: Now) -> None:
    """Forget a door's code."""
    await doors.drop_code(session, station_id, by=by, now=now)


@router.post(
    "/show",
    response_model=ShownCodeOut,
    responses=problems(SignInRequired, CheckInFirst, DoorEvidenceNeeded, NotFound),
)
async def show_door_code(
    station_id: UUID,
    *,
    response: Response,
    by: Worker,
    session: SessionDep,
    runtime: RuntimeDep,
    now: Now,
) -> doors.ShownCode:
    """Show a door's code to who is checked in there, and to its staff; each showing is written down.

    The check-in came with a right code of the station or a position at it: one's own word is no key.
    """
    response.headers["Cache-Control"] = "no-store"
    return await doors.show_code(session, station_id, vault=runtime.vault, by=by, now=now)
