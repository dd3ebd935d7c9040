"""Nothing waits for somebody who does not come: units that end, units without people, clerks who left."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.models import Account, AccountStatus, Move, ReportLink, ReportState, ReportStep, StepActor, TaskState
from app.services.reports import succession, tasks
from app.services.reports.tasks import NewTask
from tests.factories.accounts import make_grant
from tests.factories.reports import SENT_AT, make_report, make_unit
from tests.factories.stations import COMMUNITY
from tests.reports import crew, desks

CASES = "/v1/reports/cases"
OTHER = "620102001001"


@pytest.fixture
async def ended(session, client_for, clock):
    """End a unit over HTTP and return a function that ends another, with or without an heir."""

    async def end(unit, heir=None):
        officer = client_for(await crew.officer(session))
        await session.commit()
        given = {"version": unit.version, "successor_id": None if heir is None else str(heir.id)}
        answer = await officer.post(f"/v1/units/{unit.id}/end", json=given)
        assert answer.status_code == 200, answer.text
        settled = await succession.settle(session, now=clock.at)
        await session.commit()
        return settled

    return end


async def last_step(session, report):
    await session.refresh(report)
    query = select(ReportStep).where(ReportStep.report_id == report.id).order_by(ReportStep.id.desc())
    return await session.scalar(query.limit(1))


async def test_an_ended_units_cases_go_to_its_successor_as_they_are(session, ended, clock):
    clock.at = SENT_AT
    old, heir = await make_unit(session), await make_unit(session, name="新市政公司")
    states = (ReportState.DISPATCHED, ReportState.IN_PROGRESS, ReportState.SUSPENDED, ReportState.RESOLVED)
    cases = [
        await make_report(session, state=state, unit_id=old.id, is_designated=True, review_at=SENT_AT)
        for state in states
    ]
    link = ReportLink(
        report_id=cases[0].id, unit_id=old.id, secret_hash=b"x", label="队", issued_at=SENT_AT,
        expires_at=SENT_AT.replace(year=2027),
    )  # fmt: skip
    session.add(link)
    staff = await crew.staff(session)
    task = await tasks.add(session, cases[1].id, NewTask(old.id, "断电"), by=staff, now=SENT_AT)

    assert await ended(old, heir) == 4

    for report, state in zip(cases[:3], states, strict=False):
        step = await last_step(session, report)
        assert (report.state, report.unit_id, report.is_designated) == (state, heir.id, True)
        assert (step.move, step.actor, step.details["unit_name"]) == (
            Move.HAND_OVER, StepActor.SYSTEM, "新市政公司",
        )  # fmt: skip
        assert "新市政公司" in step.reason
    # What it has mended stays its own work until a check sends it back.
    assert (await last_step(session, cases[3])).move is Move.SUBMIT
    await session.refresh(link)
    await session.refresh(task)
    assert link.revoked_at == SENT_AT
    assert (task.unit_id, task.state) == (heir.id, TaskState.OPEN)
    assert await succession.settle(session, now=SENT_AT) == 0

    # The heir ends in its turn, for one that reaches no further than its own county.
    stranger = await make_unit(session, area_code="620102")
    assert await ended(heir, stranger) == 3  # the one that is put off waits
    assert [(await last_step(session, each)).move for each in cases[:2]] == [Move.RETURN] * 2
    assert cases[2].state is ReportState.SUSPENDED


async def test_without_a_successor_they_come_back_to_the_desk_and_are_listed(
    session, client_for, ended, clock
):
    clock.at = SENT_AT
    old = await make_unit(session)
    sent, waiting = [
        await make_report(session, state=state, unit_id=old.id, is_designated=True, review_at=SENT_AT)
        for state in (ReportState.IN_PROGRESS, ReportState.SUSPENDED)
    ]
    staff = await crew.staff(session)
    task = await tasks.add(session, waiting.id, NewTask(old.id, "断电"), by=staff, now=SENT_AT)

    assert await ended(old) == 2

    step = await last_step(session, sent)
    assert (sent.state, sent.unit_id, sent.return_count) == (ReportState.RETURNED, None, 0)
    assert (step.move, step.actor, step.details["from_unit_id"]) == (
        Move.RETURN, StepActor.SYSTEM, str(old.id),
    )  # fmt: skip
    await session.refresh(task)
    assert task.state is TaskState.RETURNED
    assert (await last_step(session, waiting)).move is Move.SUBMIT
    desk, away = client_for(staff), client_for(await crew.staff(session, OTHER))
    await session.commit()
    (listed,) = (await desk.get(f"{CASES}/adrift")).json()["cases"]
    assert (listed["case"]["id"], listed["missing"]) == (str(sent.id), ["unit_ended"])
    assert (await away.get(f"{CASES}/adrift")).json() == {"cases": []}

    new = await make_unit(session, name="新单位")
    await crew.unit_user(session, new.id)
    await session.commit()
    again = await desk.post(
        f"{CASES}/{sent.id}/dispatch", json=await crew.seen(session, sent, unit_id=str(new.id))
    )
    assert (again.status_code, again.json()["warnings"]) == (200, [])
    assert (await desk.get(f"{CASES}/adrift")).json() == {"cases": []}


async def test_a_clerk_who_is_gone_leaves_a_list_that_is_given_to_a_colleague(session, client_for):
    gone = await desks.staff_of(session, COMMUNITY, name="离岗的小张")
    colleague = await desks.staff_of(session, COMMUNITY, name="小王")
    stranger = await desks.staff_of(session, OTHER)
    manned = await make_unit(session)
    await crew.unit_user(session, manned.id)
    empty = await make_unit(session, name="没人的单位")
    hers = [await make_report(session, assigned_to=gone.account_id) for _ in range(2)]
    fine = await make_report(session, state=ReportState.DISPATCHED, unit_id=manned.id)
    alone = await make_report(session, state=ReportState.DISPATCHED, unit_id=empty.id)
    secret = await make_report(
        session, assigned_to=gone.account_id, is_confidential=True,
        case_worker_id=gone.account_id, supervisor_id=colleague.account_id,
    )  # fmt: skip
    officer = client_for(await crew.officer(session))
    await session.commit()
    desk = client_for(colleague)

    async def adrift():
        found = (await desk.get(f"{CASES}/adrift")).json()["cases"]
        return {each["case"]["id"]: (each["missing"], each["clerk"], each["unit"]) for each in found}

    nobody = {str(alone.id): (["unit_without_user"], None, "没人的单位")}
    assert await adrift() == nobody
    assert (await officer.get("/v1/reports/confidential/unnamed")).json()["total"] == 0

    await session.execute(
        Account.__table__.update().where(Account.id == gone.account_id).values(status=AccountStatus.BANNED)
    )
    await session.commit()

    assert await adrift() == nobody | {str(each.id): (["clerk_gone"], "离岗的小张", None) for each in hers}
    assert (await officer.get("/v1/reports/confidential/unnamed")).json()["total"] == 1
    ids = [str(each.id) for each in hers]
    for to, ids_given, expected in (
        (gone, ids, (422, "report.clerk_unfit")),
        (stranger, ids, (422, "report.clerk_unfit")),
        (colleague, [*ids, str(secret.id)], (404, "not_found")),
    ):
        given = {"report_ids": ids_given, "to": str(to.account_id)}
        refused = await desk.post(f"{CASES}/reassign", json=given)
        assert (refused.status_code, refused.json()["code"]) == expected
    given = {"report_ids": ids, "to": str(colleague.account_id)}
    assert [(await desk.post(f"{CASES}/reassign", json=given)).json()["reassigned"] for _ in "12"] == [2, 0]
    assert await adrift() == nobody
    mine = (await desk.get(CASES, params={"is_mine": True})).json()["items"]
    assert {each["id"] for each in mine} == set(ids)

    await make_grant(
        session,
        await session.get_one(Account, stranger.account_id),
        Role.COMMUNITY_STAFF,
        area_code=COMMUNITY,
    )
    await session.commit()
    to_two_desks = {"report_ids": [str(fine.id)], "to": str(stranger.account_id)}
    assert (await desk.post(f"{CASES}/reassign", json=to_two_desks)).json() == {"reassigned": 1}


async def test_cases_that_wait_are_passed_over_however_many(session, ended, clock, monkeypatch):
    """What is put off and out of the heir's reach stays; what comes after it does not wait behind it."""
    monkeypatch.setattr(succession, "_AT_ONCE", 2)
    clock.at = SENT_AT
    old, heir = await make_unit(session), await make_unit(session, name="外县公司", area_code=OTHER[:6])
    waits = {"state": ReportState.SUSPENDED, "unit_id": old.id, "review_at": SENT_AT}
    put_off = [await make_report(session, id=UUID(int=number), **waits) for number in range(1, 6)]
    last = await make_report(session, id=UUID(int=9), state=ReportState.DISPATCHED, unit_id=old.id)

    assert await ended(old, heir) == 1

    assert (await last_step(session, last)).to_state is ReportState.RETURNED
    assert {each.unit_id for each in put_off} == {old.id}
