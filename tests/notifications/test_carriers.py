"""Copies and those who carry them: nobody's death loses any, and each job is done once."""

import contextlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from app.core.clock import utc_now
from app.core.urgency import PushChannel
from app.jobs.pushing import Pusher
from app.models import Notification, PushDelivery, PushState
from app.ports import Accepted, Refused, RetryLater
from app.services.notifications import adopt, jobs, sending, tell
from app.services.notifications.sending import MOST_TRIES
from tests.factories.accounts import make_account
from tests.factories.notifications import make_device
from tests.notifications.fakes import NEVER, FakePush, push
from tests.notifications.test_sending import states, told
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
        waits = text("SELECT extract(epoch FROM execute_after - updated) FROM pgqueuer")
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
