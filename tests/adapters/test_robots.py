"""Robots in group chats: signatures as each vendor checks them, and errors inside a 200."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest

from app.adapters.push.robots import Robots
from app.core.urgency import RobotVendor
from app.ports import Accepted, DeadTarget, Parcel, PushResult, Refused, RetryLater
from tests.adapters.vendors import DOWN, DRIP, GARBAGE, TOO_MANY, Reply, Seen, Vendors
from tests.adapters.ways import PATIENCE_S, message

KEY, SECRET = "73febdcb-1b38-4d1b", "SEC-what-nobody-may-read"
WECOM, DINGTALK, FEISHU = RobotVendor.WECOM, RobotVendor.DINGTALK, RobotVendor.FEISHU
PATHS = {WECOM: "/cgi-bin/webhook/send", DINGTALK: "/robot/send", FEISHU: f"/open-apis/bot/v2/hook/{KEY}"}


async def say(fake: Vendors, vendor: RobotVendor, *, secret: str = SECRET, **given) -> PushResult:
    sender = Robots(vendor, base_url=fake.address, patience_s=given.pop("patience_s", PATIENCE_S))
    (result,) = await sender.send([Parcel(message(**given), f"{KEY} {secret}".strip())])
    await sender.close()
    return result


def digest(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()


async def test_each_group_gets_the_words_signed_its_vendors_way(fake: Vendors):
    for vendor in RobotVendor:
        assert await say(fake, vendor, title="暖蜂", body="案件已超期 NF100001") == Accepted()
    wecom, dingtalk, feishu = fake.seen

    words = "暖蜂\n案件已超期 NF100001"
    assert [asked.path for asked in fake.seen] == list(PATHS.values())
    assert (wecom.query, wecom.json) == ({"key": KEY}, {"msgtype": "text", "text": {"content": words}})
    assert (dingtalk.query["access_token"], dingtalk.json["text"]) == (KEY, {"content": words})
    moment = dingtalk.query["timestamp"]
    assert len(moment) == 13  # milliseconds
    assert dingtalk.query["sign"] == digest(SECRET, f"{moment}\n{SECRET}")
    assert (feishu.json["msg_type"], feishu.json["content"]) == ("text", {"text": words})
    moment = feishu.json["timestamp"]
    assert len(moment) == 10  # seconds
    assert feishu.json["sign"] == digest(f"{moment}\n{SECRET}", "")
    assert not any(SECRET.encode() in each.content or SECRET in str(each.query) for each in fake.seen)


async def test_without_a_secret_nothing_is_signed_and_long_words_are_cut(fake: Vendors):
    for vendor in RobotVendor:
        await say(fake, vendor, secret="", body="字" * 1000)

    assert not any("sign" in {*asked.query, *asked.json} for asked in fake.seen)
    said: Seen = fake.seen[0]
    assert len(said.json["text"]["content"].encode()) <= 2048


@pytest.mark.parametrize(
    ("vendor", "body", "expected"),
    [
        (WECOM, {"errcode": 93000, "errmsg": "invalid webhook url"}, DeadTarget()),
        (WECOM, {"errcode": 45009}, RetryLater("wecom_45009", timedelta(minutes=10))),
        (WECOM, {"errcode": 40008}, Refused("wecom_40008")),
        (DINGTALK, {"errcode": 310000, "errmsg": "sign not match"}, Refused("dingtalk_310000")),
        (DINGTALK, {"errcode": 130101}, RetryLater("dingtalk_130101", timedelta(minutes=10))),
        (DINGTALK, {"errcode": 300001}, DeadTarget()),
        (DINGTALK, {"errcode": 300005}, DeadTarget()),
        (DINGTALK, {"errcode": -1}, RetryLater("dingtalk_-1", timedelta(minutes=10))),
        (FEISHU, {"code": 19021, "msg": "sign match fail"}, Refused("feishu_19021")),
        (FEISHU, {"code": 11232}, RetryLater("feishu_11232", timedelta(minutes=10))),
        (FEISHU, {"code": 19001}, DeadTarget()),
        (FEISHU, {"code": 9499, "msg": "Bad Request"}, Refused("feishu_9499")),
        (FEISHU, {"errcode": 0}, RetryLater("garbage", is_vendor_down=True)),
    ],
)
async def test_what_a_vendor_says_inside_a_200_means(fake: Vendors, vendor, body, expected):
    fake.answer(PATHS[vendor], Reply(200, body))

    assert await say(fake, vendor) == expected


@pytest.mark.parametrize("reply", [TOO_MANY, DOWN, GARBAGE, DRIP], ids=["429", "503", "garbage", "drip"])
async def test_a_vendors_bad_day_is_no_exception(fake: Vendors, reply: Reply):
    fake.answer(PATHS[DINGTALK], reply)

    result = await say(fake, DINGTALK, patience_s=0.1 if reply is DRIP else PATIENCE_S)

    assert isinstance(result, RetryLater)
    assert result.is_vendor_down is (reply is not TOO_MANY)
