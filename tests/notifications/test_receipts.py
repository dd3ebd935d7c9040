"""What vendors say afterwards: believed when it proves itself, counted, and a reason to try the next way."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.adapters.push.receipts import AliyunReports, GetuiReceipts, JPushReceipts
from app.core.actor import Actor, Grant, Role
from app.core.metrics import REGISTRY
from app.core.settings import Settings
from app.core.urgency import PushChannel, Urgency
from app.models import PushDelivery, PushReceipt, PushState
from app.ports import Accepted
from app.services.notifications import tell
from app.wiring import receipt_readers
from tests.factories.accounts import make_account
from tests.factories.notifications import make_delivery, make_device, make_notification
from tests.factories.stations import COMMUNITY
from tests.notifications.fakes import FakePush, push

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SECRET = "what nobody may know"
GETUI, JPUSH = PushChannel.GETUI, PushChannel.JPUSH
SMS, VOICE = PushChannel.SMS, PushChannel.VOICE
BASIC = "Basic " + base64.b64encode(f"key:{SECRET}".encode()).decode()


@pytest.fixture(autouse=True)
def readers(runtime) -> None:
    runtime.outside.receipts.update(
        {
            GETUI: GetuiReceipts(app_id="app", master_secret=SECRET),
            JPUSH: JPushReceipts(app_key="key", master_secret=SECRET),
            SMS: AliyunReports.of_texts(token=SECRET),
            VOICE: AliyunReports.of_calls(token=SECRET),
        }
    )


def getui(task: str, code: str = "200", **given: str) -> bytes:
    said = {"appid": "app", "cid": "phone", "taskid": task, "msgid": "m1", "code": code, **given}
    signed = "".join(said[key] for key in ("appid", "cid", "taskid", "msgid")) + SECRET
    said["sign"] = given.get("sign", hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest())
    return json.dumps(said).encode()


async def sent(session, channel: PushChannel, name: str) -> PushDelivery:
    """Make a copy that a vendor took under a name."""
    person = await make_account(session)
    notification = await make_notification(session, person.id, area_code=COMMUNITY, created_at=NOW)
    device = await make_device(session, person.id, channel=channel)
    given = {"state": PushState.SENT, "done_at": NOW, "provider_id": name}
    return await make_delivery(session, notification, device, **given)


async def test_each_vendors_receipts_are_noted_once_and_shown_as_figures(session, client_for, client, clock):
    clock.at = NOW
    names = {"g1": GETUI, "g2": GETUI, "g3": GETUI, "j1": JPUSH, "j2": JPUSH, "s1": SMS, "s2": SMS}
    names |= {"c^1": VOICE, "c^2": VOICE}
    for name, channel in names.items():
        await sent(session, channel, name)
    await session.commit()
    path = "/v1/push-receipts"
    before = counted("getui", "unknown")
    lines = b"\n".join([getui("g1"), getui("g2", "400"), getui("nobody-knows")])
    pushed = [{"msg_id": "j1", "type": 4}, {"msgid": "j2", "type": 5}, {"msg_id": "j1", "type": 6}]
    texts = [{"biz_id": "s1", "success": True}, {"biz_id": "s2", "success": False, "phone_number": "139"}]
    calls = [{"call_id": "c^1", "start_time": "2026-11-20 12:00:05", "callee": "139"}]
    calls += [{"call_id": "c^2", "start_time": "", "status_code": "200003"}, {"call_id": "c^2"}]

    for _ in range(2):
        answers = [
            await client.post(f"{path}/getui", content=lines),
            await client.post(f"{path}/jpush", json=pushed, headers={"authorization": BASIC}),
            await client.post(f"{path}/sms/{SECRET}", json=texts),
            await client.post(f"{path}/voice/{SECRET}", json=calls),
        ]
        assert [(each.status_code, each.json()) for each in answers] == [(200, {"code": 0, "msg": "ok"})] * 4
    assert counted("getui", "unknown") == before + 2
    half = client.post(f"{path}/getui", content=b'{"appid": "app", "sign": "\\ud800", "taskid": "\\udfff"}')
    assert (await half).status_code == 403
    # What arrived did so, whatever is said later; what did not may have, after all.
    await client.post(f"{path}/getui", content=getui("g1", "500"))
    await client.post(f"{path}/sms/{SECRET}", json=[{"biz_id": "s2", "success": True}])

    rows = await session.execute(select(PushDelivery.provider_id, PushDelivery.receipt, PushDelivery.state))
    noted = {name: (receipt, state) for name, receipt, state in rows}
    arrived, lost = (PushReceipt.DELIVERED, PushState.SENT), (PushReceipt.FAILED, PushState.FAILED)
    assert noted == {
        "g1": arrived, "g2": lost, "g3": (None, PushState.SENT), "j1": arrived, "j2": lost, "s1": arrived,
        "s2": arrived, "c^1": arrived, "c^2": lost,
    }  # fmt: skip
    officer = Actor((await make_account(session)).id, (Grant(Role.DISTRICT_OFFICER, (COMMUNITY[:6],)),))
    await session.commit()
    figures = (await client_for(officer).get("/v1/notifications/figures")).json()["channels"]
    assert {each["channel"]: (each["delivered"], each["undelivered"]) for each in figures} == {
        "getui": (1, 1),
        "jpush": (1, 1),
        "sms": (2, 0),
        "voice": (1, 1),
    }


def counted(channel: str, what: str) -> float:
    labels = {"channel": channel, "what": what}
    return REGISTRY.get_sample_value("nuanfeng_push_receipts_total", labels) or 0


FORGED_OR_GARBLED = [
    ("getui", getui("g1", sign="0" * 32), {}, "forged"),
    ("getui", getui("g1", appid="another"), {}, "forged"),
    ("getui", getui("g2") + b"\n" + getui("g1", sign="é"), {}, "forged"),
    ("getui", b"<xml/>", {}, "garbled"),
    ("getui", b"[[]]", {}, "garbled"),
    ("jpush", b'[{"msg_id": "g1", "type": 4}]', {"authorization": "Basic a2V5OmJhZA=="}, "forged"),
    ("jpush", b'[{"msg_id": "g1", "type": 4}]', {}, "forged"),
    ("jpush", b"\xff", {"authorization": BASIC}, "garbled"),
    ("sms", b"[]", {}, "forged"),
    ("sms/guessed", b'[{"biz_id": "g1", "success": true}]', {}, "forged"),
    (f"sms/{SECRET}", b"7", {}, "garbled"),
    ("voice/guessed", b'[{"call_id": "g1", "start_time": "2026-11-20 12:00:05"}]', {}, "forged"),
]


async def test_what_proves_nothing_changes_nothing(session, client):
    for name in ("g1", "g2"):
        await sent(session, GETUI, name)
    await session.commit()

    for where, content, headers, code in FORGED_OR_GARBLED:
        answer = await client.post(f"/v1/push-receipts/{where}", content=content, headers=headers)
        assert answer.json()["code"] == f"notification.receipt_{code}", (where, content)
        assert SECRET not in answer.text
    assert set(await session.scalars(select(PushDelivery.receipt))) == {None}


async def test_a_vendor_that_is_not_set_up_or_says_nothing_is_not_there(client, runtime):
    assert (await client.post("/v1/push-receipts/fcm", content=b"{}")).status_code == 404
    echo = await client.get("/v1/push-receipts/jpush?echostr=571fd1bfaadc")
    assert (echo.text, echo.headers["content-type"]) == ("571fd1bfaadc", "text/plain; charset=utf-8")
    assert (await client.get("/v1/push-receipts/jpush?echostr=<b>")).status_code == 422
    given = {"getui_app_id": "a", "getui_app_key": "k", "getui_master_secret": SECRET}
    assert set(receipt_readers(Settings.model_validate(given))) == {GETUI}
    assert receipt_readers(Settings()) == {}
    assert runtime.outside.push == {}


async def test_what_did_not_arrive_takes_the_next_way(session, runtime, client, clock):
    clock.at = NOW
    phone = runtime.vault.encrypt_phone("+8613912345678")
    me = await make_account(session, phone_encrypted=phone)
    await make_device(session, me.id, channel=GETUI)
    said = {"kind": "report.reply", "urgency": Urgency.EMERGENCY, "now": NOW}
    await tell(session, to=[me.id], key="e1", **said)
    await session.commit()
    vendors = {GETUI: FakePush(Accepted("g1")), SMS: FakePush()}
    await push(runtime, vendors, NOW)
    assert [len(way.sent) for way in vendors.values()] == [1, 0]

    await client.post("/v1/push-receipts/getui", content=getui("g1", "400"))
    await push(runtime, vendors, NOW)

    assert [len(way.sent) for way in vendors.values()] == [1, 1]
