"""An account is suspended with a reason, and given back; its owner keeps the rights to their own data."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.main import create_app
from app.models import Account, AccountBan, AccountStatus, OutboxEvent
from app.services import accounts
from tests.clients import ClientFor
from tests.factories.accounts import make_account, make_ban, make_grant
from tests.factories.stations import COMMUNITY, make_area, make_station

ELSEWHERE = "620921001001"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
REASON = {"reason": "多次辱骂工作人员"}


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


async def an_officer(session, *codes: str, role: Role = Role.DISTRICT_OFFICER) -> Actor:
    return Actor((await make_account(session)).id, (Grant(role, codes),))


@pytest.fixture
async def officer(session, client_for):
    await make_area(session, COMMUNITY)
    await make_area(session, ELSEWHERE)
    actor = await an_officer(session, COMMUNITY[:6])
    await session.commit()
    return client_for(actor)


async def ban(officer, account_id, **given):
    return await officer.post(f"/v1/accounts/{account_id}/bans", json={**REASON, **given})


async def lift(officer, ban_id):
    return await officer.post(f"/v1/accounts/bans/{ban_id}/lift", json={"reason": "申诉成立"})


async def test_a_banned_person_signs_in_and_looks_after_their_own_data_only(phone, officer, clock):
    account = (await phone.sign_in())["account"]

    response = await ban(officer, account["id"])

    assert response.status_code == 201
    edit = await phone.client.patch("/v1/accounts/me", json={"version": 1, "display_name": "x"})
    assert (edit.status_code, edit.json()["code"]) == (403, "account.banned")
    clock.at += timedelta(minutes=1)
    assert (await phone.sign_in())["account"]["status"] == "banned"
    assert (await phone.client.get("/v1/accounts/me")).json()["status"] == "banned"
    held = (await phone.client.get("/v1/accounts/me/export")).json()["records"]
    assert [row["reason"] for row in held["account_bans"]] == [REASON["reason"]]
    assert (await phone.client.delete("/v1/accounts/me")).status_code == 204


async def test_a_ban_is_dated_logged_and_told(officer, session):
    account = await make_account(session, area_code=COMMUNITY)
    await session.commit()

    told = (await ban(officer, account.id, ends_on="2026-12-01")).json()

    kept = (await session.scalars(select(AccountBan))).one()
    assert (kept.reason, kept.banned_at, kept.ends_on) == (REASON["reason"], NOW, date(2026, 12, 1))
    assert (told["id"], told["banned_by"], told["ends_on"]) == (
        str(kept.id), str(kept.banned_by), "2026-12-01",
    )  # fmt: skip
    event = (await session.scalars(select(OutboxEvent))).one()
    assert (event.name, event.area_code) == ("accounts.ban_imposed", COMMUNITY)
    assert event.payload == {"ban_id": str(kept.id), "account_id": str(account.id)}


async def test_lifting_gives_everything_back_and_doing_it_twice_changes_nothing(
    phone, officer, session, clock
):
    account = (await phone.sign_in())["account"]
    ban_id = (await ban(officer, account["id"])).json()["id"]

    answers = [(await lift(officer, ban_id)).status_code for _ in range(2)]

    assert answers == [204, 204]
    edit = await phone.client.patch("/v1/accounts/me", json={"version": 1, "display_name": "老马"})
    assert edit.status_code == 200
    names = [event.name for event in await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))]
    assert names == ["accounts.ban_imposed", "accounts.ban_lifted"]
    kept = (await session.scalars(select(AccountBan))).one()
    assert (kept.lifted_at, kept.lift_reason) == (NOW, "申诉成立")


async def test_who_is_banned_holds_no_role_and_the_officer_hears_which_stand_empty(phone, officer, session):
    station = await make_station(session)
    account = await session.get_one(Account, UUID((await phone.sign_in())["account"]["id"]))
    grant = await make_grant(session, account, Role.STATION_MANAGER, station_id=station.id)
    await session.commit()

    roles = (await ban(officer, account.id)).json()["roles"]

    assert roles == [
        {"grant_id": str(grant.id), "role": "station_manager", "area_code": None,
         "station_id": str(station.id)}
    ]  # fmt: skip
    assert (await phone.client.get("/v1/accounts/me/grants")).json()["grants"] == []


async def test_bans_in_force_are_listed_page_by_page(officer, session):
    by = await make_account(session)
    for _ in range(3):
        person = await make_account(session, area_code=COMMUNITY, status=AccountStatus.BANNED)
        await make_ban(session, person, by=by)
    await make_ban(session, await make_account(session, area_code=COMMUNITY), by=by, lifted_at=NOW)
    await session.commit()

    first = (await officer.get("/v1/accounts/bans?limit=2")).json()
    second = (await officer.get(f"/v1/accounts/bans?limit=2&cursor={first['next_cursor']}")).json()

    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (2, 1, None)
    assert (await officer.get("/v1/accounts/bans?cursor=x")).json()["code"] == "bad_cursor"


@pytest.mark.parametrize("role", [Role.SYSADMIN, Role.DISTRICT_OFFICER])
async def test_an_officer_cannot_ban_who_holds_a_role_that_is_not_theirs_to_give(officer, session, role):
    person = await make_account(session, area_code=COMMUNITY)
    await make_grant(session, person, role, area_code=None if role is Role.SYSADMIN else COMMUNITY[:6])
    await session.commit()

    assert (await ban(officer, person.id)).status_code == 404


async def test_nobody_bans_themselves_or_a_sysadmin(session, client_for):
    me, other = await make_account(session), await make_account(session)
    await make_grant(session, other)
    await session.commit()
    sysadmin = client_for(Actor(me.id, (Grant(Role.SYSADMIN),)))

    for account in (me, other):
        response = await ban(sysadmin, account.id)
        assert (response.status_code, response.json()["code"]) == (409, "account.not_to_ban")


async def test_people_of_another_district_and_people_who_are_not_there_look_alike(officer, session):
    person = await make_account(session, area_code=ELSEWHERE)
    gone = await make_account(session, area_code=COMMUNITY, status=AccountStatus.DELETED)
    by = await make_account(session)
    far = await make_ban(session, person, by=by)
    await session.commit()

    assert {(await ban(officer, each)).status_code for each in (person.id, gone.id, uuid4())} == {404}
    assert {(await lift(officer, each)).status_code for each in (far.id, uuid4())} == {404}


@pytest.mark.parametrize(
    "bad",
    [
        {"reason": "x"}, {"reason": None}, {"reason": "坏\0人坏人"}, {"ends_on": "2026-11-21"},
        {"ends_on": "soon"}, {"ends_on": 7}, {"status": "deleted"},
    ],
)  # fmt: skip
async def test_what_cannot_be_meant_is_refused(officer, session, bad):
    person = await make_account(session, area_code=COMMUNITY)
    await session.commit()

    assert (await ban(officer, person.id, **bad)).status_code == 422


async def test_a_ban_with_a_last_day_ends_by_itself_when_the_day_is_over(session):
    by = await make_account(session)
    person = await make_account(session, status=AccountStatus.BANNED)
    await make_ban(session, person, by=by, ends_on=date(2026, 11, 22))

    assert await accounts.lift_over(session, now=NOW) == 0
    assert await accounts.lift_over(session, now=NOW + timedelta(days=1)) == 1
    assert person.status is AccountStatus.ACTIVE
    assert await accounts.lift_over(session, now=NOW + timedelta(days=1)) == 0


async def test_a_deleted_account_stays_deleted_when_its_ban_ends(officer, session):
    by = await make_account(session)
    person = await make_account(session, area_code=COMMUNITY, status=AccountStatus.DELETED)
    old = await make_ban(session, person, by=by)
    await session.commit()

    assert (await lift(officer, old.id)).status_code == 204
    await session.refresh(person)
    assert person.status is AccountStatus.DELETED


async def test_two_officers_at_once_make_one_ban(own_runtime, clock):
    app = create_app(own_runtime)
    clients = ClientFor(app, clock)
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        person = await make_account(session, area_code=COMMUNITY)
        officers = [await an_officer(session, COMMUNITY[:6]) for _ in range(5)]

    answers = await asyncio.gather(*(ban(clients(each), person.id) for each in officers))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    ban_id = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    lifted = await asyncio.gather(*(lift(clients(each), ban_id) for each in officers))
    assert {answer.status_code for answer in lifted} == {204}
    async with own_runtime.db.reading() as session:
        events = (await session.scalars(select(OutboxEvent.name))).all()
        assert sorted(events) == ["accounts.ban_imposed", "accounts.ban_lifted"]
    await clients.close()


async def test_a_retry_with_its_key_gets_the_first_answer(officer, session):
    person = await make_account(session, area_code=COMMUNITY)
    await session.commit()
    headers = {"idempotency-key": str(uuid4())}

    answers = [
        await officer.post(f"/v1/accounts/{person.id}/bans", json=REASON, headers=headers) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
