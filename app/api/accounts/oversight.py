"""Suspending accounts, and the log of who read personal data."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.accounts.schemas import (
    BanIn,
    BannedOut,
    BanOut,
    BanPage,
    DuplicateOut,
    DuplicatePage,
    EmptyRoleOut,
    LiftIn,
    ReadOut,
    ReadPage,
)
from app.api.deps import Now, Officer, OnceDep, PrivacyOfficer, ReadDep, SessionDep
from app.api.errors import problems
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, InvalidInput, NotFound
from app.services import accounts

router = APIRouter(prefix="/accounts", tags=["accounts"])


@router.post(
    "/{account_id}/bans",
    status_code=201,
    response_model=BannedOut,
    responses=problems(InvalidInput, NotFound, accounts.NotToBan, accounts.AlreadyBanned),
)
async def ban(
    *, account_id: UUID, given: BanIn, by: Officer, session: SessionDep, once: OnceDep, now: Now
) -> Response:
    """Suspend an account with a reason, until lifted or through its last day; roles that stand empty return.

    Its owner still signs in, sees, exports and deletes what is held about them.
    """

    async def impose() -> BannedOut:
        banned = await accounts.ban(
            session, account_id, reason=given.reason, ends_on=given.ends_on, by=by, now=now
        )
        roles = [
            EmptyRoleOut(
                grant_id=grant.id, role=grant.role, area_code=grant.area_code, station_id=grant.station_id
            )
            for grant in banned.roles
        ]
        return BannedOut(**BanOut.model_validate(banned.ban).model_dump(), roles=roles)

    return await once(impose, status=201)


@router.get("/bans", responses=problems(BadCursor))
async def list_bans(by: Officer, session: ReadDep, cursor: Cursor = None, limit: Limit = 50) -> BanPage:
    """Return the bans in force that were decided in the caller's area, oldest first."""
    page = await accounts.list_bans(session, by=by, cursor=cursor, limit=limit)
    return BanPage(items=[BanOut.model_validate(each) for each in page.items], next_cursor=page.next_cursor)


@router.post("/bans/{ban_id}/lift", status_code=204, responses=problems(NotFound))
async def lift_ban(ban_id: UUID, given: LiftIn, by: Officer, session: SessionDep, now: Now) -> None:
    """Let an account act again, with a reason; doing it twice changes nothing."""
    await accounts.lift(session, ban_id, reason=given.reason, by=by, now=now)


@router.get("/duplicates", responses=problems(BadCursor))
async def list_duplicates(
    by: Officer, session: SessionDep, now: Now, cursor: Cursor = None, limit: Limit = 50
) -> DuplicatePage:
    """Return pairs of accounts in the caller's area that share a device or a given name.

    A hint and no more: nobody is blocked. The names shown are entered in the log of who read what.
    """
    page = await accounts.list_duplicates(session, by=by, cursor=cursor, limit=limit, now=now)
    return DuplicatePage(
        items=[DuplicateOut.model_validate(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.get("/reads", responses=problems(BadCursor))
async def list_reads(
    by: PrivacyOfficer,
    session: ReadDep,
    subject_id: Annotated[UUID | None, Query(description="reads of one person's data alone")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ReadPage:
    """Return who read whose personal data in the caller's area, newest first; kept for half a year."""
    page = await accounts.list_reads(session, subject_id=subject_id, by=by, cursor=cursor, limit=limit)
    return ReadPage(items=[ReadOut.model_validate(each) for each in page.items], next_cursor=page.next_cursor)
