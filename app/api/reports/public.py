"""What everybody may see of cases: the map, and one case with its story."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.api.deps import Now, ReadDep, RuntimeDep
from app.api.errors import problems
from app.api.etag import tagged
from app.api.reports.schemas import CategoryId, number_of
from app.api.schemas import Cursor, Instant, Out, Text
from app.core.errors import BadCursor, NotFound, PositionSwapped
from app.core.geo import CoordType, Point, from_wgs84
from app.models import Move, Outcome, PhotoRole, Report, ReportState, ReportStep, StepActor
from app.services import photos
from app.services.photos import PhotoDesk, Viewer
from app.services.reports import boxes, mapping
from app.services.reports.errors import BoxInvalid, BoxTooLarge
from app.services.reports.mapping import Cell, MapFilter, PublicCase, PublicPicture
from app.services.reports.masking import masked
from app.services.reports.publishing import words_of

router = APIRouter(prefix="/reports", tags=["reports"])

# Half a minute of a map that is a little old, for everybody who looks at the same piece of it.
_CACHE = "public, max-age=30"
_GEOJSON = "application/geo+json"
# A tenth of a metre.
_DECIMALS = 6

Pair = Annotated[list[float], "longitude, latitude"]


class Drawn(StrEnum):
    """What a map's features are."""

    POINTS = "points"
    CELLS = "cells"


class PointGeometry(Out):
    """A GeoJSON point."""

    type: Literal["Point"]
    coordinates: Pair


class PolygonGeometry(Out):
    """A GeoJSON polygon."""

    type: Literal["Polygon"]
    coordinates: list[list[Pair]]


class PointProperties(Out):
    """A case on the map."""

    id: UUID
    number: str
    category_id: str
    state: ReportState
    outcome: Outcome | None
    submitted_at: datetime


class CellProperties(Out):
    """How many cases lie in a cell; ``count`` is null where they are fewer than ``fewer_than``."""

    cell: str
    center: Pair
    count: int | None
    fewer_than: int | None


class PointFeature(Out):
    """A case as a GeoJSON feature."""

    type: Literal["Feature"]
    geometry: PointGeometry
    properties: PointProperties


class CellFeature(Out):
    """A cell as a GeoJSON feature."""

    type: Literal["Feature"]
    geometry: PolygonGeometry
    properties: CellProperties


class MapOut(Out):
    """A GeoJSON feature collection; its positions are of ``coord_type``, which is not always GeoJSON's."""

    type: Literal["FeatureCollection"]
    coord_type: CoordType
    drawn: Drawn
    next_cursor: str | None
    features: list[PointFeature] | list[CellFeature]


class PublicStepOut(Out):
    """A step of a case's story; who made it is not told."""

    at: datetime
    move: Move
    state: ReportState
    text: str


class PublicPhotoOut(Out):
    """A photo that staff let everybody see; its addresses live for minutes."""

    id: UUID
    role: PhotoRole
    thumb: str | None
    large: str | None


class PublicCaseOut(Out):
    """A case as everybody may see it."""

    id: UUID
    number: str
    category_id: str
    category_zh: str
    category_en: str
    state: ReportState
    state_at: datetime
    outcome: Outcome | None
    text: str
    address: str
    area_code: str
    lat: float
    lon: float
    coord_type: CoordType
    unit: str | None
    submitted_at: datetime
    due_at: datetime | None
    made_safe_at: datetime | None
    steps: list[PublicStepOut]
    photos: list[PublicPhotoOut]


@router.get(
    "/map",
    response_model=MapOut,
    responses=problems(BoxInvalid, BoxTooLarge, PositionSwapped, BadCursor),
)
async def see_map(
    *,
    request: Request,
    session: ReadDep,
    bbox: Annotated[Text, Query(max_length=200, description="west,south,east,north in degrees")],
    zoom: Annotated[int, Query(ge=0, le=boxes.FURTHEST_ZOOM, description="of a Web Mercator map")],
    coord_type: CoordType,
    category: Annotated[list[CategoryId], Query(max_length=50)] = [],  # noqa: B006 - FastAPI copies it
    state: Annotated[list[ReportState], Query(max_length=len(ReportState))] = [],  # noqa: B006 - as well
    since: Annotated[Instant | None, Query(description="only what was reported since")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=mapping.MOST_POINTS)] = mapping.MOST_POINTS,
) -> Response:
    """See the published cases of a piece of the map: points from zoom 14 on, H3 cells with counts above.

    A cell is counted whole, also where the box cuts it; of fewer than five cases the number is not told.
    """
    box = boxes.read_box(bbox, zoom=zoom, coord_type=coord_type)
    wanted = MapFilter(tuple(category), tuple(state), None if since is None else since.astimezone(UTC))
    resolution = boxes.drawn_at(zoom)
    features: list[PointFeature] | list[CellFeature]
    next_cursor = None
    if resolution is None:
        page = await mapping.points(session, box, wanted, cursor=cursor, limit=limit)
        features, next_cursor = [_point(each, coord_type) for each in page.items], page.next_cursor
    else:
        found = await mapping.cells(session, box, wanted, resolution=resolution)
        features = [_cell(each, coord_type) for each in found]
    body = MapOut(
        type="FeatureCollection",
        coord_type=coord_type,
        drawn=Drawn.POINTS if resolution is None else Drawn.CELLS,
        next_cursor=next_cursor,
        features=features,
    )
    return tagged(request, body, media_type=_GEOJSON, cache_control=_CACHE)


def _pair(point: Point, coord_type: CoordType) -> list[float]:
    lat, lon = from_wgs84(point, coord_type)
    return [round(lon, _DECIMALS), round(lat, _DECIMALS)]


def _point(report: Report, coord_type: CoordType) -> PointFeature:
    return PointFeature(
        type="Feature",
        geometry=PointGeometry(type="Point", coordinates=_pair(Point(report.lat, report.lon), coord_type)),
        properties=PointProperties(
            id=report.id,
            number=number_of(report),
            category_id=report.category_id,
            state=report.state,
            outcome=report.outcome,
            submitted_at=report.submitted_at,
        ),
    )


def _cell(each: Cell, coord_type: CoordType) -> CellFeature:
    outline = [_pair(corner, coord_type) for corner in boxes.outline_of(each.cell)]
    return CellFeature(
        type="Feature",
        geometry=PolygonGeometry(type="Polygon", coordinates=[outline]),
        properties=CellProperties(
            cell=boxes.name_of(each.cell),
            center=_pair(boxes.center_of(each.cell), coord_type),
            count=each.count,
            fewer_than=mapping.SMALLEST_COUNT if each.count is None else None,
        ),
    )


@router.get("/public/{reference}", response_model=PublicCaseOut, responses=problems(NotFound))
async def see_public_case(
    reference: Annotated[Text, Path(max_length=40, description="its number, NF100001, or its id")],
    *,
    coord_type: CoordType,
    request: Request,
    session: ReadDep,
    runtime: RuntimeDep,
    now: Now,
) -> Response:
    """See a published case with its story and approved photos; of a merged one, the case it went into."""
    case = await mapping.public_case(session, reference)
    pictures = [await _picture(runtime.photos, each, now=now) for each in case.pictures]
    return tagged(request, _case(case, pictures, coord_type), cache_control=_CACHE)


async def _picture(desk: PhotoDesk, each: PublicPicture, *, now: datetime) -> PublicPhotoOut:
    found = await photos.addresses(desk, each.photo, viewer=Viewer.PUBLIC, now=now)
    return PublicPhotoOut(id=each.photo.id, role=each.role, thumb=found.thumb, large=found.large)


def _case(case: PublicCase, pictures: list[PublicPhotoOut], coord_type: CoordType) -> PublicCaseOut:
    report = case.report
    lon, lat = _pair(Point(report.lat, report.lon), coord_type)
    return PublicCaseOut(
        id=report.id,
        number=number_of(report),
        category_id=report.category_id,
        category_zh=case.category.name_zh,
        category_en=case.category.name_en,
        state=report.state,
        state_at=report.state_at,
        outcome=report.outcome,
        text=words_of(report),
        address=masked(report.address),
        area_code=report.area_code,
        lat=lat,
        lon=lon,
        coord_type=coord_type,
        unit=case.unit,
        submitted_at=report.submitted_at,
        due_at=report.due_at,
        made_safe_at=report.made_safe_at,
        steps=[_step(each) for each in case.steps],
        photos=pictures,
    )


def _step(step: ReportStep) -> PublicStepOut:
    # What a reporter wrote to a step is the reporter's.
    text = "" if step.actor is StepActor.REPORTER else masked(step.reason)
    return PublicStepOut(at=step.at, move=step.move, state=step.to_state, text=text)
