"""Whether a place can be in the division that a station is filed under; measured, since no border is known.

Divisions come without borders. What is drawn of one are its grids; where none are, the stations around it
say where it lies. Both only tell what is far: a place that somebody looked at and confirmed is taken.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.geo import Point
from app.models import Station, StationStatus
from app.services import areas, authority
from app.services.areas.planar import flatten
from app.services.stations.errors import StationElsewhere
from app.services.stations.moving import apart_m

# How far a place may lie from its division's grids, or from the next station of its town, of its county.
NEAR_GRIDS_M = 1_000
NEAR_TOWN_M = 30_000
NEAR_COUNTY_M = 100_000
_TOWN, _COUNTY = 9, 6  # digits
_COUNTIES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A station that says by where it stands where its division lies."""

    code: str
    area_code: str
    point: Point


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of some divisions: the grids that are drawn of each, and the stations of each county."""

    grids: Mapping[str, Sequence[BaseGeometry]]
    neighbours: Mapping[str, list[Neighbour]]

    def outside_km(self, point: Point, area_code: str, *, code: str) -> int | None:
        """Return how many kilometres the station called ``code`` would lie outside, or ``None``."""
        metres = self._outside_m(point, area_code, code)
        return None if metres is None else max(1, round(metres / 1000))

    def with_rows(self, rows: Iterable[Neighbour]) -> "Surroundings":
        """Return the same with the stations of a list, whose places vouch for each other."""
        neighbours = {county: list(there) for county, there in self.neighbours.items()}
        for each in rows:
            neighbours.setdefault(each.area_code[:_COUNTY], []).append(each)
        return Surroundings(self.grids, neighbours)

    def _outside_m(self, point: Point, area_code: str, code: str) -> float | None:
        if shapes := self.grids.get(area_code):
            here = shapely.Point(0, 0)
            metres = min(float(shapely.distance(flatten(shape, point), here)) for shape in shapes)
            return metres if metres > NEAR_GRIDS_M else None
        around = [each for each in self.neighbours.get(area_code[:_COUNTY], ()) if each.code != code]
        in_town = [each for each in around if each.area_code[:_TOWN] == area_code[:_TOWN]]
        near_m = NEAR_TOWN_M if in_town and len(area_code) >= _TOWN else NEAR_COUNTY_M
        metres = min((apart_m(point, each.point) for each in in_town or around), default=0.0)
        return metres if metres > near_m else None


async def surroundings(session: AsyncSession, area_codes: Collection[str]) -> Surroundings:
    """Return what is known of where divisions lie."""
    counties = sorted({code[:_COUNTY] for code in area_codes})
    neighbours: dict[str, list[Neighbour]] = {}
    for start in range(0, len(counties), _COUNTIES_AT_ONCE):
        inside = [authority.within(Station.area_code, each) for each in counties[start:][:_COUNTIES_AT_ONCE]]
        query = select(Station.code, Station.area_code, Station.lat, Station.lon).where(
            Station.status != StationStatus.REMOVED, or_(*inside)
        )
        for code, area_code, lat, lon in await session.execute(query):
            each = Neighbour(code, area_code, Point(lat, lon))
            neighbours.setdefault(area_code[:_COUNTY], []).append(each)
    return Surroundings(await areas.grid_shapes(session, area_codes), neighbours)


async def check(session: AsyncSession, point: Point, area_code: str, *, code: str) -> None:
    """Return when the station called ``code`` can stand there under a division.

    Raises:
        StationElsewhere: it is far from all that is known of the division.
    """
    known = await surroundings(session, [area_code])
    if (kilometres := known.outside_km(point, area_code, code=code)) is not None:
        raise StationElsewhere(kilometres=kilometres, area_code=area_code)
