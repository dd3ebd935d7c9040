"""What is odd about a report is marked for a human; refused only in excess, emergencies never."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.core.actor import Actor
from app.core.clock import utc_now
from app.core.geo import CoordType, Point, to_wgs84
from app.models import PlacedBy, Report, ReportOrigin, Urgency
from app.services.reports import TooManyReports, doubts
from app.services.reports.doubts import Fix, Flag, Seen
from tests.factories.accounts import make_account
from tests.factories.reports import make_category, make_report
from tests.factories.stations import COMMUNITY, SUZHOU, make_area, make_station
from tests.reports.test_api_submit import a_report, rider

__all__ = ["rider"]

NOW = utc_now()
HERE = Point(39.743, 98.508)
FIRE = {"number": "119", "zh": "火警", "en": "Fire"}


def seen(point=HERE, *, ago=timedelta(minutes=5)):
    return Seen(point, NOW - ago, NOW - ago)


def fix(**given):
    return Fix(**{"pin": HERE, "accuracy_m": 10, "device": None, "is_mock": False, **given})


@pytest.mark.parametrize(
    ("given", "earlier", "flags"),
    [
        ({}, [], []),
        ({"is_mock": True}, [], [Flag.MOCK_POSITION]),
        ({"accuracy_m": 1500}, [], [Flag.COARSE_POSITION]),
        ({"accuracy_m": None}, [], []),
        ({"device": Point(39.746, 98.508)}, [], [Flag.DEVICE_FAR]),
        ({"device": Point(39.745, 98.508)}, [], []),
        ({}, [seen(Point(39.9, 98.508))], [Flag.IMPOSSIBLE_SPEED]),
        ({}, [seen(Point(39.9, 98.508), ago=timedelta(hours=1))], []),
        ({}, [seen()] * 2, []),
        ({}, [seen()] * 3, [Flag.SERIES]),
        ({}, [seen(Point(39.75, 98.508), ago=timedelta(minutes=30))] * 20, [Flag.MANY_REPORTS]),
    ],
)
def test_what_is_odd_is_marked(given, earlier, flags):
    assert doubts.flags_of(fix(**given), Seen(HERE, NOW, NOW), earlier) == flags


def test_too_much_at_one_place_or_in_a_day_is_refused():
    here = Seen(HERE, NOW, NOW)
    doubts.check_limits(here, [seen()] * 9)
    with pytest.raises(TooManyReports):
        doubts.check_limits(here, [seen()] * 10)
    with pytest.raises(TooManyReports):
        doubts.check_limits(here, [seen(Point(40.0 + each / 100, 98.5)) for each in range(100)])


async def test_a_radio_cells_fix_is_taken_and_marked(rider, session):
    given = a_report(position={"lat": 39.7431, "lon": 98.5083, "coord_type": "wgs84", "accuracy_m": 1500})

    assert (await rider.post("/v1/reports", json=given)).status_code == 201
    report = await session.get_one(Report, UUID(given["id"]))
    assert (report.flags, report.is_trust_low) == (["coarse_position"], False)


async def test_a_made_up_position_is_taken_and_trusted_less(rider, session):
    device = {"lat": 39.7431, "lon": 98.5083, "coord_type": "wgs84", "is_mock": True}
    given = a_report(device=device, is_pin_moved=True)

    assert (await rider.post("/v1/reports", json=given)).status_code == 201
    report = await session.get_one(Report, UUID(given["id"]))
    assert (report.flags, report.is_trust_low) == (["mock_position"], True)


async def test_a_pin_far_from_the_phone_keeps_both(rider, session):
    device = {"lat": 39.75, "lon": 98.5083, "coord_type": "gcj02"}
    given = a_report(device=device, is_pin_moved=True)

    await rider.post("/v1/reports", json=given)

    report = await session.get_one(Report, UUID(given["id"]))
    assert report.flags == ["device_far"]
    origin = await session.get_one(ReportOrigin, report.id)
    pin = to_wgs84(given["position"]["lat"], given["position"]["lon"], CoordType.GCJ02)
    phone = to_wgs84(device["lat"], device["lon"], CoordType.GCJ02)
    assert (report.lat, report.lon) == pytest.approx((pin.lat, pin.lon))
    assert (origin.device_lat, origin.device_lon) == pytest.approx((phone.lat, phone.lon))


async def test_a_series_on_one_shop_is_marked_then_refused_but_an_emergency_is_not(rider, session):
    await make_category(session, "gas", urgency=Urgency.EMERGENCY, phones=[])
    await session.commit()
    answers = [await rider.post("/v1/reports", json=a_report()) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [201] * 10 + [429]
    assert answers[-1].json()["code"] == "report.too_many"
    assert answers[-1].json()["retry_after_s"] > 80_000
    fourth = await session.get_one(Report, UUID(answers[3].json()["id"]))
    assert (fourth.flags, fourth.is_trust_low) == (["series"], True)
    assert (await rider.post("/v1/reports", json=a_report(category_id="gas"))).status_code == 201


async def test_who_is_banned_reports_emergencies_only(session, client_for):
    await make_area(session, COMMUNITY)
    await make_category(session)
    phones = [{"number": "119", "zh": "火警", "en": "Fire"}, {"number": "", "zh": "燃气", "en": "Gas"}]
    await make_category(session, "gas", urgency=Urgency.EMERGENCY, phones=phones)
    account = await make_account(session)
    await session.commit()
    banned = client_for(Actor(account.id, is_banned=True))

    refused = await banned.post("/v1/reports", json=a_report())
    taken = await banned.post("/v1/reports", json=(given := a_report(category_id="gas")))

    assert (refused.status_code, refused.json()["code"]) == (403, "account.banned")
    assert taken.status_code == 201
    assert [phone["number"] for phone in taken.json()["phones"]] == ["119"]
    assert (await banned.post("/v1/reports", json=given)).json() == taken.json()


@pytest.mark.parametrize(
    ("metres_north", "area_code"), [(500, COMMUNITY), (5000, COMMUNITY[:6]), (50_000, None)]
)
async def test_where_no_grid_is_drawn_the_nearest_station_says_whose_it_is(
    rider, session, metres_north, area_code
):
    await make_station(session, area_code=COMMUNITY, at=SUZHOU)
    await session.commit()
    position = {"lat": SUZHOU.lat + metres_north / 111_000, "lon": SUZHOU.lon, "coord_type": "wgs84"}

    response = await rider.post("/v1/reports", json=a_report(position=position, area_code=None))

    if area_code is None:
        assert response.json()["code"] == "report.place_unknown"
    else:
        answer = response.json()
        assert (answer["area_code"], answer["placed_by"]) == (area_code, PlacedBy.STATION)


@pytest.mark.parametrize(
    ("declared", "answers"),
    [(COMMUNITY[:9], COMMUNITY[:9]), ("620802003001", COMMUNITY), (COMMUNITY[:2], COMMUNITY)],
    ids=["fits", "far away", "a province"],
)
async def test_an_area_is_believed_where_the_case_can_be_found(rider, session, declared, answers):
    await make_station(session, area_code=COMMUNITY, at=SUZHOU)
    await make_area(session, declared)
    await session.commit()
    position = {"lat": SUZHOU.lat, "lon": SUZHOU.lon, "coord_type": "wgs84"}

    response = await rider.post("/v1/reports", json=a_report(position=position, area_code=declared))

    assert response.json()["area_code"] == answers


async def test_an_area_that_is_none_is_not_believed(rider, session):
    await make_category(session, "gas", urgency=Urgency.EMERGENCY, phones=[FIRE])
    await session.commit()
    response = await rider.post("/v1/reports", json=a_report(area_code="990102"))
    burning = await rider.post("/v1/reports", json=a_report(area_code="990102", category_id="gas"))

    assert (response.json()["code"], response.json()["phones"]) == ("report.place_unknown", [])
    assert [phone["number"] for phone in burning.json()["phones"]] == ["119"]


async def test_a_report_of_emoji_alone_is_taken(rider):
    assert (await rider.post("/v1/reports", json=a_report(description="🕳️⚠️"))).status_code == 201


async def test_a_rider_takes_a_report_back_until_it_was_decided_on(rider, session):
    given = a_report()
    await rider.post("/v1/reports", json=given)

    for _ in range(2):
        response = await rider.post(f"/v1/reports/mine/{given['id']}/withdraw", json={"reason": "已修好"})
        assert (response.status_code, response.json()["state"]) == (200, "withdrawn")

    steps = (await rider.get(f"/v1/reports/mine/{given['id']}")).json()["steps"]
    assert [(step["move"], step["actor"], step["reason"]) for step in steps][1:] == [
        ("withdraw", "reporter", "已修好")
    ]


async def test_what_was_decided_on_is_not_taken_back(session, client_for):
    account = await make_account(session)
    report = await make_report(session, reporter_id=account.id, state="accepted")
    await session.commit()

    response = await client_for(Actor(account.id)).post(f"/v1/reports/mine/{report.id}/withdraw", json={})
    other = await client_for(Actor(uuid4())).post(f"/v1/reports/mine/{report.id}/withdraw", json={})

    assert (response.status_code, response.json()["code"]) == (409, "report.illegal_move")
    assert other.status_code == 404
