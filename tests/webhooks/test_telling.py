"""A platform is told what happens, signed, until it took it; and nothing that names a person."""

import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Notification, OutboxEvent, ReportState, Webhook, WebhookDelivery, WebhookDeliveryState
from app.ports import OutsideError, WebAnswer, WebRequest
from app.services import reports, webhooks
from app.services.couriers import Courier
from app.services.reports import Decision
from app.services.webhooks.deliveries import KEEP
from app.services.webhooks.sending import DISABLED_AFTER
from tests.factories.accounts import make_account
from tests.factories.areas import make_succession
from tests.factories.reports import make_report
from tests.factories.stations import COMMUNITY, make_area
from tests.factories.webhooks import MADE_AT, SECRET, make_delivery, make_webhook
from tests.reports.crew import officer, staff

MINUTE = timedelta(minutes=1)


class Platform:
    """What a platform got, and what it answers."""

    def __init__(self, *answers: int | str) -> None:
        self.answers, self.got = list(answers), list[WebRequest]()

    async def ask(self, request: WebRequest) -> WebAnswer:
        self.got.append(request)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, str):
            raise OutsideError(answer)
        return WebAnswer(answer)


@pytest.fixture
def tell(runtime, session):
    async def go(platform: Platform, now: datetime = MADE_AT) -> bool:
        await session.commit()
        courier = Courier(platform, runtime.vault, "https://nuanfeng.example/", lambda: now)
        return await webhooks.send_next(runtime.db, courier)

    return go


def test_the_signature_is_standard_webhooks():
    signed = webhooks.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_of_a_flood_a_platform_is_told_each_case_once(runtime, session, client_for, tell):
    await make_webhook(session, runtime.vault, events=["report.moved"])
    parent, *children = [await make_report(session) for _ in range(4)]
    accepted = children[0]
    accepted.state = ReportState.ACCEPTED
    secret = await make_report(session, is_confidential=True)
    clerk = await staff(session)
    await session.commit()
    ids = [str(each.id) for each in (*children, secret)]
    path = f"/v1/reports/cases/{parent.id}/children"

    merged = await client_for(clerk).post(path, json={"report_ids": ids, "reason": "全城积水"})
    assert len(merged.json()["merged"]) == 3, merged.text
    while await deliver(runtime.db, REACTIONS, now=utc_now()):
        pass
    platform = Platform()
    while await tell(platform, utc_now()):
        pass

    told = [json.loads(request.body) for request in platform.got]
    assert {each["type"] for each in told} == {"report.moved"}
    moves = {each["data"]["report_id"]: each["data"] for each in told}
    assert sorted(moves) == sorted(str(each.id) for each in children)
    assert {each["move"] for each in moves.values()} == {"mark_duplicate"}
    assert {each["to_state"] for each in moves.values()} == {"duplicate"}
    assert moves[str(accepted.id)]["from_state"] == "accepted"
    assert len({each["data"]["sequence"] for each in told}) == 1


async def test_a_move_is_told_signed_and_without_a_person(runtime, session, tell):
    await make_webhook(session, runtime.vault, events=["report.submitted"])
    # What was set for a county is told of the one that followed it.
    await make_area(session, "620977")
    await make_area(session, COMMUNITY[:6])
    await make_succession(session, "620977", COMMUNITY[:6])
    await make_webhook(session, runtime.vault, events=["report.moved"], area_code="620977")
    await make_area(session, "620921")
    await make_webhook(session, runtime.vault, area_code="620921")
    report = await make_report(session, description="电话13712345678", address="电话13712345678")
    clerk = await staff(session)
    hidden = await make_report(session, is_confidential=True, case_worker_id=clerk.account_id)
    later_hidden = await make_report(session)
    now = utc_now()
    for each in (later_hidden, report, hidden):
        await reports.accept(session, each.id, Decision(None, "机密的话"), by=clerk, now=now)
    report.public_at = now
    await session.commit()
    while await deliver(runtime.db, REACTIONS, now=now):
        pass
    later_hidden.is_confidential = True
    platform = Platform()

    assert await tell(platform, now)
    assert not await tell(platform, now + 2 * MINUTE)

    (request,) = platform.got
    assert (request.method, request.url) == ("POST", "https://platform.example/in")
    said = json.loads(request.body)
    assert set(said) == {"type", "timestamp", "data"}
    assert (said["type"], said["data"]["number"]) == ("report.moved", f"NF{report.number}")
    assert set(said["data"]) == {
        *("sequence", "at", "report_id", "number", "category_id", "area_code", "link"),
        *("move", "from_state", "to_state"),
    }
    assert said["data"]["to_state"] == "accepted"
    assert said["data"]["link"] == f"https://nuanfeng.example/open311/v2/requests/NF{report.number}.json"
    assert "13712345678" not in request.body.decode()
    assert "机密" not in request.body.decode()
    message_id, moment = request.headers["webhook-id"], int(request.headers["webhook-timestamp"])
    right = webhooks.signature(SECRET, message_id=message_id, timestamp=moment, body=request.body)
    assert request.headers["webhook-signature"] == right
    assert moment == int(now.timestamp())


async def test_a_secret_that_nobody_can_read_stops_nobody_elses_news(runtime, session, tell):
    lost = await make_webhook(session, runtime.vault, secret_encrypted=b"made by no key of ours")
    report = await make_report(session)
    hidden = await make_report(session, is_confidential=True)
    await make_delivery(session, await make_webhook(session, runtime.vault), hidden)
    told = [
        await make_delivery(session, each, report)
        for each in (lost, await make_webhook(session, runtime.vault))
    ]
    platform = Platform()

    # In one round: who is told next waits for no other round, nor for one whose only news became secret.
    assert [await tell(platform), await tell(platform)] == [True, False]

    for each in (lost, *told):
        await session.refresh(each)
    assert [each.last_error for each in told] == ["unreadable secret", None]
    assert (len(platform.got), lost.failing_since) == (1, MADE_AT)


async def test_failures_are_tried_again_later_and_given_up(runtime, session, tell):
    webhook, report = await make_webhook(session, runtime.vault), await make_report(session)
    first = await make_delivery(session, webhook, report)
    platform, now = Platform(500, "ConnectError", *[503] * 7), MADE_AT

    assert await tell(platform, now)
    await session.refresh(first)
    assert (first.tries, first.state, first.last_error) == (1, "waiting", "HTTP 500")
    assert now + MINUTE <= first.next_try_at <= now + 1.2 * MINUTE
    assert not await tell(platform, now)
    while first.state == "waiting" and await tell(platform, now := first.next_try_at + MINUTE):
        await session.refresh(first)

    assert (first.state, first.tries, len(platform.got)) == ("failed", 9, 9)
    assert len({request.headers["webhook-id"] for request in platform.got}) == 1


async def test_one_at_a_time_in_order_and_a_dead_platform_holds_up_no_other(runtime, session, tell):
    report = await make_report(session)
    dead = await make_webhook(session, runtime.vault, url="https://dead.example/")
    alive = await make_webhook(session, runtime.vault)
    for number in (3, 1, 2):
        await make_delivery(session, dead, report, event_id=number)
        data = {"at": "", "sequence": number}
        await make_delivery(session, alive, report, event_id=number, data=data)
    platform = Platform("ReadTimeout")

    for _ in range(4):
        assert await tell(platform)
    assert not await tell(platform)

    hosts = [request.url for request in platform.got]
    assert hosts[0] == "https://dead.example/"
    told = [json.loads(request.body)["data"]["sequence"] for request in platform.got[1:]]
    assert told == [1, 2, 3]
    assert await tell(platform, MADE_AT + 1.2 * MINUTE)  # it rested; its second news is as old as its first
    assert platform.got[-1].url == "https://dead.example/"


async def test_a_platform_that_takes_nothing_for_days_is_disabled_told_of_and_can_be_enabled(
    runtime, session, tell, client_for
):
    owner = await make_account(session)
    webhook = await make_webhook(session, runtime.vault, failing_since=MADE_AT, created_by=owner.id)
    report = await make_report(session)
    await make_delivery(session, webhook, report)
    ours = client_for(await officer(session))
    later = MADE_AT + DISABLED_AFTER

    assert await tell(Platform(500), later)
    (seen,) = (await ours.get("/v1/webhooks")).json()["items"]
    assert seen["disabled_at"] is not None
    event = await session.scalar(select(OutboxEvent).where(OutboxEvent.name == "webhook.disabled"))
    assert event is not None
    assert event.payload == {"webhook_id": str(webhook.id), "owner_id": str(owner.id)}
    told = await session.scalar(select(Notification).where(Notification.account_id == owner.id))
    assert told is not None
    assert (told.kind, told.params) == ("webhook.disabled", {"platform": "platform.example"})
    assert not await tell(Platform(), later + timedelta(days=1))
    enabled = await ours.post(f"/v1/webhooks/{webhook.id}/enable")
    assert (enabled.json()["disabled_at"], enabled.json()["failing_since"]) == (None, None)
    assert await tell(Platform(), later + timedelta(days=1))
    await make_delivery(session, webhook, report, event_id=2)
    assert await tell(Platform(410), later + timedelta(days=1))
    assert (await ours.get("/v1/webhooks")).json()["items"][0]["disabled_at"] is not None


async def test_who_dies_while_telling_leaves_it_to_be_told_again(runtime, session, tell):
    class Dying(Platform):
        async def ask(self, request: WebRequest) -> WebAnswer:
            raise SystemError(request.url)

    webhook, report = await make_webhook(session, runtime.vault), await make_report(session)
    delivery = await make_delivery(session, webhook, report)

    with pytest.raises(SystemError):
        await tell(Dying())
    assert not await tell(Platform())
    assert await tell(Platform(), MADE_AT + MINUTE)
    await session.refresh(delivery)
    assert delivery.state == "delivered"


async def test_what_was_told_is_listed_and_told_again_on_wish(runtime, session, tell, client_for):
    webhook, report = await make_webhook(session, runtime.vault), await make_report(session)
    first = await make_delivery(session, webhook, report)
    await make_delivery(session, webhook, report, event_id=2, created_at=MADE_AT + MINUTE)
    hidden = await make_report(session, is_confidential=True)
    await make_delivery(session, webhook, hidden, event_id=3, state=WebhookDeliveryState.FAILED)
    ours, others = client_for(await officer(session)), client_for(await officer(session))
    while await tell(Platform()):
        pass
    path = f"/v1/webhooks/{webhook.id}"

    page = (await ours.get(f"{path}/deliveries?limit=1")).json()
    rest = (await others.get(f"{path}/deliveries?limit=1&cursor={page['next_cursor']}")).json()
    again = await ours.post(f"{path}/deliveries/{first.id}/replay")

    assert [each["state"] for each in page["items"] + rest["items"]] == ["delivered"] * 2
    assert (rest["items"][0]["id"], rest["next_cursor"]) == (str(first.id), None)
    assert again.json()["state"] == "waiting"
    assert (await ours.post(f"{path}/deliveries/{uuid4()}/replay")).status_code == 404
    platform = Platform()
    assert await tell(platform, utc_now())
    assert platform.got[0].headers["webhook-id"] == str(first.id)
    since = {"since": (MADE_AT + MINUTE).isoformat()}
    assert (await ours.post(f"{path}/replay", json=since)).json()["deliveries"] == 1
    assert await tell(platform, utc_now() + MINUTE)
    assert await webhooks.forget(session, now=MADE_AT + KEEP + MINUTE / 2) == 2
    assert (await ours.get(f"{path}/deliveries")).json()["items"][0]["id"] != str(first.id)


async def test_only_https_and_only_ones_own_district(runtime, session, client_for):
    await make_area(session, COMMUNITY)
    ours = client_for(await officer(session))
    sysadmin = client_for(Actor((await make_account(session)).id, (Grant(Role.SYSADMIN),)))
    await session.commit()
    given = {"area_code": COMMUNITY, "url": "https://platform.example/in", "events": ["report.moved"]}

    made = await ours.post("/v1/webhooks", json=given)
    assert made.status_code == 201, made.text
    assert made.json()["secret"].startswith("whsec_")
    assert made.json()["secret"] not in (await ours.get("/v1/webhooks")).text
    assert len((await sysadmin.get("/v1/webhooks")).json()["items"]) == 1
    for url in (
        "http://platform.example/",
        "https://me:pw@platform.example/",
        "ftp://platform.example",
        "https://",
        "https://platform.example:0/",
    ):
        refused = await ours.post("/v1/webhooks", json={**given, "url": url})
        assert (refused.status_code, refused.json()["code"]) == (422, "webhook.address_refused"), url
    assert (await ours.post("/v1/webhooks", json={**given, "events": ["x"]})).status_code == 422
    assert (await ours.post("/v1/webhooks", json={**given, "area_code": "62"})).status_code == 404
    ended = await ours.delete(f"/v1/webhooks/{made.json()['webhook']['id']}")
    assert ended.status_code == 204
    assert (await ours.get("/v1/webhooks")).json() == {"items": []}


async def test_secrets_follow_a_new_key(runtime, session):
    webhook = await make_webhook(session, runtime.vault)
    before = webhook.secret_encrypted

    await webhooks.rotate_keys(session, vault=runtime.vault)

    assert webhook.secret_encrypted != before
    assert runtime.vault.decrypt_shared(webhook.secret_encrypted) == SECRET
    assert await session.scalar(select(Webhook.id)) == webhook.id
    assert await session.scalar(select(WebhookDelivery.id)) is None
