"""A ban is not shaken off by deleting the account and signing up anew with the same number."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.models import Account, AccountBan, BannedNumber, OutboxEvent
from app.runtime import Runtime
from app.services import accounts
from tests.accounts.conftest import NUMBER, Phone
from tests.factories.accounts import make_account
from tests.factories.stations import COMMUNITY, make_area

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
REASON = {"reason": "多次辱骂工作人员"}
LAST_DAY = "2026-12-01"


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


@pytest.fixture
async def officer(session, client_for):
    await make_area(session, COMMUNITY)
    actor = Actor((await make_account(session)).id, (Grant(Role.DISTRICT_OFFICER, (COMMUNITY[:6],)),))
    await session.commit()
    return client_for(actor)


def hash_in(runtime: Runtime) -> bytes:
    return runtime.vault.phone_hash(accounts.parse_phone(NUMBER))


async def begin_anew(phone: Phone, clock, **given) -> dict:
    clock.at += timedelta(minutes=1)  # a number is sent one code a minute
    phone.client.headers.pop("authorization", None)
    return await phone.sign_in(**given)


async def ban_and_erase(phone: Phone, officer, **given) -> str:
    """Return the id of the account that is gone."""
    account_id = (await phone.sign_in())["account"]["id"]
    assert (
        await officer.post(f"/v1/accounts/{account_id}/bans", json={**REASON, **given})
    ).status_code == 201
    assert (await phone.client.delete("/v1/accounts/me")).status_code == 204
    return account_id


@pytest.mark.parametrize("given", [{}, {"ends_on": LAST_DAY}], ids=["without an end", "to a day"])
async def test_a_new_account_of_the_number_begins_under_the_same_ban(phone, officer, session, clock, given):
    old = await ban_and_erase(phone, officer, **given)

    new = await begin_anew(phone, clock)

    assert (new["is_new"], new["account"]["status"]) == (True, "banned")
    assert new["account"]["id"] != old
    edit = await phone.client.patch("/v1/accounts/me", json={"version": 1, "display_name": "x"})
    assert (edit.status_code, edit.json()["code"]) == (403, "account.banned")
    [carried] = (await officer.get("/v1/accounts/bans")).json()["items"]
    assert (carried["account_id"], carried["reason"]) == (new["account"]["id"], None)
    assert (carried["area_code"], carried["ends_on"]) == (COMMUNITY[:6], given.get("ends_on"))
    told = await session.scalars(
        select(OutboxEvent.payload).where(OutboxEvent.name == "accounts.ban_imposed")
    )
    assert told.all()[-1] == {"ban_id": carried["id"], "account_id": new["account"]["id"]}


async def test_what_is_kept_of_a_number_is_its_hash_the_bans_end_and_who_decided(phone, officer, session):
    await ban_and_erase(phone, officer, ends_on=LAST_DAY)

    kept = (await session.scalars(select(BannedNumber))).one()
    old = (await session.scalars(select(AccountBan))).one()

    assert kept.phone_hash == hash_in(phone.runtime)
    assert (kept.ends_on, kept.forget_after) == (date(2026, 12, 1), date(2026, 12, 1))
    assert (kept.area_code, kept.banned_by) == (old.area_code, old.banned_by)
    names = {column.name for column in BannedNumber.__table__.columns}
    assert names == {
        "phone_hash",
        "area_code",
        "banned_by",
        "ends_on",
        "forget_after",
    }  # nothing of the person


async def test_the_ban_follows_through_a_second_deletion_and_an_officer_lifts_it(
    phone, officer, session, clock
):
    await ban_and_erase(phone, officer)
    await begin_anew(phone, clock)
    assert (await session.scalars(select(BannedNumber))).all() == []  # it stands on the account again
    assert (await phone.client.delete("/v1/accounts/me")).status_code == 204

    again = await begin_anew(phone, clock)
    [carried] = (await officer.get("/v1/accounts/bans")).json()["items"]
    lifted = await officer.post(f"/v1/accounts/bans/{carried['id']}/lift", json={"reason": "申诉成立"})

    assert (again["account"]["status"], lifted.status_code) == ("banned", 204)
    assert (await phone.client.get("/v1/accounts/me")).json()["status"] == "active"
    assert (await phone.client.delete("/v1/accounts/me")).status_code == 204
    assert (await begin_anew(phone, clock))["account"]["status"] == "active"


@pytest.mark.parametrize(
    ("given", "over"),
    [({"ends_on": LAST_DAY}, timedelta(days=10)), ({}, timedelta(days=366))],
    ids=["to a day", "without an end"],
)
async def test_a_number_is_forgotten_when_its_ban_is_over(phone, officer, session, clock, given, over):
    """Without an end it is forgotten after a year: numbers are given out anew."""
    await ban_and_erase(phone, officer, **given)
    assert await accounts.forget_banned_numbers(session, now=NOW + over - timedelta(days=1)) == 0

    clock.at = NOW + over
    new = await begin_anew(phone, clock)  # whether the job came by or not
    assert new["account"]["status"] == "active"

    assert await accounts.forget_banned_numbers(session, now=NOW + over) == 1
    assert (await session.scalars(select(BannedNumber))).all() == []


async def test_who_deletes_an_account_that_is_not_banned_leaves_nothing(phone, session, clock):
    await phone.sign_in()
    await phone.client.delete("/v1/accounts/me")

    assert (await session.scalars(select(BannedNumber))).all() == []
    assert (await begin_anew(phone, clock))["account"]["status"] == "active"


async def test_an_account_in_use_that_is_given_the_number_is_nobody_elses_ban(
    phone, officer, second_phone, session, clock
):
    """The carrier gave the number to somebody who had an account; a role given by number bans nobody."""
    await ban_and_erase(phone, officer)
    await second_phone.sign_in("13900000001")
    clock.at += timedelta(minutes=1)
    body = {"old_code": await second_phone.code("13900000001"), "new_phone": NUMBER}
    changed = await second_phone.client.put(
        "/v1/accounts/me/phone", json={**body, "new_code": await second_phone.code(NUMBER)}
    )
    assert changed.status_code == 204, changed.text

    again = await begin_anew(second_phone, clock)

    assert (again["is_new"], again["account"]["status"]) == (False, "active")


async def test_two_sign_ups_at_once_begin_one_banned_account(own_phone: Phone, clock):
    clock.at = NOW
    runtime = own_phone.runtime
    async with runtime.db.writing() as session:
        by = (await make_account(session)).id
        kept = BannedNumber(
            phone_hash=hash_in(runtime),
            banned_by=by,
            forget_after=date(2027, 11, 1),
        )
        session.add(kept)
    code = await own_phone.code()

    answers = await asyncio.gather(*(own_phone.try_code(code) for _ in range(4)))

    # A code is good for one: which of the four it opened an account for is anybody's guess.
    opened = [each.json()["account"] for each in answers if each.status_code == 200]
    assert {each["status"] for each in opened} == {"banned"}
    async with runtime.db.reading() as session:
        [banned] = (await session.scalars(select(AccountBan))).all()
        account = await session.get_one(Account, banned.account_id)
        assert account.phone_hash == hash_in(runtime)
    assert {UUID(each["id"]) for each in opened} == {banned.account_id}


async def ban(officer, account_id: str, **given) -> None:
    answer = await officer.post(f"/v1/accounts/{account_id}/bans", json={**REASON, **given})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("given", [{}, {"ends_on": "2027-12-01"}], ids=["without an end", "to a day"])
async def test_ninety_idle_days_and_a_fresh_start_shake_no_ban_off(
    phone, officer, second_phone, clock, given
):
    old = (await phone.sign_in())["account"]["id"]
    await ban(officer, old, **given)
    clock.at += timedelta(days=91)

    new = await second_phone.sign_in(start_fresh=True)

    assert (new["is_new"], new["account"]["status"]) == (True, "banned")
    carried = {each["account_id"]: each for each in (await officer.get("/v1/accounts/bans")).json()["items"]}
    assert carried[new["account"]["id"]]["ends_on"] == given.get("ends_on")
    assert new["account"]["id"] != old


async def test_a_fresh_start_after_the_ban_is_over_is_free(phone, officer, second_phone, clock):
    await ban(officer, (await phone.sign_in())["account"]["id"], ends_on=LAST_DAY)
    clock.at += timedelta(days=91)  # whether the job that lifts came by or not

    assert (await second_phone.sign_in(start_fresh=True))["account"]["status"] == "active"


async def test_a_banned_sleepers_number_that_goes_to_another_account_keeps_the_ban(
    phone, officer, second_phone, clock
):
    await ban(officer, (await phone.sign_in())["account"]["id"])
    clock.at += timedelta(days=91)
    await second_phone.sign_in("13900000001")
    clock.at += timedelta(minutes=1)
    body = {"old_code": await second_phone.code("13900000001"), "new_phone": NUMBER}
    body["new_code"] = await second_phone.code(NUMBER)
    assert (await second_phone.client.put("/v1/accounts/me/phone", json=body)).status_code == 204
    assert (await second_phone.client.get("/v1/accounts/me")).json()["status"] == "active"
    assert (await second_phone.client.delete("/v1/accounts/me")).status_code == 204

    assert (await begin_anew(second_phone, clock))["account"]["status"] == "banned"


async def test_an_officer_who_binds_a_banned_account_to_another_number_frees_neither(
    phone, officer, second_phone, clock
):
    old = (await phone.sign_in())["account"]["id"]
    await ban(officer, old)
    clock.at += timedelta(minutes=1)
    body = {"phone": NUMBER, "new_phone": "13900000001", "code": await phone.code("13900000001")}
    bound = await officer.post("/v1/accounts/rebindings", json={**body, "reason": "本人到场,换卡"})
    assert bound.status_code == 204, bound.text

    assert (await begin_anew(second_phone, clock))["account"]["status"] == "banned"
    kept = await begin_anew(phone, clock, number="13900000001")
    assert (kept["account"]["id"], kept["account"]["status"]) == (old, "banned")


async def test_a_sleeper_whom_an_officer_reopens_by_the_same_number_is_banned_once(
    phone, officer, session, clock
):
    await ban(officer, (await phone.sign_in())["account"]["id"])
    clock.at += timedelta(days=91)
    body = {"phone": NUMBER, "new_phone": NUMBER, "code": await phone.code()}
    bound = await officer.post("/v1/accounts/rebindings", json={**body, "reason": "本人到场"})

    assert bound.status_code == 204, bound.text
    assert (await session.scalars(select(BannedNumber))).all() == []


async def test_a_short_ban_does_not_shorten_the_longer_one_that_a_number_is_under(
    phone, officer, second_phone, clock
):
    await ban_and_erase(phone, officer)
    await second_phone.sign_in("13900000001")
    clock.at += timedelta(minutes=1)
    body = {"old_code": await second_phone.code("13900000001"), "new_phone": NUMBER}
    body["new_code"] = await second_phone.code(NUMBER)
    assert (await second_phone.client.put("/v1/accounts/me/phone", json=body)).status_code == 204
    account_id = (await second_phone.client.get("/v1/accounts/me")).json()["id"]
    await ban(officer, account_id, ends_on="2026-11-23")
    assert (await second_phone.client.delete("/v1/accounts/me")).status_code == 204
    clock.at += timedelta(days=3)

    assert (await begin_anew(second_phone, clock))["account"]["status"] == "banned"
