"""The loop's second half: links, tasks, checking, closing, merging, and the rider afterwards."""

from uuid import uuid4

from app.core.actor import Role
from tests.architecture.access.vocabulary import (
    ANYONE,
    AREA_STAFF,
    CASE_HANDLERS,
    CASE_STAFF,
    Row,
    Sees,
    for_roles,
    own,
)

_ACCEPTED, _HANDLED = {"report_id": "{accepted_id}"}, {"report_id": "{handled_id}"}
_RESOLVED, _CLOSED = {"report_id": "{resolved_id}"}, {"report_id": "{closed_id}"}
_PARTY = for_roles(Role.HANDLING_UNIT, Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER, sysadmin=Sees.NO_ROLE)
_CHECKERS = (Role.PART_TIME_GRID_MEMBER, Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER)
_CHECKING = for_roles(*_CHECKERS, sysadmin=Sees.NO_ROLE)
_PROOF = {"text": "好了", "photo_ids": [str(uuid4())]}
_NO_PHOTO = ("photo.unknown",)
_SECRET = {"X-Report-Link": "{link_secret}"}
_LINKED = "/v1/reports/contractors/case"


def _checked(ids):
    return {**_PROOF, "position": {"lat": 39.7431, "lon": 98.5083, "coord_type": "wgs84"}}


def _said(ids):
    return {"id": str(uuid4()), "text": "还在", "captured_at": ids["now"]}


ROWS: tuple[Row, ...] = (
    Row("POST", "/v1/reports/cases/{report_id}/links", _PARTY, params=_HANDLED, json={"label": "施工队"}),
    Row("GET", "/v1/reports/cases/{report_id}/links", _PARTY, params=_HANDLED),
    Row("DELETE", "/v1/reports/cases/{report_id}/links/{link_id}", _PARTY, params=_HANDLED),
    # Whoever holds the secret is let in, whatever else they are.
    Row("GET", _LINKED, ANYONE, headers=_SECRET),
    Row("POST", f"{_LINKED}/take-on", ANYONE, headers=_SECRET, json={}),
    Row("POST", f"{_LINKED}/return", ANYONE, headers=_SECRET, json={"text": "不归我们"}),
    Row("POST", f"{_LINKED}/make-safe", ANYONE, headers=_SECRET, json={}),
    Row("POST", f"{_LINKED}/resolve", ANYONE, headers=_SECRET, json=_PROOF, also=("report.illegal_move",)),
    Row(
        "POST",
        "/v1/reports/handling/{report_id}/resolve",
        CASE_HANDLERS,
        params=_HANDLED,
        json=_PROOF,
        also=("report.illegal_move",),
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/tasks",
        CASE_STAFF,
        params=_HANDLED,
        json=lambda ids: {"unit_id": ids["unit_id"], "instruction": "断电"},
    ),
    Row("GET", "/v1/reports/cases/{report_id}/tasks", CASE_STAFF, params=_HANDLED, shows="task_id"),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/tasks/{task_id}/give",
        CASE_STAFF,
        params=_HANDLED,
        json=lambda ids: {"unit_id": ids["unit_id"], "instruction": "断电", "version": 1},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/tasks/{task_id}/drop",
        CASE_STAFF,
        params=_HANDLED,
        json={"version": 1},
    ),
    Row(
        "GET",
        "/v1/reports/tasks",
        for_roles(Role.HANDLING_UNIT, outside=Sees.NOTHING, sysadmin=Sees.NO_ROLE),
        shows="task_id",
    ),
    Row("GET", "/v1/reports/tasks/{task_id}", CASE_HANDLERS),
    Row("POST", "/v1/reports/tasks/{task_id}/take", CASE_HANDLERS, json={}),
    Row(
        "POST",
        "/v1/reports/tasks/{task_id}/finish",
        CASE_HANDLERS,
        json=_PROOF,
        also=("report.task_unfit",),
    ),
    Row("POST", "/v1/reports/tasks/{task_id}/return", CASE_HANDLERS, json={"text": "不归我们"}),
    Row(
        "POST",
        "/v1/reports/checking/nearby",
        for_roles(*_CHECKERS, outside=Sees.NOTHING, sysadmin=Sees.NO_ROLE),
        json=lambda ids: {"position": _checked(ids)["position"]},
        shows="resolved_id",
    ),
    Row(
        "POST",
        "/v1/reports/checking/{report_id}/confirm",
        _CHECKING,
        params=_RESOLVED,
        json=_checked,
        also=_NO_PHOTO,
    ),
    Row(
        "POST",
        "/v1/reports/checking/{report_id}/fail",
        _CHECKING,
        params=_RESOLVED,
        json=_checked,
        also=_NO_PHOTO,
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/close",
        CASE_STAFF,
        params=_ACCEPTED,
        json={"version": 1, "outcome": "explained", "reason": "已说明"},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/reopen",
        CASE_STAFF,
        params=_CLOSED,
        json={"version": 1, "reason": "复发"},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/mark-duplicate",
        CASE_STAFF,
        json=lambda ids: {"version": 1, "parent_id": ids["accepted_id"], "reason": "同一处"},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/children",
        CASE_STAFF,
        params=_ACCEPTED,
        json={"report_ids": [str(uuid4())], "reason": "同一处"},
    ),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/revive",
        CASE_STAFF,
        json={"version": 1, "reason": "不是同一处"},
        also=("report.illegal_move",),
    ),
    Row("GET", "/v1/reports/cases/{report_id}/related", CASE_STAFF),
    Row("POST", "/v1/reports/mine/{report_id}/updates", own(), json=_said),
    Row(
        "GET",
        "/v1/reports/updates",
        for_roles(*AREA_STAFF, outside=Sees.NOTHING, sysadmin=Sees.NO_ROLE),
        shows="update_id",
    ),
    Row("GET", "/v1/reports/cases/{report_id}/updates", CASE_STAFF),
    Row(
        "GET",
        "/v1/reports/cases/adrift",
        for_roles(*AREA_STAFF, outside=Sees.NOTHING, sysadmin=Sees.NO_ROLE),
        shows="adrift_id",
    ),
    Row(
        "POST",
        "/v1/reports/cases/reassign",
        CASE_STAFF,
        json=lambda ids: {"report_ids": [ids["report_id"]]},
    ),
    Row("POST", "/v1/reports/cases/{report_id}/updates/{update_id}/handle", CASE_STAFF),
    Row("POST", "/v1/reports/mine/{report_id}/still-there", own(), params=_CLOSED, json=_said),
    Row(
        "POST",
        "/v1/reports/mine/{report_id}/satisfaction",
        own(),
        params=_CLOSED,
        json={"is_satisfied": True},
    ),
)
