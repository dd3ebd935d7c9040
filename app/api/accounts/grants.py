"""Roles: who holds them, giving and taking them."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.accounts.schemas import GrantIn, GrantOut, GrantPage
from app.api.deps import AreaStaff, Now, OnceDep, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.schemas import Cursor, Limit
from app.core.clock import local_day
from app.core.errors import BadCursor, InvalidInput, NotFound
from app.models import RoleGrant
from app.services import accounts
from app.services.accounts import NewGrant

router = APIRouter(prefix="/accounts/grants", tags=["accounts"])


@router.get("", responses=problems(BadCursor))
async def list_grants(
    by: AreaStaff, session: ReadDep, now: Now, cursor: Cursor = None, limit: Limit = 50
) -> GrantPage:
    """Return the present and coming grants that the caller could have given, oldest first."""
    page = await accounts.list_grants(session, by=by, cursor=cursor, limit=limit, now=now)
    return GrantPage(items=[_out(grant) for grant in page.items], next_cursor=page.next_cursor)


@router.post(
    "",
    status_code=201,
    response_model=GrantOut,
    responses=problems(
        accounts.RoleOutOfReach, accounts.RoleToOneself, NotFound, accounts.AlreadyGranted, InvalidInput
    ),
)
async def give_role(
    *, given: GrantIn, by: AreaStaff, runtime: RuntimeDep, session: SessionDep, once: OnceDep, now: Now
) -> Response:
    """Give a role to the owner of a number, for an area or a station, from day to day."""
    new = NewGrant(
        phone=given.phone,
        role=given.role,
        valid_from=given.valid_from or local_day(now),
        valid_to=given.valid_to,
        area_code=given.area_code,
        station_id=given.station_id,
        unit_id=given.unit_id,
        display_name=given.display_name,
    )

    async def give() -> GrantOut:
        return _out(await accounts.give_role(session, new, by=by, vault=runtime.vault, now=now))

    return await once(give, status=201)


@router.delete(
    "/{grant_id}",
    status_code=204,
    responses=problems(NotFound, accounts.LastSysadmin),
)
async def take_role(grant_id: UUID, by: AreaStaff, session: SessionDep, now: Now) -> None:
    """Take a role back at once."""
    await accounts.take_role(session, grant_id, by=by, now=now)


def _out(grant: RoleGrant) -> GrantOut:
    return GrantOut(
        id=grant.id,
        account_id=grant.account_id,
        display_name=grant.account.display_name,
        role=grant.role,
        area_code=grant.area_code,
        station_id=grant.station_id,
        unit_id=grant.unit_id,
        valid_from=grant.valid_from,
        valid_to=grant.valid_to,
        granted_at=grant.granted_at,
    )
