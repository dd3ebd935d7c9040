"""Teams: found by everybody, run by their area's staff, coordinators and liaisons; appointments by staff."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from app.core.clock import local_day, utc_now
from tests.architecture.access.vocabulary import (
    ANYONE,
    AREA_STAFF,
    SIGNED_IN,
    Expected,
    Ids,
    Row,
    Sees,
    Who,
    for_roles,
    own,
)

_STAFF = for_roles(*AREA_STAFF)
# The worker coordinates the team; of the others those who look after its area run it.
_RUNNERS: Expected = {**own(), Who.STAFF: Sees.IT, Who.OFFICER: Sees.IT, Who.SYSADMIN: Sees.IT}
_FOUNDERS: Expected = {**_RUNNERS, Who.WORKER: Sees.NOT_FOUND}
_LISTED = for_roles(*AREA_STAFF, outside=Sees.NOTHING)
_BODY, _TEAM, _MEMBER = "/v1/teams/organisations", "/v1/teams/{team_id}", "/v1/teams/members/{member_id}"


def _organisation(ids: Ids) -> dict[str, Any]:
    return {
        "name": "协会",
        "kind": "society",
        "area_code": ids["area_code"],
        "responsible": "孙负责",
        "phone": "",
    }


def _team(ids: Ids) -> dict[str, Any]:
    return {
        "organisation_id": ids["organisation_id"],
        "name": "先锋骑手队",
        "kind": "pioneer_riders",
        "area_code": ids["area_code"],
        "founded_on": "2026-01-05",
    }


def _new(**given: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), **given}


def _appointment(ids: Ids) -> dict[str, Any]:
    today = local_day(utc_now())
    return {
        "kind": "food_safety_supervisor",
        "phone": "13700000009",
        "issuing_body": "区市场监管局",
        "area_code": ids["area_code"],
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=30)).isoformat(),
    }


ROWS: tuple[Row, ...] = (
    Row("GET", _BODY, ANYONE),
    Row("POST", _BODY, _STAFF, json=lambda ids: _new(**_organisation(ids))),
    Row(
        "PUT",
        f"{_BODY}/{{organisation_id}}",
        _STAFF,
        json=lambda ids: {"version": 1, **_organisation(ids)},
    ),
    Row("POST", f"{_BODY}/{{organisation_id}}/end", _STAFF, json={"version": 1}),
    Row("GET", f"{_BODY}/{{organisation_id}}/liaisons", _STAFF),
    Row("POST", f"{_BODY}/{{organisation_id}}/liaisons", _STAFF, json={"phone": "13700000009"}),
    Row("DELETE", f"{_BODY}/{{organisation_id}}/liaisons/{{liaison_id}}", _STAFF),
    Row("GET", "/v1/teams", ANYONE),
    Row("POST", "/v1/teams", _FOUNDERS, json=lambda ids: _new(**_team(ids))),
    Row("GET", "/v1/teams/mine", SIGNED_IN),
    Row(
        "POST",
        "/v1/teams/join",
        SIGNED_IN,
        json=lambda ids: _new(code=ids["invitation_code"]),
        also=("team.already_member",),
    ),
    Row("POST", "/v1/teams/memberships/{member_id}/leave", own()),
    Row("PUT", "/v1/teams/memberships/{member_id}/shares-phone", own(), json={"shares_phone": True}),
    Row(
        "POST",
        f"{_MEMBER}/decide",
        _RUNNERS,
        json={"lets_in": True},
        params={"member_id": "{asking_id}"},
    ),
    Row("POST", f"{_MEMBER}/remove", _RUNNERS, json={"reason": "调岗"}),
    Row("PUT", f"{_MEMBER}/coordinator", _RUNNERS, json={"is_coordinator": False}),
    Row("POST", f"{_MEMBER}/phone", _RUNNERS, also=("team.phone_not_shared",)),
    Row("GET", _TEAM, ANYONE),
    Row("PUT", _TEAM, _RUNNERS, json=lambda ids: {"version": 1, **_team(ids)}),
    Row("POST", f"{_TEAM}/dissolve", _RUNNERS, json={"version": 1}),
    Row("POST", f"{_TEAM}/requests", SIGNED_IN, json=lambda _: _new(), also=("team.already_member",)),
    Row("GET", f"{_TEAM}/members", _RUNNERS),
    Row("GET", f"{_TEAM}/invitations", _RUNNERS),
    Row(
        "POST",
        f"{_TEAM}/invitations",
        _RUNNERS,
        json=lambda ids: _new(expires_at=ids["tomorrow"]),
    ),
    Row("DELETE", f"{_TEAM}/invitations/{{invitation_id}}", _RUNNERS),
    Row(
        "POST",
        "/v1/teams/dual-reporting/units",
        _FOUNDERS,
        json=lambda ids: _new(organisation_id=ids["organisation_id"], community_code=ids["area_code"]),
        also=("team.already_reporting",),
    ),
    Row("DELETE", "/v1/teams/dual-reporting/units/{reporting_id}", _STAFF),
    Row("GET", "/v1/teams/dual-reporting/mine", SIGNED_IN),
    Row(
        "POST",
        "/v1/teams/dual-reporting/mine",
        SIGNED_IN,
        json=lambda ids: _new(community_code=ids["area_code"]),
    ),
    Row("DELETE", "/v1/teams/dual-reporting/mine", SIGNED_IN),
    Row(
        "GET",
        "/v1/teams/dual-reporting/communities/{community_code}",
        _STAFF,
        params={"community_code": "{area_code}"},
    ),
    Row("GET", "/v1/appointments", _LISTED, shows="appointment_id"),
    Row(
        "POST",
        "/v1/appointments",
        {
            **_STAFF,
            Who.OTHER_STAFF: "account.role_out_of_reach",
            Who.OTHER_OFFICER: "account.role_out_of_reach",
        },
        json=lambda ids: _new(**_appointment(ids)),
    ),
    Row("POST", "/v1/appointments/{appointment_id}/revoke", _STAFF, json={"reason": "调离"}),
    Row("GET", "/v1/appointments/mine", SIGNED_IN),
)
