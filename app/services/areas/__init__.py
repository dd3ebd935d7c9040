"""Areas: the division tree, its history, other authorities' codes, and the grids inside communities."""

from app.services.areas.calendar import Calendar, load_calendar
from app.services.areas.errors import GridsRefused, NoticeInvalid, OlderEdition, TooManyEndings
from app.services.areas.gridfile import GridProblemKind, read_grids
from app.services.areas.gridmap import AssignedBy, GridMap, Located
from app.services.areas.grids import (
    GridReport,
    LiveGrids,
    get_grid,
    grid_shapes,
    import_grids,
    list_grids,
    load_grid_map,
)
from app.services.areas.imports import AliasReport, ImportReport, OnStep, import_aliases, import_areas
from app.services.areas.lineage import Lineage, load_lineage
from app.services.areas.notices import (
    CalendarPublished,
    Notice,
    NoticeDay,
    publish,
    publish_shipped,
    read_notice,
    shipped_notices,
)
from app.services.areas.queries import (
    AreaDetail,
    ancestors,
    by_alias,
    codes_before,
    codes_in_force,
    communities,
    detail,
    exists,
    fillers,
    get,
    search,
    successors,
)
from app.services.areas.shipped import import_shipped

__all__ = [
    "AliasReport",
    "AreaDetail",
    "AssignedBy",
    "Calendar",
    "CalendarPublished",
    "GridMap",
    "GridProblemKind",
    "GridReport",
    "GridsRefused",
    "ImportReport",
    "Lineage",
    "LiveGrids",
    "Located",
    "Notice",
    "NoticeDay",
    "NoticeInvalid",
    "OlderEdition",
    "OnStep",
    "TooManyEndings",
    "ancestors",
    "by_alias",
    "codes_before",
    "codes_in_force",
    "communities",
    "detail",
    "exists",
    "fillers",
    "get",
    "get_grid",
    "grid_shapes",
    "import_aliases",
    "import_areas",
    "import_grids",
    "import_shipped",
    "list_grids",
    "load_calendar",
    "load_grid_map",
    "load_lineage",
    "publish",
    "publish_shipped",
    "read_grids",
    "read_notice",
    "search",
    "shipped_notices",
    "successors",
]
