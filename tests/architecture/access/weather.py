"""Weather alerts: anybody reads, an area's staff enter and end, riders watch areas."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from app.core.actor import Role
from app.core.clock import utc_now
from tests.architecture.access.vocabulary import ANYONE, AREA_STAFF, SIGNED_IN, Row, Sees, for_roles
from tests.factories.stations import COMMUNITY
from tests.factories.weather import cap_message

_STAFF, _OFFICERS = for_roles(*AREA_STAFF), for_roles(Role.DISTRICT_OFFICER)

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/weather-alerts", ANYONE, query="area={area_code}"),
    Row(
        "POST",
        "/v1/weather-alerts",
        _STAFF,
        json=lambda ids: {
            "id": str(uuid4()),
            "kind": "road_ice",
            "colour": "orange",
            "area_code": ids["area_code"],
            "starts_at": ids["now"],
            "ends_at": (utc_now() + timedelta(hours=8)).isoformat(),
            "source": "气象台",
        },
    ),
    Row(
        "POST",
        "/v1/weather-alerts/cap",
        _STAFF,
        content=cap_message(COMMUNITY, identifier="ACCESS", starts_at=datetime(2099, 1, 1, tzinfo=UTC)),
        headers={"content-type": "application/cap+xml"},
    ),
    Row("GET", "/v1/weather-alerts/{alert_id}", ANYONE),
    Row(
        "GET",
        "/v1/weather-alerts/{alert_id}/shelter",
        ANYONE,
        query="lat=39.74&lon=98.5&coord_type=wgs84",
    ),
    Row(
        "GET",
        "/v1/weather-alerts/feeds",
        for_roles(Role.DISTRICT_OFFICER, outside=Sees.NOTHING),
        shows="feed_id",
    ),
    Row(
        "POST",
        "/v1/weather-alerts/feeds",
        _OFFICERS,
        json=lambda ids: {"name": "气象台", "area_code": ids["area_code"]},
    ),
    Row(
        "POST",
        "/v1/weather-alerts/feeds/{_key}",
        ANYONE,  # a bureau's system proves itself by the address alone; the table knows no such address
        params={"_key": "secret"},
        content=cap_message(COMMUNITY, identifier="FEED", starts_at=datetime(2099, 1, 1, tzinfo=UTC)),
        headers={"content-type": "application/cap+xml"},
        also=("not_found",),
    ),
    Row("DELETE", "/v1/weather-alerts/feeds/{feed_id}", _OFFICERS),
    Row("POST", "/v1/weather-alerts/{alert_id}/end", _STAFF),
    Row("GET", "/v1/weather-alerts/watches", SIGNED_IN),
    Row("PUT", "/v1/weather-alerts/watches/{area_code}", SIGNED_IN),
    Row("DELETE", "/v1/weather-alerts/watches/{area_code}", SIGNED_IN),
)
