"""A mini-program's openid is where messages go, never who somebody is: numbers are what links."""

from datetime import timedelta

from app.core.clock import utc_now
from tests.accounts.conftest import Phone

DEVICES = "/v1/notifications/devices"
OPENID = {"channel": "wechat", "token": "oGZUI0egBJY1zhBYw2KhdUfwVJJE", "consents": 1}
OTHER = "13900000000"


async def channels(phone: Phone) -> list[str]:
    return [each["channel"] for each in (await phone.client.get(DEVICES)).json()["devices"]]


async def test_an_openid_opens_and_links_no_account_and_a_verified_number_does(
    phone: Phone, second_phone: Phone, client_for, runtime, clock
):
    clock.at = utc_now()
    in_app = (await phone.sign_in())["account"]["id"]
    clock.at += timedelta(minutes=2)  # a number gets one code a minute
    mini_program = Phone(client_for(), runtime)
    mini_program.device_id = second_phone.device_id
    # Nothing but a number and its code opens an account: an openid is not even taken as a field.
    code = await mini_program.code()
    refused = await mini_program.try_code(code, openid=OPENID["token"])
    assert refused.status_code == 422
    opened = (await mini_program.try_code(code)).json()
    mini_program.use(opened)
    assert (opened["account"]["id"], opened["is_new"]) == (in_app, False)
    assert (await mini_program.client.put(DEVICES, json=OPENID)).is_success
    assert await channels(mini_program) == ["wechat"]

    # The same WeChat user signs in by another number: another person, and messages follow the sign-in.
    somebody = await second_phone.sign_in(OTHER)
    assert somebody["account"]["id"] != in_app
    assert (await second_phone.client.put(DEVICES, json=OPENID)).is_success
    assert (await channels(second_phone), await channels(phone)) == (["wechat"], [])
