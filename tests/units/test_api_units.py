"""Handling units: kept by the staff of their area, ended with a successor, never edited blindly."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.models import Open311Endpoint
from tests.factories.accounts import make_account, make_grant
from tests.factories.open311 import make_endpoint
from tests.factories.reports import make_unit
from tests.factories.stations import COMMUNITY, make_area


def a_unit(**given):
    return {
        "id": str(uuid4()),
        "name": "安定物业",
        "kind": "property_company",
        "area_code": COMMUNITY,
        "phone": "0937-1234567",
        "code": "WY-7",
        **given,
    }


def without(given, *keys):
    return {key: value for key, value in given.items() if key not in keys}


@pytest.fixture
async def clerk(session, client_for):
    await make_area(session, COMMUNITY)
    actor = Actor((await make_account(session, display_name="小李")).id, (_grant(COMMUNITY),))
    await session.commit()
    return client_for(actor)


def _grant(area_code, role=Role.COMMUNITY_STAFF):
    return Grant(role, (area_code,))


async def test_a_clerk_makes_a_unit_once(clerk):
    given = a_unit(credit_code="91110000600037341L")
    first, again = [await clerk.post("/v1/units", json=given) for _ in range(2)]

    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    assert (first.json()["members"], first.json()["version"]) == (0, 1)
    changed = await clerk.post("/v1/units", json={**given, "name": "另一家"})
    assert changed.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    "change",
    [
        {"credit_code": "91110000600037341M"},
        {"credit_code": "9135"},
        {"name": ""},
        {"name": "a\0"},
        {"phone": "call me"},
        {"area_code": "62" * 3 + "9"},
        {"kind": "shop"},
    ],
)
async def test_what_cannot_be_meant_is_refused(clerk, change):
    assert (await clerk.post("/v1/units", json=a_unit(**change))).status_code == 422


async def test_two_units_of_a_county_do_not_share_a_number(clerk):
    await clerk.post("/v1/units", json=a_unit())

    response = await clerk.post("/v1/units", json=a_unit(name="另一家"))

    assert (response.status_code, response.json()["code"]) == (409, "unit.code_taken")


async def test_an_edit_names_the_other_editor(clerk, session, client_for):
    given = a_unit()
    await clerk.post("/v1/units", json=given)
    edit = {**without(given, "id"), "name": "新名", "version": 1}
    assert (await clerk.put(f"/v1/units/{given['id']}", json=edit)).json()["version"] == 2
    other = client_for(Actor((await make_account(session)).id, (_grant(COMMUNITY),)))
    await session.commit()

    response = await other.put(f"/v1/units/{given['id']}", json=edit)

    assert (response.status_code, response.json()["code"]) == (409, "edit_conflict")
    assert response.json()["editor"] == "小李"


async def test_a_unit_that_is_another_city_no_more_keeps_no_endpoint(clerk, session, runtime):
    given = a_unit(kind="open311")
    await clerk.post("/v1/units", json=given)
    await make_endpoint(session, runtime.vault, unit_id=UUID(given["id"]))
    await session.commit()
    edit = {**without(given, "id"), "name": "邻市平台"}
    left = []

    for version, kind in ((1, "open311"), (2, "property_company")):
        edited = await clerk.put(f"/v1/units/{given['id']}", json=edit | {"kind": kind, "version": version})
        assert edited.status_code == 200, edited.text
        left.append(len((await session.scalars(select(Open311Endpoint.unit_id))).all()))

    assert left == [1, 0]

    ended = a_unit(kind="open311", code="WY-9")
    await clerk.post("/v1/units", json=ended)
    await make_endpoint(session, runtime.vault, unit_id=UUID(ended["id"]))
    await session.commit()
    gone = await clerk.post(f"/v1/units/{ended['id']}/end", json={"version": 1})
    assert gone.status_code == 200, gone.text
    assert (await session.scalars(select(Open311Endpoint.unit_id))).all() == []


async def test_a_unit_ends_with_a_successor_and_is_not_changed_any_more(clerk):
    old, new = a_unit(), a_unit(code="WY-8", name="合并后")
    for given in (old, new):
        await clerk.post("/v1/units", json=given)
    end = {"version": 1, "successor_id": new["id"]}

    assert (await clerk.post(f"/v1/units/{old['id']}/end", json={**end, "successor_id": old["id"]})).json()[
        "code"
    ] == "unit.successor_invalid"
    ended = (await clerk.post(f"/v1/units/{old['id']}/end", json=end)).json()

    assert ended["successor_id"] == new["id"]
    assert ended["ended_at"] is not None
    names = [each["name"] for each in (await clerk.get("/v1/units")).json()["items"]]
    assert names == ["合并后"]
    again = await clerk.post(f"/v1/units/{old['id']}/end", json={"version": 2})
    assert (again.json()["code"], again.json()["successor_id"]) == ("unit.ended", new["id"])


async def test_staff_see_the_units_above_them_and_manage_their_own(clerk, session):
    county = await make_unit(session)
    elsewhere = await make_unit(session, area_code="620921")
    await make_grant(session, await make_account(session), Role.HANDLING_UNIT, unit_id=county.id)
    await session.commit()

    listed = (await clerk.get("/v1/units", params={"for_area": COMMUNITY})).json()["items"]
    assert [(each["id"], each["members"]) for each in listed] == [(str(county.id), 1)]
    assert (await clerk.get(f"/v1/units/{elsewhere.id}")).status_code == 404
    edit = {**without(a_unit(), "id"), "version": 1}
    assert (await clerk.put(f"/v1/units/{county.id}", json=edit)).status_code == 404
    assert (await clerk.post("/v1/units", json=a_unit(area_code="620902006002"))).status_code == 404


async def test_pages_follow_the_name(clerk, session):
    for number in range(5):
        await make_unit(session, name=f"单位{number}", area_code=COMMUNITY)
    await session.commit()

    names, cursor = [], None
    while True:
        params = {"limit": 2, "q": "单位", **({"cursor": cursor} if cursor else {})}
        page = (await clerk.get("/v1/units", params=params)).json()
        names += [each["name"] for each in page["items"]]
        if not (cursor := page["next_cursor"]):
            break

    assert names == [f"单位{number}" for number in range(5)]
    assert (await clerk.get("/v1/units", params={"cursor": "x"})).json()["code"] == "bad_cursor"
