"""The catalogue of what can be reported."""

from app.services.categories import questions
from app.services.categories.entries import SHIPPED, phones_of, read_file, services_of
from app.services.categories.errors import CatalogueUnreadable
from app.services.categories.imports import (
    ImportReport,
    RowReport,
    RowResult,
    import_categories,
    plant_shipped,
)
from app.services.categories.queries import alike, find, get, list_active, list_all, list_opened

__all__ = [
    "SHIPPED",
    "CatalogueUnreadable",
    "ImportReport",
    "RowReport",
    "RowResult",
    "alike",
    "find",
    "get",
    "import_categories",
    "list_active",
    "list_all",
    "list_opened",
    "phones_of",
    "plant_shipped",
    "questions",
    "read_file",
    "services_of",
]
