"""Appointments: given for a term, told, opening categories and checks near by, revoked at once."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.core.clock import local_day, utc_now
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Appointment, AppointmentKind, Notification, ReportState, RoleGrant
from app.services import categories
from app.services.accounts import queries
from app.services.teams.fields import LEVELS, ROLE_OF, may_report
from tests.factories.accounts import make_account
from tests.factories.reports import make_category, make_report
from tests.factories.stations import COMMUNITY, SUZHOU, make_area, make_staff

ELSEWHERE = "620921001001"
HERE = {"position": {"lat": SUZHOU.lat, "lon": SUZHOU.lon, "coord_type": "wgs84"}}
PATH = "/v1/appointments"


def appoint_in(**given) -> dict:
    today = local_day(utc_now())
    return {
        "id": str(uuid4()),
        "kind": "road_safety_supervisor",
        "phone": "13700000002",
        "display_name": "马师傅",
        "issuing_body": "肃州区文明办(示例)",
        "area_code": COMMUNITY,
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=365)).isoformat(),
        **given,
    }


def report_in(category_id: str) -> dict:
    """Describe a report here; what the catalogue asks is answered by its first choice."""
    return {
        "id": str(uuid4()),
        "category_id": category_id,
        "position": HERE["position"],
        "captured_at": utc_now().isoformat(),
        "area_code": COMMUNITY,
        "answers": {"what": "building"} if category_id == "grid_round" else {},
    }


async def actor_of(session, runtime, account_id: UUID) -> Actor:
    """Return somebody as their token would: with the grants that are in force."""
    grants = await queries.grants_in_force(session, [account_id], now=utc_now())
    return Actor(account_id, tuple(grants.get(account_id, ())))


async def test_an_appointment_opens_what_it_is_about_and_closes_it_again(session, runtime, client_for):
    await make_area(session)
    clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY)
    await make_category(session, "road_damage", group="road")
    await make_category(session, "exposed_garbage", group="garbage")
    await make_category(session, "road_patrol", group="road", opened_to=["road_safety_supervisor"])
    resolved = {"state": ReportState.RESOLVED}
    in_field = await make_report(session, category_id="road_damage", **resolved)
    await make_report(session, category_id="exposed_garbage", **resolved)
    await make_report(session, category_id="road_damage", is_confidential=True, **resolved)
    await make_report(session, category_id="road_damage", area_code=ELSEWHERE, **resolved)
    await session.commit()
    desk, body = client_for(clerk), appoint_in()

    given = await desk.post(PATH, json=body)
    assert given.status_code == 201, given.text
    assert (await desk.post(PATH, json=body)).json() == given.json()
    for other in ({"kind": "civility_demonstrator"}, {"phone": "13700000099"}):
        reused = await desk.post(PATH, json=body | other)
        assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    endless = {"valid_from": "9999-01-01", "valid_to": "9999-12-31"}
    assert (await desk.post(PATH, json=appoint_in(**endless))).status_code == 422
    again = await desk.post(PATH, json=appoint_in())
    assert again.status_code == 409
    kept = await session.get_one(Appointment, UUID(body["id"]))
    holder = await actor_of(session, runtime, kept.account_id)
    assert holder.grants == (Grant(Role.ROAD_SAFETY_SUPERVISOR, (COMMUNITY,)),)

    # The holder checks what is about the road, in the area, and nothing confidential.
    his = client_for(holder)
    near = (await his.post("/v1/reports/checking/nearby", json=HERE)).json()["items"]
    assert [each["case"]["id"] for each in near] == [str(in_field.id)]
    mine = (await his.get(f"{PATH}/mine")).json()["items"]
    assert (mine[0]["is_in_force"], "road" in mine[0]["verifies"]) == (True, True)
    assert [each["id"] for each in mine[0]["opens"]] == ["road_patrol"]
    public = (await client_for().get("/v1/categories")).json()
    assert "road_patrol" not in str(public)
    assert may_report(holder, ["road_safety_supervisor"], area_code=COMMUNITY)
    assert not may_report(holder, ["road_safety_supervisor"], area_code=ELSEWHERE)
    assert not may_report(holder, ["food_safety_supervisor"], area_code=COMMUNITY)

    listed = (await desk.get(PATH)).json()["items"]
    assert [(each["id"], each["display_name"]) for each in listed] == [(body["id"], "马师傅")]
    other = client_for(await make_staff(session, Role.COMMUNITY_STAFF, ELSEWHERE))
    await session.commit()
    assert (await other.get(PATH)).json()["items"] == []
    assert (await other.post(f"{PATH}/{body['id']}/revoke", json={"reason": "x"})).status_code == 404

    for _ in range(2):
        revoked = await desk.post(f"{PATH}/{body['id']}/revoke", json={"reason": "调离本区"})
        assert revoked.json()["revoked_reason"] == "调离本区"
    assert (await actor_of(session, runtime, kept.account_id)).grants == ()
    while await deliver(runtime.db, REACTIONS, now=utc_now()):
        pass
    told = (await session.scalars(select(Notification.kind).order_by(Notification.id))).all()
    assert told == ["appointment.given", "appointment.revoked"]
    assert (await desk.get(PATH)).json()["items"] == []


async def test_only_holders_report_in_a_category_opened_to_them(session, client_for):
    await make_area(session)
    await make_category(session, "road_patrol", group="road", opened_to=["road_safety_supervisor"])
    holder = Actor((await make_account(session)).id, (Grant(Role.ROAD_SAFETY_SUPERVISOR, (COMMUNITY,)),))
    rider = Actor((await make_account(session)).id)
    await session.commit()

    refused = await client_for(rider).post("/v1/reports", json=report_in("road_patrol"))
    assert (refused.status_code, refused.json()["code"]) == (403, "report.category_not_opened")
    taken = await client_for(holder).post("/v1/reports", json=report_in("road_patrol"))
    assert taken.status_code == 201, taken.text


async def test_each_kind_of_appointment_opens_what_is_shipped_for_it(session, runtime, client_for):
    await make_area(session)
    clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY)
    await categories.plant_shipped(session, now=utc_now())
    await session.commit()
    rider, opened = client_for(Actor((await make_account(session)).id)), dict[str, str]()
    resolved = await make_report(session, category_id="meal_packaging", state=ReportState.RESOLVED)
    await session.commit()
    for number, kind in enumerate(AppointmentKind):
        body = appoint_in(kind=kind.value, phone=f"1370000010{number}")
        given = await client_for(clerk).post(PATH, json=body)
        assert given.status_code == 201, given.text
        holder = (await session.get_one(Appointment, UUID(body["id"]))).account_id
        his = client_for(await actor_of(session, runtime, holder))
        [mine] = (await his.get(f"{PATH}/mine")).json()["items"]
        assert mine["opens"], kind
        for each in mine["opens"]:
            opened[each["id"]] = kind.value
            answers = [
                await client.post("/v1/reports", json=report_in(each["id"])) for client in (his, rider)
            ]
            assert [answer.status_code for answer in answers] == [201, 403], answers[0].text
        # What they may check near by: their field, and who knows a grid checks all of it.
        near = (await his.post("/v1/reports/checking/nearby", json=HERE)).json()["items"]
        checks_food = kind in {AppointmentKind.FOOD_SAFETY_SUPERVISOR, AppointmentKind.PART_TIME_GRID_MEMBER}
        assert [each["case"]["id"] for each in near] == [str(resolved.id)] * checks_food
    everybodys = str((await rider.get("/v1/categories")).json())
    assert not any(f"'{each}'" in everybodys for each in opened)
    assert set(opened.values()) == {kind.value for kind in AppointmentKind}


async def test_a_role_taken_back_ends_its_appointment(session, runtime, client_for):
    await make_area(session)
    clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY)
    await session.commit()
    desk = client_for(clerk)
    body = appoint_in(kind="part_time_grid_member")
    assert (await desk.post(PATH, json=body)).status_code == 201
    kept = await session.get_one(Appointment, UUID(body["id"]))
    grant = await session.get_one(RoleGrant, kept.grant_id)
    assert (grant.role, grant.valid_to) == (Role.PART_TIME_GRID_MEMBER, kept.valid_to)

    assert (await desk.delete(f"/v1/accounts/grants/{grant.id}")).status_code == 204
    while await deliver(runtime.db, REACTIONS, now=utc_now()):
        pass
    await session.refresh(kept)
    assert kept.revoked_at is not None


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"valid_to": "2020-01-01", "valid_from": "2019-12-01"}, "valid_to"),
        ({"valid_to": "2020-01-01"}, "valid_to"),
        ({"valid_to": "2040-01-01"}, "valid_to"),
        ({"kind": "part_time_grid_member", "area_code": COMMUNITY[:9]}, "area_code"),
        ({"area_code": COMMUNITY[:4]}, "area_code"),
        ({"grid_id": str(UUID(int=1))}, "grid_id"),
    ],
)
async def test_what_no_appointment_can_be(session, client_for, given, hint):
    await make_area(session)
    officer = await make_staff(session, Role.DISTRICT_OFFICER, COMMUNITY[:4])
    await session.commit()

    refused = await client_for(officer).post(PATH, json=appoint_in(**given))

    assert (refused.status_code, refused.json()["code"]) == (422, "team.appointment_invalid")
    assert refused.json()["hint"] == hint


async def test_elsewhere_nobody_is_appointed(session, client_for):
    await make_area(session, ELSEWHERE)
    clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY)
    await session.commit()

    refused = await client_for(clerk).post(PATH, json=appoint_in(area_code=ELSEWHERE))

    assert refused.status_code == 403
    assert LEVELS.keys() == ROLE_OF.keys()
