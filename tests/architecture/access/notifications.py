"""The inbox: everybody's own; what its texts look like: for an area's staff."""

from app.core.actor import Role
from tests.architecture.access.vocabulary import ANYONE, AREA_STAFF, SIGNED_IN, Row, Sees, for_roles, own

WORDS = {"title": "有新回复", "body": "请登录查看。", "push": "有新回复"}
_ALL_STAFF = for_roles(*(role for role in Role if role not in {Role.WORKER, Role.SYSADMIN}), outside=Sees.IT)
_STAFF = for_roles(*AREA_STAFF, outside=Sees.IT)

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/notifications", own(others=Sees.NOTHING), shows="notification_id"),
    Row("GET", "/v1/notifications/unread", SIGNED_IN),
    Row("POST", "/v1/notifications/read", SIGNED_IN, json={"until": None}),
    Row("POST", "/v1/notifications/{notification_id}/read", own()),
    Row("GET", "/v1/notifications/figures", for_roles(Role.DISTRICT_OFFICER, outside=Sees.IT)),
    Row("GET", "/v1/notifications/templates", _STAFF),
    Row("GET", "/v1/notifications/templates/{kind}", _STAFF, params={"kind": "report.accepted"}),
    Row(
        "POST",
        "/v1/notifications/templates/{kind}/preview",
        _STAFF,
        params={"kind": "report.accepted"},
        json={"params": {"number": "NF1"}},
    ),
    Row("GET", "/v1/notifications/templates/{kind}/versions", _STAFF, params={"kind": "report.reply"}),
    Row(
        "POST",
        "/v1/notifications/templates/{kind}/versions",
        for_roles(),
        params={"kind": "report.reply"},
        json={"zh": WORDS, "en": WORDS, "seen": 1, "reason": "更清楚"},
    ),
    Row(
        "PUT",
        "/v1/notifications/templates/{kind}/in-use",
        for_roles(),
        params={"kind": "report.reply"},
        json={"version": 1, "seen": 1, "reason": "回到原文"},
    ),
    Row("GET", "/v1/notifications/devices", own(others=Sees.NOTHING), shows="device_id"),
    Row(
        "PUT",
        "/v1/notifications/devices",
        SIGNED_IN,
        json={"channel": "jpush", "token": "170976fa8ab"},
        # The table's callers have no sign-in of their own to bind a phone to.
        also=("sign_in_required",),
    ),
    Row("GET", "/v1/notifications/web-push-key", ANYONE),
    Row("DELETE", "/v1/notifications/devices/{channel}", SIGNED_IN, params={"channel": "jpush"}),
    Row("GET", "/v1/notifications/preferences", SIGNED_IN),
    Row(
        "PUT",
        "/v1/notifications/preferences",
        SIGNED_IN,
        json={"topics": {"reports": "digest"}, "quiet": None, "language": "en", "version": 1},
    ),
    Row("PUT", "/v1/notifications/riding", SIGNED_IN, json={"until": None}),
    Row("GET", "/v1/notifications/mailbox", _ALL_STAFF, also=("not_found",)),
    Row(
        "PUT",
        "/v1/notifications/mailbox",
        _ALL_STAFF,
        json={"address": "duty@city.example"},
        # The table's runtime sends no mail.
        also=("notification.mail_unavailable",),
    ),
    Row(
        "POST",
        "/v1/notifications/mailbox/confirm",
        _ALL_STAFF,
        json={"code": "123456"},
        also=("account.code_spent",),
    ),
    Row("DELETE", "/v1/notifications/mailbox", _ALL_STAFF),
    # Vendors prove themselves by what they send; the table's runtime knows none.
    Row("GET", "/v1/push-receipts/jpush", ANYONE, query="echostr=571fd1bf"),
    Row(
        "POST",
        "/v1/push-receipts/{channel}",
        ANYONE,
        params={"channel": "getui"},
        content=b"{}",
        also=("not_found",),
    ),
    Row(
        "POST",
        "/v1/push-receipts/{channel}/{_token}",
        ANYONE,
        params={"channel": "sms", "_token": "secret"},
        content=b"[]",
        also=("not_found",),
    ),
    Row("GET", "/v1/notifications/held", for_roles()),
    Row("POST", "/v1/notifications/held/release", for_roles(), json={"ids": []}),
    Row("GET", "/v1/live/notifications", SIGNED_IN, streams=True),
)
