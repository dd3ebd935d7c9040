"""Copies on their way: each once, neutral, by the next way when one fails."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.core.actor import Actor, Grant, Role
from app.core.settings import Environment
from app.core.urgency import PushChannel, Urgency
from app.models import Notification, PushDelivery, PushDevice, PushState
from app.ports import DeadTarget, NoConsent, OutsideError, Refused, RetryLater
from app.services.notifications import About, Naming, devices, tell
from app.services.notifications.sending import MOST_TRIES
from tests.factories.accounts import make_account, make_session
from tests.factories.notifications import make_device, make_notification, make_preference
from tests.factories.stations import COMMUNITY
from tests.notifications.fakes import GARBAGE, NEVER, FakePush, push

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in China
NIGHT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 23:00
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
JPUSH, WECHAT, SMS = PushChannel.JPUSH, PushChannel.WECHAT, PushChannel.SMS
GONE_AWAY = RetryLater("503", is_vendor_down=True)


async def told(session, account_id, key="e1", **given) -> None:
    """Tell somebody of their report, with words that must never leave."""
    said = {"kind": "report.rejected", "params": {"number": "NF1MARK"}, "now": NOW, **given}
    await tell(session, to=[account_id], key=key, **said)
    await session.commit()


async def states(session) -> list[tuple]:
    query = select(PushDelivery.channel, PushDelivery.state, PushDelivery.error).order_by(PushDelivery.id)
    return [tuple(row) for row in await session.execute(query)]


async def test_a_copy_goes_out_once_and_says_nothing(session, runtime, client_for, clock):
    me = await make_account(session, display_name="马小军MARK")
    device = await make_device(session, me.id, token="phone")
    await told(session, me.id, subject=About("report", device.id), collapse_key=f"report:{device.id}")
    vendor = FakePush()

    for _ in range(2):
        await push(runtime, {JPUSH: vendor}, NOW)

    (parcel,) = vendor.sent
    row = await session.scalar(select(Notification))
    assert (parcel.target, parcel.message.id) == ("phone", row.id)
    assert (parcel.message.title, parcel.message.body) == ("暖蜂", "您的上报有新进展")
    assert parcel.message.expires_at == NOW + timedelta(days=1)
    payload = str(parcel.message)
    assert "MARK" not in payload
    assert not {str(me.id), str(device.id)} & set(payload.replace("'", " ").split())
    assert await states(session) == [(JPUSH, PushState.SENT, None)]
    assert await session.scalar(select(PushDelivery.provider_id)) == "v1"
    shown = await client_for().get("/dev/outbox")
    assert "您的上报有新进展" in shown.text
    assert "MARK" not in shown.text
    runtime.settings = runtime.settings.model_copy(update={"environment": Environment.PRODUCTION})
    assert (await client_for().get("/dev/outbox")).status_code == 404

    clock.at = NOW + HOUR
    row.read_at, row.area_code = NOW, COMMUNITY
    await session.commit()
    for area, expected in ((COMMUNITY[:6], [("jpush", 1, 1, 0)]), ("620921", [])):
        officer = client_for(Actor(me.id, (Grant(Role.DISTRICT_OFFICER, (area,)),)))
        figures = (await officer.get("/v1/notifications/figures")).json()["channels"]
        assert [
            (each["channel"], each["sent"], each["opened"], each["p99_s"]) for each in figures
        ] == expected


async def test_what_was_read_or_is_over_or_not_wanted_does_not_go(session, runtime):
    me = await make_account(session)
    await make_device(session, me.id)
    await make_preference(session, me.id, topics={"reports": "off"}, quiet_from=None)
    await told(session, me.id, "muted")
    other = await make_account(session)
    await make_device(session, other.id)
    await told(session, other.id, "over", expires_at=NOW - MINUTE)
    await told(session, other.id, "old", now=NOW - timedelta(hours=25))
    await make_notification(session, other.id, read_at=NOW, push_at=NOW)
    waiting = FakePush(RetryLater("429"))
    await told(session, other.id, "late", expires_at=NOW + MINUTE)

    await push(runtime, {JPUSH: waiting}, NOW)
    await push(runtime, {JPUSH: waiting}, NOW + HOUR)

    # What expires while it waits is not sent either.
    assert await states(session) == [(JPUSH, PushState.SKIPPED, "expired")]
    assert waiting.calls == 1
    assert await session.scalar(select(func.count()).select_from(Notification)) == 5


@pytest.mark.parametrize(
    ("answer", "error", "is_forgotten"),
    [
        (DeadTarget(), "dead_target", True),
        (NoConsent(), "no_consent", False),
        (Refused("47003"), "refused 47003", False),
    ],
)
async def test_what_fails_for_good_takes_the_next_way(session, runtime, answer, error, is_forgotten):
    me = await make_account(session)
    await make_device(session, me.id, token="phone")
    await make_device(session, me.id, channel=WECHAT, token="openid", credits=2)
    await told(session, me.id)
    vendors = {WECHAT: FakePush(answer), JPUSH: FakePush()}

    await push(runtime, vendors, NOW)

    assert await states(session) == [(WECHAT, PushState.FAILED, error), (JPUSH, PushState.SENT, None)]
    rows = await session.execute(select(PushDevice.channel, PushDevice.credits))
    left = {row.channel: row.credits for row in rows}
    assert (WECHAT not in left) is is_forgotten
    assert left.get(WECHAT) == (0 if error == "no_consent" else None if is_forgotten else 2)


async def test_a_consent_is_used_up_by_each_message(session, runtime):
    me = await make_account(session)
    await make_device(session, me.id, channel=WECHAT, token="openid", credits=1)
    vendor = FakePush()
    for key in ("one", "two"):
        await told(session, me.id, key)
        await push(runtime, {WECHAT: vendor}, NOW)

    assert len(vendor.sent) == 1
    assert await session.scalar(select(PushDevice.credits)) == 0


async def test_a_busy_vendor_is_asked_again_and_a_message_that_never_goes_is_held(
    session, runtime, client_for, clock
):
    me = await make_account(session)
    await make_device(session, me.id)
    await told(session, me.id)
    vendor = FakePush(*[RetryLater("429", after=MINUTE)] * MOST_TRIES)
    at = NOW
    for tries in range(1, MOST_TRIES + 1):
        await push(runtime, {JPUSH: vendor}, at)
        await push(runtime, {JPUSH: vendor}, at + MINUTE / 2)  # the vendor named a later time
        assert vendor.calls == tries
        at += 16 * MINUTE

    assert await states(session) == [(JPUSH, PushState.HELD, "429")]
    clock.at = at
    operator = client_for(Actor((await make_account(session)).id, (Grant(Role.SYSADMIN),)))
    await session.commit()
    (held,) = (await operator.get("/v1/notifications/held")).json()["held"]
    assert (held["error"], held["tries"], held["channel"]) == ("429", MOST_TRIES, "jpush")
    released = await operator.post("/v1/notifications/held/release", json={"ids": [held["id"]]})
    assert released.json() == {"released": 1}
    await push(runtime, {JPUSH: vendor}, at)
    assert await states(session) == [(JPUSH, PushState.SENT, None)]


@pytest.mark.parametrize(
    "answer",
    [GONE_AWAY, OutsideError("away"), NEVER, GARBAGE, ZeroDivisionError()],
    ids=["busy", "away", "never", "garbage", "broken"],
)
async def test_whatever_a_vendor_does_the_copy_goes_when_it_is_back(session, runtime, answer):
    me = await make_account(session)
    await make_device(session, me.id)
    await told(session, me.id)
    vendor = FakePush(answer, answer)

    for minutes in (0, 16, 32):
        await push(runtime, {JPUSH: vendor}, NOW + minutes * MINUTE)

    assert len(vendor.sent) == 1
    assert await states(session) == [(JPUSH, PushState.SENT, None)]


async def test_a_vendor_that_is_away_for_long_uses_up_nobodys_tries(session, runtime):
    me = await make_account(session)
    await make_device(session, me.id)
    await told(session, me.id)
    vendor = FakePush(*[GONE_AWAY] * (MOST_TRIES + 3))

    for number in range(MOST_TRIES + 4):
        await push(runtime, {JPUSH: vendor}, NOW + number * 16 * MINUTE)

    assert await states(session) == [(JPUSH, PushState.SENT, None)]


async def test_a_message_that_breaks_its_batch_is_found_and_held_alone(session, runtime):
    people = [await make_account(session) for _ in range(4)]
    for number, person in enumerate(people):
        await make_device(session, person.id, token=f"phone-{number}")
        await told(session, person.id)

    class Fragile(FakePush):
        async def send(self, parcels):
            if any(parcel.target == "phone-2" for parcel in parcels):
                raise ZeroDivisionError
            return await super().send(parcels)

    vendor = Fragile()
    for number in range(MOST_TRIES):
        await push(runtime, {JPUSH: vendor}, NOW + number * 16 * MINUTE)

    assert Counter(state for _, state, _ in await states(session)) == {PushState.SENT: 3, PushState.HELD: 1}
    assert len(vendor.sent) == 3


async def test_an_emergency_does_not_wait_for_a_vendor_nor_for_the_morning(session, runtime):
    number = runtime.vault.encrypt_phone("+8613912345678")
    me = await make_account(session, phone_encrypted=number)
    await make_device(session, me.id)
    await make_preference(session, me.id, topics={"reports": "off"}, riding_until=NIGHT + HOUR)
    await told(session, me.id, now=NIGHT, urgency=Urgency.EMERGENCY)
    vendors = {JPUSH: FakePush(GONE_AWAY), SMS: FakePush()}

    await push(runtime, vendors, NIGHT)

    assert [parcel.target for parcel in vendors[SMS].sent] == ["+8613912345678"]
    assert await states(session) == [(JPUSH, PushState.WAITING, "503"), (SMS, PushState.SENT, None)]
    # What is no emergency never costs a text message.
    await session.execute(update(PushDelivery).values(state=PushState.SENT))
    await told(session, me.id, "normal", now=NIGHT)
    await push(runtime, vendors, NIGHT + 9 * HOUR)
    assert len(vendors[SMS].sent) == 1


async def test_what_waits_for_the_morning_goes_out_as_one(session, runtime):
    me = await make_account(session)
    await make_device(session, me.id)
    await make_preference(session, me.id)
    for key in ("one", "two", "three"):
        await told(session, me.id, key, now=NIGHT)
    vendor = FakePush()

    await push(runtime, {JPUSH: vendor}, NIGHT)
    assert vendor.sent == []
    await push(runtime, {JPUSH: vendor}, NIGHT + 8 * HOUR)

    (parcel,) = vendor.sent
    assert parcel.message.body == "您有 3 条新消息"
    assert parcel.message.collapse_key is not None


async def test_of_what_shares_a_key_the_last_one_goes(session, runtime):
    me = await make_account(session)
    await make_device(session, me.id)
    for key in ("one", "two"):
        await told(session, me.id, key, collapse_key="report:1")
    await told(session, me.id, "three")
    vendor = FakePush()

    await push(runtime, {JPUSH: vendor}, NOW)

    ids = (await session.scalars(select(Notification.id).order_by(Notification.id))).all()
    assert {parcel.message.id for parcel in vendor.sent} == set(ids[1:])


@pytest.mark.parametrize("is_on_its_way", [False, True])
async def test_a_phone_that_changed_hands_gets_nothing_of_the_rider_before(session, runtime, is_on_its_way):
    first, second = await make_account(session), await make_account(session)
    chains = [await make_session(session, each) for each in (first, second)]
    actors = [Actor(chain.account_id, session_id=chain.family_id) for chain in chains]
    naming = Naming(JPUSH, "the-phone")
    await devices.register(session, naming, by=actors[0], now=NOW)
    await told(session, first.id)
    vendor = FakePush(GONE_AWAY)
    if is_on_its_way:
        await push(runtime, {JPUSH: vendor}, NOW)
        assert await states(session) == [(JPUSH, PushState.WAITING, "503")]

    await devices.register(session, naming, by=actors[1], now=NOW)
    await session.commit()
    vendor.answers.clear()
    await push(runtime, {JPUSH: vendor}, NOW + HOUR)

    assert vendor.sent == []
    assert await session.scalar(select(func.count()).select_from(Notification)) == 1
