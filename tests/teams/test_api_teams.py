"""A team's whole life: founded by who may, joined by request and by code, run without numbers, dissolved."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Role
from app.core.clock import utc_now
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.main import create_app
from app.models import (
    Account,
    DualReporting,
    MemberState,
    Notification,
    PersonalDataRead,
    TeamInvitation,
    TeamMember,
    VolunteerOrganisation,
)
from app.services import mergers, teams
from app.services.accounts.events import AccountErased
from app.services.outbox import record
from app.services.teams import membership, organisations, reporting
from tests.clients import ClientFor, TestClock
from tests.factories.accounts import make_account, make_grant
from tests.factories.stations import COMMUNITY, make_area, make_staff
from tests.factories.volunteering import (
    make_invitation,
    make_liaison,
    make_member,
    make_organisation,
    make_reporting,
    make_team,
)
from tests.realtime.waiting import until_one_waits

ELSEWHERE = "620921001001"
TEAMS = "/v1/teams"


async def rider(session, name: str = "小蜂", **given) -> Actor:
    return Actor((await make_account(session, display_name=name, **given)).id)


def team_in(organisation_id, **given) -> dict:
    return {
        "id": str(uuid4()),
        "organisation_id": str(organisation_id),
        "name": "先锋骑手队",
        "kind": "pioneer_riders",
        "area_code": COMMUNITY,
        "founded_on": "2026-11-01",
        **given,
    }


async def ok(answer, status: int = 200):
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def heard(session, account_id: UUID | None) -> list[str]:
    query = select(Notification.kind).where(Notification.account_id == account_id).order_by(Notification.id)
    return list(await session.scalars(query))


async def react(runtime) -> None:
    while await deliver(runtime.db, REACTIONS, now=utc_now()):
        pass


async def test_who_speaks_for_an_organisation_founds_its_team(session, runtime, client_for):
    await make_area(session)
    officer = await make_staff(session, Role.DISTRICT_OFFICER, COMMUNITY[:6])
    phone = "+8613700000001"
    liaison_account = await make_account(
        session, display_name="钱联络", phone_hash=runtime.vault.phone_hash(phone)
    )
    stranger = await rider(session)
    await session.commit()
    desk = client_for(officer)
    described = {
        "name": "肃州区志愿者协会(示例)",
        "kind": "society",
        "area_code": COMMUNITY[:6],
        "responsible": "孙负责",
        "phone": "0937-0000001",
    }

    organisation = await ok(
        await desk.post(f"{TEAMS}/organisations", json=described | {"id": str(uuid4())}), 201
    )
    own = f"{TEAMS}/organisations/{organisation['id']}"
    for until in (None, "2099-01-01"):  # named again: the same row with the new term
        named = await ok(await desk.post(f"{own}/liaisons", json={"phone": phone, "valid_to": until}), 201)
    assert (await ok(await desk.get(f"{own}/liaisons")))["items"] == [named]
    assert (named["display_name"], named["valid_to"]) == ("钱联络", "2099-01-01")

    liaison, body = client_for(Actor(liaison_account.id)), team_in(organisation["id"])
    assert (await client_for(stranger).post(TEAMS, json=body)).status_code == 404
    team = await ok(await liaison.post(TEAMS, json=body), 201)
    assert await ok(await liaison.post(TEAMS, json=body), 201) == team
    assert (await liaison.post(TEAMS, json=body | {"name": "别的"})).json()[
        "code"
    ] == "idempotency_key_reused"

    # Everybody finds it. Who edits an older version is told who was first.
    seen = await ok(await client_for().get(TEAMS, params={"area": COMMUNITY[:6], "kind": "pioneer_riders"}))
    assert seen["items"] == [team]
    assert (await ok(await client_for().get(TEAMS, params={"area": ELSEWHERE})))["items"] == []
    path, edit = f"{TEAMS}/{team['id']}", {name: body[name] for name in body if name != "id"}
    edited = await ok(await liaison.put(path, json=edit | {"version": 1, "about": "骑手"}))
    conflict = await desk.post(f"{path}/dissolve", json={"version": 1})
    assert (conflict.status_code, conflict.json()["editor"]) == (409, "钱联络")

    # Once nobody speaks for it any more, and it has ended, there is no new team.
    assert (await desk.delete(f"{own}/liaisons/{named['id']}")).status_code == 204
    assert (await liaison.put(path, json=edit | {"version": 2})).status_code == 404
    below = described | {"version": 1, "parent_id": organisation["id"]}
    assert (await desk.put(own, json=below)).json()["code"] == "invalid_input"
    changed = await ok(await desk.put(own, json=described | {"version": 1, "responsible": "李负责"}))
    await ok(await desk.post(f"{own}/end", json={"version": changed["version"]}))
    ended = await desk.post(TEAMS, json=body | {"id": str(uuid4())})
    assert ended.json()["code"] == "team.organisation_ended"
    assert (await desk.put(own, json=described | {"version": 3})).json()["code"] == "team.organisation_ended"
    await ok(await desk.post(f"{path}/dissolve", json={"version": edited["version"]}))
    over = await client_for(stranger).post(f"{path}/requests", json={"id": str(uuid4())})
    assert over.json()["code"] == "team.ended"


async def test_who_runs_a_team_sees_names_and_no_number_that_is_not_shared(session, runtime, client_for):
    team = await make_team(session)
    clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY)
    await make_grant(
        session, await session.get_one(Account, clerk.account_id), Role.COMMUNITY_STAFF, area_code=COMMUNITY
    )
    asking = await rider(session, "马师傅", phone_encrypted=runtime.vault.encrypt_phone("+8613811112222"))
    await session.commit()
    desk, asks, path = client_for(clerk), client_for(asking), f"{TEAMS}/{team.id}"

    # Nobody coordinates yet, so the community's staff is told.
    request = {"id": str(uuid4()), "shares_phone": False}
    member = await ok(await asks.post(f"{path}/requests", json=request), 201)
    assert await ok(await asks.post(f"{path}/requests", json=request), 201) == member
    twice = await asks.post(f"{path}/requests", json={"id": str(uuid4())})
    assert (twice.status_code, twice.json()["code"]) == (409, "team.already_member")
    await react(runtime)
    assert await heard(session, clerk.account_id) == ["team.requested"]
    (listed,) = (await ok(await desk.get(f"{path}/members")))["items"]
    assert listed.keys() == {
        "id", "display_name", "state", "is_coordinator", "shares_phone", "asked_at", "joined_at"
    }  # fmt: skip
    assert (listed["display_name"], listed["state"]) == ("马师傅", "requested")
    theirs = f"{TEAMS}/members/{member['id']}"
    hidden = await desk.post(f"{theirs}/phone")
    assert (hidden.status_code, hidden.json()["code"]) == (403, "team.phone_not_shared")
    assert (await ok(await desk.post(f"{theirs}/decide", json={"lets_in": True})))["state"] == "active"
    late = await desk.post(f"{theirs}/decide", json={"lets_in": False})
    assert late.json()["code"] == "team.membership_decided"

    # The member agrees to be called; that somebody looked is kept, and the consent is theirs to take back.
    own = f"{TEAMS}/memberships/{member['id']}"
    await ok(await asks.put(f"{own}/shares-phone", json={"shares_phone": True}))
    assert (await ok(await desk.post(f"{theirs}/phone"))) == {"phone": "+8613811112222"}
    query = select(PersonalDataRead).where(PersonalDataRead.what == "phone")
    read = (await session.scalars(query)).one()
    assert (read.reader_id, read.subject_id) == (clerk.account_id, asking.account_id)
    await ok(await asks.put(f"{own}/shares-phone", json={"shares_phone": False}))
    assert (await desk.post(f"{theirs}/phone")).status_code == 403

    # Who coordinates runs the team until they leave.
    await ok(await desk.put(f"{theirs}/coordinator", json={"is_coordinator": True}))
    await ok(await asks.get(f"{path}/members"))
    await ok(await asks.post(f"{own}/leave"))
    assert (await ok(await asks.post(f"{own}/leave")))["state"] == "left"
    assert (await asks.get(f"{path}/members")).status_code == 404
    await react(runtime)
    assert await heard(session, asking.account_id) == ["team.let_in"]


async def test_a_code_invites_without_anybodys_number(session, runtime, client_for):
    team = await make_team(session, takes_requests=False)
    coordinator = await rider(session)
    await make_member(session, team, coordinator.account_id, is_coordinator=True)
    invited, stranger = await rider(session, "李师傅"), await rider(session)
    await session.commit()
    runs, joins, path = client_for(coordinator), client_for(invited), f"{TEAMS}/{team.id}"

    expires = (utc_now() + timedelta(days=2)).isoformat()
    new = {"id": str(uuid4()), "expires_at": expires}
    invitation = await ok(await runs.post(f"{path}/invitations", json=new), 201)
    came = {"id": str(uuid4()), "code": invitation["code"]}
    joined = await ok(await joins.post(f"{TEAMS}/join", json=came))
    assert joined["state"] == "active"
    assert await ok(await joins.post(f"{TEAMS}/join", json=came)) == joined
    used_up = await client_for(stranger).post(f"{TEAMS}/join", json=came | {"id": str(uuid4())})
    assert (used_up.status_code, used_up.json()["code"]) == (404, "team.invitation_unknown")
    listed = await runs.get(f"{path}/invitations")
    assert listed.json()["items"][0]["uses"] == 1
    assert invitation["code"] not in listed.text
    kept = (await session.scalars(select(TeamInvitation))).one()
    assert invitation["code"].encode() not in kept.code_hash
    assert (await ok(await client_for().get(path)))["members"] == 2

    removing = {"reason": "调岗"}
    await ok(await runs.post(f"{TEAMS}/members/{joined['id']}/remove", json=removing))
    again = await runs.post(f"{TEAMS}/members/{joined['id']}/remove", json=removing)
    assert again.json()["code"] == "team.membership_decided"
    await react(runtime)
    assert await heard(session, invited.account_id) == ["team.removed"]
    mine = (await ok(await joins.get(f"{TEAMS}/mine")))["items"]
    assert [(each["state"], each["reason"], each["team_name"]) for each in mine] == [
        ("removed", "调岗", "先锋骑手队")
    ]


async def test_what_is_refused(session, client_for):
    team = await make_team(session, takes_requests=False)
    member = await make_member(session, team)
    clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY)
    other = await make_staff(session, Role.COMMUNITY_STAFF, ELSEWHERE)
    liaison = await make_account(session)
    organisation = await make_organisation(session, ended_at=utc_now())
    await make_liaison(
        session, await make_organisation(session), liaison.id, valid_to=utc_now().date() - timedelta(days=2)
    )
    invitation = await make_invitation(
        session, team, "code-of-yesterday", made_by=member.account_id, expires_at=utc_now()
    )
    await session.commit()
    asks, desk = client_for(await rider(session)), client_for(clerk)
    await session.commit()

    async def code_of(answer) -> str:
        return (await answer).json()["code"]

    request = {"id": str(uuid4())}
    assert await code_of(asks.post(f"{TEAMS}/{team.id}/requests", json=request)) == "team.takes_no_requests"
    yesterday = {"id": str(uuid4()), "code": "code-of-yesterday"}
    assert await code_of(asks.post(f"{TEAMS}/join", json=yesterday)) == "team.invitation_unknown"
    ended = team_in(organisation.id)
    assert await code_of(desk.post(TEAMS, json=ended)) == "team.organisation_ended"
    # A term that is over, another area's staff, a member without office: the team is not theirs.
    for stranger in (Actor(liaison.id), other, Actor(member.account_id)):
        client = client_for(stranger)
        assert await code_of(client.get(f"{TEAMS}/{team.id}/members")) == "not_found"
        assert await code_of(client.post(f"{TEAMS}/members/{member.id}/phone")) == "not_found"
        assert await code_of(client.post(f"{TEAMS}/{team.id}/dissolve", json={"version": 1})) == "not_found"
        taken = client.delete(f"{TEAMS}/{team.id}/invitations/{invitation.id}")
        assert await code_of(taken) == "not_found"
    for bad in (
        {"kind": "none"},
        {"name": "a\0b"},
        {"founded_on": "yesterday"},
        {"area_code": "6209020060010"},
        {"takes_requests": 1},
        {"extra": 1},
    ):
        assert (await desk.post(TEAMS, json=team_in(organisation.id) | bad)).status_code == 422, bad
    outside = team_in((await make_organisation(session)).id, area_code=ELSEWHERE)
    await make_area(session, ELSEWHERE)
    await session.commit()
    assert await code_of(desk.post(TEAMS, json=outside)) == "not_found"


async def test_twelve_cannot_come_in_by_a_code_for_two(own_runtime):
    app = create_app(own_runtime)
    client_for = ClientFor(app, TestClock())
    async with own_runtime.db.writing() as session:
        team = await make_team(session)
        host = await make_account(session)
        await make_invitation(session, team, "for-two-alone", made_by=host.id)
        riders = [await rider(session) for _ in range(12)]
    answers = await asyncio.gather(
        *(
            client_for(each).post(f"{TEAMS}/join", json={"id": str(uuid4()), "code": "for-two-alone"})
            for each in riders
        )
    )
    await client_for.close()

    assert sorted(answer.status_code for answer in answers) == [200, 200, *[404] * 10]
    async with own_runtime.db.reading() as session:
        members = (await session.scalars(select(TeamMember.state))).all()
        assert members == [MemberState.ACTIVE] * 2
        assert (await session.scalars(select(TeamInvitation.uses))).one() == 2


async def test_units_and_people_report_to_communities_and_people_are_a_number(session, client_for):
    organisation = await make_organisation(
        session, kind="unit", name="区税务局(示例)", area_code=COMMUNITY[:6]
    )
    liaison = await rider(session)
    await make_liaison(session, organisation, liaison.account_id)
    clerk = client_for(await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY))
    people = [client_for(await rider(session)) for _ in range(5)]
    await session.commit()
    await make_area(session)
    await session.commit()
    units, mine = f"{TEAMS}/dual-reporting/units", f"{TEAMS}/dual-reporting/mine"
    there = f"{TEAMS}/dual-reporting/communities/{COMMUNITY}"

    unit = {"organisation_id": str(organisation.id), "community_code": COMMUNITY}
    assert (await people[0].post(units, json=unit | {"id": str(uuid4())})).status_code == 404
    reported = await ok(await client_for(liaison).post(units, json=unit | {"id": str(uuid4())}), 201)
    again = await clerk.post(units, json=unit | {"id": str(uuid4())})
    assert again.json()["code"] == "team.already_reporting"
    for number, client in enumerate(people, start=1):
        first = {"id": str(uuid4()), "community_code": COMMUNITY}
        await ok(await client.post(mine, json=first), 201)
        await ok(await client.post(mine, json=first), 201)
        second = await client.post(mine, json=first | {"id": str(uuid4())})
        assert second.json()["code"] == "team.already_reporting"
        seen = await ok(await clerk.get(there))
        assert seen["people"] == (5 if number == 5 else None)
    assert [each["name"] for each in seen["units"]] == ["区税务局(示例)"]

    assert (await people[0].delete(mine)).status_code == 204
    assert (await ok(await people[0].get(mine)))["reporting"] is None
    assert (await clerk.delete(f"{units}/{reported['id']}")).status_code == 204
    assert (await ok(await clerk.get(there))) == {"units": [], "people": None}
    bad = await people[0].post(mine, json={"id": str(uuid4()), "community_code": COMMUNITY[:9]})
    assert bad.status_code == 404


async def test_who_is_gone_or_merged_belongs_once(session, runtime):
    now = utc_now()
    team = await make_team(session)
    survivor, absorbed, gone = [await make_account(session) for _ in range(3)]
    kept = await make_member(session, team, survivor.id)
    doubled = await make_member(session, team, absorbed.id, is_coordinator=True)
    lost = await make_member(session, team, gone.id, is_coordinator=True)
    for account in (survivor, absorbed):
        await make_reporting(session, account_id=account.id)
    assert {membership.end_doubled, reporting.end_doubled} <= set(mergers.SETTLE)
    for settle in (membership.end_doubled, reporting.end_doubled) * 2:
        await settle(session, absorbed.id, survivor.id, now=now)
    assert (kept.state, doubled.state, doubled.is_coordinator) == (
        MemberState.ACTIVE,
        MemberState.LEFT,
        False,
    )
    still = select(DualReporting.account_id).where(DualReporting.ended_at.is_(None))
    assert (await session.scalars(still)).all() == [survivor.id]

    lost.account_id = None  # as deletion leaves it
    record(session, AccountErased(gone.id), now=now)
    await session.commit()
    await react(runtime)
    await session.refresh(lost)
    assert (lost.state, lost.is_coordinator) == (MemberState.LEFT, False)


async def test_nobody_comes_into_a_team_while_it_is_dissolved(own_runtime):
    now = utc_now()
    async with own_runtime.db.writing() as session:
        team = await make_team(session)
        clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY)
        newcomer = await rider(session)

    async def asks():
        async with own_runtime.db.writing() as session:
            await membership.ask(session, team.id, uuid4(), shares_phone=False, by=newcomer, now=now)

    async with own_runtime.db.writing() as session:
        await teams.dissolve(session, team.id, version=team.version, by=clerk, now=now)
        await session.flush()
        waits = asyncio.create_task(asks())
        await until_one_waits(own_runtime.db)
    with pytest.raises(teams.TeamEnded):
        await waits


async def test_two_organisations_are_never_below_each_other(own_runtime):
    now = utc_now()
    async with own_runtime.db.writing() as session:
        clerk = await make_staff(session, Role.COMMUNITY_STAFF, COMMUNITY)
        one, other = [await make_organisation(session, area_code=COMMUNITY) for _ in range(2)]
        between = await make_organisation(session, area_code=COMMUNITY, parent_id=other.id)

    async def put_below(child, parent):
        draft = replace(organisations._draft_of(child), parent_id=parent.id)
        async with own_runtime.db.writing() as session:
            await organisations.edit(session, child.id, draft, version=1, by=clerk, now=now)
            await asyncio.sleep(0.1)

    await asyncio.gather(put_below(one, between), put_below(other, one), return_exceptions=True)

    async with own_runtime.db.reading() as session:
        parents = [(await session.get_one(VolunteerOrganisation, each.id)).parent_id for each in (one, other)]
    assert None in parents  # on a busy machine both may have been told to try again
