"""Duty: rosters of an area, the ladder of an emergency, and the warning to those near by."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from app.core.clock import utc_now
from tests.architecture.access.vocabulary import AREA_STAFF, SIGNED_IN, Ids, Row, for_roles

_KEEPERS = for_roles(*AREA_STAFF)


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
)
