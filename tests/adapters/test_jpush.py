"""What JPush gets."""

import base64

from app.ports import Parcel
from tests.adapters.vendors import Vendors
from tests.adapters.ways import ID, SECRET, jpush, message


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
