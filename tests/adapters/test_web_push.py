"""What browsers' push services get, and who is no push service."""

import json

from app.core.urgency import Urgency
from app.ports import DeadTarget, Parcel
from tests.adapters.vendors import Vendors
from tests.adapters.ways import browser, message, web_push


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
