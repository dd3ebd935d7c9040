"""Certificates: one's own, a unit's, and the public's look at one."""

from uuid import uuid4

from tests.architecture.access.vocabulary import ANYONE, Expected, Row, Sees, Who, own

# Who speaks for an organisation holds no role: tests/ledger tries what they may.
_KEEPERS: Expected = {
    **dict.fromkeys(Who, Sees.NOT_FOUND),
    Who.ANONYMOUS: Sees.SIGN_IN,
    Who.STAFF: Sees.IT,
    Who.OFFICER: Sees.IT,
}
_DAYS = {"since": "2026-11-01", "until": "2026-11-30"}

ROWS: tuple[Row, ...] = (
    Row(
        "POST",
        "/v1/certificates",
        own(others="ledger.not_registered"),
        json=lambda ids: {"id": str(uuid4()), "book_id": ids["book_id"]},
    ),
    Row("GET", "/v1/certificates/mine", own(others=Sees.NOTHING), shows="certificate_id"),
    Row("GET", "/v1/certificates/{certificate_id}/pdf", own()),
    Row(
        "POST",
        "/v1/certificates/batches",
        _KEEPERS,
        json=lambda ids: {"id": str(uuid4()), "book_id": ids["book_id"], **_DAYS},
    ),
    Row(
        "GET",
        "/v1/certificates/batches/{batch_id}/pdf",
        _KEEPERS,
        params={"batch_id": "{printed_batch_id}"},
    ),
    Row("GET", "/v1/certificates/verify/{token}", ANYONE, shows="马＊"),
)
