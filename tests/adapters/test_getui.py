"""What Getui gets, and how its token is renewed."""

import hashlib
import json

from app.ports import Accepted, Parcel
from tests.adapters.vendors import Reply, Vendors
from tests.adapters.ways import ID, LOCKED, SECRET, getui, message


async def test_what_getui_gets_and_that_twenty_share_one_token(fake: Vendors):
    sender = getui(fake)
    results = await sender.send([Parcel(message(), f"cid-{n}") for n in range(20)])
    await sender.send([Parcel(message(), "cid-0")])
    await sender.send([Parcel(message(kind="broadcast.notice"), "of news")])
    await sender.close()

    (auth,) = fake.asked("/v2/app/auth")
    signed = f"app-key{auth.json['timestamp']}{SECRET}"
    assert auth.json["sign"] == hashlib.sha256(signed.encode()).hexdigest()
    assert all(isinstance(result, Accepted) for result in results)
    pushes = {asked.json["audience"]["cid"][0]: asked for asked in fake.asked("/v2/app/push/single/cid")}
    ids = {asked.json["request_id"] for asked in fake.asked("/push/single/cid")}
    assert len(ids) == 21  # of 22: the 21st message was the first one again
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
    assert ups["options"]["OP"] == {"/category": "oppo-cat", "/channel_id": "oppo-1"}
    assert ups["options"]["HO"] == {"/android/notification/importance": "NORMAL"}
    assert ups["options"]["HW"] == {
        "/message/android/notification/importance": "NORMAL",
        "/message/android/category": "WORK",
    }
    assert body["push_channel"]["ios"]["apns-collapse-id"] == "report-7"
    news = pushes["of news"].json["push_channel"]["android"]["ups"]["options"]
    assert news == {
        "HW": {"/message/android/notification/importance": "LOW"},
        "HO": {"/android/notification/importance": "LOW"},
        "VV": {"/classification": 0},
    }


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
