"""Before a second report of the same hole: what others reported near by, and "it is the same"."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from app.api.deps import Now, Person, ReadDep, RuntimeDep, SessionDep, signed_in
from app.api.errors import problems
from app.api.reports.schemas import CategoryId, number_of
from app.api.schemas import Out
from app.core.errors import NotFound, PositionForeign, PositionSwapped, SignInRequired
from app.core.geo import CoordType, Point, from_wgs84, read_in_china
from app.models import ReportState
from app.services import photos, reports
from app.services.photos import PhotoDesk, Viewer
from app.services.reports import Candidate
from app.services.reports.masking import masked

router = APIRouter(prefix="/reports", tags=["reports"])


class CandidateOut(Out):
    """A report near by that may be the same hazard; who sent it is nobody's business."""

    id: UUID
    number: str
    category_id: str
    state: ReportState
    description: str
    submitted_at: datetime
    age_s: int
    distance_m: float
    lat: float
    lon: float
    followers: int
    thumb: str | None
    large: str | None


class CandidatesOut(Out):
    """Candidates, the nearest first; positions in the type that was asked with."""

    coord_type: CoordType
    candidates: list[CandidateOut]


class FollowersOut(Out):
    """How many riders reported it or saw the same."""

    followers: int


@router.get(
    "/nearby",
    dependencies=[Depends(signed_in)],
    responses=problems(SignInRequired, PositionSwapped, PositionForeign),
)
async def list_candidates(
    lat: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    coord_type: CoordType,
    *,
    category_id: Annotated[
        CategoryId | None, Query(description="what it is about; without it, or `unknown`: anything")
    ] = None,
    session: ReadDep,
    runtime: RuntimeDep,
    now: Now,
) -> CandidatesOut:
    """List what was reported within 50 m and may be the same: open, or closed in the last 30 days.

    Nothing of a confidential category is ever listed. Show the photo big, and ask "same or different?".
    """
    point = read_in_china(lat, lon, coord_type)
    found = await reports.candidates(session, point, category_id=category_id, now=now)
    return CandidatesOut(
        coord_type=coord_type,
        candidates=[await _shown(runtime.photos, each, coord_type, now=now) for each in found],
    )


async def _shown(desk: PhotoDesk, each: Candidate, coord_type: CoordType, *, now: datetime) -> CandidateOut:
    report = each.report
    found = None
    if each.photo is not None:
        found = await photos.addresses(desk, each.photo, viewer=Viewer.PUBLIC, now=now)
    lat, lon = from_wgs84(Point(report.lat, report.lon), coord_type)
    return CandidateOut(
        id=report.id,
        number=number_of(report),
        category_id=report.category_id,
        state=report.state,
        description=masked(report.description),
        submitted_at=report.submitted_at,
        age_s=max(0, int((now - report.submitted_at).total_seconds())),
        distance_m=each.distance_m,
        lat=lat,
        lon=lon,
        followers=each.followers,
        thumb=None if found is None else found.thumb,
        large=None if found is None else found.large,
    )


@router.post("/{report_id:uuid}/follow", responses=problems(SignInRequired, NotFound))
async def follow(report_id: UUID, by: Person, session: SessionDep, now: Now) -> FollowersOut:
    """Say "it is the same": no second report, and every update of the first; twice is no matter."""
    return FollowersOut(followers=await reports.follow(session, report_id, by=by, now=now))


@router.delete(
    "/{report_id:uuid}/follow", status_code=204, responses=problems(SignInRequired, reports.NotToFollow)
)
async def unfollow(report_id: UUID, by: Person, session: SessionDep) -> None:
    """Hear no more of a report that one follows."""
    await reports.unfollow(session, report_id, by=by)
