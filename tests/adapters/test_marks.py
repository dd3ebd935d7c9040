"""Nothing of anybody leaves: every kind of message, by every way, searched for marks."""

import email
from email.policy import default
from uuid import uuid4

from app.adapters.push.mail import Mail, MailAccount
from app.adapters.push.memory import MemoryPush
from app.adapters.push.robots import Robots
from app.core.clock import utc_now
from app.core.push_settings import SmtpSecurity
from app.core.urgency import PushChannel, RobotVendor, Urgency
from app.ports import Parcel, PushMessage
from app.services.notifications import About, catalogue, tell
from tests.adapters.vendors import MailServer, Vendors
from tests.adapters.ways import PATHS, WayOf
from tests.factories.accounts import make_account
from tests.factories.notifications import make_device
from tests.factories.stations import COMMUNITY
from tests.notifications.fakes import push

MARK, PHONE = "MARK7Q", "13987654321"


async def told(session, runtime) -> tuple[list[PushMessage], list[str]]:
    """Tell somebody of everything there is, full of marks; return what would leave, and what must not."""
    number = runtime.vault.encrypt_phone(f"+86{PHONE}")
    me = await make_account(session, display_name=f"马小军{MARK}", phone_encrypted=number)
    await make_device(session, me.id, token="a-phone")
    thing = uuid4()
    for kind, template in catalogue().kinds.items():
        params = {
            name: f"{MARK}{PHONE}" if param.type == "text" else param.example
            for name, param in template.params.items()
        }
        await tell(
            session,
            kind=kind,
            to=[me.id],
            key=f"{MARK}:{kind}",
            params=params,
            subject=About("report", thing),
            area_code=COMMUNITY,
            collapse_key=f"{MARK}:{kind}:{PHONE}",
            urgency=Urgency.EMERGENCY,
            now=utc_now(),
        )
    await session.commit()
    memory = MemoryPush()
    await push(runtime, {PushChannel.JPUSH: memory}, utc_now())
    marks = [MARK, PHONE, str(me.id), me.id.hex, str(thing), thing.hex, COMMUNITY, "马小军"]
    return [parcel.message for parcel in memory.sent], marks


async def test_no_payload_that_leaves_holds_anything_of_anybody(
    session, runtime, fake: Vendors, way_of: WayOf
):
    messages, marks = await told(session, runtime)
    pushed = {kind for kind, template in catalogue().kinds.items() if template.is_pushed}
    assert {message.kind for message in messages} == pushed
    assert not [mark for mark in marks if mark in str(messages)]

    for name in PATHS:
        way = way_of(name)
        await way.sender.send([Parcel(message, way.target) for message in messages])
        assert fake.asked(way.path), name
    for vendor in RobotVendor:
        sender = Robots(vendor, base_url=fake.address)
        await sender.send([Parcel(message, "73febdcb-1b38-4d1b secret") for message in messages[:5]])
        await sender.close()
    async with MailServer().running() as server:
        account = MailAccount("127.0.0.1", server.port, "bee@city.example", security=SmtpSecurity.NONE)
        await Mail(account, public_url="https://city.example").send(
            [Parcel(message, "a@x.example") for message in messages]
        )
        letters = [email.message_from_bytes(each, policy=default) for each in server.letters]

    left = [f"{seen.path} {seen.query} {seen.headers} {seen.content!r}" for seen in fake.seen]
    left += [f"{letter.items()} {letter.get_body().get_content()}" for letter in letters]
    assert len(left) > len(messages) * len(PATHS)
    assert not [(mark, each) for mark in marks for each in left if mark in each]
