"""Phones are bound to sign-ins; a person says what reaches them and when."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from app.core.actor import Actor
from app.models import PushDevice
from app.services import notifications
from app.services.accounts import sessions
from tests.factories.accounts import make_account, make_session
from tests.factories.notifications import make_device

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
PATH = "/v1/notifications/devices"
SAY = "/v1/notifications/preferences"


async def signed_in(session, **given) -> Actor:
    account = await make_account(session)
    chain = await make_session(session, account, **given)
    await session.commit()
    return Actor(account.id, session_id=chain.family_id)


async def bound(session) -> dict:
    rows = (await session.scalars(select(PushDevice).execution_options(populate_existing=True))).all()
    return {row.token: row.account_id for row in rows}


async def test_a_token_belongs_to_the_sign_in_that_named_it_last(session, client_for):
    first, second = await signed_in(session), await signed_in(session)
    mine, theirs = client_for(first), client_for(second)

    named = await mine.put(PATH, json={"channel": "jpush", "token": "phone-1"})
    again = await mine.put(PATH, json={"channel": "jpush", "token": "phone-1"})
    assert (named.status_code, named.json()["id"]) == (200, again.json()["id"]), named.text
    assert "phone-1" not in named.text
    await mine.put(PATH, json={"channel": "jpush", "token": "phone-1-rotated"})
    assert await bound(session) == {"phone-1-rotated": first.account_id}

    # The next rider on the same phone: the token moves, and with it everything that is sent.
    await theirs.put(PATH, json={"channel": "jpush", "token": "phone-1-rotated"})
    assert await bound(session) == {"phone-1-rotated": second.account_id}
    assert (await mine.get(PATH)).json() == {"devices": []}

    assert (await theirs.delete(f"{PATH}/jpush")).status_code == 204
    assert await bound(session) == {}


@pytest.mark.parametrize(
    ("private", "public"),
    [
        # The sender's keys of RFC 8291, appendix A.
        (
            "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        ),
        ("", None),
    ],
    ids=["configured", "not-configured"],
)
async def test_a_browser_is_told_the_public_half_of_the_key_alone(runtime, client, private, public):
    key = {"vapid_private_key": SecretStr(private)}
    runtime.settings = runtime.settings.model_copy(update=key)

    answer = await client.get("/v1/notifications/web-push-key")

    assert (answer.status_code, answer.json()) == (200, {"public_key": public})


async def test_a_sign_in_that_ends_takes_its_phones_along(session, client_for):
    device_id = uuid4()
    here, there = await signed_in(session, device_id=device_id), await signed_in(session)
    for actor in (here, there):
        await client_for(actor).put(PATH, json={"channel": "getui", "token": str(actor.account_id)})

    # Somebody else signs in on the first one's phone.
    other = await make_account(session)
    await sessions.start(session, other.id, device_id, lifetime=timedelta(days=1), now=NOW)
    await session.commit()
    assert await bound(session) == {str(there.account_id): there.account_id}
    late = await client_for(here).put(PATH, json={"channel": "getui", "token": "late"})
    assert late.json()["code"] == "sign_in_required"

    await sessions.sign_out(session, everywhere=False, by=there, now=NOW)
    await session.commit()
    assert await bound(session) == {}


async def test_wechats_consents_add_up_and_a_number_is_no_device(session, client_for):
    client = client_for(await signed_in(session))

    await client.put(PATH, json={"channel": "wechat", "token": "openid", "consents": 2})
    added = await client.put(PATH, json={"channel": "wechat", "token": "openid", "consents": 3})
    assert added.json()["credits"] == 5
    refused = await client.put(PATH, json={"channel": "sms", "token": "13912345678"})
    assert refused.json()["code"] == "notification.channel_has_no_device"
    for bad in ({"token": ""}, {"token": "x" * 4097}, {"token": "a\0"}, {"consents": 21}, {"channel": "fax"}):
        given = {"channel": "wechat", "token": "openid", **bad}
        assert (await client.put(PATH, json=given)).status_code == 422


async def test_unused_devices_go(session):
    account = await make_account(session)
    await make_device(session, account.id, token="old", seen_at=NOW - timedelta(days=91))
    await make_device(session, account.id, token="young", seen_at=NOW - timedelta(days=89))

    assert await notifications.forget_devices(session, now=NOW) == 1
    assert await bound(session) == {"young": account.id}


async def test_a_person_says_what_reaches_them(session, client_for, clock):
    clock.at = NOW
    client = client_for(await signed_in(session))
    before = (await client.get(SAY)).json()
    assert (before["version"], before["quiet"], before["language"]) == (1, None, "zh-CN")
    assert {topic["mode"] for topic in before["topics"]} == {"at_once"}

    given = {
        "topics": {"reports": "digest", "places": "off"},
        "quiet": {"start": "22:00", "end": "07:00"},
        "language": "en",
        "version": 1,
    }
    after = (await client.put(SAY, json=given)).json()
    late = await client.put(SAY, json=given)

    assert late.status_code == 409
    assert (after["quiet"], after["version"]) == ({"start": "22:00", "end": "07:00"}, 2)
    modes = {topic["topic"]: topic["mode"] for topic in after["topics"]}
    assert (modes["reports"], modes["places"], modes["weather"]) == ("digest", "off", "at_once")
    # A rider has no desk; who works at one sees its topics too.
    assert "desk" not in modes
    riding = "/v1/notifications/riding"
    assert (
        await client.put(riding, json={"until": (NOW + timedelta(hours=3)).isoformat()})
    ).status_code == 204
    assert (await client.get(SAY)).json()["riding_until"] is not None
    assert (
        await client.put(riding, json={"until": (NOW + timedelta(hours=13)).isoformat()})
    ).status_code == 422


@pytest.mark.parametrize(
    "bad",
    [
        {"topics": {"nothing": "off"}},
        {"topics": {"reports": "maybe"}},
        {"quiet": {"start": "24:00", "end": "07:00"}},
        {"quiet": {"start": "7:00", "end": "08:00"}},
        {"language": "fr"},
        {"version": "1"},
    ],
)
async def test_what_cannot_be_meant_is_refused(session, client_for, bad):
    client = client_for(await signed_in(session))
    given = {"topics": {}, "quiet": None, "language": "en", "version": 1, **bad}

    assert (await client.put(SAY, json=given)).status_code == 422
