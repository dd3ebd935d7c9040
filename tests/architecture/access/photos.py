"""Photos: their sender's, and whoever holds a signed address."""

from uuid import uuid4

from tests.architecture.access.vocabulary import ANYONE, SIGNED_IN, Row, own

_TUS = {"Tus-Resumable": "1.0.0"}
_SENDERS = own(others="photo.unknown")

ROWS: tuple[Row, ...] = (
    Row("PUT", "/v1/photos/{photo_id}", SIGNED_IN, params={"photo_id": str(uuid4())}, content=b"bytes"),
    Row("GET", "/v1/photos/{photo_id}", _SENDERS),
    Row("DELETE", "/v1/photos/{photo_id}", _SENDERS),
    Row("POST", "/v1/photos/tus", SIGNED_IN, headers={**_TUS, "Upload-Length": "1000"}),
    Row("GET", "/v1/photos/tus/{photo_id}", _SENDERS, headers=_TUS),
    Row(
        "PATCH",
        "/v1/photos/tus/{photo_id}",
        _SENDERS,
        headers={**_TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        content=b"bytes",
    ),
    Row("DELETE", "/v1/photos/tus/{photo_id}", _SENDERS, headers=_TUS),
    # The signature stands for the right to see.
    Row(
        "GET",
        "/v1/photos/{photo_id}/{variant}",
        ANYONE,
        params={"variant": "thumb"},
        query="version=1&until=4102444800&signature=made-up",
        also=("photo.address_expired",),
    ),
)
