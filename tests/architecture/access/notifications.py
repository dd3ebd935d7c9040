"""The inbox: everybody's own; what its texts look like: for an area's staff."""

from tests.architecture.access.vocabulary import AREA_STAFF, SIGNED_IN, Row, Sees, for_roles, own

_STAFF = for_roles(*AREA_STAFF, outside=Sees.IT)

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/notifications", own(others=Sees.NOTHING), shows="notification_id"),
    Row("GET", "/v1/notifications/unread", SIGNED_IN),
    Row("POST", "/v1/notifications/read", SIGNED_IN, json={"until": None}),
    Row("POST", "/v1/notifications/{notification_id}/read", own()),
    Row("GET", "/v1/notifications/templates", _STAFF),
    Row("GET", "/v1/notifications/templates/{kind}", _STAFF, params={"kind": "report.accepted"}),
    Row("GET", "/v1/live/notifications", SIGNED_IN, streams=True),
)
