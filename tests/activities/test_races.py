"""At the same moment: as many as there are places, in the order of coming; no turn is lost in a crash."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import utc_now
from app.main import create_app
from app.models import ActivityShift, OutboxEvent, ShiftRole, SignUp, SignUpState
from app.services import activities
from app.services.activities import queries
from tests.activities.world import ACTIVITIES, SIGN_UPS, activity, make_world, publish, rider, shift
from tests.clients import ClientFor, TestClock
from tests.factories.volunteering import make_activity, make_role, make_shift, make_sign_up
from tests.realtime.waiting import until, until_one_waits


@pytest.fixture
async def own_client_for(own_runtime):
    made = ClientFor(create_app(own_runtime), TestClock())
    yield made
    await made.close()


async def states(own_runtime, role_id) -> list[tuple[int, str]]:
    async with own_runtime.db.reading() as session:
        query = select(SignUp).where(SignUp.role_id == role_id).order_by(SignUp.line_no)
        rows = (await session.scalars(query)).all()
        role = await session.get_one(ShiftRole, role_id)
        held = sum(row.state in {SignUpState.BOOKED, SignUpState.OFFERED} for row in rows)
        assert role.taken == held <= role.places
        return [(row.line_no, row.state.value) for row in rows]


async def test_fifty_want_the_last_place(own_runtime, own_client_for):
    async with own_runtime.db.writing() as session:
        role = await make_role(
            session, await make_shift(session, await make_activity(session), utc_now() + timedelta(days=2))
        )
        booked = await make_sign_up(session, role, (await rider(session)).account_id)
        people = [await rider(session) for _ in range(50)]
        holder = booked.account_id
    answers = await asyncio.gather(
        *(
            own_client_for(person).post(SIGN_UPS, json={"id": str(uuid4()), "role_id": str(role.id)})
            for person in people
        )
    )

    assert [answer.status_code for answer in answers] == [201] * 50
    found = await states(own_runtime, role.id)
    assert [line for line, _ in found] == list(range(1, 52))
    assert [state for _, state in found] == ["booked"] * 2 + ["waiting"] * 49
    mine = {answer.json()["id"]: answer.json() for answer in answers}
    assert [each["state"] for each in mine.values()].count("booked") == 1

    # A crash between a withdrawal and its answer undoes both; the job's work is done once by two workers.
    async def crash() -> None:
        async with own_runtime.db.writing() as session:
            row = await session.get_one(SignUp, booked.id)
            await activities.withdraw(session, row.id, by=Actor(holder), now=utc_now())
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await crash()
    assert await states(own_runtime, role.id) == found
    async with own_runtime.db.writing() as session:
        row = await session.get_one(SignUp, booked.id)
        row.state = SignUpState.WITHDRAWN  # as if a process had died before it went on
        (await session.get_one(ShiftRole, role.id)).taken -= 1

    async def tend() -> int:
        async with own_runtime.db.writing() as session:
            return await activities.tend_waiting(session, now=utc_now())

    assert sorted(await asyncio.gather(tend(), tend())) == [0, 1]
    found = await states(own_runtime, role.id)
    assert [state for _, state in found[:4]] == ["withdrawn", "booked", "offered", "waiting"]


async def test_a_rush_for_one_place_leaves_others_their_connections(own_runtime, own_client_for):
    async with own_runtime.db.writing() as session:
        shift_ = await make_shift(session, await make_activity(session), utc_now() + timedelta(days=2))
        role = await make_role(session, shift_, places=1)
        people = [await rider(session) for _ in range(25)]
    anybody = own_client_for()
    assert (await anybody.get(ACTIVITIES)).status_code == 200
    async with own_runtime.db.writing() as session:
        await queries.lock_role(session, role.id)
        rush = [
            asyncio.ensure_future(
                own_client_for(each).post(SIGN_UPS, json={"id": str(uuid4()), "role_id": str(role.id)})
            )
            for each in people
        ]
        await until(lambda: len(own_runtime.turns) == 1)
        await until_one_waits(own_runtime.db)
        assert (await anybody.get(ACTIVITIES)).status_code == 200
    answers = await asyncio.gather(*rush)
    assert sorted(each.json()["state"] for each in answers) == ["booked"] + ["waiting"] * 24
    # Nothing is remembered of a queue that is over.
    assert len(own_runtime.turns) == 0


async def test_one_person_two_phones_two_shifts_at_the_same_time(own_runtime, own_client_for):
    async with own_runtime.db.writing() as session:
        activity = await make_activity(session)
        starts = utc_now() + timedelta(days=2)
        roles = [await make_role(session, await make_shift(session, activity, starts)) for _ in range(4)]
        person = await rider(session)
    answers = await asyncio.gather(
        *(
            own_client_for(person).post(SIGN_UPS, json={"id": str(uuid4()), "role_id": str(role.id)})
            for role in roles
        )
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_two_take_the_same_cover(own_runtime, own_client_for):
    async with own_runtime.db.writing() as session:
        shift = await make_shift(session, await make_activity(session), utc_now() + timedelta(days=2))
        role = await make_role(session, shift, places=1)
        asked = await make_sign_up(session, role, cover_asked_at=utc_now())
        people = [await rider(session) for _ in range(6)]
    answers = await asyncio.gather(
        *(
            own_client_for(person).post(f"{SIGN_UPS}/{asked.id}/cover", json={"id": str(uuid4())})
            for person in people
        )
    )

    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    assert [state for _, state in await states(own_runtime, role.id)] == ["covered", "booked"]


async def test_people_sign_up_while_it_is_changed_and_called_off(own_runtime, own_client_for):
    async with own_runtime.db.writing() as session:
        world = await make_world(session)
        people = [await rider(session) for _ in range(24)]
    starts = utc_now() + timedelta(days=2)
    runs = own_client_for(world.coordinator)
    found = await publish(runs, activity(world.team, shift(starts, places=5)))
    path, [one] = f"{ACTIVITIES}/{found['id']}", found["shifts"]
    role = {"id": one["roles"][0]["id"], "name": "志愿者", "places": 8}
    wanted = {
        "version": found["version"],
        "reason": "多来几位",
        "title": found["title"],
        "place": {"kind": "area"},
        "shifts": [{**shift(starts, hours=3), "id": one["id"], "roles": [role]}],
    }

    async def at_once(request, group):
        """Have a request come in the midst of people who sign up, and return all states and codes."""
        signs = [
            own_client_for(each).post(SIGN_UPS, json={"id": str(uuid4()), "role_id": role["id"]})
            for each in group
        ]
        answers = await asyncio.gather(*signs[:6], request, *signs[6:])
        return [answer.status_code for answer in answers]

    assert sorted(await at_once(runs.post(f"{path}/change", json=wanted), people[:12])) == [200, *[201] * 12]
    held = [state for _, state in await states(own_runtime, UUID(role["id"]))]
    assert sorted(held[:8]) == sorted(["booked"] * held.count("booked") + ["offered"] * held.count("offered"))
    assert held[8:] == ["waiting"] * 4
    now_is = {"version": found["version"] + 1, "reason": "大风"}
    codes = await at_once(runs.post(f"{path}/cancel", json=now_is), people[12:])
    assert (codes[6], set(codes[:6] + codes[7:]) <= {201, 409}) == (200, True)
    # Nobody is left behind with a place in what does not take place.
    assert {state for _, state in await states(own_runtime, UUID(role["id"]))} == {"cancelled"}


async def test_a_shift_called_off_twice_at_once_is_told_once(own_runtime, own_client_for):
    async with own_runtime.db.writing() as session:
        world = await make_world(session)
    runs = own_client_for(world.coordinator)
    found = await publish(runs, activity(world.team, shift(utc_now() + timedelta(days=2))))
    activity_id, shift_id = UUID(found["id"]), UUID(found["shifts"][0]["id"])
    whole = {"reason": "大雪", "version": found["version"]}

    async with own_runtime.db.writing() as session:
        given = {"reason": "大风", "by": world.coordinator, "now": utc_now()}
        await activities.cancel_shift(session, shift_id, **given)
        await session.flush()
        waits = asyncio.create_task(runs.post(f"{ACTIVITIES}/{activity_id}/cancel", json=whole))
        await until_one_waits(own_runtime.db)
    assert (await waits).status_code == 200

    async with own_runtime.db.reading() as session:
        told = select(OutboxEvent).where(OutboxEvent.name == "activity.shift_cancelled")
        assert len((await session.scalars(told)).all()) == 1
        assert (await session.get_one(ActivityShift, shift_id)).cancel_reason == "大风"


async def test_a_line_that_moves_on_while_accounts_merge_loses_no_place(own_runtime):
    now = utc_now()
    async with own_runtime.db.writing() as session:
        role = await make_role(
            session,
            await make_shift(session, await make_activity(session), now + timedelta(days=2)),
            places=1,
        )
        survivor, absorbed = await rider(session), await rider(session)
        await make_sign_up(session, role, survivor.account_id, state=SignUpState.WAITING)
        doubled = await make_sign_up(session, role, absorbed.account_id, state=SignUpState.WAITING)

    async def merge():
        async with own_runtime.db.writing() as session:
            await activities.end_doubled(session, absorbed.account_id, survivor.account_id, now=now)

    async with own_runtime.db.writing() as session:
        held = await queries.lock_role(session, role.id)
        row = await session.get_one(SignUp, doubled.id)
        held.taken, row.state, row.offer_ends_at = 1, SignUpState.OFFERED, now + timedelta(hours=1)
        await session.flush()
        waits = asyncio.create_task(merge())
        await until_one_waits(own_runtime.db)
    await waits

    assert [state for _, state in await states(own_runtime, role.id)] == ["waiting", "withdrawn"]


async def test_what_one_thought_is_kept_once_when_the_tap_comes_twice_at_once(own_runtime, own_client_for):
    async with own_runtime.db.writing() as session:
        over = await make_shift(session, await make_activity(session), utc_now() - timedelta(days=2))
        role = await make_role(session, over)
        person = await rider(session)
        row = await make_sign_up(session, role, person.account_id)
    path, said = f"{SIGN_UPS}/{row.id}/feedback", {"score": 5, "text": "很好"}

    answers = await asyncio.gather(*(own_client_for(person).post(path, json=said) for _ in range(4)))

    assert [each.status_code for each in answers] == [204] * 4, [each.text for each in answers]
