"""A group hears what is to be done: by number alone, once, no faster than its vendor bears."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.adapters.push.memory import MemoryPush
from app.core.clock import utc_now
from app.core.urgency import RobotVendor
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import DeadlineStep, GroupRobot, RobotNews, RobotNewsState
from app.ports import DeadTarget, OutsideError, Refused, RetryLater
from app.services import outbox, robots
from app.services.reports.events import ReportOverdue, ReportSubmitted
from app.services.robots.sending import MOST_TRIES, PER_MINUTE
from tests.factories.reports import make_report, make_unit
from tests.factories.robots import KEY, SECRET, make_robot
from tests.factories.stations import COMMUNITY, make_area
from tests.notifications.fakes import FakePush
from tests.reports.crew import officer

MINUTE = timedelta(minutes=1)
PATH = "/v1/group-robots"
ADDRESS = f"https://oapi.dingtalk.com/robot/send?access_token={KEY.replace('-', '')}"


@pytest.fixture
def speak(runtime, session):
    async def go(way, now=None) -> bool:
        await session.commit()
        at = now or utc_now()
        speaker = robots.Speaker(dict.fromkeys(RobotVendor, way), runtime.vault, lambda: at)
        return await robots.say_next(runtime.db, speaker)

    return go


async def happen(runtime, session, *facts) -> None:
    """Record events and have them reacted to."""
    now = utc_now()
    for event, area_code in facts:
        outbox.record(session, event, now=now, area_code=area_code)
    await session.commit()
    while await deliver(runtime.db, REACTIONS, now=now):
        pass


def overdue(report):
    return ReportOverdue(report.id, DeadlineStep.WHOLE.value, utc_now()), report.area_code


async def test_officers_set_up_a_robot_and_nobody_sees_its_key_again(session, runtime, client_for):
    boss = await officer(session)
    await make_area(session, COMMUNITY)
    await session.commit()
    client = client_for(boss)
    given = {
        "vendor": "dingtalk",
        "name": "值班群",
        "address": ADDRESS,
        "secret": SECRET,
        "facts": ["overdue", "emergency"],
        "area_code": COMMUNITY,
    }

    made = await client.post(PATH, json=given)
    assert made.status_code == 201, made.text
    listed = (await client.get(PATH)).json()["items"]
    assert [each["id"] for each in listed] == [made.json()["id"]]
    assert (listed[0]["facts"], listed[0]["is_signed"]) == (["emergency", "overdue"], True)
    row = await session.scalar(select(GroupRobot))
    kept = str(vars(row)) + made.text + str(listed)
    assert SECRET not in kept
    assert KEY.replace("-", "") not in kept
    assert runtime.vault.decrypt_shared(row.target_encrypted) == f"{KEY.replace('-', '')} {SECRET}"

    for bad in (
        {"address": "https://169.254.169.254/robot/send?access_token=abcdefgh"},
        {"address": ADDRESS + "&x=1"},
        {"address": ADDRESS.replace("https", "http")},
        {"address": ADDRESS.replace("oapi.dingtalk.com", "oapi.dingtalk.com@evil.example")},
        {"vendor": "feishu"},
        {"secret": "two words"},
    ):
        refused = await client.post(PATH, json=given | bad)
        assert refused.json()["code"] == "robot.address_refused", bad
    await make_area(session, "620921")
    await session.commit()
    assert (await client.post(PATH, json=given | {"area_code": "620921"})).status_code == 404
    for nothing in ({"facts": []}, {"facts": ["gossip"]}, {"name": ""}, {"vendor": "irc"}):
        assert (await client.post(PATH, json=given | nothing)).status_code == 422

    assert (await client.delete(f"{PATH}/{row.id}")).status_code == 204
    assert (await client.get(PATH)).json() == {"items": []}
    await session.refresh(row)
    assert row.target_encrypted == b""


async def test_an_areas_group_hears_its_cases_and_a_units_its_own_and_no_secret(
    session, runtime, speak, client
):
    unit, other = await make_unit(session), await make_unit(session, name="别的单位")
    area = await make_robot(session, runtime.vault, area_code=COMMUNITY[:6], facts=["overdue", "new_case"])
    units = await make_robot(session, runtime.vault, unit_id=unit.id)
    await make_robot(session, runtime.vault, unit_id=other.id)
    await make_robot(session, runtime.vault, area_code="620921")
    await make_robot(session, runtime.vault, facts=["returned"])
    told = await make_report(session, unit_id=unit.id, description="电话13712345678", address="王某某家")
    hidden = await make_report(session, is_confidential=True)
    later_hidden = await make_report(session)
    new = ReportSubmitted(told.id, told.category_id, "normal", is_confidential=False)
    await happen(
        runtime, session, overdue(told), overdue(hidden), overdue(later_hidden), (new, told.area_code)
    )
    later_hidden.is_confidential = True
    way = MemoryPush()

    while await speak(way):
        pass

    said = {parcel.message.body for parcel in way.sent}
    number = f"NF{told.number}"
    assert said == {f"案件已超期 {number}\n新案件 {number}"}
    assert len(way.sent) == 2
    assert {parcel.target for parcel in way.sent} == {f"{KEY} {SECRET}"}
    news = (await session.scalars(select(RobotNews))).all()
    assert {each.robot_id for each in news} == {area.id, units.id}
    assert not await speak(way)
    assert f"<td>dingtalk<td>值班群<td>案件已超期 {number}<td>sent" in (await client.get("/dev/outbox")).text
    payload = str([parcel.message for parcel in way.sent])
    assert not any(word in payload for word in ("13712345678", "王某某", str(told.id), COMMUNITY))


async def test_a_burst_is_one_message_and_a_robot_speaks_twenty_times_a_minute(session, runtime, speak):
    robot = await make_robot(session, runtime.vault)
    report, way, now = await make_report(session), MemoryPush(), utc_now() + 10 * MINUTE
    await happen(runtime, session, *[overdue(report)] * 25)

    assert await speak(way, now)
    assert [parcel.message.body.count("\n") + 1 for parcel in way.sent] == [20]
    assert await speak(way, now)
    assert not await speak(way, now)
    assert sum(parcel.message.body.count("\n") + 1 for parcel in way.sent) == 25
    # One by one: the minute fills up, and goes on when it is over.
    for _ in range(PER_MINUTE - 2):
        await happen(runtime, session, overdue(report))
        assert await speak(way, now + timedelta(seconds=5))
    await happen(runtime, session, overdue(report))
    assert not await speak(way, now + timedelta(seconds=59))
    assert await speak(way, now + timedelta(seconds=61))
    assert len(way.sent) == PER_MINUTE + 1
    await session.refresh(robot)
    assert robot.minute_count == 1


async def test_an_address_that_nobody_can_read_silences_no_other_robot(session, runtime, speak):
    report, way = await make_report(session), MemoryPush()
    lost = await make_robot(session, runtime.vault, target_encrypted=b"made by no key of ours")
    read = await make_robot(session, runtime.vault)
    await happen(runtime, session, overdue(report))

    assert [await speak(way), await speak(way)] == [True, False]

    assert len(way.sent) == 1
    for each in (lost, read):
        await session.refresh(each)
    assert (lost.last_error, read.last_error) == ("unreadable address", None)
    assert lost.failing_since is not None


async def test_failures_are_tried_again_and_a_dead_robot_is_disabled_until_an_officer_says_so(
    session, runtime, speak, client_for
):
    robot, report = await make_robot(session, runtime.vault), await make_report(session)
    await happen(runtime, session, overdue(report))
    way, now = FakePush(RetryLater("dingtalk_130101", 10 * MINUTE), OutsideError("away")), utc_now()

    assert await speak(way, now)
    assert not await speak(way, now + 9 * MINUTE)
    assert await speak(way, now + 11 * MINUTE)
    await session.refresh(robot)
    assert (robot.last_error, robot.disabled_at) == ("failed", None)
    assert await speak(way, now + 13 * MINUTE)
    await session.refresh(robot)
    assert (robot.failing_since, len(way.sent)) == (None, 1)

    await happen(runtime, session, overdue(report))
    assert await speak(FakePush(DeadTarget()), now + 20 * MINUTE)
    await session.refresh(robot)
    assert robot.disabled_at is not None
    boss = client_for(await officer(session))
    await session.commit()
    enabled = await boss.post(f"{PATH}/{robot.id}/enable")
    assert (enabled.status_code, enabled.json()["disabled_at"]) == (200, None)
    way = FakePush(*[Refused("dingtalk_310000")] * MOST_TRIES)
    at = now + 30 * MINUTE
    while await speak(way, at):
        at += 2 * MINUTE
    states = (await session.scalars(select(RobotNews.state).order_by(RobotNews.event_id))).all()
    assert states == [RobotNewsState.SENT, RobotNewsState.FAILED]
