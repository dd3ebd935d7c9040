"""Warnings: once there is reason to, once an emergency, for whoever is near, until it is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.actor import Actor
from app.core.geo import Point
from app.models import HazardWarning, Move, Notification, StepActor, WarningBasis
from app.services import accounts
from app.services.duty import acknowledging, ladder, warnings
from app.services.reports import following, moves, safety
from app.services.reports.scope import Acting
from tests.duty.scene import after, react, tick
from tests.factories.accounts import make_account
from tests.factories.checkins import make_visit
from tests.factories.duty import NIGHT, full_house, make_emergency
from tests.factories.stations import SUZHOU, make_station

METRE = 1 / 111_000  # of latitude, in degrees


def north(metres: float) -> Point:
    return Point(SUZHOU.lat + metres * METRE, SUZHOU.lon)


@pytest.fixture
def db(runtime):
    return runtime.db


@pytest.fixture(autouse=True)
def night(clock):
    clock.at = NIGHT


async def near(client, at: Point = SUZHOU):
    params = {"lat": at.lat, "lon": at.lon, "coord_type": "wgs84"}
    response = await client.get("/v1/warnings/nearby", params=params)
    assert response.status_code == 200, response.text
    return response.json()["warnings"]


async def take_up(db, report, by, now=NIGHT):
    async with db.writing() as session:
        await ladder.begin(session, report.id, since=NIGHT, now=NIGHT)
    async with db.writing() as session:
        await acknowledging.acknowledge(session, report.id, by=by, now=now)
    await react(db, now)


async def consider(db, report, now=NIGHT):
    async with db.writing() as session:
        return await warnings.consider(session, report.id, now=now)


async def test_one_warning_once_somebody_took_it_up_within_300_m(db, session, client, clock):
    first, *_ = await full_house(session)
    report = await make_emergency(session)
    await session.commit()
    assert await consider(db, report) is None
    assert await near(client) == []

    await take_up(db, report, first)

    [shown] = await near(client, north(290))
    assert (shown["category_id"], shown["basis"]) == ("manhole_cover", "confirmed")
    assert (shown["lat"], shown["lon"]) == (round(SUZHOU.lat, 3), round(SUZHOU.lon, 3))
    assert set(shown) == {
        "id", "category_id", "zh", "en", "lat", "lon", "basis", "warned_at", "expires_at",
    }  # fmt: skip
    assert shown["id"] != str(report.id)
    assert await near(client, north(310)) == []
    assert await consider(db, report, after(1)) is None
    clock.at = NIGHT + warnings.LASTS - timedelta(seconds=1)
    assert len(await near(client)) == 1
    clock.at = NIGHT + warnings.LASTS
    assert await near(client) == []
    # It has expired, and there is no second one of the same emergency.
    assert await consider(db, report, clock.at) is None


async def test_two_people_are_reason_enough_one_person_twice_and_a_faked_place_are_not(db, session, client):
    lonely, twice = await make_emergency(session), await make_account(session)
    faked = await make_emergency(session, at=NIGHT, is_trust_low=True)
    await session.commit()
    assert await consider(db, lonely) is await consider(db, faked) is None

    elsewhere = {"lat": SUZHOU.lat + 2000 * METRE, "lon": SUZHOU.lon}
    again = [await make_emergency(session, reporter_id=twice.id, **elsewhere) for _ in range(2)]
    await session.commit()
    assert [await consider(db, each) for each in again] == [None, None]

    second = await make_emergency(session)
    rider = Actor((await make_account(session)).id)
    await session.commit()
    made = await consider(db, second)
    assert made is not None
    assert made.basis is WarningBasis.CORROBORATED
    assert await consider(db, lonely) is None  # it is the same hole
    async with db.writing() as writing:
        await following.follow(writing, again[0].id, by=rider, now=NIGHT)
    await react(db)
    assert len((await session.scalars(select(HazardWarning))).all()) == 2
    assert len(await near(client)) == 1


@pytest.mark.parametrize("over", ["safe", "rejected", "calm"])
async def test_a_warning_ends_with_the_danger(db, session, client, over):
    first, *_ = await full_house(session)
    report = await make_emergency(session)
    clerk = Acting(StepActor.STAFF, (await make_account(session)).id, "夜班文员")
    await session.commit()
    await take_up(db, report, first)
    assert len(await near(client)) == 1

    async with db.writing() as writing:
        found = await writing.get_one(type(report), report.id, populate_existing=True)
        if over == "safe":
            await safety.secure(writing, found, acting=clerk, now=NIGHT, reason="已围挡")
        elif over == "rejected":
            await moves.make(writing, found, Move.REJECT, acting=clerk, now=NIGHT, reason="没有这回事")
        else:
            found.urgency = "urgent"

    assert await near(client) == []


async def test_inboxes_of_a_night_say_what_each_needs_and_nothing_of_the_reporter(db, session):
    first, backup, district = await full_house(session)
    rider = await make_account(session, display_name="上报人王小明")
    report = await make_emergency(session, reporter_id=rider.id, description="我叫王小明")
    inside, left, far = [await make_account(session) for _ in range(3)]
    close = await make_station(session, at=north(250))
    distant = await make_station(session, at=north(400))
    await make_visit(session, close.id, inside.id, captured_at=NIGHT)
    await make_visit(session, close.id, left.id, captured_at=NIGHT, ended_at=NIGHT, end_reason="tap")
    await make_visit(session, distant.id, far.id, captured_at=NIGHT)
    await session.commit()

    async with db.writing() as writing:
        await ladder.begin(writing, report.id, since=NIGHT, now=NIGHT)
    await tick(db, after(5))
    await take_up(db, report, backup, after(6))

    rows = (await session.scalars(select(Notification).order_by(Notification.id))).all()
    told = sorted((row.kind, row.account_id, row.urgency.value) for row in rows)
    assert told == sorted(
        [
            ("duty.called", first.account_id, "emergency"),
            ("duty.called", backup.account_id, "emergency"),
            ("duty.taken", first.account_id, "urgent"),
            ("report.seen_by_duty", rider.id, "urgent"),
            ("hazard.nearby", inside.id, "urgent"),
        ]
    )
    [taken] = [row for row in rows if row.kind == "duty.taken"]
    assert taken.params["name"] == "社区老周"
    assert district.account_id not in {row.account_id for row in rows}
    for row in rows:
        said = f"{row.params} {row.subject_id} {row.event_key} {row.collapse_key}"
        assert str(rider.id) not in said
        assert "王小明" not in said
    await accounts.erase(session, by=backup, now=after(30))
    await session.commit()
    await react(db, after(30))
    await session.refresh(taken)
    assert taken.params == {"number": f"NF{report.number}", "name": accounts.ERASED_NAME}
    [warned] = [row for row in rows if row.kind == "hazard.nearby"]
    assert warned.expires_at == after(6) + warnings.LASTS


async def test_a_rider_without_anybody_on_duty_reads_it_in_the_inbox_too(db, session):
    report = await make_emergency(session)
    await session.commit()

    async with db.writing() as writing:
        await ladder.begin(writing, report.id, since=NIGHT, now=NIGHT)
    await tick(db, after(20))

    assert (await session.scalars(select(Notification.kind))).all() == ["report.nobody_on_duty"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"lat": 39.7, "lon": 98.5},
        {"lat": 98.5, "lon": 39.7, "coord_type": "wgs84"},
        {"lat": 51.5, "lon": -0.1, "coord_type": "wgs84"},
        {"lat": "nan", "lon": 98.5, "coord_type": "wgs84"},
    ],
)
async def test_a_place_that_cannot_be_meant_is_refused(client, params):
    assert (await client.get("/v1/warnings/nearby", params=params)).status_code == 422
