"""Is it this one? Candidates near by, and following instead of reporting again."""

import random
from datetime import timedelta

import pytest
from geopy.distance import geodesic
from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.geo import Point
from app.models import OutboxEvent, Outcome, ReportState
from app.services.reports.cells import cell_of, cells_around
from tests.factories.accounts import make_account
from tests.factories.reports import make_case_photo, make_category, make_report
from tests.factories.stations import SUZHOU

METRE = 1 / 111_000


@pytest.fixture
async def rider(session, client_for):
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id))


async def ask(rider, **given):
    query = {
        "lat": SUZHOU.lat,
        "lon": SUZHOU.lon,
        "coord_type": "wgs84",
        "category_id": "road_damage",
        **given,
    }
    response = await rider.get("/v1/reports/nearby", params=query)
    assert response.status_code == 200, response.text
    return response.json()["candidates"]


def north(metres):
    return Point(SUZHOU.lat + metres * METRE, SUZHOU.lon)


async def test_what_is_near_and_alike_is_offered_the_nearest_first(rider, session):
    await make_category(session, "kerb", group="road_damage")
    far = await make_report(session, at=north(45), category_id="kerb")
    near = await make_report(session, at=north(10))
    await make_report(session, at=north(55))
    await make_report(session, at=north(5), category_id="other")
    await session.commit()

    found = await ask(rider)

    assert [each["id"] for each in found] == [str(near.id), str(far.id)]
    assert abs(found[0]["distance_m"] - 10) < 0.5
    assert found[0]["followers"] == 1
    assert len(await ask(rider, category_id="unknown")) == 3


async def test_only_open_ones_and_those_closed_lately(rider, session):
    now = utc_now()
    closed = {"state": ReportState.CLOSED, "outcome": Outcome.FIXED}
    fresh = await make_report(session, **closed, closed_at=now - timedelta(days=29))
    await make_report(session, **closed, closed_at=now - timedelta(days=31))
    await make_report(session, state=ReportState.REJECTED)
    await make_report(session, state=ReportState.WITHDRAWN)
    await session.commit()

    assert [each["id"] for each in await ask(rider)] == [str(fresh.id)]


async def test_nothing_confidential_is_ever_offered(rider, session):
    await make_category(session, "wages", is_confidential=True)
    await make_report(session, category_id="wages", is_confidential=True)
    await make_report(session, is_confidential=True)
    await session.commit()

    for category_id in ("wages", "road_damage", "unknown"):
        assert await ask(rider, category_id=category_id) == []


async def test_numbers_of_people_are_covered_and_an_unapproved_photo_is_not_shown(rider, session):
    account = await make_account(session)
    text = "坑边李师傅 138 1234 5678,身份证 620902199001011234"
    report = await make_report(session, reporter_id=account.id, description=text)
    photo = await make_case_photo(session, report, account.id)
    await session.commit()

    (hidden,) = await ask(rider)
    photo.approved_at, photo.approved_by = utc_now(), account.id
    await session.commit()
    (shown,) = await ask(rider)

    assert hidden["description"] == "坑边李师傅 ***,身份证 ***"
    assert (hidden["thumb"], hidden["large"]) == (None, None)
    assert shown["large"].startswith(f"/v1/photos/{photo.id}/large")
    assert report.description == text


async def test_the_same_hazard_is_followed_once_and_heard_of(rider, session):
    report = await make_report(session)
    await session.commit()

    for _ in range(2):
        response = await rider.post(f"/v1/reports/{report.id}/follow")
        assert response.json() == {"followers": 2}

    own = (await rider.get(f"/v1/reports/mine/{report.id}")).json()
    assert (own["is_reporter"], own["followers"]) == (False, 2)
    followed = select(func.count()).where(OutboxEvent.name == "report.followed")
    assert await session.scalar(followed) == 1
    assert (await rider.delete(f"/v1/reports/{report.id}/follow")).status_code == 204
    assert (await rider.delete(f"/v1/reports/{report.id}/follow")).status_code == 204
    assert (await rider.get(f"/v1/reports/mine/{report.id}")).status_code == 404


async def test_a_follower_reads_no_numbers_of_people(rider, session):
    report = await make_report(session, description="找 13812345678")
    await session.commit()
    await rider.post(f"/v1/reports/{report.id}/follow")

    own = (await rider.get(f"/v1/reports/mine/{report.id}")).json()
    listed = (await rider.get("/v1/reports/mine")).json()["items"]

    assert own["report"]["description"] == listed[0]["report"]["description"] == "找 ***"


async def test_what_others_may_not_see_cannot_be_followed(rider, session):
    secret = await make_report(session, is_confidential=True)
    over = await make_report(session, state=ReportState.REJECTED)
    await session.commit()

    for report in (secret, over):
        assert (await rider.post(f"/v1/reports/{report.id}/follow")).status_code == 404


async def test_who_follows_reads_none_of_the_reporters_own_words(rider, session, client_for):
    account = await make_account(session)
    report = await make_report(session, reporter_id=account.id)
    await session.commit()
    await rider.post(f"/v1/reports/{report.id}/follow")
    sender = client_for(Actor(account.id))
    path = f"/v1/reports/mine/{report.id}"
    assert (await rider.get(path)).json()["possible"] == []
    assert (await sender.get(path)).json()["possible"] == ["withdraw"]

    await sender.post(f"{path}/withdraw", json={"reason": "我是老张,走错路了"})

    assert [step["reason"] for step in (await rider.get(path)).json()["steps"]] == ["", ""]
    assert [step["reason"] for step in (await sender.get(path)).json()["steps"]] == ["", "我是老张,走错路了"]


async def test_ones_own_report_stays_ones_own(session, client_for):
    account = await make_account(session)
    report = await make_report(session, reporter_id=account.id)
    await session.commit()
    client = client_for(Actor(account.id))

    await client.post(f"/v1/reports/{report.id}/follow")
    response = await client.delete(f"/v1/reports/{report.id}/follow")

    assert (response.status_code, response.json()["code"]) == (409, "report.not_to_follow")
    assert (await client.get(f"/v1/reports/mine/{report.id}")).json()["is_reporter"] is True


def test_few_cells_hold_everything_within_fifty_metres():
    dice, looked_in = random.Random(7), []
    for _ in range(300):
        here = Point(dice.uniform(18, 53), dice.uniform(74, 134))
        cells = cells_around(here, 50)
        looked_in.append(len(cells))
        for _ in range(20):
            way, far = dice.uniform(0, 360), dice.uniform(0, 50)
            there = geodesic(meters=far).destination((here.lat, here.lon), way)
            assert cell_of(Point(there.latitude, there.longitude)) in cells
    assert sum(looked_in) / len(looked_in) < 12  # of nineteen
