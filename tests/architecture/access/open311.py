"""Open311: open to everybody to read; sending needs a partner's key; keys are the sysadmin's.

Other cities' endpoints are the officers', cases on their way there are their desk's.
"""

from uuid import uuid4

from app.core.actor import Role
from tests.architecture.access.vocabulary import ANYONE, AREA_STAFF, CASE_STAFF, Row, Sees, for_roles
from tests.factories.open311 import ARRANGED_KEY
from tests.factories.stations import COMMUNITY

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_REQUEST = f"api_key={ARRANGED_KEY}&service_code=road_damage&lat=39.7431&long=98.5083"
_UPDATE = f"api_key={ARRANGED_KEY}&update_id=1&status=OPEN&description=x&service_request_id="

ROWS: tuple[Row, ...] = (
    Row("GET", "/open311/discovery.{fmt}", ANYONE, params={"fmt": "xml"}),
    Row("GET", "/open311/v2/services.{fmt}", ANYONE, params={"fmt": "json"}),
    Row(
        "GET",
        "/open311/v2/services/{service_code}.{fmt}",
        ANYONE,
        params={"fmt": "xml", "service_code": "road_damage"},
    ),
    Row("GET", "/open311/v2/requests.{fmt}", ANYONE, params={"fmt": "json"}),
    Row(
        "GET",
        "/open311/v2/requests/{request_id}.{fmt}",
        ANYONE,
        params={"fmt": "json", "request_id": "{public_number}"},
    ),
    Row(
        "GET",
        "/open311/v2/tokens/{token}.{fmt}",
        ANYONE,
        params={"fmt": "json", "token": "{public_id}"},
    ),
    Row(
        "POST",
        "/open311/v2/requests.{fmt}",
        ANYONE,
        params={"fmt": "json"},
        content=_REQUEST.encode(),
        headers=_FORM,
    ),
    Row("GET", "/open311/v2/servicerequestupdates.{fmt}", ANYONE, params={"fmt": "xml"}),
    Row(
        "POST",
        "/open311/v2/servicerequestupdates.{fmt}",
        ANYONE,
        params={"fmt": "xml"},
        content=f"{_UPDATE}NF1".encode(),
        headers=_FORM,
    ),
    Row("GET", "/open311/v2/media/{photo_id}.jpg", ANYONE, params={"photo_id": "{public_photo_id}"}),
    Row("GET", "/v1/open311/keys", for_roles()),
    Row("POST", "/v1/open311/keys", for_roles(), json={"name": "邻市平台", "area_code": COMMUNITY}),
    Row("DELETE", "/v1/open311/keys/{key_id}", for_roles(), params={"key_id": "{open311_key_id}"}),
    Row(
        "GET",
        "/v1/open311/endpoints",
        for_roles(Role.DISTRICT_OFFICER, outside=Sees.NOTHING),
        shows="city_id",
    ),
    Row(
        "PUT",
        "/v1/open311/endpoints/{unit_id}",
        for_roles(Role.DISTRICT_OFFICER),
        params={"unit_id": "{city_id}"},
        json={"url": "https://city.example/v2/", "services": {"*": {"code": "x"}}, "version": 1},
    ),
    Row(
        "GET",
        "/v1/open311/sendings",
        for_roles(*AREA_STAFF, outside=Sees.NOTHING, sysadmin=Sees.NO_ROLE),
        shows="sending_id",
    ),
    Row("POST", "/v1/open311/sendings/{sending_id}/retry", CASE_STAFF),
    Row("GET", "/v1/open311/sendings/{sending_id}/notes", CASE_STAFF),
    Row(
        "POST",
        "/v1/open311/notes/{note_id}/show",
        CASE_STAFF,
        params={"note_id": "{city_note_id}"},
        json={"version": 1},
    ),
    Row(
        "POST",
        "/v1/open311/sendings/{sending_id}/return",
        CASE_STAFF,
        json={"version": 1, "text": "对方无应答"},
    ),
    Row(
        "POST",
        "/v1/open311/sendings/{sending_id}/resolve",
        CASE_STAFF,
        json={"version": 1, "text": "已补好", "photo_ids": [str(uuid4())]},
        also=("photo.unknown",),
    ),
)
