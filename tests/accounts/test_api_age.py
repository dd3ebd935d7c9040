"""Under 14 an account needs a guardian's word; from 14 to 17 it says so; nobody tells a birthday."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.models import Account, Consent
from tests.accounts.conftest import NUMBER

GUARDIAN = "13900000000"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


async def test_under_14_there_is_no_account_without_a_guardian(phone, session):
    code = await phone.code()

    response = await phone.try_code(code, age_band="under_14")

    assert (response.status_code, response.json()["code"]) == (403, "account.guardian_needed")
    assert "监护人" in response.text
    assert (await session.scalars(select(Account))).all() == []
    guardian = {"phone": GUARDIAN, "code": await phone.code(GUARDIAN)}
    opened = await phone.try_code(code, age_band="under_14", guardian=guardian)
    assert opened.status_code == 200, opened.text
    assert opened.json()["account"]["age_band"] == "under_14"
    kept = (await session.scalars(select(Consent))).one()
    assert (str(kept.account_id), kept.purpose, kept.given_at) == (
        opened.json()["account"]["id"],
        "guardian",
        NOW,
    )
    assert kept.guardian_hash == phone.runtime.vault.phone_hash(f"+86{GUARDIAN}")


async def test_a_child_is_not_its_own_guardian(phone):
    code = await phone.code()

    response = await phone.try_code(code, age_band="under_14", guardian={"phone": NUMBER, "code": code})

    assert response.json()["code"] == "account.guardian_needed"


async def test_a_guardians_wrong_code_makes_no_account(phone, session):
    code, right = await phone.code(), await phone.code(GUARDIAN)
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    response = await phone.try_code(code, age_band="under_14", guardian={"phone": GUARDIAN, "code": wrong})

    assert (response.status_code, response.json()["code"]) == (403, "account.code_wrong")
    assert (await session.scalars(select(Account))).all() == []


@pytest.mark.parametrize("band", ["14_17", "adult", None])
async def test_older_people_say_their_band_or_nothing(phone, band):
    opened = await phone.sign_in(age_band=band)

    assert opened["account"]["age_band"] == band
    edit = await phone.client.patch("/v1/accounts/me", json={"version": 1, "age_band": "14_17"})
    assert edit.json()["age_band"] == "14_17"


async def test_nobody_becomes_a_child_without_a_guardians_word(phone, clock):
    await phone.sign_in()

    edit = await phone.client.patch("/v1/accounts/me", json={"version": 1, "age_band": "under_14"})
    assert (edit.status_code, edit.json()["code"]) == (403, "account.guardian_needed")

    body = {"phone": GUARDIAN, "code": await phone.code(GUARDIAN)}
    declared = await phone.client.put("/v1/accounts/me/guardian", json=body)
    assert (declared.status_code, declared.json()["age_band"]) == (200, "under_14")
    again = await phone.client.patch(
        "/v1/accounts/me", json={"version": 2, "age_band": "under_14", "display_name": "小明"}
    )
    assert again.status_code == 200
    spent = await phone.client.put("/v1/accounts/me/guardian", json=body)
    assert spent.json()["code"] == "account.code_spent"


@pytest.mark.parametrize("bad", ["child", 13, "2013-05-01", True])
async def test_an_age_or_a_birthday_is_not_taken(phone, bad):
    code = await phone.code()

    assert (await phone.try_code(code, age_band=bad)).status_code == 422


async def test_of_two_merged_accounts_the_younger_band_counts(phone, second_phone, clock):
    await phone.sign_in(age_band="adult")
    await second_phone.sign_in(GUARDIAN, age_band="14_17")
    clock.at += timedelta(minutes=1)
    body = {
        "own_code": await phone.code(),
        "other_phone": GUARDIAN,
        "other_code": await phone.code(GUARDIAN),
    }

    assert (await phone.client.post("/v1/accounts/me/mergers", json=body)).status_code == 200
    assert (await phone.client.get("/v1/accounts/me")).json()["age_band"] == "14_17"
