"""Sign-in, the own account, grants."""

from uuid import uuid4

from app.core.actor import Role
from app.services.accounts import policy
from tests.architecture.access.vocabulary import ANYONE, AREA_STAFF, SIGNED_IN, Row, Sees, for_roles, own

_DEVICE = str(uuid4())
_TOKEN = "x" * 43

ROWS: tuple[Row, ...] = (
    Row("POST", "/v1/accounts/codes", ANYONE, json={"phone": "13912345678", "device_id": _DEVICE}),
    Row(
        "POST",
        "/v1/accounts/sign-in",
        ANYONE,
        json={"phone": "13912345678", "code": "123456", "device_id": _DEVICE},
        also=("account.code_spent",),
    ),
    Row(
        "POST",
        "/v1/accounts/refresh",
        ANYONE,
        json={"refresh_token": _TOKEN, "device_id": _DEVICE},
        also=("account.session_ended",),
    ),
    Row("POST", "/v1/accounts/sign-out", SIGNED_IN, json={}),
    Row("GET", "/v1/accounts/me", SIGNED_IN),
    Row("PATCH", "/v1/accounts/me", SIGNED_IN, json={"version": 1, "display_name": "小马"}),
    Row("GET", "/v1/accounts/me/grants", SIGNED_IN),
    Row("GET", "/v1/accounts/policy", ANYONE),
    Row("GET", "/v1/accounts/me/consents", own(others=Sees.NOTHING), shows="consent_id"),
    Row(
        "PUT",
        "/v1/accounts/me/consents/{purpose}",
        SIGNED_IN,
        params={"purpose": "precise_location"},
        json={"text_version": policy.current().version},
    ),
    Row(
        "DELETE",
        "/v1/accounts/me/consents/{purpose}",
        SIGNED_IN,
        params={"purpose": "precise_location"},
    ),
    Row(
        "PUT",
        "/v1/accounts/me/guardian",
        SIGNED_IN,
        json={"phone": "13912345678", "code": "123456"},
        also=("account.code_spent",),
    ),
    Row("GET", "/v1/accounts/me/export", own(others=Sees.NOTHING), shows="worker_id"),
    Row("DELETE", "/v1/accounts/me", SIGNED_IN),
    Row(
        "PUT",
        "/v1/accounts/me/phone",
        SIGNED_IN,
        json={"old_code": "123456", "new_phone": "13912345678", "new_code": "123456"},
        also=("account.code_spent",),
    ),
    Row(
        "POST",
        "/v1/accounts/me/mergers",
        SIGNED_IN,
        json={"own_code": "123456", "other_phone": "13912345678", "other_code": "123456"},
        also=("account.code_spent",),
    ),
    Row(
        "POST",
        "/v1/accounts/rebindings",
        for_roles(Role.DISTRICT_OFFICER),
        json=lambda ids: {
            "phone": ids["worker_phone"],
            "new_phone": "13912345678",
            "code": "123456",
            "reason": "本人到场核实",
        },
        also=("account.code_spent",),
    ),
    Row(
        "GET",
        "/v1/accounts/grants",
        for_roles(*AREA_STAFF, outside=Sees.NOTHING),
        shows="grant_id",
    ),
    Row(
        "POST",
        "/v1/accounts/grants",
        for_roles(*AREA_STAFF),
        json=lambda ids: {
            "phone": "13912345678",
            "role": "station_manager",
            "station_id": ids["station_id"],
        },
    ),
    Row("DELETE", "/v1/accounts/grants/{grant_id}", for_roles(*AREA_STAFF)),
    Row(
        "POST",
        "/v1/accounts/{account_id}/bans",
        for_roles(Role.DISTRICT_OFFICER),
        json={"reason": "多次辱骂工作人员"},
    ),
    Row("GET", "/v1/accounts/bans", for_roles(Role.DISTRICT_OFFICER, outside=Sees.NOTHING), shows="ban_id"),
    Row(
        "POST",
        "/v1/accounts/bans/{ban_id}/lift",
        for_roles(Role.DISTRICT_OFFICER),
        json={"reason": "申诉成立"},
    ),
    Row(
        "GET",
        "/v1/accounts/duplicates",
        for_roles(Role.DISTRICT_OFFICER, outside=Sees.NOTHING),
        shows="worker_id",
    ),
    Row("GET", "/v1/accounts/reads", for_roles(Role.PRIVACY_OFFICER, outside=Sees.NOTHING), shows="read_id"),
)
