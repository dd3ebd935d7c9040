"""More time is asked for in time, decided by another, given once; what waits goes on by itself."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor, Grant, Role
from app.main import create_app
from app.models import Move, OutboxEvent, Report, ReportState, ReportStep
from app.services.areas import publish_shipped
from app.services.reports import deadlines, moves, reminders
from app.services.reports.scope import SYSTEM
from tests.clients import ClientFor
from tests.factories.accounts import make_account
from tests.factories.reports import SENT_AT, make_report, make_unit
from tests.factories.stations import COMMUNITY
from tests.reports import crew

NOW = SENT_AT + timedelta(hours=2)


@pytest.fixture
async def case(session, clock):
    report = await in_hand(session)
    await session.commit()
    clock.at = NOW
    return report


async def in_hand(session) -> Report:
    await publish_shipped(session, now=SENT_AT)
    unit = await make_unit(session)
    report = await make_report(session, unit_id=unit.id)
    steps = ((Move.SUBMIT, ReportState.SUBMITTED), (Move.ACCEPT, ReportState.ACCEPTED))
    steps += ((Move.DISPATCH, ReportState.DISPATCHED), (Move.TAKE_ON, ReportState.IN_PROGRESS))
    for move, to in steps:
        await moves.enter(session, report, move, to, acting=SYSTEM, now=SENT_AT)
    return report


async def acting(session, client_for, *grants, name="小李"):
    actor = Actor((await make_account(session, display_name=name)).id, grants)
    await session.commit()
    return client_for(actor)


@pytest.fixture
async def unit(session, client_for, case):
    return await acting(session, client_for, Grant(Role.HANDLING_UNIT, unit_id=case.unit_id), name="市政")


@pytest.fixture
async def clerk(session, client_for, case):
    return await acting(session, client_for, Grant(Role.COMMUNITY_STAFF, (COMMUNITY,)))


def asking(case, **given):
    until = (case.due_at + timedelta(days=3)).isoformat()
    return {"id": str(uuid4()), "until": until, "reason": "等配件", **given}


async def again(session, case) -> Report:
    return await session.get_one(Report, case.id, populate_existing=True)


async def test_a_unit_asks_and_staff_grant_once(session, case, unit, clerk):
    path, first = f"/v1/reports/cases/{case.id}/extensions", case.original_due_at
    asked = await unit.post(path, json=(given := asking(case)))
    assert asked.status_code == 201, asked.text
    assert (await unit.post(path, json=given)).json() == asked.json()
    assert (await clerk.post(path, json=asking(case))).json()["code"] == "report.extension_used"

    granted = await clerk.post(f"{path}/{given['id']}/decision", json={"grant": True})

    assert (granted.json()["is_granted"], granted.json()["asked_name"]) == (True, "市政")
    report = await again(session, case)
    assert report.due_at.isoformat() == report.next_due_at.isoformat() == given["until"]
    assert report.original_due_at == first
    twice = await clerk.post(f"{path}/{given['id']}/decision", json={"grant": False, "answer": "x"})
    assert twice.json()["code"] == "report.extension_decided"
    assert (await unit.post(path, json=asking(report))).json()["code"] == "report.extension_used"
    listed = (await unit.get(path)).json()["items"]
    assert [each["id"] for each in listed] == [given["id"]]


async def test_of_two_at_once_one_asks_and_one_decides(own_runtime):
    case, staff, workers = await furnished(own_runtime)
    clients = ClientFor(create_app(own_runtime), lambda: NOW)
    path = f"/v1/reports/cases/{case.id}/extensions"

    wishes = [asking(case) for _ in workers]
    asked = await asyncio.gather(
        *(clients(worker).post(path, json=wish) for worker, wish in zip(workers, wishes, strict=True))
    )
    assert codes(asked) == {"created": 1, "report.extension_used": 5}
    wish = next(wish for wish, answer in zip(wishes, asked, strict=True) if answer.status_code == 201)
    decisions = [{"grant": at % 2 == 0, "answer": f"第{at}位"} for at in range(len(staff))]
    decided = await asyncio.gather(
        *(
            clients(clerk).post(f"{path}/{wish['id']}/decision", json=said)
            for clerk, said in zip(staff, decisions, strict=True)
        )
    )

    assert codes(decided) == {"ok": 1, "report.extension_decided": 5}
    answer = next(each.json() for each in decided if each.status_code == 200)
    assert answer["is_granted"] is (int(answer["answer"][1]) % 2 == 0)
    await clients.close()
    async with own_runtime.db.reading() as session:
        report = await session.get_one(Report, case.id)
        steps = select(func.count()).where(ReportStep.report_id == case.id, ReportStep.move == Move.EXTEND)
        assert await session.scalar(steps) == answer["is_granted"]
        assert (report.due_at.isoformat() == wish["until"]) is answer["is_granted"]


async def furnished(runtime) -> tuple[Report, list[Actor], list[Actor]]:
    """Return a case in hand, six clerks of its desk and six workers of its unit, all committed."""
    async with runtime.db.writing() as session:
        case = await in_hand(session)
        staff = [await crew.staff(session) for _ in range(6)]
        workers = [await crew.unit_user(session, case.unit_id) for _ in range(6)]
    return case, staff, workers


def codes(answers) -> Counter[str]:
    plain = {200: "ok", 201: "created"}
    return Counter(plain.get(each.status_code) or each.json()["code"] for each in answers)


async def test_nothing_is_granted_once_the_case_is_out_of_hand(session, case, unit, clerk):
    path = f"/v1/reports/cases/{case.id}/extensions"
    await unit.post(path, json=(given := asking(case)))
    await moves.enter(session, case, Move.RESOLVE, ReportState.RESOLVED, acting=SYSTEM, now=NOW, reason="好")
    await session.commit()

    granted = await clerk.post(f"{path}/{given['id']}/decision", json={"grant": True})
    refused = await clerk.post(f"{path}/{given['id']}/decision", json={"grant": False, "answer": "已办结"})

    assert (granted.status_code, granted.json()["code"]) == (409, "report.illegal_move")
    assert granted.json()["possible"] == ["confirm", "fail_check"]
    assert refused.json()["is_granted"] is False


async def test_what_has_passed_is_not_granted_and_the_same_decision_twice_is_one(case, unit, clerk, clock):
    path = f"/v1/reports/cases/{case.id}/extensions"
    await unit.post(path, json=(given := asking(case)))
    clock.at = case.due_at + timedelta(days=3)

    late = await clerk.post(f"{path}/{given['id']}/decision", json={"grant": True})
    said = {"grant": False, "answer": "已过期"}
    refused, again = [await clerk.post(f"{path}/{given['id']}/decision", json=said) for _ in range(2)]
    other = await clerk.post(f"{path}/{given['id']}/decision", json={"grant": False, "answer": "x"})

    assert (late.status_code, late.json()["code"]) == (409, "report.extension_over")
    assert (refused.status_code, again.json()) == (200, refused.json())
    assert other.json()["code"] == "report.extension_decided"


async def test_a_refusal_says_why_and_leaves_the_promise(session, case, unit, clerk):
    path, due = f"/v1/reports/cases/{case.id}/extensions", case.due_at
    await unit.post(path, json=(given := asking(case)))

    silent = await clerk.post(f"{path}/{given['id']}/decision", json={"grant": False})
    refused = await clerk.post(f"{path}/{given['id']}/decision", json={"grant": False, "answer": "有备件"})

    assert (silent.json()["code"], refused.json()["is_granted"]) == ("report.reason_needed", False)
    assert (await again(session, case)).due_at == due
    assert (await unit.post(path, json=asking(case))).status_code == 201  # another wish may be heard


async def test_after_expiry_nobody_asks_any_more(case, unit, clock):
    clock.at = case.due_at + timedelta(minutes=1)

    response = await unit.post(f"/v1/reports/cases/{case.id}/extensions", json=asking(case))

    assert (response.status_code, response.json()["code"]) == (409, "report.extension_too_late")


async def test_who_asks_does_not_decide(case, clerk):
    path = f"/v1/reports/cases/{case.id}/extensions"
    await clerk.post(path, json=(given := asking(case)))

    response = await clerk.post(f"{path}/{given['id']}/decision", json={"grant": True})

    assert (response.status_code, response.json()["code"]) == (403, "report.own_request")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": " "}, "report.reason_needed"),
        ({"until": SENT_AT.isoformat()}, "report.extension_invalid"),
        ({"until": (SENT_AT + timedelta(days=400)).isoformat()}, "report.extension_invalid"),
    ],
)
async def test_a_wish_has_a_reason_and_an_end_that_helps(case, unit, change, code):
    response = await unit.post(f"/v1/reports/cases/{case.id}/extensions", json=asking(case, **change))

    assert response.json()["code"] == code


async def test_a_unit_of_others_sees_no_case(session, client_for, case):
    other = await acting(session, client_for, Grant(Role.HANDLING_UNIT, unit_id=uuid4()))

    response = await other.post(f"/v1/reports/cases/{case.id}/extensions", json=asking(case))

    assert response.status_code == 404


async def test_a_suspended_case_goes_on_at_its_review_date(session, case, clerk, clock):
    due, original = case.due_at, case.original_due_at
    review = NOW + timedelta(days=30)
    given = {"version": 5, "reason": "冬季不能施工", "review_at": review.isoformat()}
    assert (await clerk.post(f"/v1/reports/cases/{case.id}/suspend", json=given)).status_code == 200
    report = await again(session, case)
    assert (report.state, report.next_due_at) == (ReportState.SUSPENDED, review)
    assert await reminders.tell_overdue(session, now=review - timedelta(seconds=1)) == 0

    assert await reminders.end_suspensions(session, now=review - timedelta(seconds=1)) == 0
    assert await reminders.end_suspensions(session, now=review) == 1

    assert (report.state, report.review_at) == (ReportState.IN_PROGRESS, None)
    assert report.due_at >= due + timedelta(days=30)
    assert report.original_due_at == original


async def test_a_suspension_ends_within_a_year_and_can_be_ended_by_hand(case, clerk):
    path = f"/v1/reports/cases/{case.id}"
    for review in (NOW, NOW + timedelta(days=400)):
        given = {"version": 5, "reason": "季节", "review_at": review.isoformat()}
        assert (await clerk.post(f"{path}/suspend", json=given)).json()["code"] == "report.review_invalid"
    given = {"version": 5, "reason": "季节", "review_at": (NOW + timedelta(days=5)).isoformat()}
    assert (await clerk.post(f"{path}/suspend", json=given)).json()["state"] == "suspended"
    resumed = (await clerk.post(f"{path}/resume", json={"version": 6, "reason": "可以施工"})).json()

    assert (resumed["state"], resumed["review_at"]) == ("in_progress", None)


async def test_who_is_three_times_late_is_listed_worst_first(session, case, client_for, clock):
    person = await crew.staff(session)
    clerk = client_for(person)
    span = case.due_at - case.submitted_at
    worse = await make_report(session, submitted_at=SENT_AT - timedelta(days=30))
    secret = await make_report(
        session,
        submitted_at=SENT_AT - timedelta(days=40),
        is_confidential=True,
        case_worker_id=person.account_id,
    )
    for each in (worse, secret):
        await deadlines.follow(session, each, Move.SUBMIT, now=each.submitted_at)
    await session.commit()
    clock.at = SENT_AT + 3 * span - timedelta(minutes=1)
    before = (await clerk.get("/v1/reports/cases/late")).json()["items"]
    clock.at = SENT_AT + 3 * span + timedelta(minutes=1)
    first = (await clerk.get("/v1/reports/cases/late", params={"limit": 1})).json()
    rest = (await clerk.get("/v1/reports/cases/late", params={"cursor": first["next_cursor"]})).json()

    assert [each["case"]["id"] for each in before] == [str(worse.id)]
    assert [each["case"]["id"] for each in first["items"] + rest["items"]] == [str(worse.id), str(case.id)]


async def test_reminders_come_once_before_and_once_after(session, case):
    handling = next(
        row for row in deadlines.open_of(await deadlines.of(session, case)) if row.step.value == "handling"
    )
    soon = handling.remind_at

    assert await reminders.remind(session, now=soon - timedelta(seconds=1)) == 0
    assert await reminders.remind(session, now=soon) == 1
    assert await reminders.remind(session, now=soon) == 0
    assert await reminders.tell_overdue(session, now=handling.due_at) == 1
    assert await reminders.tell_overdue(session, now=handling.due_at) == 0
    await session.commit()
    names = [event.name for event in await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))]
    assert names[-2:] == ["report.due_soon", "report.overdue"]


@pytest.mark.parametrize("days", [-1, 0])
async def test_an_extension_ends_later_than_now_also_where_nothing_is_due(session, clerk, case, clock, days):
    for row in await deadlines.of(session, case):
        await session.delete(row)
    await session.commit()
    until = (clock.at + timedelta(days=days)).isoformat()

    response = await clerk.post(f"/v1/reports/cases/{case.id}/extensions", json=asking(case, until=until))

    assert (response.status_code, response.json().get("code")) == (422, "report.extension_invalid")
