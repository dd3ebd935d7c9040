"""Several units, one case: it is resolved when every task is done."""

import pytest

from app.models import ReportState
from tests.factories.reports import make_report, make_unit
from tests.reports import crew, crew_photos

CASES, HANDLING, TASKS = (f"/v1/reports/{each}" for each in ("cases", "handling", "tasks"))


class Site:
    """One case with its main unit, and another unit that helps."""


@pytest.fixture
async def site(session, client_for):
    here = Site()
    main, helping = await make_unit(session), await make_unit(session, name="供电所")
    here.case = await make_report(session, state=ReportState.IN_PROGRESS, unit_id=main.id)
    here.main, here.helper = await crew.unit_user(session, main.id), await crew.unit_user(session, helping.id)
    here.desk, here.as_main = client_for(await crew.staff(session)), client_for(here.main)
    here.as_helper = client_for(here.helper)
    here.main_id, here.helping_id = main.id, helping.id
    await session.commit()
    made = await here.desk.post(
        f"{CASES}/{here.case.id}/tasks", json={"unit_id": str(helping.id), "instruction": "断电并移走电线"}
    )
    assert made.status_code == 201, made.text
    here.task = made.json()
    here.path = f"{TASKS}/{here.task['id']}"
    return here


async def proof(session, by) -> dict[str, object]:
    photo = await crew_photos.ready(session, by.account_id)
    await session.commit()
    return {"text": "做好了", "photo_ids": [str(photo.id)]}


async def resolve(session, site):
    path = f"{HANDLING}/{site.case.id}/resolve"
    return await site.as_main.post(path, json=await proof(session, site.main))


async def test_the_case_waits_for_all_tasks(site, session):
    early = await site.as_main.post(
        f"{HANDLING}/{site.case.id}/resolve", json=await proof(session, site.main)
    )
    assert (early.status_code, early.json()["code"]) == (409, "report.tasks_open")
    assert early.json()["possible"] == ["return"]

    assert (await site.as_helper.post(f"{site.path}/take", json={})).json()["state"] == "taken"
    done = await site.as_helper.post(f"{site.path}/finish", json=await proof(session, site.helper))
    assert done.json()["state"] == "done", done.text

    late = await resolve(session, site)
    assert late.json()["state"] == "resolved"


async def test_a_helper_sees_its_task_and_public_facts_only(site):
    seen = (await site.as_helper.get(site.path)).json()
    assert (seen["task"]["instruction"], seen["case"]["id"]) == ("断电并移走电线", str(site.case.id))
    assert (await site.as_helper.get(f"{HANDLING}/{site.case.id}")).status_code == 404
    assert [each["id"] for each in (await site.as_helper.get(TASKS)).json()["items"]] == [site.task["id"]]
    assert (await site.as_main.get(site.path)).status_code == 404
    assert (await site.as_main.get(TASKS)).json()["items"] == []
    assert (await site.as_main.post(f"{site.path}/take", json={})).status_code == 404


async def test_a_returned_task_comes_back_to_staff_who_give_it_to_another(site, session):
    nothing = await site.as_helper.post(f"{site.path}/return", json={})
    assert nothing.json()["code"] == "report.reason_needed"
    back = (await site.as_helper.post(f"{site.path}/return", json={"text": "是通信线"})).json()
    assert (back["state"], back["result"]) == ("returned", "是通信线")

    given = await site.desk.post(
        f"{CASES}/{site.case.id}/tasks/{back['id']}/give",
        json={"version": back["version"], "unit_id": str(site.main_id), "instruction": "请自行移走"},
    )

    assert (given.json()["state"], given.json()["unit_id"]) == ("open", str(site.main_id))
    assert (await site.as_helper.get(site.path)).status_code == 404
    stale = await site.desk.post(
        f"{CASES}/{site.case.id}/tasks/{back['id']}/drop", json={"version": back["version"]}
    )
    assert stale.json()["code"] == "edit_conflict"


async def test_a_dropped_task_holds_nothing_up(site, session):
    dropped = await site.desk.post(
        f"{CASES}/{site.case.id}/tasks/{site.task['id']}/drop", json={"version": 1}
    )
    assert dropped.json()["state"] == "dropped"

    refused = await site.as_helper.post(f"{site.path}/take", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "report.task_unfit")
    late = await resolve(session, site)
    assert late.status_code == 200


async def test_tasks_are_for_cases_in_hand_and_units_that_can(site, session):
    waiting = await make_report(session)
    elsewhere = await make_unit(session, area_code="620921")
    await session.commit()
    task = {"unit_id": str(site.helping_id), "instruction": "看看"}

    early = await site.desk.post(f"{CASES}/{waiting.id}/tasks", json=task)
    far = await site.desk.post(f"{CASES}/{site.case.id}/tasks", json={**task, "unit_id": str(elsewhere.id)})

    assert (early.json()["code"], far.json()["code"]) == ("report.illegal_move", "report.unit_unfit")
    assert early.json()["possible"] == ["accept", "reject", "mark_duplicate"]


async def test_no_unit_is_given_a_task_of_a_case_that_nobody_has_in_hand(site):
    back = await site.as_main.post(f"{HANDLING}/{site.case.id}/return", json={"text": "不归我们"})
    assert back.json()["state"] == "returned", back.text

    given = await site.desk.post(
        f"{CASES}/{site.case.id}/tasks/{site.task['id']}/give",
        json={"version": site.task["version"], "unit_id": str(site.main_id), "instruction": "请移走"},
    )

    assert (given.status_code, given.json().get("code")) == (409, "report.illegal_move")


async def test_a_task_rests_while_its_case_is_back_at_the_desk(site):
    """Its unit could not begin it, and when the case was refused after all, it lay there for ever."""
    await site.as_main.post(f"{HANDLING}/{site.case.id}/return", json={"text": "不归我们"})
    assert (await site.as_helper.get(TASKS)).json()["items"] == []

    version = (await site.desk.get(f"{CASES}/{site.case.id}")).json()["case"]["version"]
    anew = {"version": version, "unit_id": str(site.main_id)}
    sent = await site.desk.post(f"{CASES}/{site.case.id}/dispatch", json=anew)

    assert sent.status_code == 200, sent.text
    assert [each["id"] for each in (await site.as_helper.get(TASKS)).json()["items"]] == [site.task["id"]]
