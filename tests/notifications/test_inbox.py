"""The inbox: one row for a person and an event, read and unread, and the stream of it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor, Grant, Role
from app.core.errors import NotFound
from app.core.ids import first_id_at, made_at_ms, new_id
from app.core.urgency import Urgency
from app.models import AccountStatus, Language, Notification
from app.realtime.hub import Hub
from app.realtime.inboxes import STALE, InboxFeed, inbox_topic
from app.realtime.listener import Listener
from app.services import notifications
from app.services.notifications import About, tell, templates
from app.services.outbox import MOST_IDS, Channel
from tests.factories.accounts import make_account
from tests.factories.notifications import make_notification
from tests.factories.stations import COMMUNITY
from tests.realtime.waiting import until

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


async def count(session) -> int:
    return await session.scalar(select(func.count()).select_from(Notification))


async def test_everybody_is_told_an_event_once(session, client_for):
    rider, other, gone = [await make_account(session) for _ in range(3)]
    gone.status = AccountStatus.DELETED
    await session.flush()
    said = {
        "kind": "report.accepted",
        "key": "step:1",
        "params": {"number": "NF100001", "due_at": DUE},
        "subject": About("report", uuid4()),
        "area_code": COMMUNITY,
        "now": NOW,
    }

    told = await tell(session, to=[rider.id, gone.id, rider.id, uuid4()], **said)
    again = await tell(session, to=iter([other.id, rider.id]), **said)
    await session.commit()

    assert (told, again, await count(session)) == (1, 1, 2)
    inbox = (await client_for(Actor(rider.id)).get("/v1/notifications")).json()
    (shown,) = inbox["notifications"]
    assert inbox["next_cursor"] is None
    assert shown["zh"] == {
        "title": "您的上报已受理",
        "body": "NF100001 已受理,预计 11月23日18:00 前办结。",
    }
    assert shown["en"]["body"] == "NF100001 was accepted and is to be done by 18:00 on 23 Nov."
    assert (shown["subject"]["type"], shown["topic"], shown["read_at"]) == ("report", "reports", None)
    row = await session.scalar(select(Notification).where(Notification.account_id == rider.id))
    assert (row.push_at, row.urgency, row.area_code) == (NOW, Urgency.NORMAL, COMMUNITY)


async def test_two_who_tell_the_same_at_once_leave_one_row_each(own_runtime):
    async with own_runtime.db.writing() as session:
        people = [(await make_account(session)).id for _ in range(40)]

    async def tell_all(order: list) -> int:
        async with own_runtime.db.writing() as session:
            return await tell(session, kind="report.reply", to=order, key="e1", now=NOW)

    told = await asyncio.gather(*(tell_all(people[::step]) for step in (1, -1, 1, -1)))

    assert sum(told) == 40
    async with own_runtime.db.reading() as session:
        assert await count(session) == 40


async def test_other_processes_hear_who_was_told_or_that_many_were(own_runtime, own_url):
    heard: list = []

    async def hear(ids) -> None:
        heard.append(ids)

    listener = Listener(own_url)
    listener.on(Channel.NOTIFICATIONS, hear)
    listener.start()
    await until(lambda: listener.is_connected)
    async with own_runtime.db.writing() as session:
        people = [(await make_account(session)).id for _ in range(MOST_IDS + 1)]

    async def say(to, key: str) -> None:
        async with own_runtime.db.writing() as session:
            await tell(session, kind="report.reply", to=to, key=key, now=NOW)

    await say(people[:2], "few")
    await say(people[:2], "few")
    # One after the other: of what comes in together a listener says "everything" alone.
    await until(lambda: heard)
    await say(people, "many")
    await until(lambda: heard[-1] is None)
    await listener.stop()

    async with own_runtime.db.reading() as session:
        few = await session.scalars(select(Notification.id).where(Notification.event_key == "few"))
    assert [each and set(each) for each in heard] == [set(few), None]


async def test_what_is_not_committed_was_never_told(own_runtime):
    async with own_runtime.db.writing() as session:
        person = await make_account(session)

    async def fail() -> None:
        async with own_runtime.db.writing() as session:
            await tell(session, kind="report.reply", to=[person.id], key="e1", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    async with own_runtime.db.reading() as session:
        assert await count(session) == 0


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("report.nothing", {}, NotFound),
        ("report.reply", {"number": "NF1"}, ValueError),
        ("report.rejected", {}, ValueError),
        ("report.closed", {"number": "NF1", "outcome": "eaten"}, ValueError),
        ("report.accepted", {"number": "NF1", "due_at": "tomorrow"}, ValueError),
    ],
)
async def test_what_no_template_can_say_is_refused(session, kind, params, error):
    with pytest.raises(error):
        await tell(session, kind=kind, to=[uuid4()], key="e1", params=params, now=NOW)


def test_templates_are_checked_when_they_are_read():
    wording = {"title": "一", "body": "{number}", "push": "有新消息"}
    raw = {
        "topics": {"t": {"zh-CN": "甲", "en": "a"}},
        "words": {},
        "gathered": {"zh-CN": "{count}", "en": "{count}"},
        "app": {"zh-CN": "暖蜂", "en": "Nuanfeng"},
        "kinds": {
            "k": {
                "topic": "t",
                "params": {"number": {"type": "text", "example": "NF1"}},
                "versions": [{"zh-CN": wording, "en": wording}],
            }
        },
    }
    assert templates.read(raw).kinds["k"].version == 1

    wording["push"] = "{number} 有新消息"
    with pytest.raises(ValueError, match="neutral"):
        templates.read(raw)
    wording["push"] = "有新消息"
    raw["kinds"]["k"]["topic"] = "nowhere"
    with pytest.raises(ValueError, match="topic"):
        templates.read(raw)
    raw["kinds"]["k"]["topic"] = "t"
    wording["body"] = "{name}"
    with pytest.raises(KeyError):
        templates.read(raw)


def test_every_shipped_template_says_something_in_both_languages():
    for template in notifications.catalogue().kinds.values():
        said = set(notifications.sample(template, template.versions[-1], {}).values())
        assert len(said) == len(Language), template.kind
        assert not any("{" in each.title + each.body for each in said)


async def test_pages_unread_and_marking(session, client_for):
    me = await make_account(session)
    rows = [await make_notification(session, me.id) for _ in range(5)]
    stranger = await make_notification(session, (await make_account(session)).id)
    await session.commit()
    client = client_for(Actor(me.id))

    first = (await client.get("/v1/notifications?limit=2")).json()
    rest = (await client.get(f"/v1/notifications?limit=10&cursor={first['next_cursor']}")).json()
    ids = [each["id"] for each in first["notifications"] + rest["notifications"]]
    assert ids == [str(row.id) for row in reversed(rows)]
    assert (await client.get("/v1/notifications/unread")).json() == {"unread": 5}
    assert (await client.get("/v1/notifications?cursor=x")).json()["code"] == "bad_cursor"

    for _ in range(2):
        assert (await client.post(f"/v1/notifications/{rows[0].id}/read")).status_code == 204
    assert (await client.post(f"/v1/notifications/{stranger.id}/read")).status_code == 404
    assert (await client.get("/v1/notifications/unread")).json() == {"unread": 4}

    # What came in after the last one seen stays unread.
    seen = await client.post("/v1/notifications/read", json={"until": str(rows[3].id)})
    assert seen.json() == {"marked": 3}
    left = (await client.get("/v1/notifications?unread=true")).json()["notifications"]
    assert [each["id"] for each in left] == [str(rows[4].id)]
    assert (await client.post("/v1/notifications/read", json={"until": None})).json() == {"marked": 1}
    assert (await session.scalar(select(Notification.read_at).where(Notification.id == stranger.id))) is None


async def test_a_row_of_a_newer_release_spoils_no_inbox(session, client_for):
    me = await make_account(session)
    await make_notification(session, me.id, kind="report.from_tomorrow")
    await make_notification(session, me.id, kind="report.rejected", template_version=9)
    await session.commit()

    inbox = (await client_for(Actor(me.id)).get("/v1/notifications")).json()["notifications"]

    assert [each["zh"]["title"] for each in inbox] == ["您有一条新消息"] * 2


async def test_staff_see_what_a_kind_looks_like(client_for, session):
    person = await make_account(session)
    await session.commit()
    staff = client_for(Actor(person.id, (Grant(Role.COMMUNITY_STAFF, (COMMUNITY,)),)))

    shown = (await staff.get("/v1/notifications/templates/report.closed")).json()
    unknown = await staff.get("/v1/notifications/templates/report.closed?version=9")

    assert shown["zh"]["body"].startswith("NF100001 已结案:已修复。")
    assert shown["zh"]["push"] == "您的上报有新进展"
    assert unknown.status_code == 404


async def test_the_stream_tells_what_came_and_what_was_missed(session, runtime):
    me, other = await make_account(session), await make_account(session)
    long_ago = await make_notification(session, me.id, id=first_id_at(NOW - timedelta(hours=3)))
    seen = await make_notification(session, me.id, id=first_id_at(NOW))
    new = await make_notification(session, me.id)
    await session.commit()
    hub: Hub[bytes] = Hub()
    feed = InboxFeed(runtime.db, hub)

    with hub.subscribe(inbox_topic(me.id)) as mine, hub.subscribe(inbox_topic(other.id)) as theirs:
        await feed.hear({new.id})
        (event,) = await mine.next(patience_s=0.1)
        assert await theirs.next(patience_s=0.01) == []
        await feed.hear(None)
        assert await mine.next(patience_s=0.1) == [STALE]
        await feed.hear_grants({me.id})
        assert mine.is_over
        assert not theirs.is_over
    assert event.startswith(b"id: %b\nevent: notification\n" % str(new.id).encode())
    assert json.loads(event.split(b"data: ")[1])["zh"]["title"] == "有新回复"

    rows, has_more = await notifications.missed(session, since=seen.id, by=Actor(me.id), limit=10)
    assert ([row.id for row in rows], has_more) == ([seen.id, new.id], False)
    assert long_ago.id not in {row.id for row in rows}
    rows, has_more = await notifications.missed(session, since=long_ago.id, by=Actor(me.id), limit=1)
    assert has_more


async def test_old_ones_go(session):
    me = await make_account(session)
    old = await make_notification(session, me.id, id=first_id_at(NOW - timedelta(days=181)))
    young = await make_notification(session, me.id, id=first_id_at(NOW - timedelta(days=179)))

    assert await notifications.forget_old(session, now=NOW) == 1
    assert (await session.scalars(select(Notification.id))).all() == [young.id]
    assert old.id < young.id < new_id()
    assert made_at_ms(young.id) == int((NOW - timedelta(days=179)).timestamp() * 1000)


async def test_what_two_accounts_of_one_person_were_both_told_the_survivor_keeps(session):
    absorbed, survivor = await make_account(session), await make_account(session)
    await tell(session, kind="report.reply", to=[absorbed.id, survivor.id], key="both", now=NOW)
    await tell(session, kind="report.reply", to=[absorbed.id], key="one", now=NOW)

    await notifications.drop_doubled(session, absorbed.id, survivor.id, now=NOW)

    rows = (await session.execute(select(Notification.account_id, Notification.event_key))).all()
    assert set(rows) == {(survivor.id, "both"), (absorbed.id, "one")}
