"""Handling units, and who rules where cases go and by when."""

from datetime import datetime, timedelta
from uuid import uuid4

from app.core.actor import Role
from tests.architecture.access.vocabulary import ANYONE, AREA_STAFF, CASE_STAFF, Row, Sees, Who, for_roles
from tests.factories.stations import COMMUNITY

OFFICERS = for_roles(Role.DISTRICT_OFFICER)
_LISTED = for_roles(Role.DISTRICT_OFFICER, outside=Sees.NOTHING)
# The arranged unit is the county's: its communities send cases to it and do not manage it.
_MANAGED = {**for_roles(*AREA_STAFF), Who.STAFF: Sees.NOT_FOUND}
_CONDITION = {"categories": ["road_damage"]}

_WORKING = for_roles(Role.HANDLING_UNIT, *AREA_STAFF, sysadmin=Sees.NO_ROLE)
_HANDLED = {"report_id": "{handled_id}"}
_PIN = {"lat": 39.7431, "lon": 98.5083, "coord_type": "gcj02"}


def _days(ids, days):
    return (datetime.fromisoformat(ids["now"]) + timedelta(days=days)).isoformat()


def _unit(**given):
    return {"name": "物业", "kind": "property_company", "area_code": COMMUNITY, **given}


def _rule(ids, **given):
    return {
        "area_code": COMMUNITY,
        "position": 1,
        "name": "夜间",
        "condition": _CONDITION,
        "unit_id": ids["unit_id"],
        **given,
    }


ROWS: tuple[Row, ...] = (
    Row(
        "GET",
        "/v1/reports/publication-rules",
        for_roles(Role.DISTRICT_OFFICER, outside=Sees.IT, sysadmin=Sees.NO_ROLE),
    ),
    Row(
        "PUT",
        "/v1/reports/publication-rules",
        for_roles(Role.DISTRICT_OFFICER, sysadmin=Sees.NO_ROLE),
        json={"area_code": COMMUNITY, "is_automatic": True},
    ),
    Row(
        "GET",
        "/v1/reports/area-phones",
        for_roles(Role.DISTRICT_OFFICER, outside=Sees.IT, sysadmin=Sees.NO_ROLE),
    ),
    Row(
        "PUT",
        "/v1/reports/area-phones",
        for_roles(Role.DISTRICT_OFFICER, sysadmin=Sees.NO_ROLE),
        json={"area_code": COMMUNITY, "service": "gas", "number": "0938-0000000"},
    ),
    Row(
        "DELETE",
        "/v1/reports/area-phones",
        {
            **for_roles(Role.DISTRICT_OFFICER, sysadmin=Sees.NO_ROLE),
            Who.OFFICER: Sees.NOT_FOUND,  # nobody said one yet
        },
        query=f"area_code={COMMUNITY}&service=gas",
    ),
    Row(
        "GET",
        "/v1/reports/phones",
        ANYONE,
        query="category_id=road_damage&lat=39.7&lon=98.5&coord_type=wgs84",
    ),
    Row("GET", "/v1/units", for_roles(*AREA_STAFF, outside=Sees.NOTHING), shows="unit_id"),
    Row("GET", "/v1/units/{unit_id}", for_roles(*AREA_STAFF)),
    Row("POST", "/v1/units", for_roles(*AREA_STAFF), json=lambda _: _unit(id=str(uuid4()))),
    Row("PUT", "/v1/units/{unit_id}", _MANAGED, json=_unit(version=1)),
    Row("POST", "/v1/units/{unit_id}/end", _MANAGED, json={"version": 1}),
    Row("GET", "/v1/reports/rules", _LISTED, shows="rule_id"),
    Row("POST", "/v1/reports/rules", OFFICERS, json=lambda ids: _rule(ids, id=str(uuid4()))),
    Row("PUT", "/v1/reports/rules/{rule_id}", OFFICERS, json=lambda ids: _rule(ids, version=1)),
    Row("DELETE", "/v1/reports/rules/{rule_id}", OFFICERS, query="version=1"),
    Row("GET", "/v1/reports/rules/{rule_id}/versions", OFFICERS),
    Row(
        "POST",
        "/v1/reports/rules/try",
        OFFICERS,
        json={
            "position": {"lat": 39.7431, "lon": 98.5083, "coord_type": "gcj02"},
            "category_id": "road_damage",
            "area_code": COMMUNITY,
        },
    ),
    Row("GET", "/v1/reports/time-limits", _LISTED, shows="limit_id"),
    Row(
        "POST",
        "/v1/reports/time-limits",
        OFFICERS,
        json=lambda _: {
            "id": str(uuid4()),
            "area_code": COMMUNITY,
            "step": "whole",
            "amount": 2,
            "unit": "working_days",
        },
    ),
    Row(
        "PUT",
        "/v1/reports/time-limits/{limit_id}",
        OFFICERS,
        json={"amount": 2, "unit": "working_days", "version": 1},
    ),
    Row("DELETE", "/v1/reports/time-limits/{limit_id}", OFFICERS, query="version=1"),
    Row("GET", "/v1/reports/office-hours/{area_code}", OFFICERS),
    Row(
        "PUT",
        "/v1/reports/office-hours/{area_code}",
        OFFICERS,
        json={"periods": [{"starts": "09:00", "ends": "17:00"}], "version": 0},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/pin",
        CASE_STAFF,
        json={"version": 1, "position": _PIN, "reason": "在对面"},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/category",
        CASE_STAFF,
        json={"version": 1, "category_id": "road_damage", "reason": "路面"},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/hand-to",
        for_roles(Role.DISTRICT_OFFICER, sysadmin=Sees.NO_ROLE),
        json={"version": 1, "area_code": COMMUNITY, "reason": "属该社区"},
    ),
    Row(
        "POST", "/v1/reports/cases/{report_id}/note-delay", CASE_STAFF, json={"version": 1, "reason": "停机"}
    ),
    Row(
        "POST",
        "/v1/reports/grids/rehome",
        {**for_roles(Role.DISTRICT_OFFICER, sysadmin=Sees.NO_ROLE)},
        json={"area_code": COMMUNITY},
    ),
    Row("GET", "/v1/reports/cases/late", for_roles(*AREA_STAFF, sysadmin=Sees.NO_ROLE, outside=Sees.IT)),
    Row("GET", "/v1/reports/cases/{report_id}/extensions", _WORKING, params=_HANDLED),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/extensions",
        _WORKING,
        params=_HANDLED,
        json=lambda ids: {"id": str(uuid4()), "until": _days(ids, 30), "reason": "等配件"},
        also=("report.illegal_move", "report.extension_used"),
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/extensions/{extension_id}/decision",
        CASE_STAFF,
        params=_HANDLED,
        json={"grant": False, "answer": "有备件"},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/suspend",
        CASE_STAFF,
        json=lambda ids: {"version": 1, "reason": "季节", "review_at": _days(ids, 30)},
        also=("report.illegal_move",),
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/resume",
        CASE_STAFF,
        json={"version": 1, "reason": "可以施工"},
        also=("report.illegal_move",),
    ),
)
