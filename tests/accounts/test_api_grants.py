"""Roles are given and taken inside one's own area, count at once, and end on their day."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.main import create_app
from app.models import Account, OutboxEvent, PersonalDataRead, RoleGrant
from app.services import authority
from tests.accounts.conftest import NUMBER
from tests.factories.accounts import make_account, make_grant, make_session
from tests.factories.areas import make_succession
from tests.factories.stations import COMMUNITY, make_area, make_station

DISTRICT, STREET = COMMUNITY[:6], COMMUNITY[:9]
ELSEWHERE = "620921001001"
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


async def an(session, role: Role, *codes: str) -> Actor:
    return Actor((await make_account(session, display_name="李主任")).id, (Grant(role, codes),))


@pytest.fixture
async def places(session):
    await make_area(session, COMMUNITY)
    await make_area(session, ELSEWHERE)
    station = await make_station(session)
    await session.commit()
    return station


async def test_an_officer_gives_a_deputy_a_role_from_day_to_day(session, client_for, places):
    officer = await an(session, Role.DISTRICT_OFFICER, DISTRICT)
    await session.commit()

    response = await client_for(officer).post(
        "/v1/accounts/grants",
        json={
            "phone": NUMBER,
            "role": "community_staff",
            "area_code": COMMUNITY,
            "display_name": "王代班",
            "valid_from": "2026-12-01",
            "valid_to": "2026-12-14",
        },
    )

    assert response.status_code == 201
    assert NUMBER not in response.text
    given = response.json()
    assert (given["display_name"], given["role"], given["area_code"]) == (
        "王代班",
        "community_staff",
        COMMUNITY,
    )
    assert (given["valid_from"], given["valid_to"]) == ("2026-12-01", "2026-12-14")
    kept = (await session.scalars(select(RoleGrant))).one()
    assert kept.granted_by == officer.account_id
    (event,) = await session.scalars(select(OutboxEvent))
    assert event.name == "accounts.role_granted"
    assert set(event.payload) == {"grant_id", "account_id", "role"}
    read = (await session.scalars(select(PersonalDataRead))).one()
    assert (read.reader_id, str(read.subject_id)) == (officer.account_id, given["account_id"])


async def test_the_person_signs_in_to_the_account_that_the_grant_made(session, client_for, places, phone):
    admin = await an(session, Role.SYSADMIN)
    await session.commit()
    await client_for(admin).post(
        "/v1/accounts/grants",
        json={
            "phone": NUMBER,
            "role": "station_manager",
            "station_id": str(places.id),
            "display_name": "站长",
        },
    )

    opened = await phone.sign_in(display_name="x")

    assert not opened["is_new"]
    assert opened["account"]["display_name"] == "站长"
    grants = (await phone.client.get("/v1/accounts/me/grants")).json()["grants"]
    assert [grant["station_id"] for grant in grants] == [str(places.id)]


async def test_nobody_gives_a_role_to_themselves(session, runtime, client_for, places):
    own = await make_account(session, phone_hash=runtime.vault.phone_hash(f"+86{NUMBER}"))
    admin = Actor(own.id, (Grant(Role.SYSADMIN),))
    await session.commit()

    refused = await client_for(admin).post(
        "/v1/accounts/grants", json={"phone": NUMBER, "role": "district_officer", "area_code": COMMUNITY[:6]}
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "account.role_to_oneself")
    assert not (await session.scalars(select(RoleGrant))).all()


WHO_MAY = [
    # (the giver, over what) gives (role, over what): what happens
    (Role.SYSADMIN, (), "sysadmin", None, 201),
    (Role.SYSADMIN, (), "district_officer", DISTRICT, 201),
    (Role.DISTRICT_OFFICER, (DISTRICT,), "community_staff", COMMUNITY, 201),
    (Role.DISTRICT_OFFICER, (DISTRICT,), "community_staff", STREET, 201),
    (Role.DISTRICT_OFFICER, (DISTRICT,), "community_staff", ELSEWHERE, 403),
    (Role.DISTRICT_OFFICER, (DISTRICT,), "district_officer", DISTRICT, 403),
    (Role.DISTRICT_OFFICER, (DISTRICT,), "sysadmin", None, 403),
    (Role.DISTRICT_OFFICER, (DISTRICT,), "station_manager", "station", 201),
    (Role.DISTRICT_OFFICER, (ELSEWHERE[:6],), "station_manager", "station", 404),
    (Role.COMMUNITY_STAFF, (COMMUNITY,), "station_manager", "station", 201),
    (Role.COMMUNITY_STAFF, (ELSEWHERE,), "station_manager", "station", 404),
    (Role.COMMUNITY_STAFF, (COMMUNITY,), "community_staff", COMMUNITY, 403),
    (Role.STATION_MANAGER, (), "station_manager", "station", 403),
    # what fits no role
    (Role.SYSADMIN, (), "worker", None, 422),
    (Role.SYSADMIN, (), "sysadmin", DISTRICT, 422),
    (Role.SYSADMIN, (), "station_manager", COMMUNITY, 422),
    (Role.SYSADMIN, (), "station_manager", None, 422),
    (Role.SYSADMIN, (), "community_staff", DISTRICT, 422),
    (Role.SYSADMIN, (), "community_staff", "station", 422),
    (Role.SYSADMIN, (), "district_officer", COMMUNITY, 422),
    (Role.SYSADMIN, (), "district_officer", "999999", 422),
]


@pytest.mark.parametrize(("giver", "codes", "role", "place", "status"), WHO_MAY)
async def test_who_may_give_what_and_where(session, client_for, places, giver, codes, role, place, status):
    by = await an(session, giver, *codes)
    await session.commit()
    scope = {"station_id": str(places.id)} if place == "station" else {"area_code": place}

    response = await client_for(by).post(
        "/v1/accounts/grants", json={"phone": NUMBER, "role": role, **(scope if place else {})}
    )

    assert response.status_code == status, response.text


async def test_a_station_that_is_not_there_looks_like_one_that_is_not_ones_own(session, client_for, places):
    by = await an(session, Role.COMMUNITY_STAFF, COMMUNITY)
    await session.commit()

    response = await client_for(by).post(
        "/v1/accounts/grants",
        json={"phone": NUMBER, "role": "station_manager", "station_id": str(uuid4())},
    )

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_dates_must_be_in_order(session, client_for, places):
    by = await an(session, Role.SYSADMIN)
    await session.commit()
    body = {"phone": NUMBER, "role": "sysadmin", "valid_from": "2026-12-02", "valid_to": "2026-12-01"}

    assert (await client_for(by).post("/v1/accounts/grants", json=body)).status_code == 422


async def test_the_same_grant_twice_is_refused_and_a_retry_gets_the_first_answer(session, client_for, places):
    by = await an(session, Role.SYSADMIN)
    await session.commit()
    client, body = client_for(by), {"phone": NUMBER, "role": "district_officer", "area_code": DISTRICT}
    key = {"idempotency-key": str(uuid4())}

    first = await client.post("/v1/accounts/grants", json=body, headers=key)
    retry = await client.post("/v1/accounts/grants", json=body, headers=key)
    twice = await client.post("/v1/accounts/grants", json=body)

    assert (first.status_code, first.json()) == (retry.status_code, retry.json())
    assert (twice.status_code, twice.json()["code"]) == (409, "account.already_granted")


async def test_the_list_holds_ones_own_area_and_names_only(session, client_for, places):
    inside = await make_account(session, display_name="内", phone_hash=b"1")
    outside = await make_account(session, display_name="外", phone_hash=b"2")
    past = await make_account(session, display_name="往", phone_hash=b"3")
    await make_grant(session, inside, Role.COMMUNITY_STAFF, area_code=COMMUNITY)
    await make_grant(session, inside, Role.STATION_MANAGER, station_id=places.id)
    await make_grant(session, outside, Role.COMMUNITY_STAFF, area_code=ELSEWHERE)
    await make_grant(session, outside, Role.DISTRICT_OFFICER, area_code=DISTRICT)
    await make_grant(
        session, past, Role.COMMUNITY_STAFF, area_code=COMMUNITY, valid_to=TODAY - timedelta(days=1)
    )
    await make_grant(session, past, Role.COMMUNITY_STAFF, area_code=COMMUNITY, revoked_at=NOW)
    officer = await an(session, Role.DISTRICT_OFFICER, DISTRICT)
    staff = await an(session, Role.COMMUNITY_STAFF, COMMUNITY)
    await session.commit()

    seen = (await client_for(officer).get("/v1/accounts/grants")).json()["items"]
    by_staff = (await client_for(staff).get("/v1/accounts/grants")).json()["items"]

    assert [(each["display_name"], each["role"]) for each in seen] == [
        ("内", "community_staff"),
        ("内", "station_manager"),
    ]
    assert not {key for each in seen for key in each if "phone" in key}
    assert [each["role"] for each in by_staff] == ["station_manager"]


async def test_the_list_comes_in_pages(session, client_for, places):
    for _ in range(5):
        await make_grant(session, await make_account(session), Role.COMMUNITY_STAFF, area_code=COMMUNITY)
    admin = await an(session, Role.SYSADMIN)
    await session.commit()
    client = client_for(admin)

    pages, cursor = [], ""
    while cursor is not None:
        page = (await client.get(f"/v1/accounts/grants?limit=2{cursor}")).json()
        pages.append([each["id"] for each in page["items"]])
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"

    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({each for page in pages for each in page}) == 5
    assert (await client.get("/v1/accounts/grants?cursor=WyJ4Il0")).json()["code"] == "bad_cursor"


async def test_a_role_taken_is_gone_with_the_next_request(own_runtime):
    app = create_app(own_runtime)
    now = datetime.now(UTC)
    async with own_runtime.db.writing() as session:
        await make_area(session)
        station = await make_station(session)
        admin, manager = await make_account(session), await make_account(session)
        await make_grant(session, admin)
        grant = await make_grant(session, manager, Role.STATION_MANAGER, station_id=station.id)
        signed_in = [await make_session(session, each) for each in (admin, manager)]
    tokens = [own_runtime.tokens.issue(each.account_id, each.family_id, now=now) for each in signed_in]
    as_admin, as_manager = ({"authorization": f"Bearer {token}"} for token in tokens)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        close = f"/v1/stations/{station.id}/confirm"
        assert (await client.post(close, headers=as_manager)).status_code == 200

        taken = await client.delete(f"/v1/accounts/grants/{grant.id}", headers=as_admin)
        again = await client.delete(f"/v1/accounts/grants/{grant.id}", headers=as_admin)

        assert (taken.status_code, again.status_code) == (204, 204)
        refused = await client.post(close, headers=as_manager)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
    async with own_runtime.db.reading() as session:
        events = await session.scalars(select(OutboxEvent).where(OutboxEvent.name == "accounts.role_revoked"))
        assert len(events.all()) == 1


async def test_when_the_last_manager_leaves_the_community_looks_after_the_station(
    session, client_for, places
):
    """The same day, without anybody doing anything: the staff's grant covers the station anyway."""
    manager = await make_account(session)
    grant = await make_grant(session, manager, Role.STATION_MANAGER, station_id=places.id)
    staff = await an(session, Role.COMMUNITY_STAFF, COMMUNITY)
    await session.commit()
    client = client_for(staff)

    assert (await client.delete(f"/v1/accounts/grants/{grant.id}")).status_code == 204

    closed = await client.post(f"/v1/stations/{places.id}/closures", json={"reason": "站长离职"})
    assert closed.status_code == 201


async def test_the_last_sysadmin_stays(session, client_for):
    admin = await make_account(session)
    last = await make_grant(session, admin)
    other = await make_grant(session, await make_account(session))
    await session.commit()
    client = client_for(Actor(admin.id, (Grant(Role.SYSADMIN),)))

    assert (await client.delete(f"/v1/accounts/grants/{other.id}")).status_code == 204
    response = await client.delete(f"/v1/accounts/grants/{last.id}")

    assert (response.status_code, response.json()["code"]) == (409, "account.last_sysadmin")
    erased = await client.delete("/v1/accounts/me")
    assert (erased.status_code, erased.json()["code"]) == (409, "account.last_sysadmin")
    await make_grant(session, await make_account(session))
    assert (await client.delete("/v1/accounts/me")).status_code == 204


async def test_two_sysadmins_cannot_take_each_others_role_at_once(own_runtime, clock):
    app = create_app(own_runtime)
    now = datetime.now(UTC)
    async with own_runtime.db.writing() as session:
        admins = [await make_account(session) for _ in range(2)]
        grants = [await make_grant(session, each) for each in admins]
        devices = [await make_session(session, each) for each in admins]
    tokens = [own_runtime.tokens.issue(each.account_id, each.family_id, now=now) for each in devices]
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        answers = await asyncio.gather(
            *(
                client.delete(
                    f"/v1/accounts/grants/{grants[1 - n].id}",
                    headers={"authorization": f"Bearer {tokens[n]}"},
                )
                for n in range(2)
            )
        )

    assert sorted(answer.status_code for answer in answers) in ([204, 403], [204, 409])


async def test_twice_at_once_gives_one_grant_and_one_account(own_runtime):
    app = create_app(own_runtime)
    now = datetime.now(UTC)
    async with own_runtime.db.writing() as session:
        admin = await make_account(session)
        await make_grant(session, admin)
        device = await make_session(session, admin)
        await make_area(session, DISTRICT)
    token = own_runtime.tokens.issue(admin.id, device.family_id, now=now)
    body = {"phone": NUMBER, "role": "district_officer", "area_code": DISTRICT}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        client.headers["authorization"] = f"Bearer {token}"
        answers = await asyncio.gather(*(client.post("/v1/accounts/grants", json=body) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    async with own_runtime.db.reading() as session:
        assert len((await session.scalars(select(Account))).all()) == 2


async def test_a_grant_follows_its_area_when_divisions_change(session, runtime):
    """A county becomes a district: who answered for the old code answers for the new one too."""
    await make_area(session, "620981")
    await make_area(session, "620903")
    await make_succession(session, "620981", "620903")
    person = await make_account(session)
    device = await make_session(session, person, issued_at=NOW)
    await make_grant(session, person, Role.DISTRICT_OFFICER, area_code="620981")
    await session.commit()
    claims = runtime.tokens.read(runtime.tokens.issue(person.id, device.family_id, now=NOW), now=NOW)

    actor = await runtime.callers.actor(claims, now=NOW)

    officer = [Role.DISTRICT_OFFICER]
    assert authority.may(actor, roles=officer, area_code="620981001001")
    assert authority.may(actor, roles=officer, area_code="620903001001")
    assert not authority.may(actor, roles=officer, area_code="620902001001")


@pytest.mark.parametrize(
    ("grant", "area", "reaches"),
    [
        (Grant(Role.DISTRICT_OFFICER, ("620902",)), COMMUNITY, True),
        (Grant(Role.DISTRICT_OFFICER, ("620902",)), ELSEWHERE, False),
        (Grant(Role.DISTRICT_OFFICER, ("6202",)), "620200100001", True),  # 嘉峪关 has no county
        (Grant(Role.DISTRICT_OFFICER, ("6201",)), "620171001001", True),
        (Grant(Role.DISTRICT_OFFICER, ("620102",)), "620171001001", False),  # 兰州新区: explicit grants
        (Grant(Role.DISTRICT_OFFICER, ()), COMMUNITY, False),
        (Grant(Role.SYSADMIN), COMMUNITY, True),
        (Grant(Role.COMMUNITY_STAFF, (COMMUNITY,)), COMMUNITY, False),  # another role than asked for
    ],
)
async def test_what_may_says_covers_says_too(session, grant, area, reaches):
    by = Actor(uuid4(), (grant,))
    await make_area(session, area)
    station = await make_station(session, area_code=area)
    found = await session.scalars(
        select(type(station).id).where(
            authority.covers(by, roles=[Role.DISTRICT_OFFICER], area=type(station).area_code)
        )
    )

    assert authority.may(by, roles=[Role.DISTRICT_OFFICER], area_code=area) is reaches
    assert (found.all() == [station.id]) is reaches
