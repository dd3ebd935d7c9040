"""One contract for every way to a phone, each against a stand-in that speaks its vendor's protocol."""

import asyncio
from datetime import timedelta

import pytest

from app.adapters.push.vendor import each
from app.ports import Accepted, DeadTarget, NoConsent, Parcel, PushResult, Refused, RetryLater
from tests.adapters.vendors import DOWN, DRIP, GARBAGE, SLOW, TOO_MANY, Reply, Vendors
from tests.adapters.ways import (
    LOCKED,
    MINUTE,
    PATHS,
    SECRET,
    Way,
    WayOf,
    browser,
    fcm,
    jpush,
    message,
    web_push,
)


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


async def test_a_parcel_that_breaks_its_sender_takes_no_others_result_away():
    async def send(parcel: Parcel) -> PushResult:
        await asyncio.sleep(0)
        if parcel.target == "1":
            raise KeyError(SECRET)
        return Accepted(parcel.target)

    results = await each([Parcel(message(), str(number)) for number in range(3)], send)

    assert results == [Accepted("0"), RetryLater("KeyError"), Accepted("2")]


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


@pytest.mark.parametrize(
    ("make", "reply"),
    [(jpush, SLOW), (fcm, SLOW), (web_push, SLOW), (jpush, DRIP), (fcm, DRIP), (web_push, DRIP)],
    ids=["jpush-slow", "fcm-slow", "web_push-slow", "jpush-drip", "fcm-drip", "web_push-drip"],
)
async def test_who_answers_too_slowly_is_not_waited_for(fake: Vendors, make, reply: Reply):
    sender, target = make(fake, 0.1), browser(fake) if make is web_push else "target-1"
    fake.answer("", reply)

    (result,) = await sender.send([Parcel(message(), target)])
    await sender.close()

    assert isinstance(result, RetryLater)
    assert result.is_vendor_down
    assert result.reason in {"no_answer", "deadline_exceeded"}  # the last is the kit's word


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
        ("web_push", 401, "", LOCKED),
        # RFC 8292 §4.2: what this browser subscribed with is another key; it says nothing of the others.
        ("web_push", 403, "", Refused("web_push_403")),
        ("web_push", 413, "", Refused("web_push_413")),
    ],
)
async def test_what_a_vendor_says_means(fake: Vendors, way_of: WayOf, name, status, body, expected):
    way = way_of(name)
    fake.answer(way.path, Reply(status, body))

    assert await way.send() == expected
