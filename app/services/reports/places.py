"""Which area answers for a place: by grid, and where no grids are drawn, by what is near or declared."""

from dataclasses import dataclass
from uuid import UUID

from app.core.geo import Point
from app.models import PlacedBy
from app.services.areas import AssignedBy, GridMap

# The scheme (民政网格) whose grid decides who answers; other schemes' grids at the point are kept beside it.
ANSWERING_SCHEME = "civil"


@dataclass(frozen=True, slots=True)
class Place:
    """The area that answers for a point, and the grids that hold it."""

    area_code: str
    grid_id: UUID | None
    grid_ids: list[str]
    placed_by: PlacedBy


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
    return Place(first.community_code, first.grid_id, [str(each.grid_id) for each in found], placed_by)
