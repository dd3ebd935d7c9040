"""Copies that were tried too often: for whoever runs the service."""

from fastapi import APIRouter, Depends

from app.api.deps import Now, ReadDep, SessionDep, allow
from app.api.errors import problems
from app.api.notifications.schemas import HeldOut, HeldPageOut, ReleasedOut, ReleaseIn
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, RoleMissing
from app.services import notifications

router = APIRouter(prefix="/notifications/held", tags=["notifications"], dependencies=[Depends(allow())])


@router.get("", responses=problems(RoleMissing, BadCursor))
async def list_held_pushes(
    *,
    session: ReadDep,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> HeldPageOut:
    """List the copies that were set aside; the inbox has their notifications all the same."""
    page = await notifications.list_held(session, cursor=cursor, limit=limit)
    return HeldPageOut(
        held=[HeldOut.model_validate(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.post("/release", responses=problems(RoleMissing))
async def release_held_pushes(
    given: ReleaseIn,
    session: SessionDep,
    now: Now,
) -> ReleasedOut:
    """Try copies again that were set aside."""
    return ReleasedOut(released=await notifications.release(session, given.ids, now=now))
