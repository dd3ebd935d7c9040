"""Stations: directory, staff, files, live."""

from datetime import timedelta
from uuid import uuid4

from app.core.clock import local_day, utc_now
from tests.architecture.access.vocabulary import ANYONE, AREA_STAFF, STATION_STAFF, Row, Sees, for_roles
from tests.factories.stations import COMMUNITY

_DEVICE = str(uuid4())

_UPLOAD = f"""--line\r
Content-Disposition: form-data; name="file"; filename="list.csv"\r
\r
编号,名称,类型,社区代码,地址,经度,纬度,坐标系,开放时间
SZ-9,新站,暖心驿站,{COMMUNITY},金泉路18号,98.5083,39.7431,高德,24小时
\r
--line--\r
"""


def _tomorrow() -> str:
    return (local_day(utc_now()) + timedelta(days=1)).isoformat()


ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/stations", ANYONE, query="coord_type=gcj02"),
    Row("GET", "/v1/stations/changes", ANYONE, query="coord_type=gcj02"),
    Row("GET", "/v1/stations/{station_id}", ANYONE, query="coord_type=gcj02"),
    Row(
        "POST",
        "/v1/stations",
        for_roles(*AREA_STAFF),
        json={
            "name": "新站",
            "kind": "warm_station",
            "area_code": COMMUNITY,
            "address": "金泉路 2 号",
            "position": {"lat": 39.74, "lon": 98.5, "coord_type": "wgs84"},
            "opening_hours": "24/7",
        },
    ),
    Row(
        "PATCH",
        "/v1/stations/{station_id}",
        for_roles(*STATION_STAFF),
        query="coord_type=gcj02",
        json={"version": 1, "seats": 8},
    ),
    Row("DELETE", "/v1/stations/{station_id}", for_roles(*AREA_STAFF)),
    Row(
        "POST",
        "/v1/stations/{station_id}/merge",
        for_roles(*AREA_STAFF),
        json=lambda ids: {"into_id": ids["heir_id"]},
    ),
    Row("POST", "/v1/stations/{station_id}/closures", for_roles(*STATION_STAFF), json={"reason": "停水"}),
    Row("DELETE", "/v1/stations/{station_id}/closures/{closure_id}", for_roles(*STATION_STAFF)),
    Row(
        "POST",
        "/v1/stations/{station_id}/amenities/{amenity}/state",
        for_roles(*STATION_STAFF),
        params={"amenity": "hot_water"},
        json={"state": "broken"},
    ),
    Row(
        "POST",
        "/v1/stations/{station_id}/shelter",
        for_roles(*STATION_STAFF),
        json=lambda ids: {"until": ids["tomorrow"], "reason": "暴雪"},
    ),
    Row("DELETE", "/v1/stations/{station_id}/shelter", for_roles(*STATION_STAFF)),
    Row(
        "POST",
        "/v1/stations/{station_id}/hours-exceptions",
        for_roles(*STATION_STAFF),
        json=lambda _: {**dict.fromkeys(("from_on", "to_on"), _tomorrow()), "hours": ""},
    ),
    Row("DELETE", "/v1/stations/{station_id}/hours-exceptions/{exception_id}", for_roles(*STATION_STAFF)),
    Row("POST", "/v1/stations/{station_id}/confirm", for_roles(*STATION_STAFF)),
    Row(
        "POST",
        "/v1/stations/{station_id}/flags",
        ANYONE,
        json={"kind": "was_closed", "client_id": _DEVICE},
    ),
    Row("GET", "/v1/stations/{station_id}/flags", for_roles(*STATION_STAFF)),
    Row(
        "POST",
        "/v1/stations/{station_id}/photos",
        for_roles(*STATION_STAFF),
        json=lambda ids: {"photo_id": ids["photo_id"]},
        also=("photo.unknown",),  # the photo is the worker's, who is no staff
    ),
    Row("GET", "/v1/stations/{station_id}/photos", for_roles(*STATION_STAFF)),
    Row(
        "DELETE",
        "/v1/stations/{station_id}/photos/{photo_id}",
        for_roles(*STATION_STAFF),
        params={"photo_id": "{station_photo_id}"},
    ),
    Row(
        "POST",
        "/v1/stations/{station_id}/photos/{photo_id}/approve",
        for_roles(*AREA_STAFF),
        params={"photo_id": "{station_photo_id}"},
        json={"version": 1},
    ),
    Row(
        "POST",
        "/v1/stations/{station_id}/photos/{photo_id}/cover",
        for_roles(*AREA_STAFF),
        params={"photo_id": "{station_photo_id}"},
        json={"version": 1, "covers": []},
    ),
    Row(
        "GET",
        "/v1/stations/photos/waiting",
        for_roles(*AREA_STAFF, outside=Sees.NOTHING),
        shows="station_photo_id",
    ),
    Row("GET", "/v1/stations/nearby", ANYONE, query="lat=39.74&lon=98.5&coord_type=wgs84"),
    Row("GET", "/v1/live/stations/{station_id}", ANYONE, streams=True),
    Row("GET", "/v1/live/areas/{code}", ANYONE, params={"code": COMMUNITY[:6]}, streams=True),
    Row("GET", "/v1/stations/import-template.xlsx", ANYONE),
    Row(
        "POST",
        "/v1/stations/import",
        for_roles(*AREA_STAFF, outside=Sees.NOTHING),
        content=_UPLOAD.encode(),
        headers={"content-type": "multipart/form-data; boundary=line"},
        shows='"is_written":true',
    ),
    Row(
        "GET",
        "/v1/stations/export",
        for_roles(*STATION_STAFF, outside=Sees.NOTHING),
        query="format=csv",
        shows="station_code",
    ),
    Row("GET", "/gbfs/v3/{name}.json", ANYONE, params={"name": "gbfs"}),
    Row("GET", "/v1/stations/{station_id}/numbers", for_roles(*STATION_STAFF)),
)
