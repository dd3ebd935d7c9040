"""From the desk to a unit and back: dispatched, taken on, returned, designated."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.models import ReportState, Urgency
from tests.factories.reports import make_report, make_unit
from tests.factories.stations import COMMUNITY
from tests.reports import crew

CASES, HANDLING = "/v1/reports/cases", "/v1/reports/handling"


@pytest.fixture
async def unit(session):
    return await make_unit(session)


@pytest.fixture
async def case(session, unit):
    return await make_report(session, state=ReportState.ACCEPTED, proposed_unit_id=unit.id)


@pytest.fixture
async def desk(session, client_for, case):
    client = client_for(await crew.staff(session))
    await session.commit()
    return client


@pytest.fixture
async def worker(session, client_for, unit):
    client = client_for(await crew.unit_user(session, unit.id))
    await session.commit()
    return client


async def test_a_case_goes_to_the_proposed_unit_and_is_taken_on(desk, worker, case, unit):
    sent = await desk.post(f"{CASES}/{case.id}/dispatch", json={"version": 1})

    assert sent.status_code == 200, sent.text
    assert (sent.json()["case"]["state"], sent.json()["case"]["unit_id"]) == ("dispatched", str(unit.id))
    assert sent.json()["warnings"] == []
    listed = (await worker.get(HANDLING)).json()["items"]
    assert [row["id"] for row in listed] == [str(case.id)]
    taken = await worker.post(f"{HANDLING}/{case.id}/take-on", json={})
    assert taken.json()["state"] == "in_progress"
    assert (await desk.get(f"{CASES}/{case.id}")).json()["steps"][-1]["actor_name"] == "维修工老王"


async def test_a_unit_without_active_users_is_warned_about(desk, case, unit):
    sent = await desk.post(f"{CASES}/{case.id}/dispatch", json={"version": 1, "unit_id": str(unit.id)})

    assert sent.json()["warnings"] == ["unit_without_user"]


async def test_units_that_ended_or_lie_elsewhere_are_refused(desk, session, case):
    heir = await make_unit(session)
    ended = await make_unit(session, ended_at=datetime.now(UTC), successor_id=heir.id)
    elsewhere = await make_unit(session, area_code="620921")
    await session.commit()

    refused = [
        await desk.post(f"{CASES}/{case.id}/dispatch", json={"version": 1, "unit_id": str(unit_id)})
        for unit_id in (ended.id, elsewhere.id, uuid4())
    ]

    assert [(each.status_code, each.json()["code"]) for each in refused] == [(422, "report.unit_unfit")] * 3
    assert refused[0].json()["successor_id"] == str(heir.id)


async def test_without_a_proposal_a_unit_must_be_named(desk, session):
    bare = await make_report(session, state=ReportState.ACCEPTED)
    await session.commit()

    response = await desk.post(f"{CASES}/{bare.id}/dispatch", json={"version": 1})

    assert response.json()["code"] == "report.unit_needed"


async def test_another_units_case_looks_like_none(session, client_for, desk, case):
    await desk.post(f"{CASES}/{case.id}/dispatch", json={"version": 1})
    other = client_for(await crew.unit_user(session, (await make_unit(session)).id))
    await session.commit()

    assert (await other.get(f"{HANDLING}/{case.id}")).status_code == 404
    assert (await other.post(f"{HANDLING}/{case.id}/take-on", json={})).status_code == 404
    assert (await other.get(HANDLING)).json()["items"] == []


async def test_after_two_returns_the_district_designates_and_there_is_no_third(
    desk, worker, session, client_for, case, unit
):
    chief = client_for(await crew.officer(session))
    await session.commit()
    path = f"{CASES}/{case.id}/dispatch"
    for _ in range(2):
        await desk.post(path, json=await crew.seen(session, case, unit_id=str(unit.id)))
        back = await worker.post(f"{HANDLING}/{case.id}/return", json={"text": "不归我们管"})
        assert back.json()["state"] == "returned"

    given = await crew.seen(session, case, unit_id=str(unit.id))
    refused = await desk.post(path, json=given)
    assert (refused.status_code, refused.json()["code"]) == (409, "report.officer_decides")
    assert refused.json()["possible"] == []
    assert (await desk.get(f"{CASES}/{case.id}")).json()["possible"] == []
    named = (await chief.post(path, json=given)).json()["case"]
    assert (named["is_designated"], named["return_count"], named["is_escalated"]) == (True, 2, True)
    third = await worker.post(f"{HANDLING}/{case.id}/return", json={"text": "还是不归"})
    assert (third.status_code, third.json()["code"]) == (409, "report.designated")
    assert third.json()["possible"] == ["take_on"]


async def test_a_return_needs_a_reason(desk, worker, case):
    await desk.post(f"{CASES}/{case.id}/dispatch", json={"version": 1})

    response = await worker.post(f"{HANDLING}/{case.id}/return", json={})

    assert response.json()["code"] == "report.reason_needed"


async def test_an_emergency_is_made_safe_before_it_is_repaired(desk, worker, session, unit):
    hole = await make_report(
        session, state=ReportState.ACCEPTED, proposed_unit_id=unit.id, urgency=Urgency.EMERGENCY
    )
    await session.commit()
    await desk.post(f"{CASES}/{hole.id}/dispatch", json={"version": 1})

    safe = await worker.post(f"{HANDLING}/{hole.id}/make-safe", json={"text": "已设围挡"})

    assert (safe.status_code, safe.json()["state"]) == (200, "dispatched")
    assert safe.json()["made_safe_at"] is not None
    again = await worker.post(f"{HANDLING}/{hole.id}/make-safe", json={})
    assert again.json()["code"] == "report.illegal_move"


async def test_what_is_no_emergency_is_not_made_safe(desk, worker, case):
    await desk.post(f"{CASES}/{case.id}/dispatch", json={"version": 1})

    assert (await worker.post(f"{HANDLING}/{case.id}/make-safe", json={})).status_code == 409


async def test_the_unit_learns_nothing_of_the_reporter(desk, worker, session, unit):
    rider = await crew.rider(session)
    case = await make_report(
        session,
        reporter_id=rider.account_id,
        state=ReportState.ACCEPTED,
        proposed_unit_id=unit.id,
        description="井盖没了,找我 13912345678",
    )
    await session.commit()
    await desk.post(f"{CASES}/{case.id}/dispatch", json={"version": 1})

    seen = (await worker.get(f"{HANDLING}/{case.id}")).text

    assert "13912345678" not in seen
    assert "井盖没了" in seen
    assert str(rider.account_id) not in seen
    assert not {"grid_id", "accuracy_m", "is_pin_moved", "actor_name", "actor_id"} & set(_keys(seen))


def _keys(body: str) -> list[str]:
    return [part.rsplit('"', 1)[-1] for part in body.split('":')]


async def test_a_units_list_pages_by_what_is_owed_first(desk, worker, session, unit):
    dues = [datetime(2026, 11, day, tzinfo=UTC) for day in (23, 21, 22)]
    for due_at in (*dues, None):
        await make_report(
            session,
            state=ReportState.IN_PROGRESS,
            unit_id=unit.id,
            area_code=COMMUNITY,
            due_at=due_at,
            next_due_at=due_at,
        )
    await session.commit()

    first = (await worker.get(HANDLING, params={"limit": 2})).json()
    second = (await worker.get(HANDLING, params={"limit": 2, "cursor": first["next_cursor"]})).json()

    order = [row["due_at"] for row in first["items"] + second["items"]]
    assert order == ["2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", None]
    assert second["next_cursor"] is None
    assert (await worker.get(HANDLING, params={"cursor": "x"})).json()["code"] == "bad_cursor"
    late = (await worker.get(HANDLING, params={"overdue": True, "state": "in_progress"})).json()["items"]
    assert all(row["due_at"] is not None for row in late)
