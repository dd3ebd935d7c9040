"""A lesson (培训) is an activity of its kind; its reminder has words and a topic of its own."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from app.core.urgency import PushChannel
from app.models import Notification
from app.services import activities
from tests.activities.world import (
    NOW,
    SIGN_UPS,
    activity,
    heard,
    make_world,
    ok,
    publish,
    react,
    rider,
    shift,
)
from tests.factories.notifications import make_device
from tests.notifications.fakes import FakePush, push


async def test_who_has_a_place_in_a_lesson_is_reminded_of_it_once(session, runtime, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    keen, tired = await rider(session, "骑手甲"), await rider(session, "骑手乙")
    for person in (keen, tired):
        await make_device(session, person.account_id)
    await session.commit()
    evening = NOW + timedelta(days=2)
    lesson = activity(world.team, shift(evening), kind="training", title="个人信息保护")
    found = await publish(client_for(world.coordinator), lesson)
    [role] = found["shifts"][0]["roles"]
    for person in (keen, tired):
        place = {"id": str(uuid4()), "role_id": role["id"]}
        await ok(await client_for(person).post(SIGN_UPS, json=place), 201)
    preferences = "/v1/notifications/preferences"
    own = (await client_for(tired).get(preferences)).json()
    assert "lessons" in {each["topic"] for each in own["topics"]}
    wish = {"topics": {"lessons": "off"}, "quiet": None, "language": "zh-CN", "version": own["version"]}
    assert (await client_for(tired).put(preferences, json=wish)).status_code == 200

    clock.at = evening - timedelta(hours=23)
    assert [await activities.remind(session, now=clock.at) for _ in range(2)] == [2, 0]
    await session.commit()
    await react(runtime, clock.at)
    vendor = FakePush()
    await push(runtime, {PushChannel.JPUSH: vendor}, clock.at)

    assert await heard(session, keen.account_id) == await heard(session, tired.account_id) == ["lesson.soon"]
    [row] = await session.scalars(select(Notification).where(Notification.account_id == keen.account_id))
    # The inbox names the lesson; a locked screen does not, and of a topic that is off nothing is on it.
    assert row.params["title"] == "个人信息保护"
    assert [parcel.message.body for parcel in vendor.sent] == ["您有一节课快开始了"]
