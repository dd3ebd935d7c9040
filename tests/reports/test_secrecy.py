"""A case that turns out to be confidential is nobody's any more but its finder's and its reporter's."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from app.models import Report, ReportFollower, ReportState, ReportTask, TaskState
from app.services.areas import publish_shipped
from app.services.reports import duplicates
from tests.factories.reports import make_category, make_report, make_unit
from tests.reports import crew

CASES, HANDLING, MINE, TASKS = (f"/v1/reports/{each}" for each in ("cases", "handling", "mine", "tasks"))
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


async def test_who_had_it_has_it_no_more(session, client_for, clock):
    clock.at = NOW
    await publish_shipped(session, now=NOW)
    await make_category(session, "food_safety", is_confidential=True)
    units = [await make_unit(session) for _ in range(2)]
    mender, helper = [client_for(await crew.unit_user(session, each.id)) for each in units]
    sender, witness, merged = [await crew.rider(session) for _ in range(3)]
    clerk = client_for(await crew.staff(session))
    report = await make_report(
        session, reporter_id=sender.account_id, state=ReportState.IN_PROGRESS, unit_id=units[0].id
    )
    child = await make_report(
        session, reporter_id=merged.account_id, state=ReportState.DUPLICATE, parent_id=report.id
    )
    session.add(
        ReportFollower(report_id=report.id, account_id=witness.account_id, is_reporter=False, followed_at=NOW)
    )
    await session.commit()
    case = f"{CASES}/{report.id}"
    link = (await clerk.post(f"{case}/links", json={"label": "老王"})).json()["secret"]
    given = await clerk.post(f"{case}/tasks", json={"unit_id": str(units[1].id), "instruction": "清运"})
    task = given.json()["id"]
    assert (await mender.get(f"{HANDLING}/{report.id}")).status_code == 200
    assert (await client_for(merged).get(f"{MINE}/{child.id}")).json()["parent"] is not None

    changed = await clerk.post(
        f"{case}/category", json={"category_id": "food_safety", "reason": "是后厨的事"}
    )

    assert changed.status_code == 200, changed.text
    assert (changed.json()["state"], changed.json()["unit_id"]) == ("accepted", None)
    assert (await mender.get(f"{HANDLING}/{report.id}")).status_code == 404
    assert (await mender.get(HANDLING)).json()["items"] == []
    contractor = await client_for().get("/v1/reports/contractors/case", headers={"X-Report-Link": link})
    assert contractor.status_code == 404
    assert (await helper.get(f"{TASKS}/{task}")).status_code == 404
    assert (await helper.get(TASKS)).json()["items"] == []
    assert (await session.get_one(ReportTask, UUID(task), populate_existing=True)).state is TaskState.DROPPED
    assert (await client_for(witness).get(f"{MINE}/{report.id}")).status_code == 404
    assert (await client_for(witness).get(MINE)).json()["items"] == []
    assert (await client_for(sender).get(f"{MINE}/{report.id}")).status_code == 200
    assert (await client_for(merged).get(f"{MINE}/{child.id}")).json()["parent"] is None

    assert await duplicates.revive_children(session, report.id, now=NOW) == 1
    assert (await session.scalars(select(Report.parent_id))).all() == [None, None]
    ended = await clerk.post(f"{case}/close", json={"outcome": "referred", "reason": "已转市场监管"})
    assert (ended.status_code, ended.json()["state"]) == (200, "closed")
