"""Points are spent at stations: kept for a term, fetched by a code, given back; the last one goes to one."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Role
from app.core.errors import AppError
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Notification
from app.models.points import HoldState, PointsHold, PointsOffer
from app.services import points
from app.services.points import holds
from tests.factories.accounts import make_account
from tests.factories.points import COUNTY, make_offer, make_points, make_scheme
from tests.factories.stations import make_staff, make_station
from tests.points.test_books import check_books

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


def umbrella(station, **given) -> dict:
    said = {"kind": "goods", "name": "雨伞", "price": 10, "starts_on": "2026-11-22"}
    return {"id": str(uuid4()), "station_id": str(station.id), "stock": 2, **said, **given}


def wish(offer_id, **given) -> dict:
    return {"id": str(uuid4()), "offer_id": str(offer_id), **given}


async def purse(client) -> tuple[int, int]:
    [mine] = (await client.get("/v1/points/me")).json()["balances"]
    return mine["available"], mine["held"]


async def test_a_thing_is_offered_kept_fetched_and_given_back(session, client_for, clock, runtime):
    await make_scheme(session)
    station = await make_station(session)
    manager = await make_staff(session, Role.STATION_MANAGER, station=station)
    rider = await make_account(session)
    await make_points(session, rider.id, 25)
    await session.commit()
    desk, me = client_for(manager), client_for(Actor(rider.id))

    said = umbrella(station)
    for _ in range(2):
        assert (await desk.post("/v1/points/offers", json=said)).status_code == 201
    offer = f"/v1/points/offers/{said['id']}"
    key = {"Idempotency-Key": str(uuid4())}
    for _ in range(2):
        assert (await desk.post(f"{offer}/stock", json={"more": -1}, headers=key)).json()["stock"] == 1
    assert (await desk.post(f"{offer}/stock", json={"more": -2})).json()["code"] == "points.stock_too_low"
    [listed] = (await me.get("/v1/points/offers", params={"area": COUNTY})).json()["offers"]
    assert (listed["stock"], listed["price"], listed["station_name"]) == (1, 10, station.name)

    wanted = wish(said["id"])
    kept = [(await me.post("/v1/points/holds", json=wanted)).json() for _ in range(2)]
    assert kept[0] == kept[1]
    assert kept[0]["expires_at"] == "2026-11-22T05:00:00Z"
    assert await purse(me) == (15, 10)
    assert (await me.post("/v1/points/holds", json=wish(said["id"]))).json()["code"] == "points.sold_out"
    there = f"/v1/points/stations/{station.id}"
    waiting = (await desk.get(f"{there}/holds")).text
    assert kept[0]["id"] in waiting
    assert kept[0]["code"] not in waiting
    assert rider.display_name not in waiting

    code = {"code": kept[0]["code"]}
    assert (await desk.post(f"{there}/hand-over", json=code, headers=key)).status_code == 422  # another's key
    key = {"Idempotency-Key": str(uuid4())}
    for _ in range(2):
        handed = await desk.post(f"{there}/hand-over", json=code, headers=key)
        assert handed.json()["state"] == "handed_over"
    assert (await desk.post(f"{there}/hand-over", json=code)).json()["code"] == "points.code_unknown"
    assert await purse(me) == (15, 0)

    await check_books(session)


async def test_what_is_not_fetched_goes_back_with_its_points(session, client_for, clock, runtime):
    station = await make_station(session)
    manager = await make_staff(session, Role.STATION_MANAGER, station=station)
    rider = await make_account(session)
    await make_points(session, rider.id, 15)
    offer = await make_offer(session, station, stock=3)
    await session.commit()
    desk, me = client_for(manager), client_for(Actor(rider.id))

    mine = [(await me.post("/v1/points/holds", json=wish(offer.id))).json() for _ in range(2)]
    assert mine[1] == {**mine[1], "code": "points.not_enough", "missing": 5}
    for _ in range(2):
        assert (await me.post(f"/v1/points/holds/{mine[0]['id']}/cancel")).json()["state"] == "cancelled"
    assert await purse(me) == (15, 0)
    refused = (await me.post("/v1/points/holds", json=wish(offer.id))).json()
    why = {"reason": "雨伞坏了"}
    silent = await desk.post(f"/v1/points/holds/{refused['id']}/refuse", json={"reason": " "})
    assert silent.status_code == 422
    assert (await desk.post(f"/v1/points/holds/{refused['id']}/refuse", json=why)).status_code == 200
    again = await desk.post(f"/v1/points/holds/{refused['id']}/refuse", json=why)
    assert again.json()["code"] == "points.hold_over"

    late = (await me.post("/v1/points/holds", json=wish(offer.id))).json()
    clock.at += timedelta(hours=1)
    fetch = f"/v1/points/stations/{station.id}/hand-over"
    over = await desk.post(fetch, json={"code": late["code"]})
    assert over.json()["code"] == "points.hold_over"
    assert await points.lapse(session, now=clock.at - timedelta(seconds=1)) == 0
    assert await points.lapse(session, now=clock.at) == 1
    await session.commit()
    assert await purse(me) == (15, 0)
    own = (await me.get("/v1/points/me/holds")).json()["holds"]
    assert {each["state"] for each in own} == {"lapsed", "refused", "cancelled"}
    assert {each["code"] for each in own} == {None}
    assert next(each["reason"] for each in own if each["state"] == "refused") == "雨伞坏了"
    lines = (await me.get("/v1/points/me/statement")).json()["items"]
    assert [(each["kind"], each["points"], each["about"]) for each in lines[:2]] == [
        ("refund", 10, "雨伞"),
        ("hold", -10, "雨伞"),
    ]
    assert sum(each["points"] for each in lines) == 15
    while await deliver(runtime.db, REACTIONS, now=NOW):
        pass
    heard = (await session.scalars(select(Notification.kind).order_by(Notification.id))).all()
    assert heard == ["points.refused", "points.lapsed"]
    await check_books(session)


async def test_offers_are_their_stations_and_have_their_days(session, client_for):
    station, other = await make_station(session), await make_station(session)
    manager = await make_staff(session, Role.STATION_MANAGER, station=station)
    outsider = await make_staff(session, Role.STATION_MANAGER, station=other)
    rider = await make_account(session)
    await session.commit()
    desk, me = client_for(manager), client_for(Actor(rider.id))
    assert (await desk.post("/v1/points/offers", json=umbrella(station))).json()["code"] == "points.off"
    await make_points(session, rider.id, 100)
    await make_points(session, manager.account_id, 100)
    offer = await make_offer(session, station, stock=5, per_person=1)
    await session.commit()

    assert (await me.post("/v1/points/holds", json=wish(uuid4()))).status_code == 404
    first = (await me.post("/v1/points/holds", json=wish(offer.id))).json()
    assert (await me.post("/v1/points/holds", json=wish(offer.id))).json()["code"] == "points.enough_of_it"
    stolen = wish(offer.id, id=first["id"])
    assert (await desk.post("/v1/points/holds", json=stolen)).json()["code"] == "idempotency_key_reused"
    assert (await desk.post(f"/v1/points/holds/{first['id']}/cancel")).status_code == 404
    elsewhere = f"/v1/points/stations/{other.id}/hand-over"
    code = {"code": first["code"]}
    assert (await client_for(outsider).post(elsewhere, json=code)).json()["code"] == "points.code_unknown"
    own = (await desk.post("/v1/points/holds", json=wish(offer.id))).json()
    mine = await desk.post(f"/v1/points/stations/{station.id}/hand-over", json={"code": own["code"]})
    assert mine.json()["code"] == "points.own_hold"

    said = {
        key: value for key, value in umbrella(station).items() if key not in {"id", "station_id", "stock"}
    }
    ended = {**said, "starts_on": "2026-11-01", "ends_on": "2026-11-21", "version": 1}
    assert (await desk.put(f"/v1/points/offers/{offer.id}", json=ended)).status_code == 200
    assert (await desk.put(f"/v1/points/offers/{offer.id}", json=ended)).json()["code"] == "edit_conflict"
    assert (await me.post("/v1/points/holds", json=wish(offer.id))).json()["code"] == "points.not_offered"
    live = await me.get("/v1/points/offers", params={"station_id": str(station.id)})
    assert live.json() == {"offers": []}
    kept = (await desk.get(f"/v1/points/stations/{station.id}/offers")).json()["offers"]
    assert [(each["stock"], each["ends_on"]) for each in kept] == [(3, "2026-11-21")]
    assert (await me.get("/v1/points/offers")).status_code == 422


@pytest.mark.parametrize(
    "bad", [{"price": 0}, {"stock": -1}, {"ends_on": "2026-11-21"}, {"name": " "}, {"name": "雨\n伞"}],
    ids=["free", "less-than-none", "over-before", "nameless", "two-lines"],
)  # fmt: skip
async def test_offers_that_cannot_be_meant_are_refused(session, client_for, bad):
    await make_scheme(session)
    station = await make_station(session)
    manager = await make_staff(session, Role.STATION_MANAGER, station=station)
    await session.commit()

    answer = await client_for(manager).post("/v1/points/offers", json=umbrella(station, **bad))

    assert answer.status_code == 422


async def test_thirty_two_want_the_last_one_and_one_has_it(own_runtime):
    db = own_runtime.db
    async with db.writing() as session:
        offer = await make_offer(session, await make_station(session))
        riders = [(await make_account(session)).id for _ in range(32)]
        for rider in riders:
            await make_points(session, rider, 10)

    async def want(rider) -> str:
        try:
            async with db.writing() as session:
                await holds.ask(session, uuid4(), offer.id, by=Actor(rider), now=NOW)
        except AppError as error:
            return error.code
        return "kept"

    answers = await asyncio.gather(*map(want, riders))

    assert sorted(answers) == ["kept", *["points.sold_out"] * 31]
    async with db.writing() as session:
        kept = await session.get_one(PointsOffer, offer.id)
        assert (kept.stock, kept.stocked) == (0, 1)
        await check_books(session)

    async def end(step) -> str:
        try:
            async with db.writing() as session:
                await step(session)
        except AppError as error:
            return error.code
        return "done"

    async with db.reading() as session:
        [hold] = await session.scalars(select(PointsHold))
        wallet = await session.get_one(points.books.PointsWallet, hold.wallet_id)
    async with db.writing() as session:
        manager = await make_staff(
            session,
            Role.STATION_MANAGER,
            station=await session.get_one(points.holds.Station, hold.station_id),
        )
    late = hold.expires_at
    # Fetched, given back and lapsed at once, three times each: it ends once.
    ends = [
        lambda session: holds.hand_over(session, hold.station_id, hold.code, by=manager, now=NOW),
        lambda session: holds.cancel(session, hold.id, by=Actor(wallet.account_id), now=NOW),
        lambda session: holds.lapse(session, now=late),
    ]
    await asyncio.gather(*(end(each) for each in ends * 3))
    async with db.writing() as session:
        ended = await session.get_one(PointsHold, hold.id)
        assert ended.state is not HoldState.OPEN
        kept = await session.get_one(PointsOffer, offer.id)
        assert kept.stock == (0 if ended.state is HoldState.HANDED_OVER else 1)
        await check_books(session)
