"""Every way to a phone, as the contract tests make it: to the stand-in, with a secret that must not leak."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.adapters.push.classes import MakerClasses
from app.adapters.push.getui import Getui, GetuiAccount
from app.adapters.push.jpush import JPush, JPushAccount
from app.adapters.push.wechat import WeChat, WeChatAccount
from app.core.clock import utc_now
from app.core.settings import DEMO_SECRET
from app.core.urgency import Urgency
from app.ports import Parcel, PushMessage, PushResult, PushSender, RetryLater
from app.runtime import Runtime
from tests.adapters.vendors import Vendors

SECRET = "what nobody may read"
ID = UUID("0199a1b2-0000-7000-8000-000000000001")
CLASSES = MakerClasses("WORK", "xiaomi-1", "oppo-cat", "oppo-1", "TODO")
PATIENCE_S = 20.0
MINUTE = timedelta(minutes=1)
LOCKED = RetryLater("credentials", MINUTE, is_vendor_down=True)


def message(**given) -> PushMessage:
    """A neutral message; ``given`` fields differ."""
    plain = PushMessage(
        id=ID,
        kind="report_answered",
        title="暖蜂",
        body="有新回复",
        urgency=Urgency.NORMAL,
        expires_at=utc_now() + timedelta(hours=2),
        collapse_key="report-7",
    )
    return replace(plain, **given)


def jpush(fake: Vendors, patience_s: float = PATIENCE_S) -> JPush:
    return JPush(JPushAccount("app-key", SECRET, fake.address), CLASSES, patience_s=patience_s)


def getui(fake: Vendors, patience_s: float = PATIENCE_S) -> Getui:
    account = GetuiAccount("app", "app-key", SECRET, fake.address)
    return Getui(account, CLASSES, patience_s=patience_s)


def wechat(fake: Vendors, runtime: Runtime, patience_s: float = PATIENCE_S) -> WeChat:
    account = WeChatAccount("wx1", SECRET, "template-1", time_field="time3", base_url=fake.address)
    return WeChat(account, runtime.db, secret_key=DEMO_SECRET, patience_s=patience_s)


def fcm(fake: Vendors, patience_s: float = PATIENCE_S) -> PushSender:
    pytest.importorskip("firebase_admin", reason="the extra 'fcm' is not installed")
    from firebase_admin import credentials  # noqa: PLC0415 - an optional extra
    from google.auth.credentials import Credentials  # noqa: PLC0415

    from app.adapters.push.fcm import Fcm  # noqa: PLC0415

    class Token(Credentials):
        def refresh(self, _) -> None:
            self.token = SECRET

    class Somebody(credentials.Base):
        def get_credential(self) -> Credentials:
            return Token()

    return Fcm(Somebody(), project_id="demo", base_url=fake.address, patience_s=patience_s)


def web_push(fake: Vendors, patience_s: float = PATIENCE_S) -> PushSender:
    pytest.importorskip("pywebpush", reason="the extra 'web-push' is not installed")
    from app.adapters.push.web_push import VapidAccount, WebPush  # noqa: PLC0415 - an optional extra

    key = ec.generate_private_key(ec.SECP256R1())
    number = key.private_numbers().private_value.to_bytes(32, "big")
    account = VapidAccount(_b64(number), "mailto:ops@example.com", ["127.0.0.1"], scheme="http")
    return WebPush(account, patience_s=patience_s)


def browser(fake: Vendors, **given: str) -> str:
    """A browser's subscription."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    p256dh = point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    keys = {"p256dh": _b64(p256dh), "auth": _b64(b"sixteen bytes!!!")}
    return json.dumps({"endpoint": f"{fake.address}/web-push", "expirationTime": None, "keys": keys, **given})


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


PATHS = {
    "jpush": "/v3/push",
    "getui": "/push/single/cid",
    "wechat": "/subscribe/send",
    "fcm": "/messages:send",
    "web_push": "/web-push",
}


class Way:
    """A sender, the path of its vendor, and a target of the vendor's kind."""

    def __init__(self, name: str, sender: PushSender, target: str) -> None:
        self.name, self.sender, self.target, self.path = name, sender, target, PATHS.get(name, "")

    async def send(self, **given) -> PushResult:
        (result,) = await self.sender.send([Parcel(message(**given), self.target)])
        return result


WayOf = Callable[[str], Way]
