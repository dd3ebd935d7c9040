"""A case in the hands of its unit."""

from app.core.actor import Role
from tests.architecture.access.vocabulary import CASE_HANDLERS, CASE_STAFF, Row, Sees, for_roles

_HANDLED = {"report_id": "{handled_id}"}

ROWS: tuple[Row, ...] = (
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/dispatch",
        CASE_STAFF,
        params={"report_id": "{accepted_id}"},
        json=lambda ids: {"version": 1, "unit_id": ids["unit_id"]},
    ),
    Row(
        "GET",
        "/v1/reports/handling",
        for_roles(Role.HANDLING_UNIT, outside=Sees.NOTHING, sysadmin=Sees.NO_ROLE),
        shows="handled_id",
    ),
    Row("GET", "/v1/reports/handling/{report_id}", CASE_HANDLERS, params=_HANDLED),
    Row("POST", "/v1/reports/handling/{report_id}/take-on", CASE_HANDLERS, params=_HANDLED, json={}),
    Row(
        "POST",
        "/v1/reports/handling/{report_id}/return",
        CASE_HANDLERS,
        params=_HANDLED,
        json={"text": "不归我们管"},
    ),
    Row("POST", "/v1/reports/handling/{report_id}/make-safe", CASE_HANDLERS, params=_HANDLED, json={}),
)
