"""Figures of closed months: how fast, how often at once, how content; with what they are counted from."""

from app.services.statistics.answers import FORMULAS, By, Correction, Rate, Row, Table, table
from app.services.statistics.cases import CasesOf, MaskedCase, cases_of
from app.services.statistics.snapshots import MonthGoesOn, close_last_month, close_month
from app.services.statistics.volunteering import (
    HEADINGS,
    Disputes,
    VolunteerMonth,
    VolunteerRow,
    VolunteersBy,
    lines_of,
    volunteer_month,
)

__all__ = [
    "FORMULAS",
    "HEADINGS",
    "By",
    "CasesOf",
    "Correction",
    "Disputes",
    "MaskedCase",
    "MonthGoesOn",
    "Rate",
    "Row",
    "Table",
    "VolunteerMonth",
    "VolunteerRow",
    "VolunteersBy",
    "cases_of",
    "close_last_month",
    "close_month",
    "lines_of",
    "table",
    "volunteer_month",
]
