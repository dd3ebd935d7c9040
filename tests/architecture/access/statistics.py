"""Figures of a month: for an area's staff, inside it."""

from app.core.actor import Role
from tests.architecture.access.vocabulary import CASE_STAFF, Row, Sees, Who, for_roles

_PAST = "area_code={area_code}&month=2026-10"
_OFFICERS_OF_IT = {
    **for_roles(Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER, sysadmin=Sees.NO_ROLE),
    Who.STAFF: Sees.NOT_FOUND,
}

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/statistics/reports", CASE_STAFF, query=_PAST),
    Row("GET", "/v1/statistics/reports/cases", CASE_STAFF, query=_PAST),
    *(
        Row("GET", f"/v1/statistics/volunteering{each}", CASE_STAFF, query=_PAST)
        for each in ("", "/export.csv", "/export.xlsx")
    ),
    Row(
        "POST",
        "/v1/statistics/reports/close",
        _OFFICERS_OF_IT,
        json=lambda ids: {"area_code": ids["area_code"], "month": "2026-09"},
    ),
)
