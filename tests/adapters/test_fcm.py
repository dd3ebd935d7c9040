"""What Firebase Cloud Messaging gets."""

from app.core.urgency import Urgency
from app.ports import Accepted, Parcel, PushSender
from tests.adapters.vendors import Vendors
from tests.adapters.ways import ID, SECRET, message


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
