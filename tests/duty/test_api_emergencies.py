"""An emergency at 02:15 over HTTP: the rider, those on duty, the link in a message, and everybody else."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from app.core.actor import Actor, Role
from app.models import DutyCall, OutboxEvent, ReportDeadline, ReportStep, RoleGrant
from app.services.duty import ladder
from app.services.reports.cells import NOWHERE, cell_of
from tests.duty.scene import after, called, react, tick
from tests.factories.accounts import make_account
from tests.factories.duty import NIGHT, full_house, make_emergency, on_call
from tests.factories.reports import make_category, make_report, make_unit
from tests.factories.rules import make_limit
from tests.factories.stations import COMMUNITY, make_area
from tests.reports.desks import staff_of

POLICE = {"number": "110", "zh": "公安", "en": "Police"}
SECRET = "上报人王小明"


@pytest.fixture
async def rider(session, client_for, clock):
    clock.at = NIGHT
    await make_area(session)
    where = {"id": "where", "type": "text", "zh": "具体位置", "en": "Where exactly", "required": False}
    await make_category(session, "manhole_cover", urgency="emergency", phones=[POLICE], questions=[where])
    account = await make_account(session, display_name=SECRET)
    await session.commit()
    client = client_for(Actor(account.id))
    client.account_id = account.id
    return client


def seen_by(**given):
    return {
        "id": str(uuid4()),
        "category_id": "manhole_cover",
        "position": {"lat": 39.7431, "lon": 98.5083, "coord_type": "gcj02"},
        "area_code": COMMUNITY,
        "description": "井盖没了,我的电话13800138000",
        "captured_at": NIGHT.isoformat(),
        **given,
    }


async def report(rider, **given):
    response = await rider.post("/v1/reports", json=seen_by(**given))
    assert response.status_code == 201, response.text
    return response.json()


async def own(rider, report_id):
    return (await rider.get(f"/v1/reports/mine/{report_id}")).json()["duty"]


def at(client, report_id, act=""):
    return f"/v1/duty/emergencies/{report_id}{act}"


async def test_a_night_from_the_report_to_the_repair(rider, session, runtime, client_for, clock):
    first, backup, _ = await full_house(session)
    unit = await make_unit(session)
    await make_limit(session, step="made_safe", urgency="emergency", amount=2, unit="clock_hours")
    await session.commit()
    sent = await report(rider, answers={"where": "门口,打13800138000"})
    assert sent["duty"] == {"state": "calling", "seen_at": None, "phones": [POLICE]}
    await react(runtime.db)
    await tick(runtime.db, after(5))
    assert await called(runtime.db, UUID(sent["id"])) == [
        ("first", "网格员小陈", 0),
        ("backup", "社区老周", 5),
    ]

    clock.at = after(6)
    member, neighbour = client_for(first), client_for(backup)
    shown = (await member.get("/v1/duty/emergencies")).json()["emergencies"]
    assert [each["case"]["number"] for each in shown] == [sent["number"]]
    assert [(each["rung"], each["on_duty"]) for each in shown[0]["rungs"]] == [("first", 1), ("backup", 1)]
    assert "13800138000" not in str(shown)
    assert shown[0]["case"]["answers"] == {"where": "门口,打***"}
    assert set(shown[0]["possible"]) == {"accept", "dispatch", "make_safe"}
    assert (await own(rider, sent["id"]))["state"] == "calling"

    for _ in range(2):
        seen = await neighbour.post(at(neighbour, sent["id"], "/acknowledge"))
        assert (seen.status_code, seen.json()["name"], seen.json()["how"]) == (200, "社区老周", "signed_in")
    late = await member.post(at(member, sent["id"], "/acknowledge"))
    assert (late.status_code, late.json()["code"]) == (409, "duty.already_seen")
    assert (late.json()["name"], late.json()["at"]) == ("社区老周", "02:21")
    assert await own(rider, sent["id"]) == {
        "state": "seen",
        "seen_at": after(6).isoformat().replace("+00:00", "Z"),
        "phones": [POLICE],
    }

    clock.at = after(40)
    safe = await member.post(at(member, sent["id"], "/make-safe"), json={"reason": "已围挡"})
    assert (safe.status_code, safe.json()["state"]) == (200, "accepted"), safe.text
    again = await member.post(at(member, sent["id"], "/make-safe"), json={})
    assert (again.status_code, again.json()["code"]) == (409, "report.illegal_move")
    gone = await member.post(at(member, sent["id"], "/dispatch"), json={"unit_id": str(unit.id)})
    assert (gone.status_code, gone.json()["case"]["state"]) == (200, "dispatched"), gone.text
    steps = await session.scalars(select(ReportStep).order_by(ReportStep.id))
    assert [(step.move.value, step.actor.value, step.actor_name) for step in steps] == [
        ("submit", "reporter", ""),
        ("make_safe", "duty", "网格员小陈"),
        ("dispatch", "duty", "网格员小陈"),
    ]
    promise = await session.scalar(select(ReportDeadline).where(ReportDeadline.step == "made_safe"))
    assert (promise.due_at, promise.met_at) == (NIGHT + timedelta(hours=2), after(40))
    mine = (await rider.get(f"/v1/reports/mine/{sent['id']}")).json()
    assert mine["report"]["made_safe_at"] == after(40).isoformat().replace("+00:00", "Z")
    await react(runtime.db, after(41))
    await tick(runtime.db, after(60))
    assert len(await called(runtime.db, UUID(sent["id"]))) == 2


async def test_nobody_on_duty_is_said_at_once_with_numbers(rider, runtime, session):
    sent = await report(rider)
    assert sent["duty"] == {"state": "nobody", "seen_at": None, "phones": [POLICE]}
    await react(runtime.db)
    assert (await own(rider, sent["id"]))["state"] == "nobody"
    queue = {"records": [seen_by(captured_offline=True), seen_by(category_id="no_such")]}
    late, refused = (await rider.post("/v1/reports/sync", json=queue)).json()["outcomes"]
    assert (late["report"]["duty"], refused["report"]) == (sent["duty"], None)

    # Answers make an emergency of a category that names no number: the usual ones are said.
    question = {"id": "hurt", "type": "bool", "zh": "有人受伤?", "en": "Is anybody hurt?"}
    await make_category(session, "calm", questions=[{**question, "required": False, "urgency": "emergency"}])
    await session.commit()
    hurt = await report(rider, category_id="calm", answers={"hurt": True})
    assert [phone["number"] for phone in hurt["duty"]["phones"]] == ["110", "119", "120"]
    calm = await report(rider, category_id="calm")
    assert (calm["duty"], await own(rider, calm["id"])) == (None, None)


async def test_a_link_says_seen_without_signing_in_and_carries_nothing(
    rider, session, runtime, client, clock
):
    first, *_ = await full_house(session)
    await session.commit()
    sent = await report(rider)
    await react(runtime.db)
    call_id = await session.scalar(select(DutyCall.id))
    token = runtime.call_links.token(call_id)
    link = {"X-Duty-Link": token}
    assert len(token) == 35
    assert call_id not in {first.account_id, rider.account_id}

    shown = await client.get("/v1/duty/link", headers=link)
    assert (shown.status_code, shown.json()["number"], shown.json()["seen_at"]) == (200, sent["number"], None)
    assert "13800138000" not in shown.text
    assert "description" not in shown.json()
    forged = runtime.call_links.token(uuid4())
    flipped = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    for bad in (forged, flipped, token[:-4], "x", "é" * 4):
        answer = await client.post("/v1/duty/link/acknowledge", headers={"X-Duty-Link": bad.encode()})
        assert (answer.status_code, answer.json()["code"]) == (404, "duty.link_unknown"), bad
    clock.at = NIGHT + timedelta(days=1)
    assert (await client.get("/v1/duty/link", headers=link)).status_code == 404

    clock.at = after(2)
    for _ in range(2):
        seen = await client.post("/v1/duty/link/acknowledge", headers=link)
        assert (seen.status_code, seen.json()["how"], seen.json()["name"]) == (200, "link", "网格员小陈")
    assert (await own(rider, sent["id"]))["state"] == "seen"
    revoke = update(RoleGrant).where(RoleGrant.account_id == first.account_id)
    await session.execute(revoke.values(revoked_at=after(2)))
    await session.commit()
    assert (await client.post("/v1/duty/link/acknowledge", headers=link)).status_code == 404


async def test_others_see_no_emergency_of_this_community(rider, session, runtime, client_for):
    await full_house(session)
    elsewhere = await on_call(session, "外区值班", Role.COMMUNITY_STAFF, area_code="620921001001")
    others = [
        client_for(elsewhere),
        client_for(await staff_of(session, "620902006002")),
        client_for(Actor((await make_account(session)).id)),
        rider,
    ]
    await session.commit()
    sent = await report(rider)
    await react(runtime.db)

    for other in others:
        assert (await other.get("/v1/duty/emergencies")).json() == {"emergencies": []}
        assert (await other.get(at(other, sent["id"]))).status_code == 404
        for act in ("/acknowledge", "/accept", "/make-safe", "/dispatch"):
            answer = await other.post(at(other, sent["id"], act), json={})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_nothing_that_those_on_duty_get_leads_to_the_reporter(rider, session, runtime, client_for):
    callers = await full_house(session)
    await session.commit()
    sent = await report(rider)
    await react(runtime.db)
    for minute in (5, 15):
        await tick(runtime.db, after(minute))

    for caller in callers:
        client = client_for(caller)
        for path in ("/v1/duty/emergencies", at(client, sent["id"])):
            text = (await client.get(path)).text
            assert sent["number"] in text
            assert SECRET not in text
            assert str(rider.account_id) not in text
    payloads = await session.scalars(select(OutboxEvent.payload).where(OutboxEvent.name.startswith("duty.")))
    told = str(list(payloads))
    assert told.count(sent["id"]) == 6
    assert str(rider.account_id) not in told
    assert SECRET not in told


async def test_who_lost_the_role_reaches_nothing_any_more(session, runtime, client_for, clock):
    clock.at = NIGHT
    first, *_ = await full_house(session)
    emergency = await make_emergency(session)
    await session.commit()
    async with runtime.db.writing() as writing:
        await ladder.begin(writing, emergency.id, since=NIGHT, now=NIGHT)
    former = client_for(Actor(first.account_id))

    assert (await client_for(first).get(at(None, emergency.id))).status_code == 200
    assert (await former.get(at(None, emergency.id))).status_code == 404
    assert (await former.post(at(None, emergency.id, "/acknowledge"))).status_code == 404


async def test_staff_make_an_emergency_safe_at_their_desk(session, client_for, clock):
    clock.at = NIGHT
    emergency, calm = await make_emergency(session), await make_report(session)
    desk = client_for(await staff_of(session, COMMUNITY))
    await session.commit()

    safe = await desk.post(f"/v1/reports/cases/{emergency.id}/make-safe", json={"version": 1})

    assert (safe.status_code, safe.json()["state"]) == (200, "accepted"), safe.text
    assert safe.json()["made_safe_at"] == NIGHT.isoformat().replace("+00:00", "Z")
    late = await desk.post(f"/v1/reports/cases/{emergency.id}/make-safe", json={"version": 1})
    assert late.json()["code"] == "edit_conflict"
    refused = await desk.post(f"/v1/reports/cases/{calm.id}/make-safe", json={"version": 1})
    assert refused.json()["code"] == "report.illegal_move"


async def test_an_emergency_that_only_an_address_places_lies_at_no_point(session, runtime, client_for, clock):
    clock.at = NIGHT
    first, *_ = await full_house(session)
    nowhere = {"lat": 0.0, "lon": 0.0, "h3": cell_of(NOWHERE), "given_lat": 0.0, "given_lon": 0.0}
    emergency = await make_emergency(session, **nowhere, flags=["pin_missing"], address="富康社区3号楼前")
    await session.commit()
    await react(runtime.db)
    async with runtime.db.writing() as writing:
        await ladder.begin(writing, emergency.id, since=NIGHT, now=NIGHT)
    client = client_for(first)

    seen = (await client.get(at(client, emergency.id))).json()["case"]
    [listed] = (await client.get("/v1/duty/emergencies")).json()["emergencies"]
    accepted = (await client.post(at(client, emergency.id, "/accept"), json={})).json()

    for case in (seen, listed["case"], accepted):
        assert (case["lat"], case["lon"], case["address"]) == (None, None, "富康社区3号楼前")


async def test_a_ladder_that_nobody_answers_says_so(rider, session, runtime, clock):
    await full_house(session)
    await session.commit()
    sent = await report(rider)
    await react(runtime.db)
    for minute, said in ((5, "calling"), (15, "calling"), (20, "unanswered")):
        await tick(runtime.db, after(minute))
        clock.at = after(minute)
        told = await own(rider, sent["id"])
        assert (told["state"], told["phones"]) == (said, [POLICE])
