"""The roster over HTTP: made by staff, seen with its gaps, nobody on it without a role."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from app.core.actor import Actor, Role
from app.models import Area, AreaKind, DutyRank, RoleGrant
from app.services.duty import roster
from tests.factories.accounts import make_account, make_grant
from tests.factories.duty import NIGHT, make_shift
from tests.factories.stations import COMMUNITY, make_area
from tests.reports.desks import staff_of

DISTRICT = COMMUNITY[:6]
HOUR = timedelta(hours=1)


@pytest.fixture
async def boss(session, client_for, clock):
    actor = await staff_of(session, COMMUNITY, name="张主任")
    await session.commit()
    clock.at = NIGHT
    return client_for(actor)


async def grid_member(session, name="小蜂"):
    await make_area(session)
    account = await make_account(session, display_name=name)
    await make_grant(session, account, Role.PART_TIME_GRID_MEMBER, area_code=COMMUNITY)
    await session.commit()
    return account


def turn(account, **given):
    return {
        "id": str(uuid4()),
        "account_id": str(account.id),
        "rank": "first",
        "starts_at": (NIGHT - HOUR).isoformat(),
        "ends_at": (NIGHT + 7 * HOUR).isoformat(),
        **given,
    }


async def see(client, area_code=COMMUNITY):
    response = await client.get(f"/v1/duty/rosters/{area_code}")
    assert response.status_code == 200, response.text
    return response.json()


def called(seen):
    return {rung["rung"]: [person["name"] for person in rung["people"]] for rung in seen["now"]}


async def test_a_roster_from_nothing_to_a_handover(boss, session, client_for):
    member = await grid_member(session)
    empty = await see(boss)
    assert (empty["is_anybody_on_duty"], called(empty)) == (
        False,
        {"first": [], "backup": [], "district": []},
    )
    assert [(gap["rank"], gap["starts_at"], gap["ends_at"]) for gap in empty["gaps"]] == [
        (rank, empty["since"], empty["until"]) for rank in ("first", "backup")
    ]
    assert [rung["after_s"] for rung in empty["now"]] == [0, 300, 900]
    people = (await boss.get(f"/v1/duty/rosters/{COMMUNITY}/people")).json()["people"]
    assert [person["name"] for person in people] == ["小蜂", "张主任"]

    given = turn(member)
    first, again = [await boss.post(f"/v1/duty/rosters/{COMMUNITY}/shifts", json=given) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json()), first.text
    changed = await boss.post(f"/v1/duty/rosters/{COMMUNITY}/shifts", json={**given, "rank": "backup"})
    assert changed.json()["code"] == "idempotency_key_reused"
    seen = await see(boss)
    assert (seen["is_anybody_on_duty"], called(seen)["first"]) == (True, ["小蜂"])
    assert [gap["starts_at"] for gap in seen["gaps"] if gap["rank"] == "first"] == [first.json()["ends_at"]]

    edit = {key: value for key, value in given.items() if key != "id"} | {
        "area_code": COMMUNITY,
        "ends_at": (NIGHT + 8 * HOUR).isoformat(),
        "version": 1,
    }
    edited = await boss.put(f"/v1/duty/shifts/{given['id']}", json=edit)
    assert (edited.status_code, edited.json()["version"]) == (200, 2), edited.text
    late = await boss.put(f"/v1/duty/shifts/{given['id']}", json=edit)
    assert (late.status_code, late.json()["code"], late.json()["editor"]) == (409, "edit_conflict", "张主任")
    own = (await client_for(Actor(member.id)).get("/v1/duty/shifts/mine")).json()["shifts"]
    assert [each["id"] for each in own] == [given["id"]]

    off = await boss.post(f"/v1/duty/shifts/{given['id']}/cancel", json={"version": 2})
    assert off.json()["cancelled_at"] is not None
    over = await boss.post(f"/v1/duty/shifts/{given['id']}/cancel", json={"version": 3})
    assert (over.status_code, over.json()["code"]) == (409, "duty.shift_over")
    assert called(await see(boss))["first"] == []


async def test_the_ladder_of_an_area_is_its_own_people_its_town_and_its_district(boss, session):
    town = await staff_of(session, COMMUNITY[:9], name="街道老王")
    chief = await staff_of(session, DISTRICT, Role.DISTRICT_OFFICER, name="区值班员")
    member = await grid_member(session)
    await make_shift(session, town.account_id, area_code=COMMUNITY[:9])
    await make_shift(session, town.account_id, area_code=COMMUNITY[:9], rank="backup")
    await make_shift(session, chief.account_id, area_code=DISTRICT, rank="backup")
    own = await make_shift(session, member.id)
    await session.commit()
    assert called(await see(boss)) == {"first": ["小蜂"], "backup": ["街道老王"], "district": ["区值班员"]}

    # Who loses their role is not called any more; the town answers.
    await session.execute(
        update(RoleGrant).where(RoleGrant.account_id == member.id).values(revoked_at=NIGHT - HOUR)
    )
    await session.commit()
    seen = await see(boss)
    assert called(seen)["first"] == ["街道老王"]
    assert [each["name"] for each in seen["shifts"] if each["id"] == str(own.id)] == [None]


async def test_where_no_county_stands_between_the_prefecture_answers(session, client_for, clock):
    # 嘉峪关 and 东莞 have no counties: the six digits are a filler of the list, nobody's office.
    town, community, prefecture = "620201001", "620201001001", "6202"
    await make_area(session, community)
    await session.execute(update(Area).where(Area.code == "620201").values(kind=AreaKind.FILLER))
    await session.execute(update(Area).where(Area.code == town).values(parent_code=prefecture))
    chief = await staff_of(session, prefecture, Role.DISTRICT_OFFICER, name="市值班员")
    clerk = await staff_of(session, community, name="张主任")
    await make_shift(session, chief.account_id, area_code=prefecture)
    await session.commit()
    clock.at = NIGHT

    seen = await see(client_for(clerk), community)
    assert called(seen) == {"first": [], "backup": [], "district": ["市值班员"]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ends_at": (NIGHT - HOUR).isoformat()}, "duty.shift_invalid"),
        ({"starts_at": (NIGHT - 9 * HOUR).isoformat(), "ends_at": NIGHT.isoformat()}, "duty.shift_invalid"),
        ({"ends_at": (NIGHT + timedelta(days=32)).isoformat()}, "duty.shift_invalid"),
        ({"account_id": str(uuid4())}, "duty.person_unfit"),
        ({"rank": "chief"}, None),
        ({"rank": None}, None),
        ({"in_place_of_id": str(uuid4())}, None),
        ({"starts_at": "2026-11-20T10:00:00"}, None),
    ],
)
async def test_what_cannot_be_meant_is_refused(boss, session, change, code):
    given = turn(await grid_member(session), **change)

    response = await boss.post(f"/v1/duty/rosters/{COMMUNITY}/shifts", json=given)

    assert response.status_code == 422, response.text
    assert code in (None, response.json()["code"])


async def test_a_community_cannot_put_others_on_its_districts_or_neighbours_roster(boss, session, client_for):
    member = await grid_member(session)
    shift = await make_shift(session, member.id, area_code=DISTRICT)
    stranger = await make_account(session, display_name="外区")
    await make_area(session, "620921001001")
    await make_grant(session, stranger, Role.COMMUNITY_STAFF, area_code="620921001001")
    await session.commit()

    for area_code in (DISTRICT, "620902006002", "620921001001"):
        assert (await boss.get(f"/v1/duty/rosters/{area_code}")).status_code == 404
        answer = await boss.post(f"/v1/duty/rosters/{area_code}/shifts", json=turn(member))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    cancel = {"version": 1}
    assert (await boss.post(f"/v1/duty/shifts/{shift.id}/cancel", json=cancel)).status_code == 404
    given = turn(stranger)
    refused = await boss.post(f"/v1/duty/rosters/{COMMUNITY}/shifts", json=given)
    assert refused.json()["code"] == "duty.person_unfit"
    # A grid member of one community is no duty of the whole district.
    officer = client_for(await staff_of(session, DISTRICT, Role.DISTRICT_OFFICER))
    await session.commit()
    refused = await officer.post(f"/v1/duty/rosters/{DISTRICT}/shifts", json=turn(member))
    assert refused.json()["code"] == "duty.person_unfit"


async def test_a_deputy_takes_a_persons_turns_by_dated_entry(boss, session):
    member, deputy = await grid_member(session), await grid_member(session, "代班小马")
    await make_shift(session, member.id)
    await session.commit()
    entry = turn(deputy, rank=None, in_place_of_id=str(member.id), starts_at=NIGHT.isoformat())

    answer = await boss.post(f"/v1/duty/rosters/{COMMUNITY}/shifts", json=entry)

    assert answer.status_code == 201, answer.text
    assert called(await see(boss))["first"] == ["代班小马"]
    himself = turn(deputy, rank=None, in_place_of_id=str(deputy.id))
    refused = await boss.post(f"/v1/duty/rosters/{COMMUNITY}/shifts", json=himself)
    assert refused.json()["code"] == "duty.person_unfit"
    for stranger in ((await make_account(session)).id, uuid4()):
        nobodys = turn(deputy, rank=None, in_place_of_id=str(stranger))
        refused = await boss.post(f"/v1/duty/rosters/{COMMUNITY}/shifts", json=nobodys)
        assert refused.json()["code"] == "duty.person_unfit"


async def test_a_turn_that_is_sent_twice_at_once_is_one(own_runtime):
    """After a lost answer the page sends it again while the first is still being written."""
    async with own_runtime.db.writing() as session:
        boss = await staff_of(session, COMMUNITY)
        draft = roster.ShiftDraft(COMMUNITY, boss.account_id, NIGHT, NIGHT + HOUR, DutyRank.FIRST)
    shift_id = uuid4()

    async def put():
        async with own_runtime.db.writing() as session:
            return await roster.put(session, shift_id, draft, by=boss, now=NIGHT)

    answers = await asyncio.gather(*(put() for _ in range(4)), return_exceptions=True)

    assert [getattr(each, "id", each) for each in answers] == [shift_id] * 4
