"""Copies on their way: each once, neutral, by the next way when one fails; nobody's death loses any."""

import contextlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from app.core.actor import Actor, Grant, Role
from app.core.clock import utc_now
from app.core.settings import Environment
from app.core.urgency import PushChannel, Urgency
from app.jobs.pushing import Pusher
from app.models import Notification, PushDelivery, PushDevice, PushState
from app.ports import Accepted, DeadTarget, NoConsent, OutsideError, Refused, RetryLater
from app.services.notifications import About, Naming, adopt, devices, jobs, sending, tell
from app.services.notifications.sending import MOST_TRIES
from tests.factories.accounts import make_account, make_session
from tests.factories.notifications import make_device, make_notification, make_preference
from tests.factories.stations import COMMUNITY
from tests.notifications.fakes import GARBAGE, NEVER, FakePush, push
from tests.notifications.working import working
from tests.realtime.waiting import until

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # noon in China
NIGHT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 23:00
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
JPUSH, WECHAT, SMS = PushChannel.JPUSH, PushChannel.WECHAT, PushChannel.SMS
GONE_AWAY = RetryLater("503", is_vendor_down=True)


class Death(BaseException):
    """A process ends in the midst of its work."""


class DeadlyPush(FakePush):
    """One message kills whoever sends it."""

    async def send(self, parcels):
        if any(parcel.target == "phone-1" for parcel in parcels):
            raise Death
        return await super().send(parcels)


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


async def test_who_dies_with_a_copy_in_hand_loses_nothing_and_comes_too_late(session, runtime):
    me = await make_account(session)
    await make_device(session, me.id)
    await told(session, me.id)
    await push(runtime, {JPUSH: FakePush(RetryLater("429"))}, NOW)
    at = NOW + HOUR
    copy = await session.scalar(select(PushDelivery.id))

    async def take(now):
        async with runtime.db.writing() as work:
            return await sending.take(work, [copy], vault=runtime.vault, now=now)

    async def settle(taken, result, now):
        async with runtime.db.writing() as work:
            await sending.settle(work, [(each, result) for each in taken], now=now)

    assert await take(NOW) == []
    (first,) = await take(at)
    (second,) = await take(at)
    assert second.tries == first.tries + 1
    await settle([first], Refused("late"), at)
    assert await states(session) == [(JPUSH, PushState.WAITING, "429")]
    # That a vendor took it counts, whoever says so.
    await settle([first], Accepted("v9"), at)
    await settle([second], Refused("doubled"), at)
    assert await states(session) == [(JPUSH, PushState.SENT, None)]


async def test_a_copy_that_kills_its_senders_is_found_and_held_alone(session, runtime):
    """What nobody has tried goes together; of what somebody died with, each goes alone."""
    for number in range(3):
        person = await make_account(session)
        await make_device(session, person.id, token=f"phone-{number}")
        await told(session, person.id)
    vendor = DeadlyPush()
    pusher = Pusher(runtime.db, {JPUSH: vendor}, runtime.vault, clock=lambda: NOW, patience_s=0.05)
    await pusher.route()
    ids = (await session.scalars(select(PushDelivery.id))).all()

    for _ in range(MOST_TRIES + 1):
        with contextlib.suppress(Death):
            await pusher.channels[JPUSH].send(ids)

    assert Counter(await states(session)) == {
        (JPUSH, PushState.SENT, None): 2,
        (JPUSH, PushState.HELD, "senders_died"): 1,
    }
    assert len(vendor.sent) == 2


async def test_a_clock_that_jumped_keeps_nothing_back(session, runtime):
    me = await make_account(session)
    await make_device(session, me.id)
    ahead = NOW + timedelta(days=400)
    await told(session, me.id, "from-tomorrow", now=ahead)
    vendor = FakePush(GONE_AWAY)
    await push(runtime, {JPUSH: vendor}, ahead)
    assert await states(session) == [(JPUSH, PushState.WAITING, "503")]
    await told(session, me.id, "told-ahead", now=ahead)

    await push(runtime, {JPUSH: vendor}, NOW)

    assert len(vendor.sent) == 2


async def test_workers_share_the_jobs_and_send_each_copy_once(own_runtime, own_url):
    vendor = FakePush(at_once=7)
    pushers = [Pusher(own_runtime.db, {JPUSH: vendor}, own_runtime.vault) for _ in range(3)]
    async with working(own_url, *(pusher.errands() for pusher in pushers)):
        async with own_runtime.db.writing() as session:
            people = [(await make_account(session)).id for _ in range(120)]
            for person in people:
                await make_device(session, person)
            await tell(session, kind="report.reply", to=people, key="e1", now=utc_now())
        await until(lambda: len(vendor.sent) >= 120)

    assert Counter(parcel.message.id for parcel in vendor.sent).most_common(1)[0][1] == 1
    assert len(vendor.sent) == 120
    async with own_runtime.db.reading() as session:
        assert {state for _, state, _ in await states(session)} == {PushState.SENT}
        assert await jobs_left(session) == []


async def test_a_vendor_that_never_answers_keeps_no_other_waiting(own_runtime, own_url):
    async with own_runtime.db.writing() as session:
        slow, quick = [(await make_account(session)).id for _ in range(2)]
        await make_device(session, slow)
        await make_device(session, quick, channel=PushChannel.GETUI)
        await tell(session, kind="report.reply", to=[slow, quick], key="e1", now=utc_now())
    vendors = {JPUSH: FakePush(NEVER), PushChannel.GETUI: FakePush()}
    pusher = Pusher(own_runtime.db, vendors, own_runtime.vault, patience_s=2)
    async with working(own_url, pusher.errands()):
        await until(lambda: vendors[JPUSH].calls == 1)
        await until(lambda: len(vendors[PushChannel.GETUI].sent) == 1)
        assert vendors[JPUSH].sent == []


async def test_a_jobs_life(own_runtime, own_url):
    """It is there with the commit alone, holds ids alone, and comes again when the vendor is back."""
    async with own_runtime.db.writing() as session:
        me = await make_account(session, display_name="马小军MARK")
        await make_device(session, me.id, token="phoneMARK")
    with pytest.raises(ZeroDivisionError):
        await tell_and_fail(own_runtime, me.id)
    async with own_runtime.db.reading() as session:
        assert await jobs_left(session) == []
    async with own_runtime.db.writing() as session:
        await told_within(session, me.id)
        await told_within(session, me.id, "e2")
    async with own_runtime.db.reading() as session:
        assert await jobs_left(session) == [("push.route", b"")]

    vendor = FakePush(GONE_AWAY)
    pusher = Pusher(own_runtime.db, {JPUSH: vendor}, own_runtime.vault)
    async with working(own_url, pusher.errands()):
        await until(lambda: vendor.calls == 1)
    async with own_runtime.db.reading() as session:
        copies = (await session.scalars(select(PushDelivery.id).order_by(PushDelivery.id))).all()
        assert await jobs_left(session) == [("push.jpush", jobs.written(copies))]
        assert (await session.scalars(select(PushDelivery.tries))).all() == [0, 0]
        assert "MARK" not in str((await session.execute(text("SELECT q::text FROM pgqueuer q"))).all())
        waits = text("SELECT extract(epoch FROM execute_after - now()) FROM pgqueuer")
        assert 1 < await session.scalar(waits) <= 5


async def test_what_has_no_job_is_adopted_and_what_has_one_is_not(session, runtime):
    me = await make_account(session)
    await make_device(session, me.id)
    await told(session, me.id)
    await push(runtime, {JPUSH: FakePush(RetryLater("429"))}, NOW)
    await session.execute(text("DELETE FROM pgqueuer"))
    later = NOW + HOUR

    assert [await adopt(session, now=at) for at in (NOW, later)] == [0, 1]
    await session.commit()
    assert await jobs_left(session) == [
        ("push.jpush", jobs.written((await session.scalars(select(PushDelivery.id))).all()))
    ]
    assert await adopt(session, now=later) == 0
    await session.execute(update(Notification).values(push_at=NOW))
    await adopt(session, now=later)
    await session.commit()
    assert ("push.route", b"") in await jobs_left(session)


async def told_within(session, account_id, key="e1") -> None:
    said = {"kind": "report.rejected", "params": {"number": "NF1MARK"}, "now": utc_now()}
    await tell(session, to=[account_id], key=key, **said)


async def tell_and_fail(runtime, account_id) -> None:
    async with runtime.db.writing() as session:
        await told_within(session, account_id)
        raise ZeroDivisionError


async def jobs_left(session) -> list[tuple]:
    rows = await session.execute(text("SELECT entrypoint, payload FROM pgqueuer ORDER BY id"))
    return [tuple(row) for row in rows]
