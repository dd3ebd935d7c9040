"""Open311: open to everybody to read; sending needs a partner's key; keys are the sysadmin's."""

from tests.architecture.access.vocabulary import ANYONE, Row, for_roles
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
)
