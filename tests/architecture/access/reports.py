"""Hazard reports: the rider's own, and the desk's cases."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

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
    own,
)
from tests.factories.stations import COMMUNITY


def desk(*, outside: Sees, inside: Sees = Sees.IT) -> Expected:
    """Expect that a desk answers its staff inside and outside this community in different ways."""
    return {
        **for_roles(*AREA_STAFF, outside=outside, sysadmin=Sees.NO_ROLE),
        Who.STAFF: inside,
        Who.OFFICER: inside,
    }


def _said(text: str) -> Callable[[Ids], dict[str, Any]]:
    return lambda _: {"id": str(uuid4()), "text": text}


def _template(ids: Ids) -> dict[str, Any]:
    return {"area_code": ids["area_code"], "title": "已受理", "text": "已受理,谢谢。"}


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
    Row(
        "POST",
        "/v1/reports/sync",
        SIGNED_IN,
        json=lambda ids: {
            "records": [
                {
                    "id": str(uuid4()),
                    "category_id": "road_damage",
                    "position": {"lat": 39.7431, "lon": 98.5083, "coord_type": "gcj02"},
                    "captured_at": ids["now"],
                }
            ]
        },
    ),
    Row("GET", "/v1/reports/nearby", SIGNED_IN, query="lat=39.7&lon=98.5&coord_type=wgs84"),
    Row("POST", "/v1/reports/{report_id}/follow", SIGNED_IN),
    Row("DELETE", "/v1/reports/{report_id}/follow", SIGNED_IN, also=("report.not_to_follow",)),
    Row("POST", "/v1/reports/mine/{report_id}/withdraw", own(), json={}),
    Row("POST", "/v1/reports/{report_id}/photos", own(), json=lambda ids: {"photo_ids": [ids["photo_id"]]}),
    Row("GET", "/v1/reports/cases/{report_id}/photos", CASE_STAFF),
    *(
        Row(
            "POST",
            f"/v1/reports/cases/{{report_id}}/photos/{{photo_id}}/{act}",
            CASE_STAFF,
            json=given,
            params={"photo_id": "{case_photo_id}"},
        )
        for act, given in (
            ("approve", {"version": 1}),
            ("withdraw", None),
            ("restrict", {"restricted": True}),
            ("cover", {"version": 1, "covers": []}),
            ("original", {"reason": "核对车牌"}),
        )
    ),
    Row("GET", "/v1/reports/cases/{report_id}", CASE_STAFF),
    Row("POST", "/v1/reports/cases/{report_id}/accept", CASE_STAFF, json={"version": 1}),
    Row(
        "POST", "/v1/reports/cases/{report_id}/reject", CASE_STAFF, json={"version": 1, "reason": "不在辖区"}
    ),
    Row("POST", "/v1/reports/cases/{report_id}/publish", CASE_STAFF, json={"version": 1}),
    Row("POST", "/v1/reports/cases/{report_id}/unpublish", CASE_STAFF, json={"version": 1, "reason": "隐私"}),
    Row(
        "GET",
        "/v1/reports/map",
        ANYONE,
        query="bbox=98.4,39.7,98.6,39.8&zoom=14&coord_type=wgs84",
        shows="public_number",
    ),
    Row(
        "GET",
        "/v1/reports/public/{reference}",
        ANYONE,
        params={"reference": "{public_number}"},
        query="coord_type=wgs84",
    ),
    Row("GET", "/v1/reports/cases", desk(outside=Sees.NOTHING), shows="report_id"),
    Row("GET", "/v1/reports/export.csv", desk(outside=Sees.NOTHING), shows="金泉路口"),
    Row("GET", "/v1/reports/export.xlsx", desk(outside=Sees.IT)),
    Row("GET", "/v1/reports/cases/across", desk(outside=Sees.IT)),
    Row("GET", "/v1/reports/cases/together", desk(outside=Sees.IT)),
    Row(
        "GET",
        "/v1/reports/cases/glances",
        desk(outside=Sees.NOTHING),
        query="id={report_id}",
        shows="report_id",
    ),
    Row("GET", "/v1/reports/cases/counts", desk(outside=Sees.NOTHING), shows="submitted"),
    Row("POST", "/v1/reports/cases/{report_id}/take", CASE_STAFF, json={"version": 1}),
    Row("GET", "/v1/reports/cases/{report_id}/notes", CASE_STAFF),
    Row("POST", "/v1/reports/cases/{report_id}/notes", CASE_STAFF, json=_said("看过现场")),
    Row("GET", "/v1/reports/cases/{report_id}/questions", CASE_STAFF),
    Row(
        "POST",
        "/v1/reports/cases/{report_id}/questions",
        CASE_STAFF,
        json=lambda ids: {"id": str(uuid4()), "text": "哪个路口?", "due_at": ids["tomorrow"]},
    ),
    Row("GET", "/v1/reports/mine/{report_id}/questions", own()),
    Row(
        "POST",
        "/v1/reports/mine/{report_id}/questions/{question_id}/answer",
        own(),
        json={"text": "东北角"},
    ),
    Row("GET", "/v1/reports/filters", desk(outside=Sees.IT)),
    Row(
        "PUT",
        "/v1/reports/filters/{filter_id}",
        desk(outside=Sees.IT),
        params={"filter_id": str(uuid4())},
        json={"name": "超期", "filter": {"is_overdue": True}},
    ),
    Row(
        "DELETE",
        "/v1/reports/filters/{filter_id}",
        desk(outside=Sees.NOT_FOUND, inside=Sees.NOT_FOUND),
        params={"filter_id": str(uuid4())},
    ),
    Row("GET", "/v1/reports/templates", CASE_STAFF, query="area_code={area_code}"),
    Row("POST", "/v1/reports/templates", CASE_STAFF, json=_template),
    Row(
        "PUT",
        "/v1/reports/templates/{template_id}",
        CASE_STAFF,
        json=lambda ids: {**_template(ids), "version": 1},
    ),
    Row("DELETE", "/v1/reports/templates/{template_id}", CASE_STAFF),
    Row(
        "POST",
        "/v1/reports/batches",
        desk(outside=Sees.IT),  # taken; what is not one's own is refused for itself, as what does not exist
        json=lambda ids: {
            "id": str(uuid4()),
            "move": "accept",
            "cases": [{"report_id": ids["report_id"], "version": 1}],
        },
    ),
    Row("GET", "/v1/reports/batches/{batch_id}", desk(outside=Sees.NOT_FOUND, inside=Sees.NOT_FOUND)),
    Row("POST", "/v1/reports/batches/{batch_id}/undo", desk(outside=Sees.NOT_FOUND, inside=Sees.NOT_FOUND)),
    Row("GET", "/v1/live/reports/{area_code}", CASE_STAFF, streams=True),
)
