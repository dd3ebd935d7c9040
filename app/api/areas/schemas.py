"""What the routes of areas take and answer."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from app.api.schemas import Out, PageOut
from app.core.geo import CoordType
from app.models import AreaKind, Grid
from app.services.areas import AreaDetail, AssignedBy, GridProblemKind


class AreaOut(Out):
    """A division: its significant digits, what it stands for, and the authority above it."""

    code: str
    name: str
    level: int
    kind: AreaKind
    parent_code: str | None
    valid_from: date
    valid_to: date | None


class AreaPageOut(PageOut):
    """A page of divisions, by code."""

    items: list[AreaOut]


class AreaAliasOut(Out):
    """Another authority's code for a division."""

    scheme: str
    code: str
    name: str


class AreaDetailOut(AreaOut):
    """A division with the authorities above it, the divisions that followed it, and its other codes."""

    full_name: str
    ancestors: list[AreaOut]
    successors: list[str]
    aliases: list[AreaAliasOut]
    source: str

    @classmethod
    def of(cls, found: AreaDetail) -> "AreaDetailOut":
        """Write a division out, with its names strung together as on an envelope."""
        area = found.area
        return cls(
            **AreaOut.model_validate(area).model_dump(),
            full_name="".join(each.name for each in [*found.ancestors, area]),
            ancestors=[AreaOut.model_validate(each) for each in found.ancestors],
            successors=found.successors,
            aliases=[AreaAliasOut.model_validate(alias) for alias in found.aliases],
            source=area.source,
        )


class LocatedOut(Out):
    """The grid that a point belongs to; `assigned_by` is `nearest` on a border or in a gap."""

    grid_id: UUID
    scheme: str
    code: str
    name: str
    community_code: str
    assigned_by: AssignedBy
    distance_m: float


class LocationOut(Out):
    """The grids of a point, one for each scheme that has one there."""

    items: list[LocatedOut]


class GridOut(Out):
    """One version of a grid; the polygon is GeoJSON in WGS-84."""

    id: UUID
    scheme: str
    code: str
    name: str
    community_code: str
    valid_from: date
    valid_to: date | None
    coord_type: Literal[CoordType.WGS84]
    polygon: dict[str, Any]

    @classmethod
    def of(cls, grid: Grid) -> "GridOut":
        """Write a grid out with its datum beside its polygon."""
        return cls(
            id=grid.id,
            scheme=grid.scheme,
            code=grid.code,
            name=grid.name,
            community_code=grid.community_code,
            valid_from=grid.valid_from,
            valid_to=grid.valid_to,
            coord_type=CoordType.WGS84,
            polygon=grid.polygon,
        )


class GridPageOut(PageOut):
    """A page of grids, by scheme and code."""

    items: list[GridOut]


class GridProblemOut(Out):
    """One reason to refuse a list, naming the grids: one, or the two that overlap."""

    kind: GridProblemKind
    grids: list[str]
    hint: str


class GridReportOut(Out):
    """What a list of grids has changed or, on a dry run, would change."""

    dry_run: bool
    new: int
    redrawn: int
    renamed: int
    unchanged: int
    ended: int
    problems: list[GridProblemOut]
