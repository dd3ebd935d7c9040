"""A rider with two numbers has one account in the end, and everything in it says where it came from."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from httpx2 import Response
from sqlalchemy import func, select

from app.core.actor import Actor, Role
from app.models import (
    Account,
    AccountMerger,
    AccountStatus,
    CalendarFeed,
    DutyShift,
    IdempotencyKey,
    Mailbox,
    Occupancy,
    OutboxEvent,
    ReportFollower,
    ReportState,
    SignInCode,
    Visit,
    WeatherWatch,
)
from app.services import mergers, teams
from app.services.reports.identity import Forgetter
from tests.accounts.conftest import NUMBER, Phone
from tests.factories.accounts import make_account, make_grant
from tests.factories.checkins import make_visit
from tests.factories.duty import make_shift
from tests.factories.reports import make_case_photo, make_report
from tests.factories.stations import COMMUNITY, make_area, make_station
from tests.factories.volunteering import make_liaison, make_organisation

OTHER = "13900000000"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


async def merge(phone: Phone, own_code: str, other_code: str, other: str = OTHER, **headers) -> Response:
    body = {"own_code": own_code, "other_phone": other, "other_code": other_code}
    return await phone.client.post("/v1/accounts/me/mergers", json=body, headers=headers)


async def both_in(phone: Phone, second_phone: Phone, clock) -> tuple[UUID, UUID]:
    """Sign both in, and wait until each number may get another code; the first survives."""
    survivor = (await phone.sign_in())["account"]["id"]
    absorbed = (await second_phone.sign_in(OTHER))["account"]["id"]
    clock.at += timedelta(minutes=1)
    return UUID(survivor), UUID(absorbed)


async def check_in(phone: Phone, station_id: UUID, at: datetime) -> Response:
    body = {"id": str(uuid4()), "captured_at": at.isoformat()}
    return await phone.client.post(f"/v1/stations/{station_id}/checkins", json=body)


async def test_visits_and_roles_follow_and_keep_their_origin(phone, second_phone, session, clock):
    survivor, absorbed = await both_in(phone, second_phone, clock)
    station = await make_station(session)
    own = await make_visit(session, station.id, survivor, ended_at=NOW, end_reason="tap")
    theirs = await make_visit(session, station.id, absorbed, ended_at=NOW, end_reason="tap")
    grant = await make_grant(
        session, await session.get_one(Account, absorbed), Role.STATION_MANAGER, station_id=station.id
    )
    await session.commit()

    response = await merge(phone, await phone.code(), await phone.code(OTHER))

    assert response.status_code == 200, response.text
    told = response.json()
    assert (told["absorbed_id"], told["survivor_id"]) == (str(absorbed), str(survivor))
    assert told["records"] == {"visits": [str(theirs.id)], "role_grants": [str(grant.id)]}
    held = (await phone.client.get("/v1/accounts/me/export")).json()["records"]
    assert {row["id"] for row in held["visits"]} == {str(own.id), str(theirs.id)}
    (kept,) = held["account_mergers"]
    assert (kept["absorbed_id"], kept["records"]["visits"]) == (str(absorbed), [str(theirs.id)])
    grants = (await phone.client.get("/v1/accounts/me/grants")).json()["grants"]
    assert [each["station_id"] for each in grants] == [str(station.id)]


async def test_one_account_remains_and_the_other_is_signed_out(phone, second_phone, session, clock):
    survivor, absorbed = await both_in(phone, second_phone, clock)

    await merge(phone, await phone.code(), await phone.code(OTHER))

    assert (await second_phone.client.get("/v1/accounts/me")).status_code == 401
    assert (await second_phone.refresh()).status_code == 401
    gone = await session.get_one(Account, absorbed, populate_existing=True)
    assert (gone.status, gone.phone_hash, gone.phone_encrypted) == (AccountStatus.DELETED, None, None)
    assert gone.display_name == "已合并用户"
    event = (await session.scalars(select(OutboxEvent))).one()
    assert event.name == "accounts.merged"
    assert event.payload == {"absorbed_id": str(absorbed), "survivor_id": str(survivor)}
    clock.at += timedelta(minutes=1)
    assert (await phone.sign_in())["account"]["id"] == str(survivor)
    second_phone.client.headers.pop("authorization")
    assert (await second_phone.sign_in(OTHER))["is_new"]


async def test_what_the_survivor_never_said_comes_from_the_other(phone, second_phone, session, clock):
    survivor, absorbed = await both_in(phone, second_phone, clock)
    await make_area(session)
    other = await session.get_one(Account, absorbed)
    other.area_code, other.worker_kind = COMMUNITY, "courier"
    await session.commit()

    await merge(phone, await phone.code(), await phone.code(OTHER))

    account = await session.get_one(Account, survivor, populate_existing=True)
    assert (account.area_code, account.worker_kind, account.version) == (COMMUNITY, "courier", 2)


@pytest.mark.parametrize("survivor_came_last", [True, False])
async def test_of_two_open_visits_the_later_stays_open(
    phone, second_phone, session, clock, survivor_came_last
):
    survivor, _ = await both_in(phone, second_phone, clock)
    first, last = (second_phone, phone) if survivor_came_last else (phone, second_phone)
    here, there = await make_station(session), await make_station(session)
    await session.commit()
    assert (await check_in(first, here.id, clock.at)).status_code in {200, 201}
    clock.at += timedelta(minutes=10)
    left_at = clock.at
    assert (await check_in(last, there.id, clock.at)).status_code in {200, 201}

    response = await merge(phone, await phone.code(), await phone.code(OTHER))

    assert response.status_code == 200, response.text
    visits = (await session.scalars(select(Visit).execution_options(populate_existing=True))).all()
    assert {visit.account_id for visit in visits} == {survivor}
    ended = {visit.station_id: (visit.ended_at, visit.end_reason) for visit in visits}
    assert ended == {here.id: (left_at, "new_visit"), there.id: (None, None)}
    counters = {each.station_id: each.open_visits for each in await session.scalars(select(Occupancy))}
    assert counters == {here.id: 0, there.id: 1}


@pytest.mark.parametrize("survivor_came_last", [True, False])
async def test_an_open_visit_that_the_other_account_has_overtaken_ends_and_the_next_check_in_works(
    phone, second_phone, session, clock, survivor_came_last
):
    await both_in(phone, second_phone, clock)
    first, last = (second_phone, phone) if survivor_came_last else (phone, second_phone)
    here, there = await make_station(session), await make_station(session)
    await session.commit()
    await check_in(first, here.id, clock.at)
    clock.at += timedelta(minutes=2)
    overtaken_at = clock.at
    visit = (await check_in(last, there.id, clock.at)).json()
    clock.at += timedelta(minutes=2)
    await last.client.post(f"/v1/checkins/{visit['id']}/end", json={"captured_at": clock.at.isoformat()})

    await merge(phone, await phone.code(), await phone.code(OTHER))
    clock.at += timedelta(minutes=2)

    assert (await check_in(phone, there.id, clock.at)).status_code == 201
    visits = (await session.scalars(select(Visit).execution_options(populate_existing=True))).all()
    ended = {visit.station_id: visit.ended_at for visit in visits if visit.ended_at is not None}
    assert ended[here.id] == overtaken_at
    counters = {each.station_id: each.open_visits for each in await session.scalars(select(Occupancy))}
    assert counters == {here.id: 0, there.id: 1}


async def test_a_report_that_both_follow_is_followed_once_by_its_reporter(
    phone, second_phone, session, clock
):
    survivor, absorbed = await both_in(phone, second_phone, clock)
    own = await make_report(session, reporter_id=survivor)
    theirs = await make_report(session, reporter_id=absorbed)
    for report, follower in ((own, absorbed), (theirs, survivor)):
        following = {"report_id": report.id, "account_id": follower, "followed_at": NOW}
        session.add(ReportFollower(is_reporter=False, **following))
    await session.commit()

    response = await merge(phone, await phone.code(), await phone.code(OTHER))

    assert response.status_code == 200, response.text
    kept = (await session.scalars(select(ReportFollower).execution_options(populate_existing=True))).all()
    assert {(each.report_id, each.account_id, each.is_reporter) for each in kept} == {
        (own.id, survivor, True),
        (theirs.id, survivor, True),
    }
    assert response.json()["records"]["report_origins"] == [str(theirs.id)]


async def test_a_report_that_names_nobody_is_in_no_merger(phone, second_phone, session, clock):
    _, absorbed = await both_in(phone, second_phone, clock)
    over = {"state": ReportState.WITHDRAWN, "state_at": NOW - timedelta(days=200)}
    old = await make_report(session, reporter_id=absorbed, **over)
    young = await make_report(session, reporter_id=absorbed)
    await make_case_photo(session, old, absorbed)
    await session.commit()
    await merge(phone, await phone.code(), await phone.code(OTHER))

    assert await Forgetter("k" * 32).cut(session, now=NOW) == 1

    merger = (await session.scalars(select(AccountMerger).execution_options(populate_existing=True))).one()
    assert merger.records == {table: [str(young.id)] for table in ("report_origins", "report_followers")}


async def test_what_there_is_once_a_person_stays_once(phone, second_phone, session, clock):
    survivor, absorbed = await both_in(phone, second_phone, clock)
    for account, area in ((survivor, COMMUNITY), (absorbed, COMMUNITY), (absorbed, COMMUNITY[:6])):
        await make_area(session, area)
        session.add(WeatherWatch(account_id=account, area_code=area, since=NOW))
    box = {"address_encrypted": b"a", "code_hash": b"c", "code_sent_at": NOW, "confirmed_at": NOW}
    session.add(Mailbox(account_id=absorbed, **box))
    session.add_all(
        CalendarFeed(account_id=each, secret_hash=each.bytes, made_at=NOW) for each in (survivor, absorbed)
    )
    await session.commit()

    await merge(phone, await phone.code(), await phone.code(OTHER))

    watches = await session.execute(select(WeatherWatch.account_id, WeatherWatch.area_code))
    assert set(watches) == {(survivor, COMMUNITY), (survivor, COMMUNITY[:6])}
    assert (await session.scalars(select(Mailbox.account_id))).all() == [survivor]
    assert (await session.scalars(select(CalendarFeed.secret_hash))).all() == [survivor.bytes]


async def test_who_speaks_for_organisations_goes_on_doing_so_once(phone, second_phone, session, clock):
    survivor, absorbed = await both_in(phone, second_phone, clock)
    one, both = [await make_organisation(session) for _ in range(2)]
    for organisation, account_id in ((one, absorbed), (both, absorbed), (both, survivor)):
        await make_liaison(session, organisation, account_id)
    await session.commit()

    assert (await merge(phone, await phone.code(), await phone.code(OTHER))).status_code == 200

    spoken = await teams.organisations_of_liaison(session, by=Actor(survivor), now=NOW)
    assert spoken == {one.id, both.id}
    assert await teams.liaisons_of(session, both.id, now=NOW) == [survivor]


async def test_deputies_stand_in_for_the_account_that_stays(phone, second_phone, session, clock):
    survivor, absorbed = await both_in(phone, second_phone, clock)
    deputy = (await make_account(session)).id
    await make_shift(session, deputy, in_place_of_id=absorbed)
    await make_shift(session, survivor, in_place_of_id=absorbed)
    await make_shift(session, absorbed, in_place_of_id=survivor)
    await session.commit()

    response = await merge(phone, await phone.code(), await phone.code(OTHER))

    assert response.status_code == 200, response.text
    left = await session.execute(select(DutyShift.account_id, DutyShift.in_place_of_id))
    assert left.all() == [(deputy, survivor)]


async def test_without_both_codes_nothing_is_merged_and_the_same_key_may_try_again(
    phone, second_phone, session, clock
):
    await both_in(phone, second_phone, clock)
    own, other = await phone.code(), await phone.code(OTHER)
    wrong = next(code for code in ("111111", "222222", "333333") if code not in {own, other})
    key = {"idempotency-key": str(uuid4())}

    assert (await merge(phone, own, wrong)).json()["code"] == "account.code_wrong"
    assert (await merge(phone, wrong, other)).json()["code"] == "account.code_wrong"
    refused = await phone.client.post(
        "/v1/accounts/me/mergers",
        json={"own_code": own, "other_phone": OTHER, "other_code": wrong},
        headers=key,
    )
    assert refused.json()["code"] == "account.code_wrong"
    assert (await session.scalars(select(AccountMerger))).all() == []
    assert (await session.scalars(select(SignInCode.tries))).all() != [0, 0]
    assert (await session.scalars(select(IdempotencyKey))).all() == []
    assert (await merge(phone, own, other, **key)).status_code == 200


async def test_a_lost_answer_can_be_asked_for_again(phone, second_phone, session, clock):
    await both_in(phone, second_phone, clock)
    own, other = await phone.code(), await phone.code(OTHER)
    key = {"idempotency-key": str(uuid4())}

    first, again = [await merge(phone, own, other, **key) for _ in range(2)]

    assert first.json() == again.json()
    assert (await session.scalars(select(func.count()).select_from(AccountMerger))).one() == 1
    assert (await merge(phone, own, other)).json()["code"] == "account.code_spent"


async def test_a_number_without_an_account_has_nothing_to_merge(phone, clock):
    await phone.sign_in()
    clock.at += timedelta(minutes=1)

    response = await merge(phone, await phone.code(), await phone.code(OTHER))

    assert (response.status_code, response.json()["code"]) == (409, "account.nothing_to_merge")


async def test_a_sleeping_account_is_not_taken_over_by_its_number(phone, second_phone, clock):
    await second_phone.sign_in(OTHER)
    clock.at += timedelta(days=91)
    await phone.sign_in()
    clock.at += timedelta(minutes=1)

    response = await merge(phone, await phone.code(), await phone.code(OTHER))

    assert response.json()["code"] == "account.idle"


async def test_a_merger_is_no_way_around_a_ban(phone, second_phone, session, clock):
    _, absorbed = await both_in(phone, second_phone, clock)
    (await session.get_one(Account, absorbed)).status = AccountStatus.BANNED
    await session.commit()

    assert (await merge(phone, await phone.code(), await phone.code(OTHER))).json()["code"] == (
        "account.banned"
    )


@pytest.mark.parametrize(
    "bad",
    [
        {"own_code": "12345"}, {"other_phone": "12"}, {"other_code": None}, {"more": 1},
        {"other_phone": NUMBER},
    ],
)  # fmt: skip
async def test_what_cannot_be_meant_is_refused(phone, bad):
    await phone.sign_in()
    body = {"own_code": "123456", "other_phone": OTHER, "other_code": "123456", **bad}

    assert (await phone.client.post("/v1/accounts/me/mergers", json=body)).status_code == 422


async def test_of_three_numbers_one_account_remains(phone, second_phone, client_for, session, clock):
    _, absorbed = await both_in(phone, second_phone, clock)
    third = Phone(client_for(), phone.runtime)
    station = await make_station(session)
    last = UUID((await third.sign_in("13700000000"))["account"]["id"])
    visit = await make_visit(session, station.id, last, ended_at=NOW, end_reason="tap")
    await session.commit()
    clock.at += timedelta(minutes=1)
    own, other = await second_phone.code(OTHER), await second_phone.code("13700000000")
    assert (await merge(second_phone, own, other, "13700000000")).status_code == 200
    clock.at += timedelta(minutes=1)

    response = await merge(phone, await phone.code(), await phone.code(OTHER))

    assert response.status_code == 200, response.text
    held = (await phone.client.get("/v1/accounts/me/export")).json()["records"]
    assert [row["id"] for row in held["visits"]] == [str(visit.id)]
    assert {row["absorbed_id"] for row in held["account_mergers"]} == {str(absorbed), str(last)}


async def test_what_arrives_late_in_the_absorbed_name_is_adopted(phone, second_phone, session, clock):
    """A check-in that was under way does not wait for the merger."""
    survivor, absorbed = await both_in(phone, second_phone, clock)
    here, there = await make_station(session), await make_station(session)
    await session.commit()
    await check_in(phone, here.id, clock.at)
    await merge(phone, await phone.code(), await phone.code(OTHER))
    clock.at += timedelta(minutes=1)
    late = await make_visit(session, there.id, absorbed, captured_at=clock.at)
    session.add(Occupancy(station_id=there.id, open_visits=1, changed_at=clock.at))
    await session.flush()

    assert await mergers.adopt_late(session, now=clock.at) == 1
    assert await mergers.adopt_late(session, now=clock.at) == 0

    visits = (await session.scalars(select(Visit).execution_options(populate_existing=True))).all()
    assert {visit.account_id for visit in visits} == {survivor}
    assert [visit.id for visit in visits if visit.ended_at is None] == [late.id]
    assert (await session.scalars(select(AccountMerger))).one().records == {"visits": [str(late.id)]}
