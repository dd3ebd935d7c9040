"""What is sent again, while the first is still being written, is one thing with one answer."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.actor import Actor, Role
from app.core.clock import utc_now
from app.main import create_app
from tests.activities.world import ACTIVITIES, activity, rider, shift
from tests.clients import ClientFor, TestClock
from tests.factories.accounts import make_account
from tests.factories.broadcasts import body as broadcast_body
from tests.factories.ledger import make_book, make_hours, make_subject
from tests.factories.stations import COMMUNITY, make_area, make_staff
from tests.factories.volunteering import make_member, make_organisation, make_team
from tests.teams.test_api_appointments import appoint_in

AT_ONCE = 4


async def a_unit(session, staff) -> tuple[Actor, str, dict]:
    return staff, "/v1/units", {"name": "安定物业", "kind": "property_company", "area_code": COMMUNITY}


async def an_alert(session, staff) -> tuple[Actor, str, dict]:
    now = utc_now()
    body = {"kind": "road_ice", "colour": "orange", "area_code": COMMUNITY[:6], "source": "气象台"}
    span = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=9)).isoformat()}
    return staff, "/v1/weather-alerts", body | span


async def an_organisation(session, staff) -> tuple[Actor, str, dict]:
    body = {"name": "区税务局(示例)", "kind": "unit", "area_code": COMMUNITY[:6]}
    return staff, "/v1/teams/organisations", body | {"responsible": "张某", "phone": "0937-1234567"}


async def a_team(session, staff) -> tuple[Actor, str, dict]:
    organisation = await make_organisation(session)
    body = {"organisation_id": str(organisation.id), "name": "先锋骑手队", "kind": "pioneer_riders"}
    return staff, "/v1/teams", body | {"area_code": COMMUNITY, "founded_on": "2026-11-01"}


async def a_certificate(session, staff) -> tuple[Actor, str, dict]:
    book, account = await make_book(session), await make_account(session)
    await make_hours(session, book, await make_subject(session, account.id), 90)
    return Actor(account.id), "/v1/certificates", {"book_id": str(book.id)}


async def an_activity(session, staff) -> tuple[Actor, str, dict]:
    team = await make_team(session)
    coordinator = await rider(session)
    await make_member(session, team, coordinator.account_id, is_coordinator=True)
    return coordinator, ACTIVITIES, activity(team, shift(utc_now() + timedelta(days=2)))


async def an_appointment(session, staff) -> tuple[Actor, str, dict]:
    clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY)
    return clerk, "/v1/appointments", appoint_in()


async def a_book(session, staff) -> tuple[Actor, str, dict]:
    body = {"name": "测试社区", "area_code": COMMUNITY, "responsible": "王社区", "phone": "0937-1234567"}
    return staff, "/v1/ledger/books", body


async def a_broadcast(session, staff) -> tuple[Actor, str, dict]:
    return staff, "/v1/broadcasts", broadcast_body(audience={"kind": "area", "area_code": COMMUNITY})


THINGS = [
    a_unit, an_alert, an_organisation, a_team, a_certificate, an_activity, an_appointment, a_book, a_broadcast
]  # fmt: skip


@pytest.mark.parametrize("thing", THINGS)
async def test_what_is_sent_twice_at_once_is_one(own_runtime, thing):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        staff = await make_staff(session, Role.DISTRICT_OFFICER, COMMUNITY[:6])
        by, path, body = await thing(session, staff)
    body["id"] = str(uuid4())
    client_for = ClientFor(create_app(own_runtime), TestClock())

    answers = await asyncio.gather(*(client_for(by).post(path, json=body) for _ in range(AT_ONCE)))
    await client_for.close()

    assert [each.status_code for each in answers] == [201] * AT_ONCE, [each.text for each in answers]
    assert {each.json()["id"] for each in answers} == {body["id"]}
