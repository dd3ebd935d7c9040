"""One contract for every way to a phone, each against a stand-in that speaks its vendor's protocol."""

import base64
import hashlib
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.adapters.push.classes import MakerClasses
from app.adapters.push.getui import Getui, GetuiAccount
from app.adapters.push.jpush import JPush, JPushAccount
from app.adapters.push.memory import MemoryPush
from app.adapters.push.wechat import WeChat, WeChatAccount
from app.core.clock import utc_now
from app.core.settings import DEMO_SECRET
from app.core.urgency import Urgency
from app.ports import (
    Accepted,
    DeadTarget,
    NoConsent,
    Parcel,
    PushMessage,
    PushResult,
    PushSender,
    Refused,
    RetryLater,
)
from app.runtime import Runtime
from tests.adapters.vendors import DOWN, GARBAGE, SLOW, TOO_MANY, Reply, Vendors, vendors

SECRET = "what nobody may read"
ID = UUID("0199a1b2-0000-7000-8000-000000000001")
CLASSES = MakerClasses("WORK", "xiaomi-1", "oppo-cat", "oppo-1", "TODO")
PATIENCE_S = 20.0


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


@pytest.fixture(scope="module")
def fake_server() -> Iterator[Vendors]:
    with vendors() as them:
        yield them


@pytest.fixture
def fake(fake_server: Vendors) -> Vendors:
    fake_server.seen.clear()
    fake_server._next.clear()
    return fake_server


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


@pytest.fixture(scope="module")
async def firebase(fake_server: Vendors) -> AsyncGenerator[PushSender]:
    """One app for most tests: the kit takes a second to make one."""
    sender = fcm(fake_server)
    yield sender
    await sender.close()


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


@pytest.fixture
async def way_of(fake: Vendors, runtime: Runtime, firebase: PushSender) -> AsyncGenerator[WayOf]:
    opened: list[PushSender] = []

    def make(name: str) -> Way:
        target = browser(fake) if name == "web_push" else "target-1"
        if name == "fcm":
            return Way(name, firebase, target)
        makers: dict[str, Callable[[], PushSender]] = {
            "jpush": lambda: jpush(fake),
            "getui": lambda: getui(fake),
            "wechat": lambda: wechat(fake, runtime),
            "web_push": lambda: web_push(fake),
            "memory": MemoryPush,
        }
        opened.append(makers[name]())
        return Way(name, opened[-1], target)

    yield make
    for sender in opened:
        await sender.close()


@pytest.fixture(params=["memory", *PATHS])
def way(request, way_of: WayOf) -> Way:
    return way_of(request.param)


async def test_a_message_is_taken_and_named(way: Way, fake: Vendors):
    result = await way.send()

    assert isinstance(result, Accepted)
    assert result.provider_id
    for asked in fake.seen:
        assert SECRET.encode() not in asked.content or asked.path.endswith("stable_token")


async def test_each_parcel_of_many_has_its_result_at_its_place(way: Way, fake: Vendors):
    if way.path:
        fake.answer(way.path, DOWN)
    results = await way.sender.send([Parcel(message(), way.target)] * 5)

    failed = [result for result in results if isinstance(result, RetryLater)]
    assert (len(results), len(failed)) == (5, 1 if way.path else 0)


@pytest.mark.parametrize("reply", [TOO_MANY, DOWN, GARBAGE], ids=["429", "503", "garbage"])
async def test_a_vendors_bad_day_is_no_exception(way: Way, fake: Vendors, reply: Reply):
    if not way.path or (way.name == "web_push" and reply is GARBAGE):
        return  # nothing outside; RFC 8030 has no body
    fake.answer(way.path, reply)

    result = await way.send()

    assert isinstance(result, RetryLater)
    assert result.is_vendor_down is (reply is not TOO_MANY)
    assert result.after == (timedelta(seconds=7) if reply is TOO_MANY else None)
    assert not await way.sender.send([])


@pytest.mark.parametrize("make", [jpush, fcm, web_push])
async def test_who_answers_too_slowly_is_not_waited_for(fake: Vendors, make):
    sender, target = make(fake, 0.2), browser(fake) if make is web_push else "target-1"
    fake.answer("", SLOW)

    (result,) = await sender.send([Parcel(message(), target)])
    await sender.close()

    assert isinstance(result, RetryLater)
    assert result.is_vendor_down


OURS = {"code": 10002, "msg": "forbidden"}
UNREGISTERED = {
    "error": {
        "code": 404,
        "status": "NOT_FOUND",
        "message": "Requested entity was not found.",
        "details": [
            {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "UNREGISTERED"}
        ],
    }
}
QUOTA = {
    "error": {
        "code": 429,
        "status": "RESOURCE_EXHAUSTED",
        "message": "quota",
        "details": [
            {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "QUOTA_EXCEEDED"}
        ],
    }
}


def invalid(text: str) -> dict:
    """FCM's answer to what it cannot read."""
    return {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": text}}


def jpush_says(code: int, text: str = "about target-1") -> dict:
    """JPush's answer to what it will not take."""
    return {"error": {"code": code, "message": text}}


LOCKED = RetryLater("credentials", timedelta(minutes=1), is_vendor_down=True)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("name", "status", "body", "expected"),
    [
        ("jpush", 401, jpush_says(1004), LOCKED),
        ("jpush", 400, jpush_says(1011), DeadTarget()),
        ("jpush", 400, jpush_says(1003, "registration_id target-1 invalid"), DeadTarget()),
        ("jpush", 400, jpush_says(1003), Refused("jpush_1003")),
        ("jpush", 400, jpush_says(2002), RetryLater("2002", MINUTE)),
        ("getui", 401, OURS, LOCKED),
        ("getui", 401, {"code": 10005, "msg": "often"}, RetryLater("getui_10005", MINUTE)),
        ("getui", 400, {"code": 20001, "msg": "target user is invalid"}, DeadTarget()),
        ("getui", 400, {"code": 20001, "msg": "title size over limit"}, Refused("getui_20001")),
        ("getui", 200, {"code": 0, "data": {"task": {"target-1": "successed_ignore"}}}, DeadTarget()),
        ("wechat", 200, {"errcode": 43101, "errmsg": "user refuse target-1"}, NoConsent()),
        ("wechat", 200, {"errcode": 40003}, DeadTarget()),
        ("wechat", 200, {"errcode": 40037}, Refused("wechat_40037")),
        ("wechat", 200, {"errcode": 47003, "errmsg": "thing1.DATA"}, Refused("wechat_47003")),
        ("wechat", 200, {"errcode": -1}, RetryLater("wechat_-1", MINUTE)),
        ("fcm", 404, UNREGISTERED, DeadTarget()),
        ("fcm", 400, invalid("The registration token is not a valid FCM token"), DeadTarget()),
        ("fcm", 400, invalid("Message too big"), Refused("fcm_invalid_argument")),
        ("fcm", 401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}}, LOCKED),
        ("fcm", 429, QUOTA, RetryLater("resource_exhausted")),
        ("web_push", 404, "", DeadTarget()),
        ("web_push", 410, "", DeadTarget()),
        ("web_push", 403, "", LOCKED),
        ("web_push", 413, "", Refused("web_push_413")),
    ],
)
async def test_what_a_vendor_says_means(fake: Vendors, way_of: WayOf, name, status, body, expected):
    way = way_of(name)
    fake.answer(way.path, Reply(status, body))

    assert await way.send() == expected


async def test_what_jpush_gets(fake: Vendors):
    sender = jpush(fake)
    await sender.send([Parcel(message(), "regid")])
    await sender.send([Parcel(message(kind="broadcast", collapse_key=None), "regid")])
    own, news = (asked.json for asked in fake.asked("/v3/push"))
    await sender.close()

    basic = base64.b64encode(f"app-key:{SECRET}".encode()).decode()
    assert fake.seen[0].headers["authorization"] == f"Basic {basic}"
    assert (own["platform"], own["audience"]) == ("all", {"registration_id": ["regid"]})
    assert own["notification"]["android"]["extras"] == {"id": str(ID)}
    assert own["notification"]["ios"]["thread-id"] == own["options"]["apns_collapse_id"] == "report-7"
    assert 7100 < own["options"].pop("time_to_live") <= 7200
    assert own["options"]["third_party_channel"] == {
        "huawei": {"importance": "NORMAL", "category": "WORK"},
        "honor": {"importance": "NORMAL"},
        "vivo": {"classification": 1, "category": "TODO"},
        "xiaomi": {"channel_id": "xiaomi-1"},
        "oppo": {"category": "oppo-cat", "channel_id": "oppo-1"},
    }
    assert (own["options"]["classification"], news["options"]["classification"]) == (1, 0)
    assert news["options"]["third_party_channel"] == {
        "huawei": {"importance": "LOW"},
        "honor": {"importance": "LOW"},
        "vivo": {"classification": 0},
    }


async def test_what_getui_gets_and_that_twenty_share_one_token(fake: Vendors):
    sender = getui(fake)
    results = await sender.send([Parcel(message(), f"cid-{n}") for n in range(20)])
    await sender.send([Parcel(message(), "cid-0")])
    await sender.close()

    (auth,) = fake.asked("/v2/app/auth")
    signed = f"app-key{auth.json['timestamp']}{SECRET}"
    assert auth.json["sign"] == hashlib.sha256(signed.encode()).hexdigest()
    assert all(isinstance(result, Accepted) for result in results)
    pushes = {asked.json["audience"]["cid"][0]: asked for asked in fake.asked("/v2/app/push/single/cid")}
    ids = {asked.json["request_id"] for asked in fake.asked("/push/single/cid")}
    assert len(ids) == 20  # the 21st message was the first one again
    body = pushes["cid-0"].json
    assert pushes["cid-0"].headers["token"].startswith("token-")
    assert len(body["request_id"]) == 32
    assert 7_100_000 < body["settings"]["ttl"] <= 7_200_000
    shown = body["push_message"]["notification"]
    assert (shown["title"], shown["body"], shown["click_type"]) == ("暖蜂", "有新回复", "payload")
    assert json.loads(shown["payload"]) == {"id": str(ID)}
    ups = body["push_channel"]["android"]["ups"]
    assert ups["options"]["XM"] == {"/extra.channel_id": "xiaomi-1"}
    assert ups["options"]["VV"] == {"/classification": 1, "/category": "TODO"}
    assert ups["options"]["HW"]["/message/android/notification/importance"] == "NORMAL"
    assert body["push_channel"]["ios"]["apns-collapse-id"] == "report-7"


async def test_getui_renews_a_token_that_died_early_once(fake: Vendors):
    sender = getui(fake)
    stale = Reply(401, {"code": 10001, "msg": "token error"})
    fake.answer("/push/single/cid", stale)
    assert isinstance((await sender.send([Parcel(message(), "cid")]))[0], Accepted)

    fake.answer("/push/single/cid", stale, stale)
    assert (await sender.send([Parcel(message(), "cid")]))[0] == LOCKED
    fake.answer("/auth", Reply(400, {"code": 20001, "msg": "appkey is invalid"}))
    fake.answer("/push/single/cid", stale)
    result = (await sender.send([Parcel(message(), "cid")]))[0]
    await sender.close()

    assert result == LOCKED
    assert len(fake.asked("/auth")) == 4


async def test_what_wechat_gets_and_that_processes_share_one_token(fake: Vendors, own_runtime: Runtime):
    one, other = wechat(fake, own_runtime), wechat(fake, own_runtime)
    long = message(body="二十个字以内" * 5)
    await one.send([Parcel(long, "openid-1")] * 3)
    await other.send([Parcel(long, "openid-1")])
    assert len(fake.asked("/cgi-bin/stable_token")) == 1

    fake.answer("/subscribe/send", Reply(200, {"errcode": 40001, "errmsg": "invalid credential"}))
    assert isinstance((await other.send([Parcel(long, "openid-1")]))[0], Accepted)
    assert len(fake.asked("/cgi-bin/stable_token")) == 2
    fake.answer("/subscribe/send", Reply(200, {"errcode": 42001}))
    assert isinstance((await one.send([Parcel(long, "openid-1")]))[0], Accepted)  # the other's new one
    assert len(fake.asked("/cgi-bin/stable_token")) == 2
    await one.close()
    await other.close()

    asked = fake.asked("/cgi-bin/message/subscribe/send")[0]
    assert asked.query["access_token"].startswith("access-")
    assert asked.json | {"data": {}} == {
        "touser": "openid-1",
        "template_id": "template-1",
        "page": f"pages/notifications/index?id={ID}",
        "miniprogram_state": "formal",
        "lang": "zh_CN",
        "data": {},
    }
    assert asked.json["data"]["thing2"] == {"value": ("二十个字以内" * 5)[:20]}
    assert fake.asked("stable_token")[0].json == {
        "grant_type": "client_credential",
        "appid": "wx1",
        "secret": SECRET,
        "force_refresh": False,
    }


async def test_wechat_that_does_not_know_us_is_asked_again_later(fake: Vendors, own_runtime: Runtime):
    sender = wechat(fake, own_runtime)
    fake.answer("/cgi-bin/stable_token", Reply(200, {"errcode": 40125, "errmsg": "invalid appsecret"}))

    assert await sender.send([Parcel(message(), "openid-1")]) == [LOCKED]
    await sender.close()


async def test_what_fcm_gets(fake: Vendors, firebase: PushSender):
    results = await firebase.send([Parcel(message(urgency=Urgency.EMERGENCY), f"fid-{n}") for n in range(30)])

    assert firebase.most_at_once == 500
    assert sum(isinstance(result, Accepted) for result in results) == 30
    asked = fake.asked("/v1/projects/demo/messages:send")[0]
    assert asked.headers["authorization"] == f"Bearer {SECRET}"
    sent = asked.json
    assert sent.get("validate_only", False) is False
    assert sent["message"]["fid"].startswith("fid-")
    assert sent["message"]["data"] == {"id": str(ID)}
    assert sent["message"]["android"]["priority"] == "high"
    assert sent["message"]["android"]["collapse_key"] == "report-7"
    assert 7100 < int(float(sent["message"]["android"]["ttl"].rstrip("s"))) <= 7200


async def test_what_a_browsers_push_service_gets(fake: Vendors):
    sender = web_push(fake)
    await sender.send([Parcel(message(urgency=Urgency.URGENT), browser(fake))])
    (asked,) = fake.asked("/web-push")
    elsewhere = ["http://169.254.169.254/x", "https://127.0.0.1/x", "http://u@127.0.0.1/x", "http://[x", "x"]
    refused = [browser(fake, endpoint=address) for address in elsewhere]
    bad_keys = json.dumps({"endpoint": f"{fake.address}/web-push", "keys": {"p256dh": "AAAA", "auth": "AA"}})
    results = await sender.send([Parcel(message(), it) for it in [*refused, "{}", "[]", "no", bad_keys]])
    await sender.close()

    assert asked.headers["content-encoding"] == "aes128gcm"
    assert asked.headers["authorization"].startswith("vapid t=")
    assert (asked.headers["urgency"], asked.headers["topic"]) == ("high", "report-7")
    assert 7100 < int(asked.headers["ttl"]) <= 7200
    assert "有新回复".encode() not in asked.content
    assert results == [DeadTarget()] * 9
    assert len(fake.asked("/web-push")) == 1
