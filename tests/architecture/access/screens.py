"""Tablets and printed codes."""

from tests.architecture.access.vocabulary import ANYONE, STATION_STAFF, Row, for_roles

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/screens/code.svg", ANYONE, headers={"X-Screen-Secret": "{screen_secret}"}),
    Row("GET", "/v1/stations/{station_id}/screens", for_roles(*STATION_STAFF)),
    Row("POST", "/v1/stations/{station_id}/screens", for_roles(*STATION_STAFF), json={"label": "门口"}),
    Row("DELETE", "/v1/stations/{station_id}/screens/{screen_id}", for_roles(*STATION_STAFF)),
    Row("GET", "/v1/stations/{station_id}/printed-codes", for_roles(*STATION_STAFF)),
    Row("POST", "/v1/stations/{station_id}/printed-codes", for_roles(*STATION_STAFF)),
    Row("DELETE", "/v1/stations/{station_id}/printed-codes/{printed_id}", for_roles(*STATION_STAFF)),
    Row(
        "GET",
        "/v1/stations/{station_id}/printed-codes/{printed_id}.{kind}",
        for_roles(*STATION_STAFF),
        params={"kind": "svg"},
    ),
)
