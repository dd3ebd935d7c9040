"""Mail for staff: an address that a code proved; appointments always, the rest as the last way."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select

from app.adapters.push.memory import MemoryPush
from app.core.actor import Actor
from app.core.urgency import PushChannel
from app.jobs.pushing import Pusher
from app.models import Account, Mailbox, ReportState
from app.ports import Refused
from app.services.accounts.vault import Vault
from app.services.notifications import mailboxes, tell
from app.services.telling import remind_of_reviews
from tests.factories.accounts import make_account, make_grant
from tests.factories.notifications import make_device, make_mailbox
from tests.factories.reports import make_report
from tests.factories.stations import COMMUNITY, make_area
from tests.notifications.fakes import FakePush, push
from tests.reports.crew import staff

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PATH, ADDRESS = "/v1/notifications/mailbox", "xiaoli@city.example"
EMAIL, JPUSH = PushChannel.EMAIL, PushChannel.JPUSH


async def with_mailbox(session, runtime, account_id) -> None:
    await make_mailbox(session, account_id, address_encrypted=runtime.vault.encrypt_phone(ADDRESS))
    await session.commit()


async def test_an_address_is_proved_by_the_code_that_went_there(session, runtime, client_for, clock):
    clock.at = NOW
    clerk = await staff(session)
    await session.commit()
    client, post = client_for(clerk), MemoryPush()
    named = {"address": ADDRESS}

    assert (await client.put(PATH, json=named)).json()["code"] == "notification.mail_unavailable"
    runtime.outside.push[EMAIL] = FakePush(Refused("smtp_550"))
    assert (await client.put(PATH, json=named)).json()["code"] == "notification.mail_unavailable"
    runtime.outside.push[EMAIL] = post
    assert (await client.put(PATH, json=named)).status_code == 202
    again = await client.put(PATH, json=named)
    assert (again.status_code, len(post.sent)) == (429, 1)
    (letter,) = post.sent
    code = next(word for word in letter.message.body.split() if word[:6].isdecimal())[:6]
    assert letter.target == ADDRESS

    assert (await client.get(PATH)).json() == {"address": ADDRESS, "confirmed_at": None}
    wrong = "000000" if code != "000000" else "111111"
    refused = await client.post(f"{PATH}/confirm", json={"code": wrong})
    assert (refused.json()["code"], refused.status_code) == ("account.code_wrong", 403)
    clock.at = NOW + mailboxes.LIVES
    assert (await client.post(f"{PATH}/confirm", json={"code": code})).json()["code"] == "account.code_spent"
    clock.at = NOW + MINUTE
    assert (await client.post(f"{PATH}/confirm", json={"code": code})).status_code == 204
    assert (await client.post(f"{PATH}/confirm", json={"code": code})).status_code == 403
    assert (await client.get(PATH)).json()["confirmed_at"] is not None
    row = await session.get(Mailbox, clerk.account_id, populate_existing=True)
    assert ADDRESS.encode() not in row.address_encrypted
    await mailboxes.rotate_keys(session, vault=_newer(runtime.settings))
    assert await mailboxes.own(session, vault=_newer(runtime.settings), by=clerk) == (ADDRESS, NOW + MINUTE)

    for bad in ("", "a@b", "a b@c.example", "a@c.example\n", "一@c.example", "a@" + "x" * 70 + ".cn"):
        assert (await client.put(PATH, json={"address": bad})).status_code == 422, bad
    rider = client_for(Actor((await make_account(session)).id))
    await session.commit()
    assert (await rider.put(PATH, json=named)).json()["code"] == "role_missing"
    assert (await client.delete(PATH)).status_code == 204
    assert (await client.get(PATH)).status_code == 404


def _newer(settings) -> Vault:
    old = settings.phone_keys[0].get_secret_value()
    return Vault(
        secret_key=settings.secret_key.get_secret_value(),
        phone_keys=["a-newer-key-that-is-long-enough-too", old],
        phone_hash_key=settings.phone_hash_key.get_secret_value(),
    )


async def test_mail_is_the_last_way_and_only_to_a_proved_address(session, runtime):
    proved, unproved = await make_account(session), await make_account(session)
    for account in (proved, unproved):
        await with_mailbox(session, runtime, account.id)
    (await session.get(Mailbox, unproved.id)).confirmed_at = None
    said = {"kind": "desk.resolved", "params": {"number": "NF1MARK"}, "now": NOW}
    await tell(session, to=[proved.id, unproved.id], key="e1", **said)
    await session.commit()
    vendors = {EMAIL: FakePush(), JPUSH: FakePush()}

    await push(runtime, vendors, NOW)

    (letter,) = vendors[EMAIL].sent
    assert (letter.target, letter.message.appointment) == (ADDRESS, None)
    assert "MARK" not in str(letter)
    await make_device(session, proved.id)
    await tell(session, to=[proved.id], key="e2", **said)
    await session.commit()
    await push(runtime, vendors, NOW)
    assert (len(vendors[EMAIL].sent), len(vendors[JPUSH].sent)) == (1, 1)


async def test_a_turn_on_duty_goes_into_the_calendar_and_out_of_it_again(session, runtime, client_for, clock):
    clock.at = NOW
    clerk = await staff(session)
    await make_area(session, COMMUNITY)
    account = await session.get(Account, clerk.account_id)
    await make_grant(session, account, clerk.grants[0].role, area_code=COMMUNITY)
    await with_mailbox(session, runtime, account.id)
    await make_device(session, account.id)
    client, vendors = client_for(clerk), {EMAIL: FakePush(), JPUSH: FakePush()}
    turn = {
        "account_id": str(account.id),
        "starts_at": (NOW + HOUR).isoformat(),
        "ends_at": (NOW + 3 * HOUR).isoformat(),
        "rank": "first",
    }

    made = await client.post(f"/v1/duty/rosters/{COMMUNITY}/shifts", json={"id": str(uuid4()), **turn})
    assert made.status_code in {200, 201}, made.text
    await _push_all(runtime, vendors)
    shift = made.json()
    later = turn | {
        "area_code": COMMUNITY,
        "ends_at": (NOW + 4 * HOUR).isoformat(),
        "version": shift["version"],
    }
    edited = await client.put(f"/v1/duty/shifts/{shift['id']}", json=later)
    assert edited.status_code == 200, edited.text
    await _push_all(runtime, vendors)
    gone = await client.post(
        f"/v1/duty/shifts/{shift['id']}/cancel", json={"version": edited.json()["version"]}
    )
    assert gone.status_code == 200, gone.text
    await _push_all(runtime, vendors)

    first, second, last = (parcel.message for parcel in vendors[EMAIL].sent)
    assert len(vendors[JPUSH].sent) == 3
    assert (first.appointment.starts_at, first.appointment.ends_at) == (NOW + HOUR, NOW + 3 * HOUR)
    assert first.appointment.summary == "您有值班安排"
    assert second.appointment.ends_at == NOW + 4 * HOUR
    assert [each.appointment.is_off for each in (first, second, last)] == [False, False, True]
    assert first.collapse_key == second.collapse_key == last.collapse_key


async def _push_all(runtime, vendors) -> None:
    pusher = Pusher(runtime.db, vendors, runtime.vault, clock=lambda: NOW)
    await push(runtime, vendors, NOW, pusher=pusher)


async def test_a_desk_is_reminded_once_of_a_suspended_cases_review(session, runtime):
    clerk = await staff(session)
    await with_mailbox(session, runtime, clerk.account_id)
    given = {"state": ReportState.SUSPENDED, "assigned_to": clerk.account_id}
    await make_report(session, review_at=NOW + 20 * HOUR, **given)
    await make_report(session, review_at=NOW + 30 * HOUR, **given)
    await make_report(session, review_at=NOW - HOUR, **given)
    secret = {"is_confidential": True, "case_worker_id": clerk.account_id}
    await make_report(session, review_at=NOW + 2 * HOUR, **given, **secret)

    assert [await remind_of_reviews(session, now=NOW) for _ in range(2)] == [2, 0]
    await session.commit()
    vendors = {EMAIL: FakePush()}
    await push(runtime, vendors, NOW)

    said = {parcel.message.kind: parcel.message for parcel in vendors[EMAIL].sent}
    assert set(said) == {"desk.review_soon", "desk.confidential"}
    assert said["desk.review_soon"].appointment.starts_at == NOW + 20 * HOUR
    assert said["desk.confidential"].appointment is None
    assert (await session.scalars(select(Mailbox.account_id))).all() == [clerk.account_id]
