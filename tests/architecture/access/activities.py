"""Activities: found by everybody, run by who runs the team, decided by staff; sign-ups are one's own."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from app.core.actor import Role
from app.core.clock import utc_now
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

_STAFF, _OFFICER = for_roles(*AREA_STAFF), for_roles(Role.DISTRICT_OFFICER)
# The worker coordinates the team.
_RUNNERS: Expected = {**own(), Who.STAFF: Sees.IT, Who.OFFICER: Sees.IT, Who.SYSADMIN: Sees.IT}
_LISTED: Expected = {
    **dict.fromkeys(Who, Sees.NOTHING),
    **{who: sees for who, sees in _RUNNERS.items() if sees is Sees.IT},
    Who.ANONYMOUS: Sees.SIGN_IN,
}
_ALL, _ONE, _PLACE = (
    "/v1/activities",
    "/v1/activities/{activity_id}",
    "/v1/activities/sign-ups/{sign_up_id}",
)
_DRAFT, _SUBMITTED = {"activity_id": "{draft_id}"}, {"activity_id": "{submitted_id}"}
_ASKED, _PAST = {"sign_up_id": "{asked_sign_up_id}"}, {"sign_up_id": "{past_sign_up_id}"}
_SHIFT = {"shift_id": "{activity_shift_id}"}
_ABSENT, _COVER = {"sign_up_id": "{absent_id}"}, {"sign_up_id": "{cover_id}"}


_HERE = {"lat": 39.7431, "lon": 98.5083, "coord_type": "wgs84"}
_MONTH = "area={area_code}&month=2026-11"


def _activity(ids: Ids) -> dict[str, Any]:
    begins, ends = ids["tomorrow"], ids["tomorrow_later"]
    return {
        "team_id": ids["team_id"],
        "kind": "care",
        "title": "陪老人聊天",
        "place": {"kind": "area"},
        "shifts": [{"starts_at": begins, "ends_at": ends, "roles": [{"name": "志愿者", "places": 2}]}],
    }


def _task(ids: Ids) -> dict[str, Any]:
    until = (utc_now() + timedelta(hours=1)).isoformat()
    return _new(
        team_id=ids["team_id"], kind="care", title="送药", position=_HERE, minutes=10, open_until=until
    )


def _new(**given: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), **given}


ROWS: tuple[Row, ...] = (
    Row("GET", _ALL, ANYONE),
    Row("POST", _ALL, _RUNNERS, json=lambda ids: _new(**_activity(ids))),
    Row("GET", f"{_ALL}/run", _LISTED, shows="activity_id"),
    Row("GET", f"{_ALL}/run/shifts", _LISTED, shows="activity_id"),
    Row("GET", f"{_ALL}/policies/{{area_code}}", _OFFICER),
    Row("PUT", f"{_ALL}/policies/{{area_code}}", _OFFICER, json={"version": 0, "needs_approval": True}),
    Row(
        "PUT",
        f"{_ALL}/qualifications",
        _RUNNERS,
        json=lambda ids: {"member_id": ids["member_id"], "name": "first_aid", "valid_to": "2099-01-01"},
        also=("invalid_input",),  # nobody confirms their own
    ),
    Row("POST", f"{_ALL}/shifts/{{shift_id}}/cancel", _RUNNERS, params=_SHIFT, json={"reason": "大风"}),
    Row("GET", f"{_ALL}/shifts/{{shift_id}}/sign-ups", _RUNNERS, params=_SHIFT),
    Row("GET", _ONE, ANYONE),
    Row("GET", f"{_ALL}/run/{{activity_id}}", _RUNNERS),
    Row("PUT", _ONE, _RUNNERS, params=_DRAFT, json=lambda ids: {"version": 1, **_activity(ids)}),
    Row(
        "POST",
        f"{_ONE}/change",
        _RUNNERS,
        json={"version": 1, "reason": "大风", "title": "陪老人聊天", "place": {"kind": "area"}},
    ),
    Row("POST", f"{_ONE}/submit", _RUNNERS, params=_DRAFT, json={"version": 1}),
    Row("POST", f"{_ONE}/decide", _STAFF, params=_SUBMITTED, json={"version": 1, "approves": True}),
    Row("POST", f"{_ONE}/cancel", _RUNNERS, json={"version": 1, "reason": "大风"}),
    Row(
        "POST",
        f"{_ALL}/sign-ups",
        SIGNED_IN,
        json=lambda ids: _new(role_id=ids["shift_role_id"]),
        also=("activity.already_signed_up",),
    ),
    Row("GET", f"{_ALL}/sign-ups/mine", SIGNED_IN),
    Row("POST", f"{_PLACE}/confirm", own(), params={"sign_up_id": "{offered_id}"}),
    Row("POST", f"{_PLACE}/withdraw", own()),
    Row("POST", f"{_PLACE}/ask-cover", own()),
    Row(
        "POST",
        f"{_PLACE}/cover",
        SIGNED_IN,
        params=_COVER,
        json=lambda _: _new(),
        also=("activity.already_signed_up",),
    ),
    Row("POST", f"{_PLACE}/decide", _RUNNERS, params=_ASKED, json={"accepts": True}),
    Row("POST", f"{_PLACE}/no-show", _RUNNERS, params=_PAST, json={}, also=("activity.another_person",)),
    Row("GET", f"{_PLACE}/no-show", own(), params=_ABSENT),
    Row("POST", f"{_PLACE}/objection", own(), params=_ABSENT, json={"text": "我到了"}),
    Row(
        "POST",
        f"{_PLACE}/answer",
        _STAFF,
        params={"sign_up_id": "{objected_id}"},
        json={"strikes": True, "text": "核实到场"},
    ),
    Row("POST", f"{_PLACE}/feedback", own(), params=_PAST, json={"score": 5}),
    Row("POST", f"{_ALL}/on-the-way", _RUNNERS, json=_task),
    Row("POST", f"{_ALL}/on-the-way/nearby", SIGNED_IN, json={"position": _HERE}),
    Row("POST", f"{_ALL}/calendar", SIGNED_IN),
    Row("DELETE", f"{_ALL}/calendar", SIGNED_IN),
    Row("GET", f"{_ALL}/calendar/{{secret}}.ics", ANYONE, params={"secret": "{calendar_secret}"}),
    Row("GET", f"{_ALL}/figures", _STAFF, query=_MONTH),
    Row("GET", f"{_ALL}/export.csv", _STAFF, query=_MONTH),
    Row("GET", f"{_ALL}/export.xlsx", _STAFF, query=_MONTH),
)
