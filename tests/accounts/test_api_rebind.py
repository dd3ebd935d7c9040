"""A number is changed with both numbers, or by an officer with the person present."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.models import Account, OutboxEvent, PersonalDataRead
from app.services.accounts import limits
from tests.accounts.conftest import NUMBER
from tests.factories.accounts import make_account, make_grant
from tests.factories.stations import COMMUNITY, make_area

NEW = "13900000000"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


@pytest.fixture
async def officer(session, client_for):
    await make_area(session, COMMUNITY)
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id, (Grant(Role.DISTRICT_OFFICER, (COMMUNITY[:6],)),)))


async def rebind(officer, **given):
    body = {"phone": NUMBER, "new_phone": NEW, "code": "000000", "reason": "本人到场,核对证件", **given}
    return await officer.post("/v1/accounts/rebindings", json=body)


async def change(phone, old_code, new_code, new=NEW):
    body = {"old_code": old_code, "new_phone": new, "new_code": new_code}
    return await phone.client.put("/v1/accounts/me/phone", json=body)


async def test_the_owner_changes_the_number_with_both_codes(phone, second_phone, clock):
    old = (await phone.sign_in())["account"]
    clock.at += timedelta(minutes=1)

    response = await change(phone, await phone.code(), await phone.code(NEW))

    assert response.status_code == 204
    assert (await phone.client.get("/v1/accounts/me")).status_code == 200
    clock.at += timedelta(minutes=1)
    assert (await second_phone.sign_in(NEW))["account"]["id"] == old["id"]
    assert (await second_phone.sign_in(NUMBER))["is_new"]


async def test_one_code_alone_changes_nothing(phone, clock):
    await phone.sign_in()
    clock.at += timedelta(minutes=1)
    old, new = await phone.code(), await phone.code(NEW)
    wrong_old, wrong_new = (f"{(int(code) + 1) % 10**6:06d}" for code in (old, new))

    assert (await change(phone, wrong_old, new)).json()["code"] == "account.code_wrong"
    assert (await change(phone, old, wrong_new)).json()["code"] == "account.code_wrong"


async def test_a_number_in_use_stays_with_its_account(phone, second_phone, clock):
    await phone.sign_in()
    await second_phone.sign_in(NEW)
    clock.at += timedelta(minutes=1)

    response = await change(phone, await phone.code(), await phone.code(NEW))

    assert (response.status_code, response.json()["code"]) == (409, "account.phone_taken")


async def test_a_number_that_slept_goes_to_who_holds_it(phone, second_phone, clock):
    sleeper = (await second_phone.sign_in(NEW))["account"]
    clock.at += timedelta(days=91)
    await phone.sign_in()
    clock.at += timedelta(minutes=1)

    assert (await change(phone, await phone.code(), await phone.code(NEW))).status_code == 204
    clock.at += timedelta(minutes=1)
    assert (await second_phone.sign_in(NEW))["account"]["id"] != sleeper["id"]


async def test_an_officer_reopens_a_sleeping_account_and_it_is_logged(
    phone, second_phone, officer, session, clock
):
    old = (await phone.sign_in())["account"]
    clock.at += timedelta(days=91)
    second = await second_phone.try_code(await second_phone.code())
    assert second.json()["code"] == "account.idle"
    clock.at += timedelta(minutes=1)

    response = await rebind(officer, new_phone=NUMBER, code=await second_phone.code())

    assert response.status_code == 204
    clock.at += timedelta(minutes=1)
    assert (await second_phone.sign_in())["account"]["id"] == old["id"]
    read = (await session.scalars(select(PersonalDataRead))).one()
    assert (str(read.subject_id), read.what, read.reason) == (old["id"], "phone", "本人到场,核对证件")
    event = (await session.scalars(select(OutboxEvent))).one()
    assert event.name == "accounts.number_rebound"


async def test_after_an_officers_rebinding_old_devices_are_out(phone, second_phone, officer, clock):
    old = (await phone.sign_in())["account"]

    assert (await rebind(officer, code=await second_phone.code(NEW))).status_code == 204

    assert (await phone.client.get("/v1/accounts/me")).status_code == 401
    assert (await phone.refresh()).status_code == 401
    clock.at += timedelta(minutes=1)
    assert (await second_phone.sign_in(NEW))["account"]["id"] == old["id"]


async def test_without_the_new_numbers_code_an_officer_changes_nothing(phone, officer):
    await phone.sign_in()

    assert (await rebind(officer)).json()["code"] == "account.code_spent"


@pytest.mark.parametrize(
    ("role", "scope"),
    [(Role.DISTRICT_OFFICER, COMMUNITY[:6]), (Role.COMMUNITY_STAFF, "620921001001"), (Role.SYSADMIN, None)],
)
async def test_an_officer_cannot_take_over_who_holds_a_role_that_is_not_theirs_to_give(
    phone, second_phone, officer, session, role, scope
):
    await make_area(session, "620921001001")
    account = await session.get_one(Account, (await phone.sign_in())["account"]["id"])
    await make_grant(session, account, role, area_code=scope)
    await session.commit()

    response = await rebind(officer, code=await second_phone.code(NEW))

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_a_person_of_another_district_is_not_found(phone, second_phone, officer, session):
    await make_area(session, "620921001001")
    account = await session.get_one(Account, (await phone.sign_in())["account"]["id"])
    account.area_code = "620921001001"
    await session.commit()

    known = await rebind(officer, code=await second_phone.code(NEW))
    unknown = await rebind(officer, phone="13700000000", code="000000")

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.status_code == 404


async def test_an_officer_cannot_try_numbers_for_ever(officer):
    codes = [
        (await rebind(officer, phone=f"137{n:08d}")).json()["code"]
        for n in range(limits.REBINDINGS[0].most + 1)
    ]

    assert codes == ["not_found"] * limits.REBINDINGS[0].most + ["too_many_requests"]
