"""Confidential cases: the two who are named, the officers who name them, the reporter, the recipients."""

from uuid import uuid4

from app.core.actor import Role
from tests.architecture.access.reports import desk
from tests.architecture.access.vocabulary import CASE_STAFF, SIGNED_IN, Row, Sees, Who, for_roles, own

_OFFICERS = for_roles(Role.DISTRICT_OFFICER, outside=Sees.IT, sysadmin=Sees.NO_ROLE)
_ORDINARY = ("report.not_confidential",)

_KNOWS = {**CASE_STAFF, Who.STAFF: Sees.NOT_FOUND}

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/reports/confidential", desk(outside=Sees.IT)),
    Row("GET", "/v1/reports/confidential/unnamed", _OFFICERS),
    Row("GET", "/v1/reports/confidential/desks", _OFFICERS),
    Row(
        "PUT",
        "/v1/reports/confidential/desks",
        for_roles(Role.DISTRICT_OFFICER, sysadmin=Sees.NO_ROLE),
        json=lambda ids: {
            "area_code": ids["area_code"],
            "case_worker_id": ids["worker_id"],
            "supervisor_id": ids["worker_id"],
        },
        also=("report.desk_unfit",),
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/disclosures",
        CASE_STAFF,
        json=lambda ids: {
            "id": str(uuid4()),
            "recipient_id": ids["worker_id"],
            "recipient": "工会律师",
            "purpose": "咨询",
        },
        also=_ORDINARY,
    ),
    Row("GET", "/v1/reports/cases/{report_id}/disclosures", CASE_STAFF),
    Row("GET", "/v1/reports/mine/{report_id}/disclosures", own()),
    Row(
        "POST",
        "/v1/reports/mine/{report_id}/disclosures/{disclosure_id}/answer",
        own(),
        json={"is_granted": True},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/reporter",
        _KNOWS,
        json={"reason": "核实现场位置"},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/words",
        CASE_STAFF,
        json={"reason": "联系文中的人"},
    ),
    Row("GET", "/v1/reports/leads", SIGNED_IN),
    Row("GET", "/v1/reports/taken-out", for_roles(Role.PRIVACY_OFFICER, outside=Sees.IT)),
    Row("GET", "/v1/reports/mine/{report_id}/readers", own()),
    Row("DELETE", "/v1/reports/mine/{report_id}", own(), also=_ORDINARY),
)
