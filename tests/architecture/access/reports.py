"""Hazard reports: the rider's own, and the desk's cases."""

from uuid import uuid4

from tests.architecture.access.vocabulary import CASE_STAFF, SIGNED_IN, Row, Sees, own
from tests.factories.stations import COMMUNITY

ROWS: tuple[Row, ...] = (
    Row(
        "POST",
        "/v1/reports",
        SIGNED_IN,
        json=lambda ids: {
            "id": str(uuid4()),
            "category_id": "road_damage",
            "position": {"lat": 39.7431, "lon": 98.5083, "coord_type": "gcj02"},
            "area_code": COMMUNITY,
            "captured_at": ids["now"],
        },
    ),
    Row("GET", "/v1/reports/mine", own(others=Sees.NOTHING), shows="report_id"),
    Row("GET", "/v1/reports/mine/{report_id}", own()),
    Row("GET", "/v1/reports/cases/{report_id}", CASE_STAFF),
    Row("POST", "/v1/reports/cases/{report_id}/accept", CASE_STAFF, json={}),
    Row("POST", "/v1/reports/cases/{report_id}/reject", CASE_STAFF, json={"reason": "不在辖区"}),
)
