"""A case that turns out to be confidential is nobody's any more but its finder's and its reporter's."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.clock import local_day
from app.models import ConfidentialDesk, Report, ReportFollower, ReportState, ReportTask, TaskState
from app.services.areas import publish_shipped
from app.services.reports import duplicates
from tests.factories.grids import square
from tests.factories.reports import SENT_AT, make_category, make_report, make_unit
from tests.factories.stations import COMMUNITY
from tests.reports import crew
from tests.reports.desks import staff_of
from tests.reports.test_api_corrections import OTHER, THERE, a_case, grids, make_grid

__all__ = ["grids"]

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
        f"{case}/category", json={"category_id": "food_safety", "reason": "是后厨的事", "version": 1}
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
    ended = await clerk.post(
        f"{case}/close", json={"version": 2, "outcome": "referred", "reason": "已转市场监管"}
    )
    assert (ended.status_code, ended.json()["state"]) == (200, "closed")


@pytest.fixture
async def secret(session, grids):
    """A confidential case in the first grid, with the staff of its community and of the town above."""
    two = [await staff_of(session, each) for each in (COMMUNITY, COMMUNITY[:9])]
    ids = {"case_worker_id": two[0].account_id, "supervisor_id": two[1].account_id}
    case = await a_case(session, grids[0], is_confidential=True, **ids)
    return case, *two


async def test_a_secret_that_lies_elsewhere_is_left_by_who_does_not_reach_it(session, client_for, secret):
    case, worker, wide = secret
    officer = client_for(await crew.officer(session))
    await session.commit()
    pin = {"lat": THERE.lat, "lon": THERE.lon, "coord_type": "wgs84"}
    path = f"{CASES}/{case.id}"

    put = await client_for(worker).post(
        f"{path}/pin", json={"position": pin, "reason": "在对面", "version": 1}
    )

    assert put.status_code == 200, put.text
    assert (await client_for(worker).get(path)).status_code == 404
    assert (await client_for(wide).get(path)).status_code == 200
    assert (await officer.get("/v1/reports/confidential/unnamed")).json()["total"] == 1


async def test_redrawn_grids_take_a_secret_along_unnamed(session, client_for, grids, secret):
    case, _, wide = secret
    away, officer = await staff_of(session, OTHER), client_for(await crew.officer(session))
    desk = {"area_code": OTHER, "case_worker_id": away.account_id, "supervisor_id": wide.account_id}
    session.add(ConfidentialDesk(**desk, changed_at=NOW))
    nowhere = await a_case(session, grids[1])
    nowhere.lat, nowhere.lon = 30.0, 100.0
    for grid in grids:
        grid.valid_to = local_day(SENT_AT)
    await session.flush()
    await make_grid(session, 2, square(0, 0), community=OTHER)
    await session.commit()

    done = await officer.post("/v1/reports/grids/rehome", json={"area_code": COMMUNITY[:9]})

    # Where no grid is drawn any more a case stays, and nobody is asked to call again for it.
    assert done.json() == {"done": [], "remaining": 0}
    moved = await session.get_one(Report, case.id, populate_existing=True)
    assert (moved.area_code, moved.case_worker_id) == (OTHER, away.account_id)
    assert (await client_for(away).get(f"{CASES}/{case.id}")).status_code == 200
