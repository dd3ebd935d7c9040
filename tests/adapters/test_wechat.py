"""What WeChat gets, and the one token that all processes share."""

from app.ports import Accepted, Parcel
from app.runtime import Runtime
from tests.adapters.vendors import Reply, Vendors
from tests.adapters.ways import ID, LOCKED, SECRET, message, wechat


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
