"""The vendor of demonstrations speaks as the vendors do: our own adapters understand it."""

import json

import httpx2
import pytest

from app.adapters.push.robots import Robots
from app.cli.stand_in import in_vendors_place
from app.core.settings import Environment, Settings
from app.core.urgency import PushChannel, RobotVendor
from app.ports import Accepted, DeadTarget, Parcel, RetryLater
from app.wiring import push_senders, robot_senders
from tests.adapters.ways import ID, message

TAKEN = ("JPUSH_APP_KEY", "JPUSH_MASTER_SECRET", "JPUSH_BASE_URL", "WECOM_ROBOT_BASE_URL")


async def test_a_demo_is_served_with_a_vendor_that_shows_what_arrived(runtime, client_for, monkeypatch):
    before = Settings()
    for name in TAKEN:
        monkeypatch.setenv(f"NUANFENG_{name}", "")  # so that they are taken back after the test

    with in_vendors_place(before) as address:
        settings = Settings()
        phones = push_senders(settings, runtime.db)[PushChannel.JPUSH]
        groups = robot_senders(settings)[RobotVendor.WECOM]
        [pushed, known] = [
            *(await phones.send([Parcel(message(), "phone-1")])),
            *(await groups.send([Parcel(message(title="案件", body="新案件"), "robot-1")])),
        ]
        wrong = settings.model_copy(update={"jpush_app_key": "another"})
        stranger = push_senders(wrong, runtime.db)[PushChannel.JPUSH]
        [refused] = await stranger.send([Parcel(message(), "phone-1")])
        nowhere = Robots(RobotVendor.WECOM, base_url=address)
        [nobody] = await nowhere.send([Parcel(message(), "")])
        async with httpx2.AsyncClient() as anybody:
            shown = (await anybody.get(f"{address}/")).text
            # Through the API too, for who looks at the demo from another machine.
            monkeypatch.setattr(runtime, "settings", settings)
            through = await client_for().get("/dev/vendors")
            assert (through.status_code, through.text) == (200, shown)
            assert (await anybody.post(f"{address}/v3/push", content=b"<xml/>")).status_code == 400
            assert (await anybody.post(f"{address}/elsewhere", json={})).status_code == 404
        for each in (phones, groups, stranger, nowhere):
            await each.close()

    assert (await client_for().get("/dev/vendors")).status_code == 503  # the stand-in is gone
    assert isinstance(pushed, Accepted)
    assert pushed.provider_id
    assert known == Accepted()
    assert isinstance(refused, RetryLater)
    assert nobody == DeadTarget()
    arrived = [json.loads(line) for line in shown.splitlines()]
    assert [(each["path"], each["status"]) for each in arrived][::-1] == [
        ("/v3/push", 200),
        ("/cgi-bin/webhook/send", 200),
        ("/v3/push", 401),
        ("/cgi-bin/webhook/send", 200),
    ]
    assert arrived[-1]["body"]["notification"]["android"]["extras"] == {"id": str(ID)}


@pytest.mark.parametrize(
    "given",
    [{"environment": Environment.PRODUCTION}, {"jpush_base_url": "https://api.jpush.cn"}],
    ids=["production", "vendor"],
)
def test_nobody_stands_in_where_the_vendor_is_real(given):
    settings = Settings().model_copy(update=given)

    with in_vendors_place(settings) as address:
        assert address == ""
