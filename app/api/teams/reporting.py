"""双报到: units report to communities, people to where they live."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.deps import AreaStaff, Now, OnceDep, ReadDep, SessionDep, Worker
from app.api.errors import problems
from app.api.schemas import AreaCodeText
from app.api.teams.office_schemas import (
    CommunityOut,
    OwnReportingOut,
    ReportingOut,
    SelfReportIn,
    UnitReportIn,
)
from app.core.errors import KeyReused, NotFound
from app.services import teams
from app.services.teams import reporting

router = APIRouter(prefix="/teams/dual-reporting", tags=["teams"])


@router.post(
    "/units",
    status_code=201,
    response_model=ReportingOut,
    responses=problems(NotFound, KeyReused, teams.OrganisationEnded, teams.AlreadyReporting),
)
async def enter_unit_reporting(
    given: UnitReportIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Enter that a unit serves a community: for the community's staff, and for who speaks for the unit."""

    async def work() -> ReportingOut:
        return ReportingOut.of(
            await reporting.report_unit(
                session,
                given.id,
                organisation_id=given.organisation_id,
                community_code=given.community_code,
                by=by,
                now=now,
            )
        )

    return await once(work, status=201)


@router.delete("/units/{reporting_id:uuid}", status_code=204, responses=problems(NotFound))
async def end_unit_reporting(reporting_id: UUID, by: AreaStaff, session: SessionDep, now: Now) -> None:
    """End a unit's serving a community."""
    await reporting.end_unit(session, reporting_id, by=by, now=now)


@router.get("/mine")
async def see_own_reporting(by: Worker, session: ReadDep) -> OwnReportingOut:
    """See where one reports as a person."""
    found = await reporting.own(session, by=by)
    return OwnReportingOut(reporting=None if found is None else ReportingOut.of(found))


@router.post(
    "/mine",
    status_code=201,
    response_model=ReportingOut,
    responses=problems(NotFound, KeyReused, teams.AlreadyReporting),
)
async def report_self(
    given: SelfReportIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Report to the community where one lives; who reports is shown to nobody, how many to its staff."""

    async def work() -> ReportingOut:
        return ReportingOut.of(
            await reporting.report_self(
                session,
                given.id,
                organisation_id=given.organisation_id,
                community_code=given.community_code,
                by=by,
                now=now,
            )
        )

    return await once(work, status=201)


@router.delete("/mine", status_code=204)
async def end_own_reporting(by: Worker, session: SessionDep, now: Now) -> None:
    """End one's own reporting."""
    await reporting.end_own(session, by=by, now=now)


@router.get("/communities/{community_code}", responses=problems(NotFound))
async def see_community(community_code: AreaCodeText, by: AreaStaff, session: ReadDep) -> CommunityOut:
    """See which units serve a community, and how many people."""
    return CommunityOut.of(await reporting.of_community(session, community_code, by=by))
