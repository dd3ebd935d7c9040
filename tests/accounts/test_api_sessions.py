"""Refresh tokens rotate; a second use ends the sign-in; signing out is at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.models import RefreshToken
from app.services.accounts.sessions import LOST_ANSWER_GRACE
from tests.accounts.conftest import Phone

NOW = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


async def is_in(phone: Phone) -> bool:
    return (await phone.client.get("/v1/accounts/me")).status_code == 200


async def test_a_refresh_gives_the_next_pair(phone, clock):
    first = await phone.sign_in()
    clock.at += timedelta(minutes=15)
    assert not await is_in(phone)

    response = await phone.refresh()
    phone.use(response.json())

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["refresh_token"] != first["refresh_token"]
    assert await is_in(phone)
    assert (await phone.refresh()).status_code == 200


async def test_tokens_are_kept_hashed(phone, session):
    tokens = await phone.sign_in()

    kept = (await session.scalars(select(RefreshToken))).one()

    assert tokens["refresh_token"].encode() not in kept.token_hash


async def test_a_lost_answer_can_be_asked_for_again(phone, clock):
    old = (await phone.sign_in())["refresh_token"]
    first = await phone.refresh(old)
    clock.at += LOST_ANSWER_GRACE

    again = await phone.refresh(old)

    assert again.json()["refresh_token"] == first.json()["refresh_token"]
    assert (await phone.refresh(first.json()["refresh_token"])).status_code == 200


async def test_a_second_use_after_the_grace_ends_the_sign_in_for_both(phone, clock):
    old = (await phone.sign_in())["refresh_token"]
    thief = (await phone.refresh(old)).json()
    phone.use(thief)
    clock.at += LOST_ANSWER_GRACE + timedelta(seconds=1)

    reuse = await phone.refresh(old)

    assert (reuse.status_code, reuse.json()["code"]) == (401, "account.session_ended")
    assert not await is_in(phone)
    assert (await phone.refresh(thief["refresh_token"])).status_code == 401


async def test_once_the_successor_was_used_the_answer_was_not_lost(phone, clock):
    old = (await phone.sign_in())["refresh_token"]
    second = (await phone.refresh(old)).json()["refresh_token"]
    third = (await phone.refresh(second)).json()["refresh_token"]

    assert (await phone.refresh(old)).status_code == 401
    assert (await phone.refresh(third)).status_code == 401


async def test_a_token_works_on_its_own_device_only_and_says_so_once(phone, clock):
    token = (await phone.sign_in())["refresh_token"]
    own_device, phone.device_id = phone.device_id, uuid4()

    assert (await phone.refresh(token)).status_code == 401

    phone.device_id = own_device
    assert (await phone.refresh(token)).status_code == 401


async def test_a_token_lasts_thirty_days_unused(phone, clock):
    token = (await phone.sign_in())["refresh_token"]
    clock.at += timedelta(days=30)

    assert (await phone.refresh(token)).status_code == 401


@pytest.mark.parametrize("bad", ["", "x" * 42, "x" * 44, "é" * 43, "\0" * 43, None, 7])
async def test_rubbish_is_refused(phone, bad):
    body = {"refresh_token": bad, "device_id": str(phone.device_id)}

    assert (await phone.client.post("/v1/accounts/refresh", json=body)).status_code == 422


async def test_an_unknown_token_is_refused(phone):
    assert (await phone.refresh("x" * 43)).json()["code"] == "account.session_ended"


async def test_signing_out_here_leaves_the_other_device_in(phone, second_phone, clock):
    await phone.sign_in()
    clock.at += timedelta(minutes=1)
    await second_phone.sign_in()

    response = await phone.client.post("/v1/accounts/sign-out", json={})

    assert response.status_code == 204
    assert not await is_in(phone)
    assert (await phone.refresh()).status_code == 401
    assert await is_in(second_phone)


async def test_signing_out_everywhere_leaves_nobody_in(phone, second_phone, clock):
    await phone.sign_in()
    clock.at += timedelta(minutes=1)
    await second_phone.sign_in()

    await phone.client.post("/v1/accounts/sign-out", json={"everywhere": True})

    assert not await is_in(phone)
    assert not await is_in(second_phone)
    assert (await second_phone.refresh()).status_code == 401


async def test_twenty_refreshes_at_once_get_one_successor(own_phone):
    token = (await own_phone.sign_in())["refresh_token"]

    answers = await asyncio.gather(*(own_phone.refresh(token) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    async with own_phone.runtime.db.reading() as session:
        assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 2


async def test_no_link_escapes_a_sign_out_at_the_same_moment(own_phone):
    for _ in range(5):
        own_phone.client.headers.pop("authorization", None)
        own_phone.device_id = uuid4()
        number = f"139{uuid4().int % 10**8:08d}"
        await own_phone.sign_in(number)

        renewed, _ = await asyncio.gather(
            own_phone.refresh(),
            own_phone.client.post("/v1/accounts/sign-out", json={"everywhere": True}),
        )

        if renewed.status_code == 200:
            assert (await own_phone.refresh(renewed.json()["refresh_token"])).status_code == 401
    async with own_phone.runtime.db.reading() as session:
        live = select(func.count()).select_from(RefreshToken).where(RefreshToken.revoked_at.is_(None))
        assert await session.scalar(live) == 0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from([1, 61])), max_size=8))
async def test_whatever_order_tokens_come_in_at_most_one_is_live(phone, clock, session, steps):
    """Tokens of the chain (the newest, or one or two older) after a second or past the grace."""
    clock.at += timedelta(days=2)  # past every limit of the example before
    phone.client.headers.pop("authorization", None)
    chain = [(await phone.sign_in(f"139{uuid4().int % 10**8:08d}"))["refresh_token"]]
    alive = True
    last_used_at = None
    for age, seconds in steps:
        clock.at += timedelta(seconds=seconds)
        back = min(age, len(chain) - 1)
        response = await phone.refresh(chain[-1 - back])
        in_grace = back == 1 and last_used_at is not None and clock.at - last_used_at <= LOST_ANSWER_GRACE
        expected = alive and (back == 0 or in_grace)
        assert (response.status_code == 200) is expected
        if expected and back == 0:
            chain.append(response.json()["refresh_token"])
            last_used_at = clock.at
        if expected and in_grace and back == 1:
            assert response.json()["refresh_token"] == chain[-1]
        alive = expected
    live = (
        select(func.count())
        .select_from(RefreshToken)
        .where(
            RefreshToken.revoked_at.is_(None),
            RefreshToken.used_at.is_(None),
            RefreshToken.device_id == phone.device_id,
        )
    )
    assert await session.scalar(live) == (1 if alive else 0)
