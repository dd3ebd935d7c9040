"""Webhooks: an area's officers have platforms told."""

from app.core.actor import Role
from tests.architecture.access.vocabulary import Row, Sees, for_roles

_OFFICERS = for_roles(Role.DISTRICT_OFFICER)

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/webhooks", for_roles(Role.DISTRICT_OFFICER, outside=Sees.NOTHING), shows="webhook_id"),
    Row(
        "POST",
        "/v1/webhooks",
        _OFFICERS,
        json=lambda ids: {
            "area_code": ids["area_code"],
            "url": "https://platform.example/in",
            "events": ["report.moved"],
        },
    ),
    Row("POST", "/v1/webhooks/{webhook_id}/enable", _OFFICERS),
    Row("DELETE", "/v1/webhooks/{webhook_id}", _OFFICERS),
    Row("GET", "/v1/webhooks/{webhook_id}/deliveries", _OFFICERS),
    Row(
        "POST",
        "/v1/webhooks/{webhook_id}/replay",
        _OFFICERS,
        json=lambda ids: {"since": ids["now"]},
    ),
    Row("POST", "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", _OFFICERS),
)
