"""Who is called is rung up: the app, a text message with a link, a call; until somebody has seen it."""

from sqlalchemy import select, text

from app.core.urgency import PushChannel
from app.jobs.pushing import Pusher
from app.models import Account, DutyCall, Notification, PushDelivery, PushState
from app.ports import RetryLater
from app.services.duty import ladder
from app.services.duty.links import sms_links
from tests.duty.scene import after, tick
from tests.factories.duty import NIGHT, full_house, make_emergency
from tests.factories.notifications import make_device
from tests.notifications.fakes import FakePush, push

JPUSH, SMS, VOICE = PushChannel.JPUSH, PushChannel.SMS, PushChannel.VOICE
GONE_AWAY = RetryLater("503", is_vendor_down=True)


class Night:
    """The vendors of a night, and a worker that looks at some minutes of it."""

    def __init__(self, runtime, *app_answers) -> None:
        self._runtime = runtime
        self.ways = {JPUSH: FakePush(*app_answers), SMS: FakePush(), VOICE: FakePush()}

    async def at(self, minutes: float) -> list[int]:
        """Send what is due, and return how many went by each way so far."""
        runtime, now = self._runtime, after(minutes)
        links = sms_links(runtime.call_links, runtime.settings.public_url)
        pusher = Pusher(runtime.db, self.ways, runtime.vault, links=links, clock=lambda: now)
        await push(runtime, self.ways, now, pusher=pusher)
        return [len(way.sent) for way in self.ways.values()]


async def reachable(session, runtime, actor, phone: str) -> None:
    """Give somebody an app and a number."""
    account = await session.get(Account, actor.account_id)
    account.phone_encrypted = runtime.vault.encrypt_phone(phone)
    await make_device(session, account.id)


async def call(session, runtime) -> None:
    report = await make_emergency(session)
    await session.commit()
    async with runtime.db.writing() as work:
        await ladder.begin(work, report.id, since=NIGHT, now=NIGHT)


async def test_who_does_not_answer_gets_a_text_with_a_link_then_a_call(session, runtime, client, clock):
    first, backup, *_ = await full_house(session)
    await reachable(session, runtime, first, "+8613912345678")
    await reachable(session, runtime, backup, "+8613912345679")
    await call(session, runtime)
    night = Night(runtime)

    assert await night.at(0) == [1, 0, 0]
    assert await night.at(1.4) == [1, 0, 0]
    assert await night.at(1.5) == [1, 1, 0]
    (parcel,) = night.ways[SMS].sent
    page, _, token = parcel.message.link.partition("#")
    assert (parcel.target, page) == ("+8613912345678", f"{runtime.settings.public_url}/duty")
    assert night.ways[JPUSH].sent[0].message.link == ""
    # In a demo nobody's phone rings, and the page that shows what would have gone out has the link.
    assert f'href="{parcel.message.link}"' in (await client.get("/dev/outbox")).text
    for table in ("notifications", "push_deliveries", "duty_calls", "outbox_events"):
        rows = (await session.execute(text(f"SELECT t::text FROM {table} t"))).scalars()
        assert not any(token in row for row in rows), "the link is kept nowhere"

    assert await night.at(2.9) == [1, 1, 0]
    assert await night.at(3) == [1, 1, 1]
    assert night.ways[VOICE].sent[0].message.link == ""
    assert await night.at(4.9) == [1, 1, 1]
    await tick(runtime.db, after(5))
    assert await night.at(5) == [2, 1, 1]
    # By the link out of the text message, without signing in: nobody else is rung up.
    clock.at = after(6)
    seen = await client.post("/v1/duty/link/acknowledge", headers={"X-Duty-Link": token})
    assert (seen.status_code, seen.json()["how"]) == (200, "link")
    assert await night.at(20) == [3, 1, 1]  # "somebody has it", to the backup
    called = select(Notification.push_at, Notification.expires_at).where(Notification.kind == "duty.called")
    assert (await session.execute(called.order_by(Notification.created_at))).all()[-1] == (None, after(6))


async def test_what_is_read_does_not_ring_on_and_an_app_that_is_down_hurries_to_the_text_alone(
    session, runtime, client_for, clock
):
    first, *_ = await full_house(session)
    await reachable(session, runtime, first, "+8613912345678")
    await call(session, runtime)
    night = Night(runtime, GONE_AWAY, GONE_AWAY, GONE_AWAY)

    assert await night.at(0) == [0, 1, 0]
    assert await night.at(0.5) == [0, 1, 0]  # the app failed again; the call has its own time
    assert await night.at(1.4) == [0, 1, 0]
    clock.at = after(1.4)
    row = await session.scalar(select(Notification.id).where(Notification.kind == "duty.called"))
    assert (await client_for(first).post(f"/v1/notifications/{row}/read")).status_code == 204
    assert await night.at(4) == [0, 1, 0]
    states = await session.execute(select(PushDelivery.channel, PushDelivery.state))
    assert dict([tuple(row) for row in states]) == {JPUSH: PushState.SKIPPED, SMS: PushState.SENT}
    assert await session.scalar(select(DutyCall.id)) is not None
