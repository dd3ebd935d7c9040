"""Duty: rosters of an area, the ladder of an emergency, and the warning to those near by."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from app.core.clock import utc_now
from tests.architecture.access.vocabulary import (
    ANYONE,
    AREA_STAFF,
    CASE_STAFF,
    SIGNED_IN,
    Expected,
    Ids,
    Row,
    Sees,
    Who,
    for_roles,
)

_KEEPERS = for_roles(*AREA_STAFF)
_EMERGENCY, _ID = "/v1/duty/emergencies/{report_id}", {"report_id": "{emergency_id}"}
_LINK = {"X-Duty-Link": "{call_token}"}


def _reached(others: Sees = Sees.NOT_FOUND) -> Expected:
    """Expect that an emergency is there for its desk alone; who was called is tried in its own tests."""
    desk = {Who.STAFF: Sees.IT, Who.OFFICER: Sees.IT}
    return {**dict.fromkeys(Who, others), Who.ANONYMOUS: Sees.SIGN_IN, **desk}


def _turn(ids: Ids) -> dict[str, Any]:
    return {
        "account_id": ids["on_call_id"],
        "rank": "first",
        "starts_at": ids["now"],
        "ends_at": (utc_now() + timedelta(hours=8)).isoformat(),
    }


ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/duty/rosters/{area_code}", _KEEPERS),
    Row("GET", "/v1/duty/rosters/{area_code}/people", _KEEPERS),
    Row(
        "POST",
        "/v1/duty/rosters/{area_code}/shifts",
        _KEEPERS,
        json=lambda ids: {"id": str(uuid4()), **_turn(ids)},
    ),
    Row(
        "PUT",
        "/v1/duty/shifts/{shift_id}",
        _KEEPERS,
        json=lambda ids: {"version": 1, "area_code": ids["area_code"], **_turn(ids)},
    ),
    Row("POST", "/v1/duty/shifts/{shift_id}/cancel", _KEEPERS, json={"version": 1}),
    Row("GET", "/v1/duty/shifts/mine", SIGNED_IN),
    Row("GET", "/v1/duty/emergencies", _reached(Sees.NOTHING), shows="emergency_number"),
    Row("GET", _EMERGENCY, _reached(), params=_ID, shows="emergency_number"),
    Row("POST", f"{_EMERGENCY}/acknowledge", _reached(), params=_ID),
    Row("POST", f"{_EMERGENCY}/accept", _reached(), params=_ID, json={}),
    Row("POST", f"{_EMERGENCY}/make-safe", _reached(), params=_ID, json={"reason": "已围挡"}),
    Row(
        "POST",
        f"{_EMERGENCY}/dispatch",
        _reached(),
        params=_ID,
        json=lambda ids: {"unit_id": ids["unit_id"]},
        # From submitted in one step: only who was called, and the desk was not.
        also=("report.move_not_yours",),
    ),
    Row("GET", "/v1/warnings/nearby", ANYONE, query="lat=39.7&lon=98.5&coord_type=wgs84"),
    # Whoever holds the link was called.
    Row("GET", "/v1/duty/link", ANYONE, headers=_LINK),
    Row("POST", "/v1/duty/link/acknowledge", ANYONE, headers=_LINK),
    Row("POST", "/v1/reports/cases/{report_id}/make-safe", CASE_STAFF, params=_ID, json={"version": 1}),
)
