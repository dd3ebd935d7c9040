"""Routing rules, time limits and office hours over HTTP: they hold for the next report."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.models import HandlingUnit, OutboxEvent, Report, RoutingRule
from app.services.areas import publish_shipped
from tests.factories.accounts import make_account
from tests.factories.reports import SENT_AT, make_category, make_unit
from tests.factories.rules import make_rule
from tests.factories.stations import COMMUNITY, make_area
from tests.reports.test_api_submit import a_report

COUNTY = COMMUNITY[:6]


@pytest.fixture
async def unit(session):
    await make_area(session, COMMUNITY)
    await make_category(session)
    await publish_shipped(session, now=SENT_AT)
    unit = await make_unit(session)
    await session.commit()
    return unit


@pytest.fixture
async def officer(session, client_for, unit):
    actor = Actor((await make_account(session)).id, (Grant(Role.DISTRICT_OFFICER, (COUNTY,)),))
    await session.commit()
    return client_for(actor)


@pytest.fixture
async def rider(session, client_for, unit):
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id))


def a_rule(unit, **given):
    return {
        "id": str(uuid4()),
        "area_code": COUNTY,
        "position": 1,
        "name": "道路归市政",
        "condition": {"categories": ["road_damage"]},
        "unit_id": str(unit.id),
        **given,
    }


def without(given, *keys):
    return {key: value for key, value in given.items() if key not in keys}


async def submitted(rider, session):
    given = a_report()
    response = await rider.post("/v1/reports", json=given)
    assert response.status_code == 201, response.text
    return await session.get_one(Report, UUID(given["id"]), populate_existing=True)


async def test_a_rule_proposes_for_the_next_report_and_the_case_says_which(officer, rider, session, unit):
    before = await submitted(rider, session)
    rule = a_rule(unit)
    response = await officer.post("/v1/reports/rules", json=rule)
    assert response.status_code == 201, response.text

    report = await submitted(rider, session)

    assert (before.proposal["rule_id"], before.proposal["why"]) == (
        None, "no rule fits: the area's only department",
    )  # fmt: skip
    assert (report.proposed_unit_id, report.unit_id) == (unit.id, None)  # a proposal is no assignment
    assert (report.proposal["rule_id"], report.proposal["rule_version"]) == (rule["id"], 1)
    assert report.due_at is not None


async def test_a_changed_rule_keeps_what_it_was(officer, unit):
    rule = a_rule(unit)
    await officer.post("/v1/reports/rules", json=rule)
    edit = {**without(rule, "id"), "name": "改名", "version": 1}

    edited = await officer.put(f"/v1/reports/rules/{rule['id']}", json=edit)
    conflict = await officer.put(f"/v1/reports/rules/{rule['id']}", json=edit)
    assert (await officer.delete(f"/v1/reports/rules/{rule['id']}?version=2")).status_code == 204

    assert (edited.json()["version"], conflict.json()["code"]) == (2, "edit_conflict")
    versions = (await officer.get(f"/v1/reports/rules/{rule['id']}/versions")).json()["items"]
    assert [(each["version"], each["content"]["name"], each["content"]["is_ended"]) for each in versions] == [
        (1, "道路归市政", False),
        (2, "改名", False),
        (3, "改名", True),
    ]
    assert (await officer.get("/v1/reports/rules")).json()["items"] == []


async def test_a_failing_rule_is_shown_and_the_next_one_fires(officer, rider, session, unit):
    gone = await make_unit(session, name="撤销的单位")
    broken = await make_rule(session, gone, position=1)
    good = await make_rule(session, unit, position=2)
    gone = await session.get_one(HandlingUnit, gone.id)
    gone.ended_at = SENT_AT
    await session.commit()

    for _ in range(2):
        report = await submitted(rider, session)
        assert report.proposal["rule_id"] == str(good.id)

    failing = (await officer.get("/v1/reports/rules", params={"failing": True})).json()["items"]
    assert [each["id"] for each in failing] == [str(broken.id)]
    assert failing[0]["failing_at"] is not None
    assert "承办单位" in failing[0]["error"]
    events = select(OutboxEvent).where(OutboxEvent.name == "report.routing_rule_failed")
    assert len((await session.scalars(events)).all()) == 1  # told once, not with every report


async def test_a_rule_that_works_again_loses_its_mark(rider, session, unit):
    rule = await make_rule(session, unit, failing_at=SENT_AT, error="x")
    await session.commit()

    await submitted(rider, session)

    mended = await session.get_one(RoutingRule, rule.id, populate_existing=True)
    assert (mended.failing_at, mended.error) == (None, "")


@pytest.mark.parametrize(
    "change",
    [
        {"condition": {"categories": ["no_such"]}},
        {"condition": {"groups": ["no_such"]}},
        {"unit_id": str(uuid4())},
    ],
)
async def test_a_rule_that_cannot_be_meant_is_refused(officer, unit, change):
    response = await officer.post("/v1/reports/rules", json=a_rule(unit, **change))

    assert (response.status_code, response.json()["code"]) == (422, "report.rule_invalid")


@pytest.mark.parametrize("change", [{"condition": {"starts": "25:00"}}, {"position": -1}, {"more": 1}])
async def test_a_malformed_rule_is_refused(officer, unit, change):
    assert (await officer.post("/v1/reports/rules", json=a_rule(unit, **change))).status_code == 422


async def test_an_officer_asks_what_would_happen(officer, session, unit):
    rule = await make_rule(session, unit)
    await session.commit()
    asked = {
        "position": {"lat": 39.7431, "lon": 98.5083, "coord_type": "gcj02"},
        "category_id": "road_damage",
        "area_code": COMMUNITY,
        "at": "2026-02-13T10:00:00+08:00",
    }

    answer = (await officer.post("/v1/reports/rules/try", json=asked)).json()

    assert answer["area_code"] == COMMUNITY
    assert answer["proposal"]["rule_id"] == str(rule.id)
    assert answer["promises"]["whole"] == "2026-02-27T10:00:00Z"
    assert answer["promises"]["acceptance"] == "2026-02-13T08:30:00Z"
    elsewhere = await officer.post("/v1/reports/rules/try", json={**asked, "area_code": "620921001001"})
    assert elsewhere.status_code == 404


async def test_limits_and_office_hours_of_an_area_hold_for_the_next_promise(officer, unit):
    limit = {"id": str(uuid4()), "area_code": COUNTY, "step": "acceptance", "amount": 2,
             "unit": "working_hours", "urgency": "normal"}  # fmt: skip
    assert (await officer.post("/v1/reports/time-limits", json=limit)).status_code == 201
    hours = {"periods": [{"starts": "10:00", "ends": "16:00"}], "version": 0}
    assert (await officer.put(f"/v1/reports/office-hours/{COUNTY}", json=hours)).json()["version"] == 1
    asked = {
        "position": {"lat": 39.7431, "lon": 98.5083, "coord_type": "gcj02"},
        "category_id": "road_damage",
        "area_code": COMMUNITY,
        "at": "2026-02-13T15:00:00+08:00",
    }

    promised = (await officer.post("/v1/reports/rules/try", json=asked)).json()["promises"]

    assert promised["acceptance"] == "2026-02-14T03:00:00Z"  # the make-up Saturday, 11:00
    seen = (await officer.get(f"/v1/reports/office-hours/{COMMUNITY}")).json()
    assert (seen["periods"], seen["version"]) == ([{"starts": "10:00", "ends": "16:00"}], 0)
    assert (await officer.put(f"/v1/reports/office-hours/{COUNTY}", json=hours)).json()["code"] == (
        "edit_conflict"
    )


async def test_an_area_has_one_limit_for_one_thing(officer, unit):
    limit = {"id": str(uuid4()), "area_code": COUNTY, "step": "whole", "amount": 2, "unit": "working_days"}
    await officer.post("/v1/reports/time-limits", json=limit)

    other = await officer.post("/v1/reports/time-limits", json={**limit, "id": str(uuid4())})
    edited = await officer.put(
        f"/v1/reports/time-limits/{limit['id']}", json={"amount": 3, "unit": "working_days", "version": 1}
    )
    ended = await officer.delete(f"/v1/reports/time-limits/{limit['id']}?version=2")

    assert (other.json()["code"], edited.json()["amount"], ended.status_code) == (
        "report.limit_taken", 3, 204,
    )  # fmt: skip
    listed = (await officer.get("/v1/reports/time-limits")).json()
    assert listed["items"] == []
    assert len(listed["shipped"]) == 16


async def test_how_long_an_emergency_waits_is_by_the_clock(officer, unit):
    limit = {"id": str(uuid4()), "area_code": COUNTY, "step": "call_backup", "amount": 1,
             "unit": "working_hours"}  # fmt: skip
    path = "/v1/reports/time-limits"

    refused = await officer.post(path, json=limit)
    assert (refused.status_code, refused.json()["code"]) == (422, "report.rule_invalid")
    assert (await officer.post(path, json={**limit, "unit": "clock_hours"})).status_code == 201
    edit = {"amount": 1, "unit": "working_days", "version": 1}
    assert (await officer.put(f"{path}/{limit['id']}", json=edit)).status_code == 422


async def test_office_hours_that_cannot_be_are_refused(officer, unit):
    hours = {"periods": [{"starts": "16:00", "ends": "10:00"}], "version": 0}

    response = await officer.put(f"/v1/reports/office-hours/{COUNTY}", json=hours)

    assert (response.status_code, response.json()["code"]) == (422, "report.office_hours_invalid")
