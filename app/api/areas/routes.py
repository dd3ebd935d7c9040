"""Divisions and grids: public facts, no sign-in."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request, Response

from app.api.areas.schemas import (
    AreaDetailOut,
    AreaPageOut,
    GridOut,
    GridPageOut,
    GridReportOut,
    LocatedOut,
    LocationOut,
)
from app.api.deps import Now, Officer, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.etag import tagged
from app.api.schemas import AreaCodeText, Cursor, Day, Limit, Text
from app.core.errors import BadCursor, NotFound, PositionForeign, PositionSwapped
from app.core.geo import CoordType, read_in_china
from app.services import areas

router = APIRouter(prefix="/areas", tags=["areas"])

AnyCode = Annotated[
    str, Path(pattern=r"^[0-9]{2,12}$", description="significant digits, or filled with zeros")
]
GridScheme = Annotated[str, Query(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="whose grids: `police`, …")]
Scheme = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="whose codes: `mca`, …")]


@router.get("", response_model=AreaPageOut, responses=problems(BadCursor))
async def list_areas(
    request: Request,
    session: ReadDep,
    *,
    parent: Annotated[AreaCodeText | None, Query()] = None,
    level: Annotated[int | None, Query(ge=1, le=5)] = None,
    q: Annotated[Text | None, Query(min_length=1, max_length=40)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List divisions in force: the provinces, or what answers to `parent`.

    With `level` or `q` the answer reaches any depth below `parent`. Words before a name in `q` are parts of
    the names of what it lies in: `安宁区 幸福社区`.
    """
    page = await areas.search(session, parent=parent, level=level, text=q, cursor=cursor, limit=limit)
    return tagged(request, AreaPageOut.model_validate(page))


@router.get("/locate", responses=problems(PositionSwapped, PositionForeign))
async def locate(
    runtime: RuntimeDep,
    *,
    lat: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    coord_type: CoordType,
    scheme: GridScheme | None = None,
) -> LocationOut:
    """Return the grid of a point in each scheme: the one it lies in, or the nearest within 300 m."""
    point, grids = read_in_china(lat, lon, coord_type), await runtime.grids.current()
    found = grids.locate_all(point) if scheme is None else [grids.locate(point, scheme)]
    return LocationOut(items=[LocatedOut.model_validate(each) for each in found if each])


@router.get("/grids", response_model=GridPageOut, responses=problems(BadCursor))
async def list_grids(
    request: Request,
    session: ReadDep,
    *,
    area: AreaCodeText,
    scheme: GridScheme | None = None,
    on: Annotated[Day | None, Query(description="a past day; without it, the grids in force")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List an area's grids with their polygons."""
    page = await areas.list_grids(session, area=area, scheme=scheme, on=on, cursor=cursor, limit=limit)
    items = [GridOut.of(grid) for grid in page.items]
    return tagged(request, GridPageOut(items=items, next_cursor=page.next_cursor))


@router.post("/grids/import", responses=problems(areas.GridsRefused))
async def import_grids(
    session: SessionDep,
    by: Officer,
    now: Now,
    *,
    document: Annotated[dict[str, Any], Body(description="a GeoJSON FeatureCollection (RFC 7946)")],
    scheme: GridScheme,
    coord_type: CoordType,
    end_missing: bool = False,
    dry_run: bool = False,
) -> GridReportOut:
    """Draw grids in the caller's area: each feature has `code` (15 digits), `name` and a polygon.

    A new shape of a known grid makes a new version, valid from today; the old one stays readable. With
    `end_missing` the listed communities' other grids end. Nothing is written unless all is right;
    `dry_run` answers 200 with the problems instead of refusing.
    """
    report = await areas.import_grids(
        session,
        areas.read_grids(document, coord_type),
        scheme=scheme,
        by=by,
        now=now,
        end_missing=end_missing,
        dry_run=dry_run,
    )
    return GridReportOut.model_validate({**asdict(report), "dry_run": dry_run})


@router.get("/grids/{grid_id}", response_model=GridOut, responses=problems(NotFound))
async def get_grid(request: Request, session: ReadDep, grid_id: UUID) -> Response:
    """Return one version of a grid, in force or ended: what was filed under it stays readable."""
    return tagged(request, GridOut.of(await areas.get_grid(session, grid_id)))


@router.get("/{code}", response_model=AreaDetailOut, responses=problems(NotFound))
async def get_area(request: Request, session: ReadDep, code: AnyCode) -> Response:
    """Return a division, in force or ended, with its authorities, successors and other codes."""
    area = await areas.get(session, code)
    return tagged(request, AreaDetailOut.of(await areas.detail(session, area)))


@router.get("/aliases/{scheme}/{code}", response_model=AreaDetailOut, responses=problems(NotFound))
async def get_area_by_alias(request: Request, session: ReadDep, scheme: Scheme, code: AnyCode) -> Response:
    """Return the division that another authority knows by a code, e.g. the civil-affairs ministry's."""
    area = await areas.by_alias(session, scheme, code)
    return tagged(request, AreaDetailOut.of(await areas.detail(session, area)))
