"""Which area answers for a place: by grid, and where no grids are drawn, by what is declared or near."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Double, bindparam, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.geo import Point
from app.core.geodesy import geodesic_m
from app.models import Area, PlacedBy, Station, StationStatus
from app.services import areas, authority
from app.services.areas import AssignedBy, GridMap
from app.services.reports.cells import NOWHERE

# The scheme (民政网格) whose grid decides who answers; other schemes' grids at the point are kept beside it.
ANSWERING_SCHEME = "civil"

# A station so near lies in the same community, or at least next to it; one so near in the same county.
_COMMUNITY_M, _COUNTY_M = 1000, 30_000
_COUNTY_DIGITS = 6
_DEGREE_M = 111_000
# A street is so wide: who lies so near on the other side may read.
ACROSS_M = 30
_LEVELS = (6, 9, 12)


@dataclass(frozen=True, slots=True)
class Place:
    """The area that answers for a point, the grids that hold it, and who else lies across the street.

    ``neighbours`` are the communities there and the towns and counties above them that do not answer.
    """

    area_code: str
    grid_id: UUID | None
    grid_ids: list[str]
    placed_by: PlacedBy
    neighbours: list[str] = field(default_factory=list)


def place(point: Point, grids: GridMap, *, otherwise: str | None) -> Place | None:
    """Return who answers for a point; ``otherwise`` is the area where no grid is drawn.

    The same point always has the same answer: on a border and in a gap the nearest grid, of several as
    near the one with the lowest code.
    """
    found = grids.locate_all(point)
    if not found:
        return None if otherwise is None else Place(otherwise, None, [], PlacedBy.DECLARED)
    first = next((each for each in found if each.scheme == ANSWERING_SCHEME), found[0])
    placed_by = PlacedBy.INSIDE if first.assigned_by is AssignedBy.INSIDE else PlacedBy.NEAREST
    return Place(
        first.community_code,
        first.grid_id,
        [str(each.grid_id) for each in found],
        placed_by,
        _across(point, grids, first.scheme, first.community_code),
    )


def _across(point: Point, grids: GridMap, scheme: str, area_code: str) -> list[str]:
    near = grids.communities_near(point, scheme, within_m=ACROSS_M)
    codes = {code[:digits] for code in near for digits in _LEVELS}
    return sorted(code for code in codes if not authority.is_within(area_code, code))


async def locate(
    session: AsyncSession, point: Point, grids: GridMap, *, declared: str | None
) -> Place | None:
    """Return who answers for a point: by grid, else as the app declared, else by the nearest station.

    A declaration is believed from a county down, and only of a county that has a station within 30 km,
    unless none has one there: nobody would look for the case where it is not. A station within a kilometre
    lends its community, one within 30 km its county, whose officers send the case on; ``None`` where there
    is none either. Of :data:`.cells.NOWHERE` only what is declared is known.
    """
    if point == NOWHERE:
        is_area = declared is not None and await areas.exists(session, declared)
        return Place(declared, None, [], PlacedBy.ADDRESS) if declared is not None and is_area else None
    if found := place(point, grids, otherwise=None):
        return found
    near, is_area = await _around(session, point, declared)
    if declared is not None and is_area and _is_likely(declared, near):
        return place(point, grids, otherwise=declared)
    return _by_station(near)


def _is_likely(declared: str, near: Sequence["_Near"]) -> bool:
    counties = {each.area_code[:_COUNTY_DIGITS] for each in near}
    return len(declared) >= _COUNTY_DIGITS and (not counties or declared[:_COUNTY_DIGITS] in counties)


@dataclass(frozen=True, slots=True, order=True)
class _Near:
    metres: float
    station_id: UUID
    area_code: str


def _by_station(near: Sequence[_Near]) -> Place | None:
    if not near:
        return None
    digits = None if near[0].metres <= _COMMUNITY_M else _COUNTY_DIGITS
    return Place(near[0].area_code[:digits], None, [], PlacedBy.STATION)


# A degree of longitude is shortest in the far north of China, where it still is over half of one there.
_D_LAT, _D_LON = _COUNTY_M / _DEGREE_M, 2 * _COUNTY_M / _DEGREE_M
_LAT, _LON = bindparam("lat", type_=Double), bindparam("lon", type_=Double)
# Asked for each report where no grid is drawn: built once, and one question. The area has no position.
_AROUND: CompoundSelect[Any, Any, Any, str] = union_all(
    select(Station.id, Station.lat, Station.lon, Station.area_code).where(
        Station.status == StationStatus.IN_SERVICE,
        Station.lat.between(_LAT - _D_LAT, _LAT + _D_LAT),
        Station.lon.between(_LON - _D_LON, _LON + _D_LON),
    ),
    select(null(), null(), null(), Area.code).where(
        Area.code == bindparam("declared"), Area.valid_to.is_(None)
    ),
)


async def _around(session: AsyncSession, point: Point, declared: str | None) -> tuple[list[_Near], bool]:
    """Return the stations within 30 km, nearest first, and whether there is an area as declared."""
    asked = {"lat": point.lat, "lon": point.lon, "declared": declared}
    rows = (await session.execute(_AROUND, asked)).all()
    found = [
        _Near(geodesic_m(point, Point(lat, lon)), station_id, area_code)
        for station_id, lat, lon, area_code in rows
        if station_id is not None
    ]
    return sorted(each for each in found if each.metres <= _COUNTY_M), len(found) < len(rows)
