"""Areas: the division tree, its history, other authorities' codes, and the grids inside communities."""

from app.services.areas.errors import OlderEdition, TooManyEndings
from app.services.areas.imports import AliasReport, ImportReport, OnStep, import_aliases, import_areas
from app.services.areas.queries import (
    AreaDetail,
    ancestors,
    by_alias,
    codes_in_force,
    communities,
    detail,
    exists,
    get,
    search,
)
from app.services.areas.shipped import import_shipped

__all__ = [
    "AliasReport",
    "AreaDetail",
    "ImportReport",
    "OlderEdition",
    "OnStep",
    "TooManyEndings",
    "ancestors",
    "by_alias",
    "codes_in_force",
    "communities",
    "detail",
    "exists",
    "get",
    "import_aliases",
    "import_areas",
    "import_shipped",
    "search",
]
