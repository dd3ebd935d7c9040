"""Staff keep the list of who mends what."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.api.deps import AreaStaff, Now, OnceDep, ReadDep, SessionDep
from app.api.errors import problems
from app.api.schemas import AreaCodeText, Cursor, Limit, Text
from app.api.units.schemas import UnitEdit, UnitEndIn, UnitIn, UnitOut, UnitPage
from app.core.errors import BadCursor, EditConflict, InvalidInput, KeyReused, NotFound
from app.models import UnitKind
from app.services import units
from app.services.units.queries import Wanted

router = APIRouter(prefix="/units", tags=["units"])


@router.get("", responses=problems(BadCursor))
async def list_units(
    by: AreaStaff,
    session: ReadDep,
    now: Now,
    *,
    for_area: Annotated[
        AreaCodeText | None, Query(description="only units that may handle cases of this area")
    ] = None,
    kind: UnitKind | None = None,
    q: Annotated[Text, Query(max_length=40, description="a part of the name")] = "",
    with_ended: bool = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> UnitPage:
    """List the units of one's area and of the areas above it, by name."""
    wanted = Wanted(for_area, kind, q, with_ended)
    page = await units.search(session, wanted, by=by, cursor=cursor, limit=limit, now=now)
    return UnitPage(items=[UnitOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get("/{unit_id:uuid}", responses=problems(NotFound))
async def see_unit(unit_id: UUID, by: AreaStaff, session: ReadDep, now: Now) -> UnitOut:
    """See a unit, in being or not."""
    return UnitOut.of(await units.get_readable(session, unit_id, by=by, now=now))


@router.post(
    "",
    status_code=201,
    response_model=UnitOut,
    responses=problems(NotFound, InvalidInput, KeyReused, units.CodeTaken),
)
async def create_unit(
    given: UnitIn, *, by: AreaStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Make a unit; give people the role `handling_unit` for it at `/v1/accounts/grants`."""

    async def work() -> UnitOut:
        unit = await units.create(session, given.id, given.draft(), by=by, now=now)
        return UnitOut.of(await units.get_readable(session, unit.id, by=by, now=now))

    return await once(work, status=201)


@router.put(
    "/{unit_id:uuid}",
    responses=problems(NotFound, InvalidInput, EditConflict, units.UnitEnded, units.CodeTaken),
)
async def edit_unit(
    unit_id: UUID, given: UnitEdit, *, by: AreaStaff, session: SessionDep, now: Now
) -> UnitOut:
    """Change what is known of a unit."""
    await units.edit(session, unit_id, given.draft(), version=given.version, by=by, now=now)
    return UnitOut.of(await units.get_readable(session, unit_id, by=by, now=now))


@router.post(
    "/{unit_id:uuid}/end",
    responses=problems(NotFound, EditConflict, units.UnitEnded, units.SuccessorInvalid),
)
async def end_unit(
    unit_id: UUID, given: UnitEndIn, *, by: AreaStaff, session: SessionDep, now: Now
) -> UnitOut:
    """End a unit; its routing rules and open cases go to the successor, or cases back to the desk."""
    successor = given.successor_id
    await units.end(session, unit_id, version=given.version, successor_id=successor, by=by, now=now)
    return UnitOut.of(await units.get_readable(session, unit_id, by=by, now=now))
