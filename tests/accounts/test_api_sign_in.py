"""A number and a code open an account; nothing else does."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.models import Account, RefreshToken, SignInCode
from app.ports import OutsideError
from tests.accounts.conftest import NUMBER

NOW = datetime(2026, 11, 22, 4, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


async def test_the_first_sign_in_makes_an_account_and_the_next_opens_it(phone, clock):
    first = await phone.sign_in(display_name="阿依古丽·买买提")
    clock.at += timedelta(minutes=1)
    second = await phone.sign_in(display_name="somebody else")

    assert (first["is_new"], second["is_new"]) == (True, False)
    assert first["account"]["id"] == second["account"]["id"]
    assert second["account"]["display_name"] == "阿依古丽·买买提"
    me = await phone.client.get("/v1/accounts/me")
    assert me.json() == second["account"]


@pytest.mark.parametrize("written", ["+8613812345678", "8613812345678", "138 1234 5678", "138-1234-5678"])
async def test_a_number_may_be_written_with_its_country_and_spaces(phone, written):
    code = await phone.code(written)

    assert phone.runtime.outside.sms.sent[-1][0] == "+8613812345678"
    assert (await phone.try_code(code, NUMBER)).status_code == 200


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "12812345679",
        "1395678123",
        "139567812345",
        "+85291234567",
        "0931-8888888",
        "١٣٨١٢٣٤٥٦٧٨",
        "13956781234\0",
    ],
)
async def test_other_numbers_are_refused_and_not_repeated(phone, bad):
    response = await phone.ask_code(bad)

    assert response.status_code == 422
    assert not bad or bad not in response.text
    assert phone.runtime.outside.sms.sent == []


async def test_known_and_unknown_numbers_get_the_same_answer(phone, second_phone, clock):
    await phone.sign_in()
    clock.at += timedelta(minutes=1)

    known, unknown = await phone.ask_code(), await second_phone.ask_code("13900000000")

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.headers.keys() == unknown.headers.keys()


async def test_neither_number_nor_code_is_kept_in_the_clear(phone, session):
    code = await phone.code()
    await phone.try_code(code)

    kept = (await session.scalars(select(SignInCode))).one()
    account = (await session.scalars(select(Account))).one()
    everything = kept.code_hash + kept.phone_hash + account.phone_hash + account.phone_encrypted
    assert code.encode() not in everything
    assert NUMBER.encode() not in everything


async def test_a_code_works_once(phone):
    code = await phone.code()

    assert (await phone.try_code(code)).status_code == 200
    again = await phone.try_code(code)
    assert (again.status_code, again.json()["code"]) == (403, "account.code_spent")


async def test_a_code_works_for_five_minutes(phone, clock):
    code = await phone.code()
    clock.at += timedelta(minutes=5)

    assert (await phone.try_code(code)).json()["code"] == "account.code_spent"

    clock.at -= timedelta(seconds=1)
    assert (await phone.try_code(code)).status_code == 200


async def test_only_the_newest_code_works(phone, clock):
    old = await phone.code()
    clock.at += timedelta(minutes=1)
    new = await phone.code()

    assert (await phone.try_code(old)).json()["code"] == "account.code_wrong" or old == new
    assert (await phone.try_code(new)).status_code == 200


async def test_a_code_belongs_to_its_number(phone, second_phone):
    code = await phone.code()
    other = await second_phone.code("13900000000")

    response = await second_phone.try_code(code, "13900000000")

    assert response.json()["code"] == "account.code_wrong" or code == other


async def test_after_five_wrong_tries_the_right_code_is_worthless(phone):
    code = await phone.code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    left = [(await phone.try_code(wrong)).json()["tries_left"] for _ in range(5)]

    assert left == [4, 3, 2, 1, 0]
    assert (await phone.try_code(code)).json()["code"] == "account.code_spent"


async def test_without_a_code_there_is_no_way_in(phone, session):
    assert (await phone.try_code("000000")).json()["code"] == "account.code_spent"
    assert await session.scalar(select(func.count()).select_from(Account)) == 0


@pytest.mark.parametrize("bad", ["12345", "1234567", "12345a", "１２３４５６", 123456, None])
async def test_a_code_is_six_digits(phone, bad):
    assert (await phone.try_code(bad)).status_code == 422


@pytest.mark.parametrize("bad", ["", "   ", "\u200d", "a\nb", "\u202eabc", "x" * 41, "a\0b", 7])
async def test_a_name_is_one_visible_line(phone, bad):
    assert (await phone.try_code("123456", display_name=bad)).status_code == 422


@pytest.mark.parametrize("good", ["阿依古丽·买买提", "𡎚𪚥", "王  五", "👨‍👩‍👧", "བཀྲ་ཤིས"])
async def test_rare_characters_are_fine_in_a_name(phone, good):
    assert (await phone.sign_in(display_name=good))["account"]["display_name"] == good


async def test_a_name_that_was_not_given_says_nothing_of_the_number(phone):
    name = (await phone.sign_in())["account"]["display_name"]

    assert name.startswith("骑手")
    assert NUMBER[-4:] not in name or NUMBER[-4:] == "0000"


async def test_a_number_gets_one_code_a_minute_five_an_hour_ten_a_day(phone, clock):
    sent_at = []
    for minute in range(24 * 60):
        clock.at = NOW.replace(hour=16) + timedelta(minutes=minute)  # 24 whole hours from here
        if minute % 60 < 7 and len(sent_at) < 11 and (await phone.ask_code()).status_code == 202:
            sent_at.append(minute)
        if minute > 420:
            break

    assert sent_at[:5] == [0, 1, 2, 3, 4]
    assert sent_at[5:10] == [60, 61, 62, 63, 64]
    assert all(minute >= 8 * 60 for minute in sent_at[10:])


async def test_a_refusal_says_when_to_try_again(phone):
    await phone.code()

    response = await phone.ask_code()

    assert (response.status_code, response.json()["code"]) == (429, "too_many_requests")
    assert response.headers["retry-after"] == "30"  # the minute has begun 30 s ago


async def test_one_device_cannot_write_to_everybody(phone):
    answers = [(await phone.ask_code(f"139{n:08d}")).status_code for n in range(11)]

    assert answers == [202] * 10 + [429]


async def test_one_address_cannot_write_to_everybody(phone, clock):
    answers = []
    for n in range(61):
        phone.device_id = uuid4()
        answers.append((await phone.ask_code(f"139{n:08d}")).status_code)

    assert answers == [202] * 60 + [429]


async def test_a_failed_text_message_costs_the_rider_nothing(phone, monkeypatch, clock):
    earlier = await phone.code()
    clock.at += timedelta(minutes=1)

    async def fail(*_):
        raise OutsideError("no credit")

    with monkeypatch.context() as patch:
        patch.setattr(phone.runtime.outside.sms, "send_code", fail)
        response = await phone.ask_code()
    assert (response.status_code, response.json()["code"]) == (503, "account.sms_unavailable")
    assert "credit" not in response.text

    # The earlier code still works, and this minute's code was not spent.
    assert (await phone.try_code(earlier)).status_code == 200
    assert (await phone.ask_code()).status_code == 202


async def test_a_device_belongs_to_who_signed_in_last(phone, second_phone, clock):
    """One phone, two riders on shifts: the first is out, so nothing of theirs reaches the second."""
    await phone.sign_in()
    second_phone.device_id = phone.device_id
    await second_phone.sign_in("13900000000")

    assert (await phone.client.get("/v1/accounts/me")).status_code == 401
    assert (await phone.refresh()).status_code == 401
    assert (await second_phone.client.get("/v1/accounts/me")).status_code == 200


async def test_a_sleeping_account_does_not_open_by_the_number_alone(phone, second_phone, clock):
    """A carrier gives a number away after about ninety days; its new owner is somebody else."""
    old = await phone.sign_in(display_name="阿依")
    clock.at += timedelta(days=91)

    code = await second_phone.code()
    refused = await second_phone.try_code(code)
    assert (refused.status_code, refused.json()["code"]) == (409, "account.idle")

    # The number's new owner begins anew with the same code and inherits nothing.
    fresh = await second_phone.try_code(code, start_fresh=True)
    assert fresh.json()["is_new"]
    assert fresh.json()["account"]["id"] != old["account"]["id"]
    assert fresh.json()["account"]["display_name"] != "阿依"


async def test_ninety_days_is_not_yet_asleep(phone, second_phone, clock):
    old = await phone.sign_in()
    clock.at += timedelta(days=90)

    assert (await second_phone.sign_in())["account"]["id"] == old["account"]["id"]


async def test_a_sleeping_account_opens_on_a_phone_it_knows(phone, clock):
    old = await phone.sign_in()
    clock.at += timedelta(days=200)

    assert (await phone.sign_in())["account"]["id"] == old["account"]["id"]


async def test_a_phone_that_signed_out_is_known_no_more(phone, clock):
    await phone.sign_in()
    await phone.client.post("/v1/accounts/sign-out", json={})
    clock.at += timedelta(days=91)

    assert (await phone.try_code(await phone.code())).json()["code"] == "account.idle"


async def test_start_fresh_does_not_touch_an_account_in_use(phone, second_phone, clock):
    old = await phone.sign_in()
    clock.at += timedelta(minutes=1)

    assert (await second_phone.sign_in(start_fresh=True))["account"]["id"] == old["account"]["id"]


async def test_twenty_wrong_codes_at_once_count_exactly(own_phone):
    code = await own_phone.code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    answers = await asyncio.gather(*(own_phone.try_code(wrong) for _ in range(20)))

    said = sorted(answer.json()["code"] for answer in answers)
    assert said == ["account.code_spent"] * 15 + ["account.code_wrong"] * 5
    assert (await own_phone.try_code(code)).status_code == 403
    async with own_phone.runtime.db.reading() as session:
        assert (await session.scalars(select(SignInCode.tries))).one() == 5


async def test_of_two_sign_ins_at_once_one_opens_and_one_account_is_made(own_phone):
    code = await own_phone.code()

    answers = await asyncio.gather(*(own_phone.try_code(code) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 403]
    async with own_phone.runtime.db.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Account)) == 1
        assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 1


async def test_twenty_requests_at_once_send_one_code(own_phone):
    answers = await asyncio.gather(*(own_phone.ask_code() for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [202] + [429] * 19
    assert len(own_phone.runtime.outside.sms.sent) == 1
