"""Attendance: one's own taps, and the organiser's view of a shift."""

from datetime import UTC, datetime
from uuid import uuid4

from tests.architecture.access.vocabulary import SIGNED_IN, Expected, Row, Sees, Who, own

_SHIFT, _IDS = "/v1/attendance/shifts/{shift_id}", {"shift_id": "{attended_shift_id}"}
# Whoever runs its team: the coordinator (the worker here), the area's staff above; sysadmins see no hours.
_RUN: Expected = {
    **own(),
    **dict.fromkeys((Who.STAFF, Who.OFFICER), Sees.IT),
}
_AT = datetime(2026, 11, 30, 10, 30, tzinfo=UTC).isoformat()

ROWS: tuple[Row, ...] = (
    Row(
        "POST",
        f"{_SHIFT}/taps",
        own(others="attendance.not_booked"),
        params=_IDS,
        json=lambda ids: {
            "id": str(uuid4()),
            "kind": "in",
            "captured_at": ids["now"],
            "code": ids["shift_code"],
        },
    ),
    Row(
        "POST",
        "/v1/attendance/sync",
        SIGNED_IN,
        json=lambda ids: {
            "taps": [{"id": str(uuid4()), "shift_id": str(uuid4()), "kind": "in", "captured_at": ids["now"]}]
        },
    ),
    Row("GET", "/v1/attendance/mine", SIGNED_IN),
    Row("GET", "/v1/attendance/anomalies", SIGNED_IN, query="since=2026-11-01&until=2026-11-30"),
    Row("GET", f"{_SHIFT}/code", _RUN, params=_IDS),
    Row("GET", _SHIFT, _RUN, params=_IDS, shows="attending_id"),
    Row(
        "POST",
        f"{_SHIFT}/list",
        _RUN,
        params=_IDS,
        json=lambda ids: {
            "people": [{"id": str(uuid4()), "sign_up_id": ids["attending_id"], "in_at": _AT, "out_at": _AT}]
        },
    ),
)
