"""Visits and how full it is."""

from typing import Any
from uuid import uuid4

from tests.architecture.access.vocabulary import SIGNED_IN, STATION_STAFF, Ids, Row, Sees, Who, for_roles, own

_VISITOR = own(others="checkin.visit_unknown")
# Whoever checked in there, and the station's staff.
_BEHIND_THE_DOOR = {
    **own(others="door_code.check_in_first"),
    **dict.fromkeys((Who.MANAGER, Who.STAFF, Who.OFFICER, Who.SYSADMIN), Sees.IT),
}


def _tap(ids: Ids) -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": "delta", "value": 1, "captured_at": ids["now"]}


ROWS: tuple[Row, ...] = (
    Row(
        "POST",
        "/v1/stations/{station_id}/checkins",
        SIGNED_IN,
        json=lambda ids: {"id": str(uuid4()), "captured_at": ids["now"]},
    ),
    Row(
        "POST",
        "/v1/checkins/sync",
        own(others=Sees.NOTHING),
        json=lambda ids: {
            "records": [
                {
                    "kind": "check_out",
                    "id": str(uuid4()),
                    "visit_id": ids["visit_id"],
                    "captured_at": ids["now"],
                }
            ]
        },
        shows="visit_id",
    ),
    Row("POST", "/v1/checkins/{visit_id}/end", _VISITOR, json=lambda ids: {"captured_at": ids["now"]}),
    Row(
        "POST",
        "/v1/checkins/{visit_id}/fixes",
        _VISITOR,
        json=lambda ids: {
            "captured_at": ids["now"],
            "fix": {"lat": 39.7, "lon": 98.5, "accuracy_m": 5.0, "coord_type": "wgs84"},
        },
    ),
    Row("GET", "/v1/checkins/mine", own(others=Sees.NOTHING), shows="visit_id"),
    Row("GET", "/v1/stations/{station_id}/occupancy", for_roles(*STATION_STAFF)),
    Row("GET", "/v1/stations/{station_id}/occupancy/history", for_roles(*STATION_STAFF)),
    Row("POST", "/v1/stations/{station_id}/occupancy/corrections", for_roles(*STATION_STAFF), json=_tap),
    Row(
        "POST",
        "/v1/stations/{station_id}/occupancy/corrections/sync",
        for_roles(*STATION_STAFF),
        json=lambda ids: {"corrections": [_tap(ids)]},
    ),
    Row("PUT", "/v1/stations/{station_id}/door-code", for_roles(*STATION_STAFF), json={"code": "2580#"}),
    Row("GET", "/v1/stations/{station_id}/door-code", for_roles(*STATION_STAFF)),
    Row("DELETE", "/v1/stations/{station_id}/door-code", for_roles(*STATION_STAFF)),
    # Whoever checked in there, and the station's staff.
    Row(
        "POST",
        "/v1/stations/{station_id}/door-code/show",
        _BEHIND_THE_DOOR,
    ),
)
