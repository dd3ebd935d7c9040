"""Handling units: who mends what is reported."""

from app.services.units.commands import UnitDraft, create, edit, end
from app.services.units.errors import CodeTaken, SuccessorInvalid, UnitEnded
from app.services.units.queries import Unit, get, get_readable, search

__all__ = [
    "CodeTaken",
    "SuccessorInvalid",
    "Unit",
    "UnitDraft",
    "UnitEnded",
    "create",
    "edit",
    "end",
    "get",
    "get_readable",
    "search",
]
