"""The directory of stations: read by anyone, written by their staff."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import AreaStaff, Now, OnceDep, ReadDep, RuntimeDep, SessionDep, StationStaff
from app.api.errors import language_of, problem, problems
from app.api.etag import tagged, weak_tag
from app.api.schemas import AreaCodeText, Cursor, Instant, Limit, Text
from app.api.stations.pictures import published
from app.api.stations.schemas import (
    ChangesOut,
    GoneOut,
    MergeIn,
    StationIn,
    StationOut,
    StationPageOut,
    StationPatch,
)
from app.api.stations.views import changes_of, directory_row, draft_of, row_out, station_out
from app.core.errors import (
    BadCursor,
    EditConflict,
    KeyReused,
    NotFound,
    PositionForeign,
    PositionSwapped,
)
from app.core.geo import CoordType
from app.models import Station, StationKind
from app.services import stations
from app.services.photos import PhotoDesk
from app.services.stations import (
    AreaUnknown,
    CodeTaken,
    HolidayHoursMissing,
    HoursCutShort,
    HoursInvalid,
    HoursUnsupported,
    MergeImpossible,
    MovedFar,
    StationElsewhere,
    StationGone,
    StationMoved,
)

router = APIRouter(prefix="/stations", tags=["stations"])

Coordinates = Annotated[CoordType, Query(description="the datum in which positions are answered")]
_DRAFT_PROBLEMS = (
    AreaUnknown,
    CodeTaken,
    HolidayHoursMissing,
    HoursCutShort,
    HoursInvalid,
    HoursUnsupported,
    KeyReused,
    NotFound,
    PositionForeign,
    PositionSwapped,
    StationElsewhere,
)


@router.get("", response_model=StationPageOut, responses=problems(BadCursor))
async def list_stations(
    request: Request,
    *,
    session: ReadDep,
    now: Now,
    coord_type: Coordinates,
    area: AreaCodeText | None = None,
    kind: Annotated[list[StationKind] | None, Query(max_length=10)] = None,
    q: Annotated[Text | None, Query(max_length=50, description="part of name, address or code")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Response:
    """List stations by name."""
    page = await stations.page(session, area_code=area, kinds=kind or (), text=q, cursor=cursor, limit=limit)
    facts = {each.id: each for each in await stations.load_facts(session, now=now, ids=page.items)}
    rows = [row_out(facts[each], coord_type, now) for each in page.items]
    return tagged(request, StationPageOut(stations=rows, next_cursor=page.next_cursor))


@router.get("/changes", response_model=ChangesOut, responses=problems(BadCursor))
async def list_changes(
    request: Request,
    *,
    session: ReadDep,
    now: Now,
    coord_type: Coordinates,
    since: Instant | None = None,
    area: AreaCodeText | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> Response:
    """Give what changed since the last ``as_of``, for a directory that works offline.

    Without ``since``: everything. ``as_of`` lies 30 seconds back, further while a long import runs, so a row
    may come twice, but a change that was being written while you asked is never missed. After 304 ask on
    with the ``as_of`` you have.
    """
    found = await stations.changes(session, since=since, area_code=area, cursor=cursor, limit=limit, now=now)
    facts = await stations.load_facts(session, now=now, ids=found.ids)
    body = ChangesOut(
        coord_type=coord_type,
        stations=[directory_row(each, coord_type) for each in facts],
        gone=[GoneOut.model_validate(each) for each in found.gone],
        as_of=found.as_of,
        next_cursor=found.next_cursor,
    )
    return tagged(request, body, tag=_tag_of(body))


def _tag_of(body: ChangesOut) -> str:
    """Return the tag of what changed: the later ``as_of`` of the same answer is no news."""
    rows = body.__pydantic_serializer__.to_json(body, exclude={"as_of", "next_cursor"})
    return weak_tag(rows, body.next_cursor is None)


@router.get(
    "/{station_id:uuid}",
    response_model=StationOut,
    responses=problems(NotFound, StationGone, StationMoved),
)
async def get_station(
    station_id: UUID,
    request: Request,
    *,
    session: ReadDep,
    runtime: RuntimeDep,
    now: Now,
    coord_type: Coordinates,
) -> Response:
    """Give a station's page; the id of one that moved or was merged leads to its heir."""
    found = await stations.get(session, station_id, now=now)
    if isinstance(found, stations.Moved):
        return _moved(request, found.station_id)
    return tagged(request, await _page(session, runtime.photos, found, coord_type, now))


def _moved(request: Request, station_id: UUID) -> Response:
    where = request.url_for("get_station", station_id=station_id).path
    return problem(
        StationMoved.status,
        StationMoved.code,
        StationMoved().sentence(language_of(request)),
        headers={"Location": f"{where}?{request.url.query}"},
        station_id=str(station_id),
    )


async def _page_of(
    session: AsyncSession, desk: PhotoDesk, station_id: UUID, coord_type: CoordType, now: datetime
) -> StationOut:
    station = await stations.get(session, station_id, now=now)
    if isinstance(station, stations.Moved):
        raise NotFound
    return await _page(session, desk, station, coord_type, now)


async def _page(
    session: AsyncSession, desk: PhotoDesk, station: Station, coord_type: CoordType, now: datetime
) -> StationOut:
    (facts,) = await stations.load_facts(session, now=now, ids=[station.id])
    photos = await published(session, desk, station.id, now=now)
    return station_out(station, facts, coord_type, photos=photos, now=now)


@router.post("", response_model=StationOut, status_code=201, responses=problems(*_DRAFT_PROBLEMS))
async def create_station(
    given: StationIn, *, by: AreaStaff, session: SessionDep, runtime: RuntimeDep, now: Now, once: OnceDep
) -> Response:
    """Add a station to the directory."""

    async def work() -> StationOut:
        station = await stations.create(
            session, draft_of(given), confirm_far=given.confirm_far, by=by, now=now, station_id=given.id
        )
        await session.flush()
        return await _page_of(session, runtime.photos, station.id, given.position.coord_type, now)

    return await once(work, status=201)


@router.patch(
    "/{station_id:uuid}",
    responses=problems(*_DRAFT_PROBLEMS, EditConflict, MovedFar),
)
async def revise_station(
    station_id: UUID,
    given: StationPatch,
    *,
    by: StationStaff,
    session: SessionDep,
    runtime: RuntimeDep,
    now: Now,
    coord_type: Coordinates,
) -> StationOut:
    """Edit a station; 409 names who changed it meanwhile."""
    await stations.revise(
        session,
        station_id,
        changes_of(given),
        version=given.version,
        confirm_far=given.confirm_far,
        by=by,
        now=now,
    )
    await session.flush()
    return await _page_of(session, runtime.photos, station_id, coord_type, now)


@router.delete("/{station_id:uuid}", status_code=204, responses=problems(NotFound))
async def remove_station(station_id: UUID, by: AreaStaff, session: SessionDep, now: Now) -> None:
    """Take a station out of the directory; offline directories hear of it."""
    await stations.remove(session, station_id, by=by, now=now)


@router.post("/{station_id:uuid}/merge", status_code=204, responses=problems(NotFound, MergeImpossible))
async def merge_station(
    station_id: UUID, given: MergeIn, by: AreaStaff, session: SessionDep, now: Now
) -> None:
    """Let another station take this one's place, after a move or a merger; the old id redirects."""
    await stations.merge(session, station_id, into_id=given.into_id, by=by, now=now)
