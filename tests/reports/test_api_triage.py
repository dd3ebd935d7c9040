"""Decisions at the desk: one case, one decision, a reason for whatever leaves the queue."""

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.models import ReportState, ReportStep
from tests.factories.accounts import make_account
from tests.factories.reports import make_report, make_unit
from tests.factories.stations import COMMUNITY
from tests.reports import crew
from tests.reports.desks import staff_of


@pytest.fixture
async def report(session):
    report = await make_report(session)
    await session.commit()
    return report


@pytest.fixture
async def desk(session, client_for, report):
    actor = await staff_of(session, COMMUNITY)
    await session.commit()
    return client_for(actor)


async def test_a_clerk_accepts_and_the_timeline_says_so(desk, report):
    response = await desk.post(f"/v1/reports/cases/{report.id}/accept", json={"version": 1})

    assert response.status_code == 200, response.text
    assert response.json()["state"] == "accepted"
    steps = (await desk.get(f"/v1/reports/cases/{report.id}")).json()["steps"]
    assert [(step["move"], step["actor"], step["actor_name"]) for step in steps] == [
        ("submit", "reporter", ""),
        ("accept", "staff", "小李"),
    ]


async def test_the_second_clerk_is_told_who_was_first(desk, report, session, client_for):
    await desk.post(f"/v1/reports/cases/{report.id}/accept", json={"version": 1})
    other = client_for(await staff_of(session, COMMUNITY, name="小王"))
    await session.commit()

    response = await other.post(
        f"/v1/reports/cases/{report.id}/reject", json={"version": 1, "reason": "重复"}
    )

    assert (response.status_code, response.json()["code"]) == (409, "edit_conflict")
    assert response.json()["editor"] == "小李"


async def test_nothing_leaves_the_queue_without_a_reason(desk, report):
    response = await desk.post(f"/v1/reports/cases/{report.id}/reject", json={"version": 1, "reason": "  "})

    assert (response.status_code, response.json()["code"]) == (422, "report.reason_needed")


async def test_a_refusal_says_which_moves_are_possible(desk, report):
    await desk.post(f"/v1/reports/cases/{report.id}/accept", json={"version": 1})

    response = await desk.post(f"/v1/reports/cases/{report.id}/accept", json={"version": 2})

    assert (response.status_code, response.json()["code"]) == (409, "report.illegal_move")
    assert response.json()["possible"] == ["reject", "mark_duplicate", "dispatch", "close"]


@pytest.mark.parametrize(
    ("role", "area_code"),
    [(Role.COMMUNITY_STAFF, "620902006002"), (Role.DISTRICT_OFFICER, "620921")],
)
async def test_a_case_of_others_looks_like_none(session, client_for, report, role, area_code):
    other = client_for(await staff_of(session, area_code, role))
    await session.commit()

    assert (await other.get(f"/v1/reports/cases/{report.id}")).status_code == 404
    assert (await other.post(f"/v1/reports/cases/{report.id}/accept", json={"version": 1})).status_code == 404


async def test_a_confidential_case_is_its_worker_and_supervisors_alone(session, client_for):
    named = await staff_of(session, COMMUNITY)
    colleague = await staff_of(session, COMMUNITY)
    secret = await make_report(session, is_confidential=True, case_worker_id=named.account_id)
    await session.commit()

    assert (await client_for(named).get(f"/v1/reports/cases/{secret.id}")).status_code == 200
    assert (await client_for(colleague).get(f"/v1/reports/cases/{secret.id}")).status_code == 404


async def test_a_sysadmin_reads_no_case(session, client_for, report):
    sysadmin = client_for(Actor((await make_account(session)).id, (Grant(Role.SYSADMIN),)))
    await session.commit()

    assert (await sysadmin.get(f"/v1/reports/cases/{report.id}")).json()["code"] == "role_missing"


async def test_a_replayed_decision_is_made_once(desk, report, session):
    key = {"Idempotency-Key": "0190a0b0-0000-7000-8000-000000000001"}
    answers = [
        await desk.post(f"/v1/reports/cases/{report.id}/accept", json={"version": 1}, headers=key)
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    moves = await session.scalars(select(ReportStep.move).where(ReportStep.report_id == report.id))
    assert len(list(moves)) == 2


async def test_the_rider_reads_the_reason(session, client_for, desk):
    rider = await make_account(session)
    report = await make_report(session, reporter_id=rider.id)
    await session.commit()
    await desk.post(f"/v1/reports/cases/{report.id}/reject", json={"version": 1, "reason": "不在道路上"})

    own = (await client_for(Actor(rider.id)).get(f"/v1/reports/mine/{report.id}")).json()

    assert own["report"]["state"] == "rejected"
    assert own["steps"][-1]["reason"] == "不在道路上"
    assert "actor_name" not in own["steps"][-1]
    listed = (await client_for(Actor(rider.id)).get("/v1/reports/mine")).json()["items"]
    assert [row["report"]["id"] for row in listed] == [str(report.id)]


async def test_a_case_says_what_else_may_be_tried_by_whom(session, client_for):
    unit = await make_unit(session)
    waiting, refused = await make_report(session), await make_report(session, state=ReportState.REJECTED)
    held = await make_report(session, state=ReportState.IN_PROGRESS, unit_id=unit.id)
    clerk, officer = client_for(await crew.staff(session)), client_for(await crew.officer(session))
    await session.commit()

    async def acts(by, report):
        return (await by.get(f"/v1/reports/cases/{report.id}")).json()["acts"]

    corrections = ["take", "move_pin", "change_category", "note_delay", "merge_into"]
    assert await acts(clerk, waiting) == [*corrections, "judge_photos", "publish"]
    assert await acts(clerk, held) == [
        *corrections, "give_task", "let_contractor", "ask_time", "decide_time", "judge_photos",
        "publish",
    ]  # fmt: skip
    officers = set(await acts(officer, waiting)) - set(corrections)
    assert officers == {"hand_to", "learn_reporter", "judge_photos", "publish"}
    assert await acts(clerk, refused) == ["judge_photos"]
    found = (await clerk.get(f"/v1/reports/cases/{waiting.id}")).json()
    assert found["point"] == {"lat": waiting.lat, "lon": waiting.lon}
