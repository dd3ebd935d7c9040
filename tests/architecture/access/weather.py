"""Weather alerts: anybody reads, an area's staff enter and end, riders watch areas."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from app.core.clock import utc_now
from tests.architecture.access.vocabulary import ANYONE, AREA_STAFF, SIGNED_IN, Row, for_roles
from tests.factories.stations import COMMUNITY
from tests.factories.weather import cap_message

_STAFF = for_roles(*AREA_STAFF)

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
    Row("POST", "/v1/weather-alerts/{alert_id}/end", _STAFF),
    Row("GET", "/v1/weather-alerts/watches", SIGNED_IN),
    Row("PUT", "/v1/weather-alerts/watches/{area_code}", SIGNED_IN),
    Row("DELETE", "/v1/weather-alerts/watches/{area_code}", SIGNED_IN),
)
