"""The counter: taps from two phones both count, a headcount is a beginning at its own instant."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.models import OccupancyQuarter, Station
from app.runtime import Runtime
from app.services.checkins import upkeep
from tests.checkins.conftest import NOON, World
from tests.clients import ClientFor
from tests.factories.accounts import make_account
from tests.factories.checkins import make_visit
from tests.factories.stations import make_station

MINUTE = timedelta(minutes=1)


def ago(minutes: float) -> str:
    return (NOON - minutes * MINUTE).isoformat()


async def see(world: World, client: AsyncClient | None = None) -> dict:
    return (await (client or world.manager).get(f"/v1/stations/{world.station.id}/occupancy")).json()


async def test_nobody_yet_is_unknown_not_empty(world: World):
    counter = await see(world)

    assert (counter["inside"], counter["level"], counter["headcount_by"]) == (0, "unknown", None)


async def test_taps_count_once_each(world: World):
    tap = {"id": str(uuid4())}
    await world.correct("delta", 1, **tap)
    again = await world.correct("delta", 1, **tap)
    await world.correct("delta", 3)
    response = await world.correct("delta", -1)

    assert again.json()["inside"] == 1
    assert (response.json()["inside"], response.json()["taps_since_headcount"]) == (3, 3)


async def test_never_shown_below_zero_and_may_exceed_the_seats(world: World):
    assert (await world.correct("delta", -5)).json()["inside"] == 0
    full = (await world.correct("headcount", 20)).json()
    assert (full["inside"], full["seats"], full["level"]) == (20, 12, "full")


async def test_seats_lowered_below_occupancy_is_full_and_throws_nobody_out(
    world: World, client: AsyncClient, runtime: Runtime
):
    visit = (await world.tap()).json()
    await world.correct("headcount", 6)
    page = f"/v1/stations/{world.station.id}?coord_type=wgs84"
    known = (await client.get(page)).json()
    fewer = await world.manager.patch(page, json={"version": known["version"], "seats": 4})
    assert (known["seats"], fewer.status_code, fewer.json()["seats"]) == (12, 200, 4)

    counter = await see(world)
    assert (counter["level"], counter["inside"], counter["open_visits"]) == ("full", 6, 1)
    mine = (await world.rider.get("/v1/checkins/mine")).json()["items"]
    assert (mine[0]["id"], mine[0]["ended_at"]) == (visit["id"], None)
    board = runtime.realtime.board
    board._clock = world.clock
    await board.load()
    where = f"lat={world.station.lat}&lon={world.station.lon}&coord_type=wgs84"
    (row,) = (await client.get(f"/v1/stations/nearby?{where}")).json()["stations"]
    assert (row["occupancy"]["level"], row["occupancy"]["free_seats"]) == ("full", 0)


async def test_a_headcount_says_who_and_when(world: World):
    await world.tap()
    counter = (await world.correct("headcount", 7, captured_at=ago(2))).json()

    assert (counter["inside"], counter["headcount_by"], counter["headcount_at"]) == (
        7 + 1, "王站长", "2026-11-20T03:58:00Z",
    )  # fmt: skip
    # The rider tapped two minutes after the heads were counted, so they come on top.


async def test_taps_made_after_a_headcount_count_on_top_whatever_arrives_first(world: World):
    await world.correct("delta", 2, captured_at=ago(5))
    await world.correct("delta", 4, captured_at=ago(15))
    counter = (await world.correct("headcount", 10, captured_at=ago(10))).json()
    assert counter["inside"] == 12

    older = (await world.correct("headcount", 3, captured_at=ago(20))).json()
    assert older["inside"] == 12
    before = (await world.correct("delta", -1, captured_at=ago(11))).json()
    assert before["inside"] == 12


async def test_a_visit_that_arrives_after_the_headcount_but_began_before_was_counted(world: World):
    await world.correct("headcount", 5, captured_at=ago(10))

    await world.tap(captured_at=ago(30), captured_offline=True)

    counter = await see(world)
    assert (counter["inside"], counter["open_visits"]) == (5, 1)


async def test_a_check_out_that_arrives_after_the_headcount_but_happened_before_was_counted(world: World):
    visit = (await world.tap(captured_at=ago(40))).json()
    await world.correct("headcount", 5, captured_at=ago(10))

    await world.rider.post(f"/v1/checkins/{visit['id']}/end", json={"captured_at": ago(20)})
    assert await world.inside() == 5


async def test_leaving_after_the_headcount_is_one_less(world: World):
    visit = (await world.tap(captured_at=ago(40))).json()
    await world.correct("headcount", 5, captured_at=ago(10))

    await world.rider.post(f"/v1/checkins/{visit['id']}/end", json={"captured_at": ago(5)})
    assert await world.inside() == 4


async def test_two_managers_offline_taps_all_survive(
    world: World, session: AsyncSession, client_for: ClientFor
):
    other = await make_account(session)
    await session.commit()
    second = client_for(Actor(other.id, (Grant(Role.COMMUNITY_STAFF, (world.station.area_code,)),)))
    url = f"/v1/stations/{world.station.id}/occupancy/corrections/sync"
    taps = [{"id": str(uuid4()), "kind": "delta", "value": 1, "captured_at": ago(n)} for n in range(6)]
    too_old = {"id": str(uuid4()), "kind": "delta", "value": 1, "captured_at": ago(60 * 25)}

    await world.manager.post(url, json={"corrections": taps[:3]})
    answer = (await second.post(url, json={"corrections": [too_old, *taps[3:], *taps[4:]]})).json()
    again = (await second.post(url, json={"corrections": taps[3:]})).json()

    assert [each["code"] for each in answer["outcomes"]] == ["checkin.too_old"] + [None] * 5
    assert again["occupancy"]["inside"] == 6
    assert {each["status"] for each in again["outcomes"]} == {200}
    stolen = (await second.post(url, json={"corrections": taps[:1]})).json()
    assert stolen["outcomes"][0]["code"] == "idempotency_key_reused"


async def test_an_id_with_another_value_or_of_another_station_is_refused(
    world: World, session: AsyncSession, client_for: ClientFor
):
    other = await make_station(session)
    manager = await make_account(session)
    await session.commit()
    elsewhere = client_for(Actor(manager.id, (Grant(Role.STATION_MANAGER, station_id=other.id),)))
    tap = {"id": str(uuid4()), "captured_at": ago(1)}
    await world.correct("delta", 1, **tap)

    assert (await world.correct("delta", 2, **tap)).json()["code"] == "idempotency_key_reused"
    body = {**tap, "kind": "delta", "value": 1}
    response = await elsewhere.post(f"/v1/stations/{other.id}/occupancy/corrections", json=body)
    assert response.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("delta", 101),
        ("delta", -101),
        ("delta", 2**70),
        ("delta", "1"),
        ("headcount", -1),
        ("headcount", 10_001),
        ("x", 1),
    ],
)
async def test_bad_taps_are_refused(world: World, kind: str, value: object):
    assert (await world.correct(kind, value)).status_code == 422


async def test_old_and_future_taps_are_refused(world: World):
    assert (await world.correct("delta", 1, captured_at=ago(25 * 60))).json()["code"] == "checkin.too_old"
    assert (await world.correct("delta", 1, captured_at=ago(-6))).json()["code"] == "checkin.in_the_future"
    assert await world.inside() == 0


async def test_keepers_of_other_places_find_nothing_and_riders_may_not_ask(
    world: World, session: AsyncSession, client_for: ClientFor
):
    account = await make_account(session)
    await session.commit()
    outside = client_for(Actor(account.id, (Grant(Role.COMMUNITY_STAFF, ("620102",)),)))
    url = f"/v1/stations/{world.station.id}/occupancy"
    body = {"id": str(uuid4()), "kind": "delta", "value": 1, "captured_at": ago(0)}

    for client, status in ((outside, 404), (world.rider, 403), (client_for(), 401)):
        assert (await client.get(url)).status_code == status
        assert (await client.get(f"{url}/history")).status_code == status
        assert (await client.post(f"{url}/corrections", json=body)).status_code == status
        taps = await client.post(f"{url}/corrections/sync", json={"corrections": [body]})
        assert taps.status_code == status


async def test_the_counter_reads_no_visitor(world: World):
    await world.tap()

    assert str(world.account_id) not in str(await see(world))


async def test_quarter_hours_page_by_page(world: World, session: AsyncSession):
    quarters = [(NOON - (n + 1) * 15 * MINUTE, n) for n in range(5)] + [(NOON - timedelta(days=2), 9)]
    for at, n in quarters:
        row = {"station_id": world.station.id, "starts_at": at, "occupancy": n, "peak": n + 1}
        session.add(OccupancyQuarter(**row, was_open=True))
    await session.commit()
    url = f"/v1/stations/{world.station.id}/occupancy/history"

    first = (await world.manager.get(url, params={"limit": 3})).json()
    rest = (await world.manager.get(url, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [each["occupancy"] for each in first["items"] + rest["items"]] == [4, 3, 2, 1, 0]
    assert rest["next_cursor"] is None
    older = await world.manager.get(url, params={"since": (NOON - timedelta(days=3)).isoformat()})
    assert len(older.json()["items"]) == 6
    assert (await world.manager.get(url, params={"cursor": "WyJ4Il0"})).json()["code"] == "bad_cursor"


async def test_the_level_of_a_closed_station_is_not_accepting(world: World, session: AsyncSession):
    await make_visit(session, world.station.id, world.account_id)
    world.clock.at = NOON + timedelta(hours=9)

    assert (await see(world))["level"] == "not_accepting"


HOUR = 60 * MINUTE


@pytest.fixture
async def restless(world: World, session: AsyncSession) -> World:
    """The station of the world, that never closes: nothing begins anew there at night."""
    station = await session.get_one(Station, world.station.id)
    station.opening_hours = "24/7"
    await session.commit()
    return world


async def settle(world: World, session: AsyncSession) -> int:
    assert world.clock.at is not None
    settled = await upkeep.settle_below_zero(session, now=world.clock.at)
    await session.commit()
    return settled


async def test_a_stuck_finger_does_not_hide_riders_for_ever(
    restless: World, session: AsyncSession, new_rider
):
    for _ in range(60):
        await restless.correct("delta", -1)
    assert await settle(restless, session) == 0  # what a phone still keeps may make it right
    restless.clock.at = NOON + 25 * HOUR + MINUTE

    assert [await settle(restless, session) for _ in range(2)] == [1, 0]

    for n in range(1, 4):
        await restless.tap(rider=await new_rider())
        assert await restless.inside() == n


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_in_whatever_order_taps_arrive_the_floor_takes_none_of_them(
    restless: World, session: AsyncSession, order: tuple[int, ...]
):
    """Three phones make -2 together; that is nobody, and what was tapped since lies on top."""
    url = f"/v1/stations/{restless.station.id}/occupancy/corrections/sync"
    taps = [(5, 30), (-3, 20), (-4, 10)]
    for step, which in enumerate(order):
        value, minutes = taps[which]
        restless.clock.at = NOON + 11 * step * HOUR
        tap = {"id": str(uuid4()), "kind": "delta", "value": value, "captured_at": ago(minutes)}
        assert (await restless.manager.post(url, json={"corrections": [tap]})).status_code == 200
        assert await settle(restless, session) == 0
    restless.clock.at = NOON + 25 * HOUR
    await restless.correct("delta", 1)

    assert await settle(restless, session) == 1

    assert await restless.inside() == 1


async def test_who_is_counted_twice_out_hides_nobody_once_it_is_settled(
    restless: World, session: AsyncSession, new_rider
):
    """A manager taps -1 for somebody who forgot to check out, and the server ends that visit, too."""
    await restless.tap()
    await restless.correct("delta", -1)
    await upkeep.end_due_visits(session, now=NOON + 5 * HOUR)
    restless.clock.at = NOON + 30 * HOUR
    await restless.tap(rider=await new_rider())
    assert await restless.inside() == 0

    await settle(restless, session)

    assert await restless.inside() == 1


async def test_a_counter_that_was_not_below_zero_is_left_alone(restless: World, session: AsyncSession):
    await restless.correct("headcount", 3)
    await restless.correct("delta", -2)
    await restless.tap()
    restless.clock.at = NOON + 30 * HOUR
    await restless.correct("delta", -2)  # below zero now, by what may still be made right

    assert await settle(restless, session) == 0
