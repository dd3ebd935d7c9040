"""Monday morning: eighty decisions at once, a result for each, and ten minutes to take them back."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.clock import utc_now
from app.models import Move, PublicationRule, ReportState
from app.services import reports
from app.services.reports import batches, triage
from app.services.reports.triage import Decision
from tests.factories.reports import make_report, make_unit
from tests.factories.stations import COMMUNITY
from tests.reports.desks import staff_of

NOW = utc_now()


@pytest.fixture
async def clerk(session):
    return await staff_of(session, COMMUNITY)


@pytest.fixture
async def desk(session, client_for, clerk):
    await session.commit()
    return client_for(clerk)


async def many(session, count: int, **given):
    made = [await make_report(session, **given) for _ in range(count)]
    await session.commit()
    return made


async def work_off(session) -> int:
    rounds = 0
    while await reports.work_off_batches(session, now=utc_now()):
        rounds += 1
    await session.commit()
    return rounds


def a_batch(made, **given):
    return {"id": str(uuid4()), "move": "accept", "cases": [seen(report) for report in made], **given}


def seen(report):
    return {"report_id": str(report.id), "version": report.version}


async def test_thirty_cases_are_decided_in_the_background(session, desk):
    batch = a_batch(await many(session, 30))

    started = await desk.post("/v1/reports/batches", json=batch)
    assert (started.status_code, started.json()["counts"]["waiting"]) == (202, 30)
    assert await work_off(session) == 2

    progress = (await desk.get(f"/v1/reports/batches/{batch['id']}")).json()
    assert (progress["counts"]["done"], progress["counts"]["waiting"]) == (30, 0)
    assert progress["done_at"] is not None
    listed = (await desk.get("/v1/reports/cases?states=accepted&limit=100")).json()["items"]
    assert len(listed) == 30


async def test_what_cannot_be_decided_says_why_and_the_others_go_on(session, desk):
    made = await many(session, 2)
    gone, _ = made
    batch = a_batch(made)
    await desk.post("/v1/reports/batches", json=batch)
    gone.state = ReportState.WITHDRAWN
    await session.commit()

    await work_off(session)

    items = (await desk.get(f"/v1/reports/batches/{batch['id']}")).json()["items"]
    assert [(item["state"], item["code"], item["possible"]) for item in items] == [
        ("refused", "report.illegal_move", []),
        ("done", None, None),
    ]


async def test_what_a_colleague_changed_since_the_clerk_looked_is_refused_with_their_name(
    session, desk, client_for
):
    """Nothing is decided on what nobody saw: the pin, the category or the words may be others by now."""
    changed, untouched = await many(session, 2)
    batch = a_batch([changed, untouched])
    colleague = client_for(await staff_of(session, COMMUNITY, name="老王"))
    await session.commit()
    taken = await colleague.post(f"/v1/reports/cases/{changed.id}/take", json={"version": changed.version})
    assert taken.status_code == 200, taken.text

    await desk.post("/v1/reports/batches", json=batch)
    await work_off(session)

    conflict, done = (await desk.get(f"/v1/reports/batches/{batch['id']}")).json()["items"]
    assert (conflict["state"], conflict["code"], conflict["editor"]) == ("refused", "edit_conflict", "老王")
    assert "accept" in conflict["possible"]
    assert (done["state"], done["editor"]) == ("done", None)
    case = (await desk.get(f"/v1/reports/cases/{changed.id}")).json()["case"]
    assert (case["state"], case["assigned_to"] is not None) == ("submitted", True)
    blind = await desk.post("/v1/reports/batches", json={**batch, "cases": [{"report_id": str(changed.id)}]})
    assert blind.status_code == 422


async def test_a_case_that_fails_keeps_nobody_waiting(session, desk, monkeypatch):
    first, second = await many(session, 2)

    async def accept(session, item, batch, by, now):
        if item.report_id == first.id:
            raise RuntimeError("a fault of ours")
        return await triage.accept(session, item.report_id, Decision(None), by=by, now=now)

    monkeypatch.setitem(batches._DECISIONS, Move.ACCEPT, accept)
    batch = a_batch([first, second])
    await desk.post("/v1/reports/batches", json=batch)

    await work_off(session)

    items = (await desk.get(f"/v1/reports/batches/{batch['id']}")).json()["items"]
    assert [(each["state"], each["code"]) for each in items] == [
        ("refused", "internal_error"),
        ("done", None),
    ]


async def test_a_replayed_batch_is_one_batch(session, desk):
    batch = a_batch(await many(session, 2))
    answers = [await desk.post("/v1/reports/batches", json=batch) for _ in range(2)]
    other = await desk.post("/v1/reports/batches", json={**batch, "reason": "别的"})

    assert answers[0].json() == answers[1].json()
    assert other.json()["code"] == "idempotency_key_reused"


async def test_one_batch_sent_by_five_at_once_is_one_batch(own_runtime):
    async with own_runtime.db.writing() as session:
        clerk = await staff_of(session, COMMUNITY)
        new = reports.NewBatch(uuid4(), Move.ACCEPT, {(await make_report(session)).id: 1})

    async def send():
        async with own_runtime.db.writing() as session:
            return (await reports.start(session, new, by=clerk, now=NOW)).counts

    sent = await asyncio.gather(*(send() for _ in range(5)))

    assert all(each == sent[0] for each in sent)


async def test_what_a_batch_made_public_is_as_unread_as_before_when_it_is_taken_back(session, desk):
    [case] = await many(session, 1)
    rule = {"id": uuid4(), "category_id": None, "changed_at": NOW}
    session.add(PublicationRule(area_code=COMMUNITY[:6], is_automatic=True, **rule))
    await session.commit()
    batch = a_batch([case])
    await desk.post("/v1/reports/batches", json=batch)
    await work_off(session)
    public = (await desk.get(f"/v1/reports/cases/{case.id}")).json()
    assert public["case"]["public_text"] == ""

    await desk.post(f"/v1/reports/batches/{batch['id']}/undo")

    back = (await desk.get(f"/v1/reports/cases/{case.id}")).json()
    assert back["case"]["public_text"] is None


async def test_a_batch_is_taken_back_but_not_what_others_moved_on(session, desk):
    made = await many(session, 3)
    batch = a_batch(made)
    await desk.post("/v1/reports/batches", json=batch)
    await work_off(session)
    await desk.post(f"/v1/reports/cases/{made[0].id}/reject", json={"version": 2, "reason": "不在辖区"})

    undone = (await desk.post(f"/v1/reports/batches/{batch['id']}/undo")).json()

    assert [(item["state"], item["code"]) for item in undone["items"]] == [
        ("undo_refused", "report.moved_on"),
        ("undone", None),
        ("undone", None),
    ]
    back = (await desk.get(f"/v1/reports/cases/{made[1].id}")).json()
    assert back["case"]["state"] == "submitted"
    assert [step["move"] for step in back["steps"]] == ["submit", "accept", "undo"]
    again = (await desk.post(f"/v1/reports/batches/{batch['id']}/undo")).json()
    assert again["items"] == undone["items"]


async def test_a_case_of_which_a_unit_has_a_task_by_now_stays_with_its_unit(session, desk):
    """Taken back to the desk it would be closed, and the task lie with its unit for ever."""
    main, helping = await make_unit(session), await make_unit(session, name="供电所")
    helped, alone = await many(session, 2, state=ReportState.ACCEPTED)
    batch = a_batch([helped, alone], move="dispatch", unit_id=str(main.id))
    await desk.post("/v1/reports/batches", json=batch)
    await work_off(session)
    task = {"unit_id": str(helping.id), "instruction": "断电"}
    given = await desk.post(f"/v1/reports/cases/{helped.id}/tasks", json=task)
    assert given.status_code == 201, given.text

    undone = (await desk.post(f"/v1/reports/batches/{batch['id']}/undo")).json()

    assert [(item["state"], item["code"]) for item in undone["items"]] == [
        ("undo_refused", "report.moved_on"),
        ("undone", None),
    ]
    case = (await desk.get(f"/v1/reports/cases/{helped.id}")).json()["case"]
    assert (case["state"], case["unit_id"]) == ("dispatched", str(main.id))


async def test_what_waits_is_never_decided_once_taken_back(session, desk):
    batch = a_batch(await many(session, 2))
    await desk.post("/v1/reports/batches", json=batch)

    await desk.post(f"/v1/reports/batches/{batch['id']}/undo")

    assert await work_off(session) == 0
    counts = (await desk.get(f"/v1/reports/batches/{batch['id']}")).json()["counts"]
    assert (counts["undone"], counts["waiting"]) == (2, 0)


async def test_after_ten_minutes_it_stands(session, desk, clock):
    batch = a_batch(await many(session, 1))
    await desk.post("/v1/reports/batches", json=batch)
    await work_off(session)
    clock.at = utc_now() + timedelta(minutes=11)

    late = await desk.post(f"/v1/reports/batches/{batch['id']}/undo")

    assert (late.status_code, late.json()["code"]) == (409, "report.undo_too_late")


async def test_a_case_that_is_not_ones_own_stops_no_other(session, desk):
    batch = a_batch(await many(session, 2))
    (elsewhere,) = await many(session, 1, area_code="620902006002")
    batch["cases"] += [seen(elsewhere), {"report_id": str(uuid4()), "version": 1}]

    assert (await desk.post("/v1/reports/batches", json=batch)).status_code == 202
    assert (await desk.post("/v1/reports/batches", json=batch)).status_code == 202  # the same once more
    await work_off(session)

    items = (await desk.get(f"/v1/reports/batches/{batch['id']}")).json()["items"]
    assert [(each["state"], each["code"]) for each in items] == [
        ("done", None), ("done", None), ("refused", "not_found"), ("refused", "not_found")
    ]  # fmt: skip


@pytest.mark.parametrize("move", ["dispatch", "reject"])
async def test_a_unit_that_is_none_or_that_nothing_goes_to_is_refused(session, desk, move):
    made = await many(session, 1)
    unit_id = uuid4() if move == "dispatch" else (await make_unit(session)).id
    await session.commit()

    batch = {**a_batch(made), "move": move, "reason": "不在辖区", "unit_id": str(unit_id)}
    response = await desk.post("/v1/reports/batches", json=batch)

    assert (response.status_code, response.json()["hint"]) == (422, "unit_id")


async def test_a_batch_goes_to_one_unit_and_comes_back(session, desk):
    unit = await make_unit(session)
    made = await many(session, 2, state=ReportState.ACCEPTED)
    batch = a_batch(made, move="dispatch", unit_id=str(unit.id))
    await desk.post("/v1/reports/batches", json=batch)

    await work_off(session)

    case = (await desk.get(f"/v1/reports/cases/{made[0].id}")).json()["case"]
    assert (case["state"], case["unit_id"]) == ("dispatched", str(unit.id))
    await desk.post(f"/v1/reports/batches/{batch['id']}/undo")
    case = (await desk.get(f"/v1/reports/cases/{made[0].id}")).json()["case"]
    assert (case["state"], case["unit_id"]) == ("accepted", None)


async def test_without_a_unit_a_batch_sends_each_where_it_was_proposed(session, desk):
    proposed = await make_unit(session)
    made = [
        await make_report(session, state=ReportState.ACCEPTED, proposed_unit_id=proposed.id),
        await make_report(session, state=ReportState.ACCEPTED),
    ]
    await session.commit()
    batch = a_batch(made, move="dispatch")
    await desk.post("/v1/reports/batches", json=batch)

    await work_off(session)

    items = (await desk.get(f"/v1/reports/batches/{batch['id']}")).json()["items"]
    assert [(item["state"], item["code"]) for item in items] == [
        ("done", None),
        ("refused", "report.unit_needed"),
    ]


async def test_a_rejection_needs_its_reason_in_a_batch_too(session, desk):
    batch = a_batch(await many(session, 1), move="reject")
    await desk.post("/v1/reports/batches", json=batch)
    await work_off(session)

    (item,) = (await desk.get(f"/v1/reports/batches/{batch['id']}")).json()["items"]
    assert item["code"] == "report.reason_needed"


async def test_a_move_that_batches_do_not_make_is_refused(session, desk):
    response = await desk.post("/v1/reports/batches", json=a_batch(await many(session, 1), move="close"))

    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")


async def test_old_batches_are_forgotten(session, desk):
    batch = a_batch(await many(session, 1))
    await desk.post("/v1/reports/batches", json=batch)

    assert await reports.forget_batches(session, now=NOW + timedelta(days=91)) == 1
    await session.commit()
    assert (await desk.get(f"/v1/reports/batches/{batch['id']}")).status_code == 404
