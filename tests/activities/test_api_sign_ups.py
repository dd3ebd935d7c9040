"""Signing up: order, offers, deadlines, cover, limits, and marks of absence that can be objected to."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from app.models import AgeBand, Attendance, EvidenceGrade, NoShow, Provenance, SignUp
from app.services import activities
from tests.activities.world import (
    ACTIVITIES,
    NOW,
    SIGN_UPS,
    activity,
    heard,
    make_world,
    ok,
    publish,
    react,
    rider,
    shift,
)
from tests.factories.volunteering import make_activity, make_member, make_role, make_shift, make_sign_up


async def sign_up(client, role_id: str, status: int = 201):
    return await ok(await client.post(SIGN_UPS, json={"id": str(uuid4()), "role_id": role_id}), status)


def roles_of(found) -> list[str]:
    return [role["id"] for each in found["shifts"] for role in each["roles"]]


async def test_who_waits_is_offered_a_place_in_the_order_of_coming(session, runtime, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    people = [await rider(session, f"骑手{n}") for n in range(4)]
    await session.commit()
    found = await publish(client_for(world.coordinator), activity(world.team, shift(places=1)))
    [role_id], clients = roles_of(found), [client_for(each) for each in people]
    first, second, third, _ = [await sign_up(client, role_id) for client in clients]
    assert (first["state"], second["state"], third["state"]) == ("booked", "waiting", "waiting")
    same = await clients[0].post(SIGN_UPS, json={"id": first["id"], "role_id": role_id})
    assert same.json() == first
    again = await clients[0].post(SIGN_UPS, json={"id": str(uuid4()), "role_id": role_id})
    assert again.json()["code"] == "activity.already_signed_up"
    detail = await ok(await clients[0].get(f"{ACTIVITIES}/{found['id']}"))
    assert (detail["shifts"][0]["roles"][0]["free"], detail["shifts"][0]["roles"][0]["waiting"]) == (0, 3)

    # One withdraws: the next has twelve hours to confirm, and is not asked twice.
    await ok(await clients[0].post(f"{SIGN_UPS}/{first['id']}/withdraw"))
    await ok(await clients[0].post(f"{SIGN_UPS}/{first['id']}/withdraw"))
    await react(runtime, NOW)
    assert await heard(session, people[1].account_id) == ["activity.offered"]
    assert await heard(session, people[2].account_id) == []
    early = await clients[2].post(f"{SIGN_UPS}/{third['id']}/confirm")
    assert early.json()["code"] == "activity.illegal_move"

    # They do not; the offer goes to the third by the clock, who confirms.
    clock.at = NOW + timedelta(hours=12)
    late = await clients[1].post(f"{SIGN_UPS}/{second['id']}/confirm")
    assert (late.status_code, late.json()["code"]) == (409, "activity.offer_over")
    assert await activities.tend_waiting(session, now=clock.at) == 2
    assert await activities.tend_waiting(session, now=clock.at) == 0
    await session.commit()
    await react(runtime, clock.at)
    assert await heard(session, people[1].account_id) == ["activity.offered", "activity.lapsed"]
    confirmed = await ok(await clients[2].post(f"{SIGN_UPS}/{third['id']}/confirm"))
    assert (confirmed["state"], confirmed["offer_ends_at"]) == ("booked", None)
    assert await heard(session, people[2].account_id) == ["activity.offered"]

    # The organiser sees names in the order of coming; the last one's wait ends when the shift begins.
    rows = (
        await ok(
            await client_for(world.coordinator).get(f"{ACTIVITIES}/shifts/{confirmed['shift_id']}/sign-ups")
        )
    )["items"]
    assert [(row["display_name"], row["state"]) for row in rows] == [
        ("骑手0", "withdrawn"), ("骑手1", "lapsed"), ("骑手2", "booked"), ("骑手3", "waiting")
    ]  # fmt: skip
    clock.at = NOW + timedelta(days=2)
    assert await activities.tend_waiting(session, now=clock.at) == 1
    assert (await clients[0].post(SIGN_UPS, json={"id": str(uuid4()), "role_id": role_id})).json()[
        "code"
    ] == ("activity.closed")


async def test_one_place_at_a_time_and_not_too_many_a_week(session, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    volunteer = await rider(session)
    await session.commit()
    runs, comes = client_for(world.coordinator), client_for(volunteer)
    policy = {"version": 0, "needs_approval": False, "most_shifts_a_week": 2}
    await ok(
        await client_for(world.officer).put(f"{ACTIVITIES}/policies/{world.team.area_code}", json=policy)
    )
    day = NOW + timedelta(days=1)
    first = await publish(runs, activity(world.team, shift(day)))
    [same_time] = roles_of(
        await publish(runs, activity(world.team, shift(day + timedelta(minutes=119)), title="重叠"))
    )
    [after] = roles_of(
        await publish(runs, activity(world.team, shift(day + timedelta(hours=2)), title="接着"))
    )
    [sunday] = roles_of(
        await publish(runs, activity(world.team, shift(day + timedelta(days=5)), title="周日"))
    )
    [monday] = roles_of(
        await publish(runs, activity(world.team, shift(day + timedelta(days=6)), title="周一"))
    )

    mine = await sign_up(comes, roles_of(first)[0])
    assert (await sign_up(comes, same_time, 409))["code"] == "activity.overlapping"
    assert (await sign_up(comes, after))["state"] == "booked"
    refused = await sign_up(comes, sunday, 409)
    assert (refused["code"], refused["most"]) == ("activity.too_many_in_week", 2)
    assert (await sign_up(comes, monday))["state"] == "booked"
    await ok(await comes.post(f"{SIGN_UPS}/{mine['id']}/withdraw"))
    assert (await sign_up(comes, sunday))["state"] == "booked"
    listed = await ok(await comes.get(f"{SIGN_UPS}/mine?limit=2"))
    rest = await ok(await comes.get(f"{SIGN_UPS}/mine", params={"cursor": listed["next_cursor"]}))
    assert len({each["id"] for each in [*listed["items"], *rest["items"]]}) == 4


async def test_a_role_asks_for_age_and_certificate_and_the_organiser_decides(
    session, runtime, client_for, clock
):
    clock.at = NOW
    world = await make_world(session)
    minor = await rider(session, age_band=AgeBand.FROM_14_TO_17)
    unsaid, child = await rider(session, age_band=None), await rider(session, age_band=AgeBand.UNDER_14)
    adult = await rider(session)
    member = await make_member(session, world.team, adult.account_id)
    await session.commit()
    runs = client_for(world.coordinator)
    described = activity(
        world.team,
        shift(places=1, adults_only=True, qualification="health_certificate"),
        shift(NOW + timedelta(days=3), places=1),
        mode="approval",
    )
    strict, easy = roles_of(await publish(runs, described))
    for person, needs in (
        (minor, "adult"),
        (unsaid, "adult"),
        (child, "age_14"),
        (adult, "health_certificate"),
    ):
        refused = await sign_up(client_for(person), strict, 403)
        assert (refused["code"], refused["needs"]) == ("activity.unfit", needs)
    shown = {"member_id": str(member.id), "name": "health_certificate", "valid_to": "2026-11-25"}
    assert (await client_for(adult).put(f"{ACTIVITIES}/qualifications", json=shown)).status_code == 404
    assert (await runs.put(f"{ACTIVITIES}/qualifications", json=shown)).status_code == 204
    asked = await sign_up(client_for(adult), strict)
    assert asked["state"] == "asked"
    young = await sign_up(client_for(minor), easy)
    other = await sign_up(client_for(unsaid), easy)

    decided = {"accepts": True}
    assert (await ok(await runs.post(f"{SIGN_UPS}/{asked['id']}/decide", json=decided)))["state"] == "booked"
    assert (await ok(await runs.post(f"{SIGN_UPS}/{young['id']}/decide", json=decided)))["state"] == "booked"
    assert (await ok(await runs.post(f"{SIGN_UPS}/{other['id']}/decide", json=decided)))["state"] == "waiting"
    twice = await runs.post(f"{SIGN_UPS}/{asked['id']}/decide", json={"accepts": False})
    assert twice.json()["code"] == "activity.illegal_move"
    await react(runtime, NOW)
    assert await heard(session, unsaid.account_id) == ["activity.waiting"]


async def test_too_late_to_withdraw_somebody_covers(session, runtime, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    booked, mate, stranger = [await rider(session, f"骑手{n}") for n in range(3)]
    for person in (booked, mate):
        await make_member(session, world.team, person.account_id)
    await session.commit()
    starts = NOW + timedelta(hours=26)
    found = await publish(client_for(world.coordinator), activity(world.team, shift(starts, places=1)))
    mine = await sign_up(client_for(booked), roles_of(found)[0])
    path = f"{SIGN_UPS}/{mine['id']}"

    # Within a day it is remembered once.
    assert await activities.remind(session, now=NOW) == 0
    clock.at = starts - timedelta(hours=24)
    assert [await activities.remind(session, now=clock.at) for _ in range(2)] == [1, 0]
    clock.at = starts - timedelta(hours=2)
    late = await client_for(booked).post(f"{path}/withdraw")
    assert (late.status_code, late.json()["code"]) == (409, "activity.withdraw_too_late")
    unasked = await client_for(mate).post(f"{path}/cover", json={"id": str(uuid4())})
    assert unasked.json()["code"] == "activity.no_cover_asked"
    for _ in range(2):
        await ok(await client_for(booked).post(f"{path}/ask-cover"))
    await session.commit()
    await react(runtime, clock.at)
    assert await heard(session, mate.account_id) == ["activity.cover_asked"]
    assert await heard(session, stranger.account_id) == []
    seen = await ok(await client_for().get(f"{ACTIVITIES}/{found['id']}"))
    assert [each["sign_up_id"] for each in seen["shifts"][0]["covers"]] == [mine["id"]]
    takes = {"id": str(uuid4())}
    taken = await ok(await client_for(mate).post(f"{path}/cover", json=takes), 201)
    assert await ok(await client_for(mate).post(f"{path}/cover", json=takes), 201) == taken
    other = await make_sign_up(
        session,
        await make_role(
            session,
            await make_shift(session, await make_activity(session, world.team), starts + timedelta(days=1)),
        ),
    )
    await session.commit()
    reused = await client_for(mate).post(f"{SIGN_UPS}/{other.id}/cover", json=takes)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    gone = await client_for(stranger).post(f"{path}/cover", json={"id": str(uuid4())})
    assert gone.json()["code"] == "activity.no_cover_asked"
    await react(runtime, clock.at)
    assert await heard(session, booked.account_id) == ["activity.soon", "activity.covered"]
    assert (await ok(await client_for().get(f"{ACTIVITIES}/{found['id']}")))["shifts"][0]["roles"][0][
        "free"
    ] == 0


async def test_who_did_not_come_is_told_by_whom_and_objects(session, runtime, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    absent, other = await rider(session, "骑手甲"), await rider(session, "骑手乙")
    await session.commit()
    runs, desk, theirs = client_for(world.coordinator), client_for(world.clerk), client_for(absent)
    found = await publish(runs, activity(world.team, shift()))
    [role_id] = roles_of(found)
    mine, second = await sign_up(theirs, role_id), await sign_up(client_for(other), role_id)
    path = f"{SIGN_UPS}/{mine['id']}"
    assert (await runs.post(f"{path}/no-show", json={})).json()["code"] == "activity.not_over"
    clock.at = NOW + timedelta(days=2, hours=3)
    early = await theirs.post(f"{path}/objection", json={"text": "我到了"})
    assert early.status_code == 404
    await ok(await runs.post(f"{path}/no-show", json={"note": "点名未到"}))
    await react(runtime, clock.at)
    assert await heard(session, absent.account_id) == ["activity.no_show"]
    assert (await ok(await theirs.get(f"{path}/no-show")))["marked_by"] == "周队长"
    assert (await desk.post(f"{path}/answer", json={"strikes": True, "text": "x"})).status_code == 404
    marked = await theirs.post(f"{path}/feedback", json={"score": 1})
    assert marked.json()["code"] == "activity.illegal_move"

    objected = await ok(await theirs.post(f"{path}/objection", json={"text": "我在后门"}))
    assert objected["objection"] == "我在后门"
    seen = (await ok(await desk.get(f"{ACTIVITIES}/shifts/{found['shifts'][0]['id']}/sign-ups")))["items"]
    assert {each["sign_up_id"]: each["absence"] for each in seen} == {
        mine["id"]: objected,
        second["id"]: None,
    }
    again = await theirs.post(f"{path}/objection", json={"text": "真的"})
    assert again.json()["code"] == "activity.objection_too_late"
    answered = await ok(await desk.post(f"{path}/answer", json={"strikes": True, "text": "监控可见"}))
    assert answered["is_struck"] is True
    twice = await desk.post(f"{path}/answer", json={"strikes": False, "text": "x"})
    assert twice.json()["code"] == "activity.illegal_move"
    assert (await runs.post(f"{path}/no-show", json={})).status_code == 409
    await react(runtime, clock.at)
    assert await heard(session, absent.account_id) == ["activity.no_show", "activity.absence_struck"]
    assert await heard(session, world.clerk.account_id) == ["activity.objection"]
    assert (await session.get_one(SignUp, objected["sign_up_id"], populate_existing=True)).state == "booked"

    # Who was seen there cannot have stayed away.
    there = Attendance(
        sign_up_id=UUID(second["id"]), shift_id=UUID(second["shift_id"]), account_id=other.account_id,
        in_id=uuid4(), in_at=clock.at, in_received_at=clock.at, in_offline=False, is_doubtful=False,
        in_provenance=Provenance.CODE, in_grade=EvidenceGrade.B,
    )  # fmt: skip
    session.add(there)
    await session.commit()
    seen = await desk.post(f"{SIGN_UPS}/{second['id']}/no-show", json={})
    assert (seen.status_code, seen.json()["code"]) == (409, "activity.illegal_move")
    await session.delete(there)
    await session.commit()

    # Who marked does not decide; and what one thought is said once.
    await ok(await desk.post(f"{SIGN_UPS}/{second['id']}/no-show", json={}))
    await ok(await client_for(other).post(f"{SIGN_UPS}/{second['id']}/objection", json={"text": "我到了"}))
    own = await desk.post(f"{SIGN_UPS}/{second['id']}/answer", json={"strikes": False, "text": "x"})
    assert own.json()["code"] == "activity.another_person"
    assert len((await session.scalars(select(NoShow))).all()) == 2
    said = {"score": 5, "text": "很好"}
    for status, body in ((204, said), (204, said), (409, said | {"score": 4})):
        assert (await theirs.post(f"{path}/feedback", json=body)).status_code == status
