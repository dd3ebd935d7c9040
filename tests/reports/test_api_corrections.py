"""Putting a case right: its place, its category; grids that were redrawn; every surprise is explained."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core.actor import Actor, Grant, Role
from app.core.clock import local_day
from app.core.geo import Point
from app.models import (
    Grid,
    Move,
    PhotoPurpose,
    PlacedBy,
    Report,
    ReportState,
    ReportStep,
    ReportTask,
    TaskState,
    Urgency,
)
from app.realtime.cases import CaseFeed, cases_topic
from app.realtime.hub import Hub
from app.services.areas import publish_shipped
from app.services.reports import deadlines, succession
from tests.factories.accounts import make_account
from tests.factories.grids import LAT, LON, drawn, square
from tests.factories.reports import SENT_AT, make_category, make_report, make_unit
from tests.factories.rules import make_rule
from tests.factories.stations import COMMUNITY, make_area
from tests.reports import crew, crew_photos
from tests.reports.test_api_submit import a_report

OTHER = "620902006002"
HERE, THERE = Point(LAT + 0.0005, LON + 0.0005), Point(LAT + 0.0005, LON + 0.0025)


async def make_grid(session, number, ring, *, community=COMMUNITY, **given):
    await make_area(session, community)
    feature = drawn(number, ring, community=community)
    grid = Grid(
        **{
            "scheme": "civil",
            "code": feature["properties"]["code"],
            "name": "示例网格",
            "community_code": community,
            "polygon": feature["geometry"],
            "valid_from": local_day(SENT_AT),
            **given,
        }
    )
    session.add(grid)
    await session.flush()
    return grid


@pytest.fixture
async def grids(session):
    await publish_shipped(session, now=SENT_AT)
    here = await make_grid(session, 1, square(0, 0))
    there = await make_grid(session, 1, square(2, 0), community=OTHER)
    return here, there


async def heard(runtime, area_code, *ids):
    """Return what the desk of an area hears of cases that were just moved."""
    hub: Hub[bytes] = Hub()
    with hub.subscribe(cases_topic(area_code)) as watching:
        await CaseFeed(runtime.db, hub).hear(set(ids))
        return await watching.next(patience_s=0.01)


def gone(report):
    return [b'event: gone\ndata: {"id":"%b"}\n\n' % str(report.id).encode()]


async def staff(session, client_for, area_code=COMMUNITY, role=Role.COMMUNITY_STAFF):
    actor = Actor((await make_account(session, display_name="小李")).id, (Grant(role, (area_code,)),))
    await session.commit()
    return client_for(actor)


async def a_case(session, grid, **given):
    report = await make_report(session, at=HERE, grid_id=grid.id, grid_ids=[str(grid.id)], **given)
    await deadlines.follow(session, report, Move.SUBMIT, now=report.submitted_at)
    await session.commit()
    return report


def to(point, **given):
    return {
        "position": {"lat": point.lat, "lon": point.lon, "coord_type": "wgs84"},
        "reason": "在路的另一边",
        "version": 1,
        **given,
    }


async def last_step(session, report) -> ReportStep:
    query = select(ReportStep).where(ReportStep.report_id == report.id).order_by(ReportStep.id.desc())
    return await session.scalar(query.limit(1))


async def test_a_pin_across_the_boundary_takes_the_case_to_the_other_desk(
    session, client_for, grids, runtime
):
    here, there = grids
    near = await make_unit(session, area_code=OTHER)
    rule = await make_rule(session, near, area_code=OTHER)
    report = await a_case(session, here)
    clerk, other = await staff(session, client_for), await staff(session, client_for, OTHER)

    moved = await clerk.post(f"/v1/reports/cases/{report.id}/pin", json=to(THERE))

    assert moved.status_code == 200, moved.text
    assert (moved.json()["area_code"], moved.json()["placed_by"]) == (OTHER, "moved")
    assert (await clerk.get(f"/v1/reports/cases/{report.id}")).status_code == 404
    seen = (await other.get(f"/v1/reports/cases/{report.id}")).json()
    assert seen["case"]["grid_id"] == str(there.id)
    assert seen["case"]["proposal"]["rule_id"] == str(rule.id)
    details = seen["steps"][-1]["details"]
    assert (seen["steps"][-1]["move"], seen["steps"][-1]["reason"]) == ("move_pin", "在路的另一边")
    assert (details["before"]["area_code"], details["after"]["area_code"]) == (COMMUNITY, OTHER)
    assert details["routing"]["rule_id"] == str(rule.id)
    assert await heard(runtime, COMMUNITY, report.id) == gone(report)
    for area_code in (OTHER, COMMUNITY[:6]):
        (event,) = await heard(runtime, area_code, report.id)
        assert event.startswith(b"event: case")


async def test_a_pin_in_another_county_takes_the_case_from_a_unit_that_does_not_reach_there(
    session, client_for, grids
):
    away = "620921001001"
    await make_grid(session, 1, square(2, 4), community=away)
    ours, helper, theirs = [
        await make_unit(session, area_code=code, name=name)
        for code, name in ((COMMUNITY[:6], "原单位"), (COMMUNITY[:6], "协办"), (away[:6], "新单位"))
    ]
    await make_rule(session, theirs, area_code=away)
    given = {"unit_id": ours.id, "is_designated": True}
    held = [
        await a_case(session, grids[0], state=state, **given)
        for state in (ReportState.IN_PROGRESS, ReportState.SUSPENDED, ReportState.RESOLVED)
    ]
    clerk = await staff(session, client_for)
    checker = await crew.staff(session, away)
    other = client_for(checker)
    mender = client_for(await crew.unit_user(session, ours.id))
    await session.commit()
    path = f"/v1/reports/cases/{held[0].id}"
    task = await clerk.post(f"{path}/tasks", json={"unit_id": str(helper.id), "instruction": "断电"})
    pin = to(Point(LAT + 0.0045, LON + 0.0025))

    for each in held:
        moved = await clerk.post(f"/v1/reports/cases/{each.id}/pin", json=pin)
        assert (moved.status_code, moved.json()["area_code"]) == (200, away), moved.text
        assert moved.json()["proposed_unit_id"] == str(theirs.id)

    rows = [(await other.get(f"/v1/reports/cases/{each.id}")).json() for each in held]
    assert [(row["case"]["state"], row["case"]["unit_id"]) for row in rows] == [
        ("returned", None), ("returned", None), ("resolved", str(ours.id)),
    ]  # fmt: skip
    steps = [[(step["move"], step["actor"]) for step in row["steps"]] for row in rows]
    assert steps[0][-2:] == [("move_pin", "staff"), ("return", "system")]
    assert steps[1][-3:] == [("move_pin", "staff"), ("resume", "system"), ("return", "system")]
    assert rows[0]["steps"][-1]["reason"] == succession.OUT_OF_REACH
    assert (rows[0]["case"]["return_count"], rows[0]["case"]["is_designated"]) == (0, False)
    assert rows[0]["possible"] == ["dispatch"]
    assert (await mender.get(f"/v1/reports/handling/{held[0].id}")).status_code == 404
    kept = await session.get_one(ReportTask, UUID(task.json()["id"]), populate_existing=True)
    assert (kept.state, kept.result) == (TaskState.RETURNED, succession.OUT_OF_REACH)
    sent = await other.post(f"{path}/dispatch", json={"version": rows[0]["case"]["version"]})
    assert (sent.status_code, sent.json()["case"]["unit_id"]) == (200, str(theirs.id))
    # What proves not to be mended goes to somebody who reaches it.
    seen = await crew_photos.ready(session, checker.account_id, PhotoPurpose.VERIFICATION)
    await session.commit()
    look = {"text": "没修好", "photo_ids": [str(seen.id)]}
    failed = await other.post(f"/v1/reports/checking/{held[2].id}/fail", json=look)
    assert (failed.status_code, failed.json()["state"]) == (200, "returned"), failed.text


async def test_of_two_clerks_the_second_learns_who_the_first_was(session, client_for, grids):
    report = await a_case(session, grids[0])
    first, second = await staff(session, client_for), await staff(session, client_for)
    path = f"/v1/reports/cases/{report.id}"

    assert (await first.post(f"{path}/pin", json=to(Point(HERE.lat, HERE.lon + 0.0001)))).status_code == 200
    late = [
        await second.post(f"{path}/{verb}", json={"version": 1, "reason": "晚了", **said})
        for verb, said in (("pin", to(THERE)), ("category", {"category_id": "road_damage"}), ("accept", {}))
    ]
    blind = await second.post(f"{path}/accept", json={"reason": "没看"})

    assert [(each.status_code, each.json()["code"]) for each in late] == [(409, "edit_conflict")] * 3
    assert all("小李" in each.json()["detail"] for each in late)
    assert all("accept" in each.json()["possible"] for each in late)
    assert (blind.status_code, blind.json()["code"]) == (422, "invalid_input")


async def test_a_moved_pin_does_not_break_the_riders_retry(session, client_for, grids):
    await make_category(session)
    rider = await make_account(session)
    await session.commit()
    phone, clerk = client_for(Actor(rider.id)), await staff(session, client_for)
    given = a_report(position={"lat": HERE.lat, "lon": HERE.lon, "coord_type": "wgs84"})
    first = await phone.post("/v1/reports", json=given)
    await clerk.post(f"/v1/reports/cases/{given['id']}/pin", json=to(Point(HERE.lat, HERE.lon + 0.0001)))

    again = await phone.post("/v1/reports", json=given)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["number"] == first.json()["number"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": " "}, "report.reason_needed"),
        ({"version": 7}, "edit_conflict"),
        ({"position": {"lat": 39.7, "lon": 98.5}}, "invalid_input"),
        ({"position": {"lat": 74.0, "lon": 40.0, "coord_type": "wgs84"}}, "position.swapped"),
    ],
)
async def test_a_pin_is_moved_with_reason_and_version(session, client_for, grids, change, code):
    report = await a_case(session, grids[0])
    clerk = await staff(session, client_for)

    response = await clerk.post(f"/v1/reports/cases/{report.id}/pin", json={**to(THERE), **change})

    assert response.json()["code"] == code


async def test_an_ended_case_stays_where_it_is(session, client_for, grids):
    report = await a_case(session, grids[0])
    report.state = ReportState.REJECTED
    await session.commit()
    clerk = await staff(session, client_for)

    response = await clerk.post(f"/v1/reports/cases/{report.id}/pin", json=to(THERE))

    assert (response.status_code, response.json()["code"]) == (409, "report.case_ended")


async def test_another_category_counts_anew_and_the_step_keeps_the_old_promise(session, client_for, grids):
    report = await a_case(session, grids[0])
    await make_category(session, "manhole_cover", urgency=Urgency.EMERGENCY)
    clerk, promised = await staff(session, client_for), report.due_at

    changed = await clerk.post(
        f"/v1/reports/cases/{report.id}/category",
        json={"category_id": "manhole_cover", "reason": "是井盖", "version": 1},
    )

    assert changed.status_code == 200, changed.text
    row = changed.json()
    assert (row["category_id"], row["urgency"]) == ("manhole_cover", "emergency")
    case = await session.get_one(Report, report.id, populate_existing=True)
    assert case.due_at == SENT_AT + timedelta(hours=24)
    assert case.original_due_at == promised
    details = (await last_step(session, report)).details
    assert details["before"]["category_id"] == "road_damage"
    assert details["before"]["due_at"] == promised.isoformat()


async def test_a_category_that_proves_confidential_hides_the_case(session, client_for, grids, runtime):
    report = await a_case(session, grids[0])
    await make_category(session, "food_safety", is_confidential=True)
    clerk, colleague = await staff(session, client_for), await staff(session, client_for)

    changed = await clerk.post(
        f"/v1/reports/cases/{report.id}/category",
        json={"category_id": "food_safety", "reason": "后厨", "version": 1},
    )

    assert changed.json()["is_confidential"] is True
    assert (await clerk.get(f"/v1/reports/cases/{report.id}")).status_code == 200
    assert (await colleague.get(f"/v1/reports/cases/{report.id}")).status_code == 404
    for area_code in (COMMUNITY, COMMUNITY[:6]):
        assert await heard(runtime, area_code, report.id) == gone(report)
    # It was on nobody's board now: that it moves on is no news there.
    steps = update(ReportStep).where(ReportStep.report_id == report.id)
    await session.execute(steps.values(at=SENT_AT - timedelta(days=1)))
    again = {"category_id": "food_safety", "reason": "还是后厨", "version": changed.json()["version"]}
    assert (await clerk.post(f"/v1/reports/cases/{report.id}/category", json=again)).status_code == 200
    assert await heard(runtime, COMMUNITY, report.id) == []


async def test_an_unknown_category_is_refused(session, client_for, grids):
    report = await a_case(session, grids[0])
    clerk = await staff(session, client_for)

    response = await clerk.post(
        f"/v1/reports/cases/{report.id}/category",
        json={"category_id": "no_such", "reason": "x", "version": 1},
    )

    assert response.json()["code"] == "report.category_unknown"


async def test_redrawn_grids_take_their_open_cases_along_with_a_step(session, client_for, grids):
    here, _ = grids
    here.valid_to = local_day(SENT_AT)
    await session.flush()
    redrawn = await make_grid(session, 2, square(0, 0), community=OTHER)
    stays = await a_case(session, here)
    ended = await a_case(session, here)
    ended.state = ReportState.REJECTED
    await session.commit()
    officer = await staff(session, client_for, COMMUNITY[:6], Role.DISTRICT_OFFICER)

    dry = await officer.post("/v1/reports/grids/rehome", json={"area_code": COMMUNITY, "dry_run": True})
    done = await officer.post("/v1/reports/grids/rehome", json={"area_code": COMMUNITY})
    again = await officer.post("/v1/reports/grids/rehome", json={"area_code": COMMUNITY[:6]})

    assert dry.json() == done.json()
    assert [(each["report_id"], each["to_area"]) for each in done.json()["done"]] == [(str(stays.id), OTHER)]
    assert again.json() == {"done": [], "remaining": 0}
    case = await session.get_one(Report, stays.id, populate_existing=True)
    assert (case.grid_id, case.placed_by) == (redrawn.id, PlacedBy.INSIDE)
    step = await last_step(session, stays)
    assert (step.move, step.details["before"]["grid_id"]) == (Move.REHOME, str(here.id))
    elsewhere = await officer.post("/v1/reports/grids/rehome", json={"area_code": "620921"})
    assert elsewhere.status_code == 404


async def test_a_delay_is_noted_and_shifts_nothing(session, client_for, grids):
    report = await a_case(session, grids[0])
    clerk, due = await staff(session, client_for), report.next_due_at

    response = await clerk.post(
        f"/v1/reports/cases/{report.id}/note-delay", json={"version": 1, "reason": "平台停机"}
    )

    assert response.status_code == 204
    case = await session.get_one(Report, report.id, populate_existing=True)
    assert case.next_due_at == due
    assert (await last_step(session, report)).reason == "平台停机"


async def test_who_reports_elsewhere_is_routed_by_the_place(session, client_for, grids):
    await make_category(session)
    member = await make_account(session)
    await session.commit()
    phone = client_for(Actor(member.id, (Grant(Role.PART_TIME_GRID_MEMBER, (COMMUNITY,)),)))
    given = a_report(position={"lat": THERE.lat, "lon": THERE.lon, "coord_type": "wgs84"})

    await phone.post("/v1/reports", json=given)

    assert (await session.get_one(Report, UUID(given["id"]))).area_code == OTHER
