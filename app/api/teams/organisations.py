"""Staff keep the organisations that answer for teams, and who speaks for them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.deps import AreaStaff, Now, OnceDep, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.schemas import AreaCodeText, Cursor, Limit
from app.api.teams.schemas import (
    LiaisonIn,
    LiaisonList,
    LiaisonOut,
    OrganisationEdit,
    OrganisationIn,
    OrganisationOut,
    OrganisationPage,
    VersionIn,
)
from app.core.clock import local_day
from app.core.errors import BadCursor, EditConflict, InvalidInput, KeyReused, NotFound
from app.services import teams
from app.services.teams import organisations

router = APIRouter(prefix="/teams/organisations", tags=["teams"])


@router.get("", responses=problems(BadCursor))
async def list_organisations(
    session: ReadDep,
    *,
    area: Annotated[AreaCodeText | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> OrganisationPage:
    """List the bodies that answer for teams, of an area on request: public, as certificates name them."""
    page = await organisations.list_some(session, area_code=area, cursor=cursor, limit=limit)
    return OrganisationPage(
        items=[OrganisationOut.of(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "",
    status_code=201,
    response_model=OrganisationOut,
    responses=problems(NotFound, InvalidInput, KeyReused),
)
async def enter_organisation(
    given: OrganisationIn, *, by: AreaStaff, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Enter a body that teams may belong to."""

    async def work() -> OrganisationOut:
        return OrganisationOut.of(await organisations.enter(session, given.id, given.draft(), by=by, now=now))

    return await once(work, status=201)


@router.put(
    "/{organisation_id:uuid}",
    responses=problems(NotFound, EditConflict, InvalidInput, teams.OrganisationEnded),
)
async def edit_organisation(
    organisation_id: UUID, given: OrganisationEdit, *, by: AreaStaff, session: SessionDep, now: Now
) -> OrganisationOut:
    """Change what is said of a body."""
    found = await organisations.edit(
        session, organisation_id, given.draft(), version=given.version, by=by, now=now
    )
    return OrganisationOut.of(found)


@router.post("/{organisation_id:uuid}/end", responses=problems(NotFound, EditConflict))
async def end_organisation(
    organisation_id: UUID, given: VersionIn, *, by: AreaStaff, session: SessionDep, now: Now
) -> OrganisationOut:
    """End a body: its teams go on, no new one is founded under it."""
    found = await organisations.end(session, organisation_id, version=given.version, by=by, now=now)
    return OrganisationOut.of(found)


@router.get("/{organisation_id:uuid}/liaisons", responses=problems(NotFound))
async def list_liaisons(organisation_id: UUID, by: AreaStaff, session: ReadDep, now: Now) -> LiaisonList:
    """List who speaks for a body, by name."""
    rows = await organisations.list_liaisons(session, organisation_id, by=by, now=now)
    return LiaisonList(items=[LiaisonOut.of(liaison, name) for liaison, name in rows])


@router.post(
    "/{organisation_id:uuid}/liaisons",
    status_code=201,
    response_model=LiaisonOut,
    responses=problems(NotFound, InvalidInput, teams.OrganisationEnded),
)
async def name_liaison(
    organisation_id: UUID,
    given: LiaisonIn,
    *,
    by: AreaStaff,
    runtime: RuntimeDep,
    session: SessionDep,
    now: Now,
    once: OnceDep,
) -> Response:
    """Have the owner of a number speak for a body: found its teams, look at their activities."""
    new = teams.NewLiaison(
        given.phone, given.valid_from or local_day(now), given.valid_to, given.display_name
    )

    async def work() -> LiaisonOut:
        return LiaisonOut.of(
            *await organisations.name_liaison(
                session, organisation_id, new, by=by, vault=runtime.vault, now=now
            )
        )

    return await once(work, status=201)


@router.delete(
    "/{organisation_id:uuid}/liaisons/{liaison_id:uuid}", status_code=204, responses=problems(NotFound)
)
async def dismiss_liaison(
    organisation_id: UUID, liaison_id: UUID, *, by: AreaStaff, session: SessionDep, now: Now
) -> None:
    """Have somebody no longer speak for a body, at once."""
    await organisations.dismiss_liaison(session, organisation_id, liaison_id, by=by, now=now)
