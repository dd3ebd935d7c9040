"""An installation's own words: published, chosen, rolled back; what was told stays as it was told."""

import asyncio

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.core.errors import EditConflict
from app.core.urgency import PushChannel
from app.models import Language, NotificationWording
from app.services import notifications
from app.services.notifications import Wording, tell
from tests.factories.accounts import make_account
from tests.factories.notifications import make_device
from tests.notifications.fakes import FakePush, push

KIND = "report.rejected"
URL = f"/v1/notifications/templates/{KIND}"
JPUSH = PushChannel.JPUSH
WORDS = {
    "zh": {"title": "这次没有受理", "body": "{number} 没有受理,点开看原因。", "push": "您的上报有回音"},
    "en": {
        "title": "Not taken this time",
        "body": "Open {number} to see why.",
        "push": "A reply to your report",
    },
}


async def sysadmin(session) -> Actor:
    account = await make_account(session, display_name="系统管理员")
    return Actor(account.id, (Grant(Role.SYSADMIN),))


async def test_words_are_published_and_rolled_back_and_rows_keep_theirs(session, runtime, client_for):
    operator, me = await sysadmin(session), await make_account(session)
    await make_device(session, me.id)
    await session.commit()
    desk, rider, vendor = client_for(operator), client_for(Actor(me.id)), FakePush()

    async def told(number: str) -> str:
        vendor.sent.clear()
        params = {"number": number}
        await tell(session, kind=KIND, to=[me.id], key=number, params=params, now=utc_now())
        await session.commit()
        await push(runtime, {JPUSH: vendor}, utc_now())
        return vendor.sent[0].message.body

    async def use(version: int, seen: int, status: int = 200):
        given = {"version": version, "seen": seen, "reason": "试一试"}
        answer = await desk.put(f"{URL}/in-use", json=given)
        assert answer.status_code == status
        return answer.json()

    assert await told("NF1") == "您的上报有新进展"
    sampled = await desk.post(f"{URL}/preview", json={"words": WORDS, "params": {"number": "NF7"}})
    assert sampled.json()["zh"]["body"] == "NF7 没有受理,点开看原因。"
    published = await desk.post(f"{URL}/versions", json={**WORDS, "seen": 1, "reason": "更和气"})
    assert (published.status_code, published.json()["version"]) == (201, 1001)
    assert (await desk.get(URL)).json()["en"]["body"] == "Open NF100001 to see why."
    assert await told("NF2") == "您的上报有回音"
    late = await desk.post(f"{URL}/versions", json={**WORDS, "seen": 1, "reason": "更和气"})
    assert (late.status_code, late.json()["editor"]) == (409, "系统管理员")

    versions = (await use(1, 1001))["versions"]
    assert [(each["version"], each["is_in_use"], each["entered_by"]) for each in versions] == [
        (1, True, None), (1001, False, "系统管理员"),
    ]  # fmt: skip
    assert await told("NF3") == "您的上报有新进展"
    assert (await use(7, 1, 404))["code"] == "not_found"
    assert (await use(1001, 1))["versions"][1]["is_in_use"]
    listed = (await desk.get("/v1/notifications/templates")).json()["templates"]
    assert {each["kind"]: each["version"] for each in listed}[KIND] == 1001
    inbox = (await rider.get("/v1/notifications")).json()["notifications"]
    assert {each["topic"] for each in inbox} == {"reports"}
    titles = [each["zh"]["title"] for each in inbox]
    assert titles == ["您的上报未受理", "这次没有受理", "您的上报未受理"]
    assert "您的上报有回音" in (await client_for().get("/dev/outbox")).text


@pytest.mark.parametrize(
    ("language", "change", "what"),
    [
        ("zh", {"body": "没有受理。"}, "zh-CN: {number}"),
        ("zh", {"body": "{number} {name}"}, "zh-CN: {number}"),
        ("en", {"body": "{number.__class__}"}, "en: {number.__class__}"),
        ("en", {"body": "{number!r}"}, "en: {number}"),
        ("en", {"body": "{number"}, "en: {}"),
        ("zh", {"push": "{number} 未受理"}, "zh-CN: push"),
        ("zh", {"push": None}, "zh-CN: push"),
        ("en", {"push": " "}, "en: push"),
    ],
    ids=["none", "another", "attribute", "conversion", "open", "push names", "no push", "blank push"],
)
async def test_words_that_name_other_things_are_refused(session, client_for, language, change, what):
    desk = client_for(await sysadmin(session))
    await session.commit()
    words = WORDS | {language: WORDS[language] | change}

    answer = await desk.post(f"{URL}/versions", json={**words, "seen": 1, "reason": "试"})

    assert (answer.status_code, answer.json()["code"]) == (422, "notification.wording_invalid")
    assert answer.json()["what"] == what
    assert (await desk.post(f"{URL}/preview", json={"words": words})).json()["what"] == what
    bad_sample = await desk.post(f"{URL}/preview", json={"params": {"nothing": "x"}})
    assert bad_sample.json()["code"] == "invalid_input"


async def test_of_two_who_publish_at_once_one_does(own_runtime):
    db = own_runtime.db
    async with db.writing() as session:
        both = [await sysadmin(session) for _ in range(2)]
    words = {
        language: Wording(*WORDS[key].values())
        for language, key in ((Language.ZH, "zh"), (Language.EN, "en"))
    }

    async def publish(by: Actor) -> None:
        async with db.writing() as session:
            await notifications.publish(session, KIND, words, seen=1, reason="", by=by, now=utc_now())

    results = await asyncio.gather(*map(publish, both), return_exceptions=True)

    assert sorted(type(each) for each in results if each is not None) == [EditConflict]
    async with db.reading() as session:
        assert await session.scalar(select(func.count()).select_from(NotificationWording)) == 1
