"""One hazard, many reports: children follow their parent, a flood is one case, what recurs is shown."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from app.core.clock import utc_now
from app.core.geo import Point
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Move, OutboxEvent, Report, ReportState, ReportStep, Urgency
from tests.factories.reports import make_category, make_report, make_reports
from tests.factories.stations import SUZHOU
from tests.reports import crew

CASES = "/v1/reports/cases"


@pytest.fixture
async def rider(session):
    return await crew.rider(session)


@pytest.fixture
async def child(session, rider):
    return await make_report(session, reporter_id=rider.account_id, urgency=Urgency.URGENT)


@pytest.fixture
async def parent(session):
    return await make_report(session)


@pytest.fixture
async def desk(session, client_for, child, parent):
    client = client_for(await crew.staff(session))
    await session.commit()
    return client


async def merge(desk, child, parent, version=1):
    return await desk.post(
        f"{CASES}/{child.id}/mark-duplicate",
        json={"version": version, "parent_id": str(parent.id), "reason": "同一个坑"},
    )


async def test_a_child_follows_its_parent_and_its_rider_sees_how_it_goes(
    desk, child, parent, rider, client_for
):
    merged = await merge(desk, child, parent)
    assert (merged.json()["state"], merged.json()["parent_id"]) == ("duplicate", str(parent.id)), merged.text
    await desk.post(f"{CASES}/{parent.id}/accept", json={"version": 2})

    own = (await client_for(rider).get(f"/v1/reports/mine/{child.id}")).json()

    assert own["parent"]["state"] == "accepted"
    assert [step["move"] for step in own["parent"]["steps"]] == ["submit", "accept"]
    assert own["steps"][-1]["reason"] == "同一个坑"


async def test_a_parent_is_as_urgent_as_its_most_urgent_child(desk, child, parent, session):
    await merge(desk, child, parent)

    seen = (await desk.get(f"{CASES}/{parent.id}")).json()["case"]

    assert (seen["urgency"], seen["version"]) == ("urgent", 2)


async def test_chains_and_cycles_are_refused(desk, child, parent, session):
    third = await make_report(session)
    rejected = await make_report(session, state=ReportState.REJECTED)
    secret = await make_report(session, is_confidential=True)
    far = await make_report(session, area_code="620921001001")
    await session.commit()
    await merge(desk, child, parent)

    for one, other, version in (
        (third, third, 1),  # itself
        (third, child, 1),  # a chain
        (parent, third, 2),  # a parent as a child; its child made it urgent
        (third, rejected, 1),
        (third, secret, 1),
        (third, far, 1),
    ):
        response = await merge(desk, one, other, version)
        assert (response.status_code, response.json()["code"]) == (422, "report.parent_invalid")
    assert (await merge(desk, far, parent)).status_code == 404


async def test_when_the_parent_is_rejected_its_children_live_again(own_runtime):
    async with own_runtime.db.writing() as session:
        parent = await make_report(session, state=ReportState.REJECTED)
        child = await make_report(session, state=ReportState.DUPLICATE, parent_id=parent.id)
        ids = (parent.id, child.id)
        moved = {"report_id": str(ids[0]), "step_id": 0, "move": "reject", "to_state": "rejected"}
        for _ in range(2):  # told twice
            session.add(
                OutboxEvent(name="report.moved", area_code=None, payload=moved, recorded_at=utc_now())
            )

    for _ in range(2):
        await deliver(own_runtime.db, REACTIONS, now=utc_now())

    async with own_runtime.db.reading() as session:
        report = await session.get_one(Report, ids[1])
        assert (report.state, report.parent_id) == (ReportState.SUBMITTED, None)
        query = select(ReportStep).where(ReportStep.report_id == ids[1], ReportStep.move == Move.REVIVE)
        assert len((await session.scalars(query)).all()) == 1


async def test_a_merger_is_undone(desk, child, parent):
    await merge(desk, child, parent)

    revived = await desk.post(f"{CASES}/{child.id}/revive", json={"version": 2, "reason": "不是同一处"})

    assert (revived.json()["state"], revived.json()["parent_id"]) == ("submitted", None)


class Counting:
    """Counts what is said to the database while the block lasts."""

    def __init__(self, runtime) -> None:
        self.engine, self.said = runtime.db.engine.sync_engine, []

    def hear(self, *given) -> None:
        self.said.append(given[2])

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self.hear)
        return self.said

    def __exit__(self, *_) -> None:
        event.remove(self.engine, "before_cursor_execute", self.hear)


async def test_500_reports_of_one_flood_are_one_case_and_one_update(
    desk, parent, rider, session, runtime, client_for
):
    others = await make_reports(session, 498)
    mine = await make_report(session, reporter_id=rider.account_id)
    odd = await make_report(session, state=ReportState.CLOSED, outcome="explained")
    urgent = await make_report(session, urgency=Urgency.EMERGENCY)
    await session.commit()
    ids = [str(each) for each in (*others, mine.id, urgent.id)]
    given = {"report_ids": [*ids[:-1], str(odd.id)], "reason": "全城积水"}

    with Counting(runtime) as said:
        done = await desk.post(f"{CASES}/{parent.id}/children", json=given)
        one = await merge(desk, urgent, parent)

    assert (done.status_code, one.status_code) == (200, 200), done.text
    assert (len(done.json()["merged"]), done.json()["left"]) == (499, [str(odd.id)])
    assert len(said) < 60
    states = await session.scalars(select(Report.state).where(Report.parent_id == parent.id))
    assert Counter(states) == {ReportState.DUPLICATE: 500}
    steps = select(func.count()).where(ReportStep.move == Move.MARK_DUPLICATE)
    assert await session.scalar(steps) == 500
    merged = await session.scalars(
        select(OutboxEvent).where(OutboxEvent.name == "report.merged").order_by(OutboxEvent.id)
    )
    told = [each.payload for each in merged]
    assert [(each["parent_id"], each["children"]) for each in told] == [
        (str(parent.id), count) for count in (499, 1)
    ]
    # Who merged one alone said so by its move; of many in one go the one event names them.
    assert [len(each["merged_ids"]) for each in told] == [499, 0]
    again = await desk.post(f"{CASES}/{parent.id}/children", json={**given, "report_ids": ids[:-1]})
    assert again.json()["merged"] == []

    with Counting(runtime) as said:
        await desk.post(f"{CASES}/{parent.id}/accept", json={"version": 2, "reason": "正在排水"})
        while await deliver(runtime.db, REACTIONS, now=utc_now()):
            pass

    assert len(said) < 160  # for one update of 501 riders, their inboxes included
    seen = (await client_for(rider).get(f"/v1/reports/mine/{mine.id}")).json()["parent"]
    assert (seen["state"], seen["steps"][-1]["reason"]) == ("accepted", "正在排水")


async def test_what_recurs_at_a_place_is_shown_with_the_case(desk, session, child, parent):
    await make_category(session, "pothole", group="road_damage")
    await make_category(session, "dirty_road", group="dirt")
    now = utc_now()
    near = Point(SUZHOU.lat + 0.0004, SUZHOU.lon)  # about 44 m
    wanted = await make_report(session, at=near, category_id="pothole", submitted_at=now)
    here = await make_report(session, submitted_at=now)
    for other in (
        {"at": Point(SUZHOU.lat + 0.0005, SUZHOU.lon)},  # about 56 m
        {"submitted_at": now - timedelta(days=31)},
        {"category_id": "dirty_road"},
        {"is_confidential": True},
    ):
        await make_report(session, **{"submitted_at": now, **other})
    await session.commit()

    related = (await desk.get(f"{CASES}/{here.id}/related")).json()

    seen = {UUID(each["id"]) for each in related["recurrences"]} - {child.id, parent.id}
    assert seen == {wanted.id}
    await merge(desk, here, parent)
    again = (await desk.get(f"{CASES}/{parent.id}/related")).json()
    assert [each["id"] for each in again["children"]] == [str(here.id)]
    assert (await desk.get(f"{CASES}/{here.id}/related")).json()["parent"]["id"] == str(parent.id)
