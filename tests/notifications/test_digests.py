"""Who wants a digest gets one row and one push an hour or a day; what is urgent does not wait for it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.core.urgency import PushChannel, Urgency
from app.models import Notification
from app.services import notifications
from app.services.notifications import tell
from tests.factories.accounts import make_account
from tests.factories.notifications import make_device
from tests.factories.stations import COMMUNITY
from tests.notifications.fakes import FakePush, push

NOW = datetime(2026, 11, 20, 4, 10, tzinfo=UTC)  # 12:10 in China
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SAY = "/v1/notifications/preferences"
JPUSH = PushChannel.JPUSH


async def test_a_clerk_hears_of_many_cases_once_an_hour_and_of_urgent_ones_at_once(
    session, runtime, client_for, clock
):
    clock.at = NOW
    me = await make_account(session)
    await make_device(session, me.id)
    await session.commit()
    desk = client_for(Actor(me.id, (Grant(Role.COMMUNITY_STAFF, (COMMUNITY,)),)))
    topics = {topic["topic"] for topic in (await desk.get(SAY)).json()["topics"]}
    assert {"desk", "stations", "duty", "notices"} <= topics
    assert "unit" not in topics
    vendor = FakePush()

    async def told(kind: str, key: str, urgency: Urgency = Urgency.NORMAL) -> None:
        params = {"number": "NF1"}
        await tell(session, kind=kind, to=[me.id], key=key, params=params, urgency=urgency, now=NOW)
        await session.commit()

    async def bodies(now: datetime) -> list[str]:
        vendor.sent.clear()
        await push(runtime, {JPUSH: vendor}, now)
        return [parcel.message.body for parcel in vendor.sent]

    async def wants(mode: str, version: int) -> None:
        given = {"topics": {"desk": mode, "reports": mode, "digests": mode}, "quiet": None}
        answer = await desk.put(SAY, json={**given, "language": "zh-CN", "version": version})
        assert answer.status_code == 200

    await wants("hourly", 1)
    for number in range(3):
        await told("desk.updated", f"case {number}")
    await told("report.rejected", "mine")
    await told("desk.updated", "burning", Urgency.URGENT)
    assert await bodies(NOW + MINUTE) == ["有案件待处理"]
    read = await session.scalar(select(Notification.id).where(Notification.event_key == "case 0"))
    assert (await desk.post(f"/v1/notifications/{read}/read")).status_code == 204
    assert await notifications.send_digests(session, now=NOW + 49 * MINUTE) == 0
    due = NOW + 50 * MINUTE
    assert await notifications.send_digests(session, now=due) == 1
    assert await notifications.send_digests(session, now=due + MINUTE) == 0
    await session.commit()

    inbox = (await desk.get("/v1/notifications")).json()["notifications"]
    assert (len(inbox), inbox[0]["kind"]) == (6, "digest")
    assert inbox[0]["zh"]["body"] == "未读:我的上报 1 条、社区与区级的案件 2 条。"
    assert await bodies(due + MINUTE) == ["您有一份消息汇总"]
    assert await bodies(due + HOUR) == []

    # Tired of waiting: what was put off for the morning comes now, as one.
    await wants("digest", 2)
    for number in range(3, 5):
        await told("desk.updated", f"case {number}")
    assert await bodies(NOW + 2 * MINUTE) == []
    await wants("at_once", 3)
    assert await bodies(NOW + 3 * MINUTE) == ["您有 2 条新消息"]
    assert await notifications.send_digests(session, now=NOW + timedelta(days=2)) == 0
