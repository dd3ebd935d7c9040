"""Checking in over HTTP: what is taken, how it is graded, what is refused and in which words."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.geo import CoordType, Point, from_wgs84
from app.models import PrintedCode, StationStatus, Visit
from app.services.checkins.codes import printed_code, rotating_code
from tests.checkins.conftest import NOON, World
from tests.clients import ClientFor
from tests.factories.stations import make_closure, make_station


def fix(world: World, **given) -> dict:
    """Return a fix at the door, in the phone's datum."""
    kind = given.pop("coord_type", CoordType.GCJ02)
    lat, lon = from_wgs84(Point(world.station.lat, world.station.lon), kind)
    return {"lat": lat, "lon": lon, "accuracy_m": 15.0, "coord_type": kind, **given}


async def test_a_tap_is_a_visit_with_both_clocks_and_an_end(world: World):
    captured_at = NOON - timedelta(minutes=3)

    response = await world.tap(captured_at=captured_at.isoformat(), fix=fix(world))

    assert response.status_code == 201
    body = response.json()
    assert body["grade"] == "C"
    assert (body["captured_at"], body["received_at"]) == ("2026-11-20T03:57:00Z", "2026-11-20T04:00:00Z")
    assert body["due_at"] == "2026-11-20T07:57:00Z"
    assert body["ended_at"] is None
    assert await world.inside() == 1


async def test_near_closing_time_the_visit_ends_a_quarter_of_an_hour_after_it(world: World):
    world.clock.at = NOON + timedelta(hours=7)  # 19:00, closes at 20:00

    assert (await world.tap()).json()["due_at"] == "2026-11-20T12:15:00Z"


async def test_a_station_round_the_clock_ends_visits_by_the_longest_stay(world: World, session: AsyncSession):
    allday = await make_station(session)
    await session.commit()

    assert (await world.tap(station=allday.id)).json()["due_at"] == "2026-11-20T08:00:00Z"


@pytest.mark.parametrize("kind", list(CoordType))
async def test_the_same_place_in_any_datum_is_at_the_station(world: World, kind: CoordType):
    assert (await world.tap(fix=fix(world, coord_type=kind))).json()["grade"] == "C"


async def test_the_wrong_datum_is_not_at_the_station(world: World, session: AsyncSession):
    """At 山阳 the shift is half a kilometre: what GCJ-02 calls the door is far away when read as WGS-84."""
    east = await make_station(session, at=Point(33.53, 109.88), area_code="611024100001")
    await session.commit()
    lat, lon = from_wgs84(Point(east.lat, east.lon), CoordType.GCJ02)
    where = {"lat": lat, "lon": lon, "accuracy_m": 15.0, "coord_type": "wgs84"}

    assert (await world.tap(station=east.id, fix=where)).json()["grade"] == "D"


async def test_the_rotating_code_within_the_fence_is_the_best_evidence(world: World):
    code = rotating_code(world.station.code_secret, world.station.id, NOON)

    assert (await world.tap(fix=fix(world), code=code)).json()["grade"] == "A"


@pytest.mark.parametrize("bad", [{"accuracy_m": 1500.0}, {"lat": 39.9}, {"is_mock": True}])
async def test_a_right_code_beats_a_bad_fix(world: World, bad: dict):
    code = rotating_code(world.station.code_secret, world.station.id, NOON)

    response = await world.tap(fix=fix(world, **bad), code=f"https://x.example{code}")

    assert (response.status_code, response.json()["grade"]) == (201, "B")


async def test_a_code_that_waited_offline_is_judged_by_the_time_of_the_tap(world: World):
    then = NOON - timedelta(hours=2)
    code = rotating_code(world.station.code_secret, world.station.id, then)
    late = {"captured_at": then.isoformat(), "code": code, "fix": fix(world)}

    assert (await world.tap(**late, captured_offline=True)).json()["grade"] == "B"
    assert (await world.tap(**late, captured_offline=False)).json()["grade"] == "C"


async def test_a_radio_cell_alone_needs_the_code(world: World):
    response = await world.tap(fix=fix(world, accuracy_m=1500.0))

    assert (response.status_code, response.json()["code"]) == (409, "checkin.code_needed")
    assert "二维码" in response.json()["detail"]


async def test_a_printed_code_helps_a_coarse_fix_until_it_is_revoked(world: World, session: AsyncSession):
    paper = PrintedCode(station_id=world.station.id, issued_at=NOON)
    session.add(paper)
    await session.commit()
    code = printed_code(world.station.code_secret, world.station.id, paper.id)
    coarse = fix(world, accuracy_m=900.0)

    assert (await world.tap(code=code, fix=coarse)).json()["grade"] == "D"
    paper.revoked_at = NOON
    await session.commit()
    assert (await world.tap(code=code, fix=coarse)).json()["code"] == "checkin.code_needed"


@pytest.mark.parametrize(
    "given", [{}, {"fix": {"lat": 39.99}}, {"code": "nonsense"}, {"fix": {"is_mock": True}}]
)
async def test_the_riders_own_word_is_taken(world: World, given: dict):
    given = {**given, "fix": fix(world, **given["fix"])} if "fix" in given else given

    response = await world.tap(**given)

    assert (response.status_code, response.json()["grade"]) == (201, "D")


@pytest.mark.parametrize(
    ("ago", "code"),
    [
        (timedelta(hours=24, minutes=1), "checkin.too_old"),
        (timedelta(minutes=-6), "checkin.in_the_future"),
        (timedelta(hours=7), "checkin.station_closed"),  # 05:00
    ],
)
async def test_refusals_have_codes_and_sentences(world: World, ago: timedelta, code: str):
    response = await world.tap(captured_at=(NOON - ago).isoformat())

    assert (response.status_code, response.json()["code"]) == (409, code)
    assert response.json()["detail"]
    assert await world.inside() == 0


async def test_a_closed_station_says_when_it_opens(world: World):
    world.clock.at = NOON + timedelta(hours=10)

    assert (await world.tap()).json()["opens_at"] == "2026-11-21T00:00:00+00:00"


async def test_a_closure_refuses_who_tapped_during_it_and_takes_who_tapped_before(
    world: World, session: AsyncSession
):
    """Judged by the instant of the tap, also when the closure is over by now."""
    await make_closure(session, world.station, NOON - timedelta(hours=2), NOON - timedelta(hours=1))
    await session.commit()

    during = await world.tap(captured_at=(NOON - timedelta(minutes=90)).isoformat())
    before = await world.tap(captured_at=(NOON - timedelta(minutes=125)).isoformat())

    assert during.json()["code"] == "checkin.station_closed"
    assert before.status_code == 201
    assert before.json()["ended_at"] == "2026-11-20T02:15:00Z"


async def test_a_station_that_is_not_there_or_not_in_service(world: World, session: AsyncSession):
    planned = await make_station(session, status=StationStatus.PLANNED)
    await session.commit()

    nowhere = await world.tap(station=uuid4())
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "checkin.station_unknown")
    response = await world.tap(station=planned.id)
    assert (response.status_code, response.json()["code"]) == (409, "checkin.station_not_in_service")


async def test_swapped_coordinates_get_a_hint(world: World):
    response = await world.tap(fix={"lat": 98.5 - 10, "lon": 39.7, "accuracy_m": 5.0, "coord_type": "wgs84"})

    assert response.status_code == 422
    assert response.json()["code"] == "position.swapped"


@pytest.mark.parametrize(
    "bad",
    [
        {"captured_at": "2026-11-20T12:00:00"},
        {"captured_at": None},
        {"id": "1"},
        {"fix": {"lat": 39.7, "lon": 98.5, "accuracy_m": 5.0}},
        {"fix": {"lat": 39.7, "lon": 98.5, "accuracy_m": False, "coord_type": "wgs84"}},
        {"fix": {"lat": 39.7, "lon": 98.5, "accuracy_m": -1.0, "coord_type": "wgs84"}},
        {"code": "x" * 301},
        {"code": "\0"},
        {"unknown": 1},
    ],
)
async def test_bad_input_is_refused(world: World, bad: dict):
    assert (await world.tap(**bad)).status_code == 422


async def test_nobody_checks_in_without_signing_in(world: World, client_for: ClientFor):
    assert (await world.tap(rider=client_for())).status_code == 401


async def test_the_same_tap_again_is_the_same_answer_whatever_has_changed(
    world: World, session: AsyncSession
):
    tap = {"id": str(uuid4()), "captured_at": NOON.isoformat()}
    first = (await world.tap(**tap)).json()
    await make_closure(session, world.station, NOON - timedelta(hours=1))
    await session.commit()

    for later in (timedelta(minutes=1), timedelta(hours=30)):
        world.clock.at = NOON + later
        again = await world.tap(**tap)
        assert again.status_code == 200
        assert again.json() == {**first, "replayed": True}


async def test_an_id_of_somebody_else_is_refused_without_a_word_about_them(world: World, new_rider):
    tap = {"id": str(uuid4())}
    await world.tap(**tap)

    response = await world.tap(rider=await new_rider(), **tap)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert str(world.account_id) not in response.text
    assert await world.inside() == 1


async def test_an_id_with_another_content_is_refused_even_when_the_rules_refuse_it_too(world: World):
    tap = {"id": str(uuid4())}
    await world.tap(**tap)

    response = await world.tap(**tap, captured_at=(NOON - timedelta(days=2)).isoformat())

    assert response.json()["code"] == "idempotency_key_reused"


async def test_checking_in_elsewhere_ends_the_visit_before(world: World, session: AsyncSession):
    other = await make_station(session)
    await session.commit()
    first = (await world.tap()).json()
    world.clock.at = NOON + timedelta(minutes=30)

    await world.tap(station=other.id)

    visit = await session.get_one(Visit, first["id"], populate_existing=True)
    assert (visit.end_reason, visit.ended_at) == ("new_visit", NOON + timedelta(minutes=30))
    assert await world.inside() == 0


async def test_a_jump_across_the_country_lowers_the_grade_and_refuses_nothing(
    world: World, session: AsyncSession
):
    far = await make_station(session, at=Point(38.0, 102.0))
    await session.commit()
    await world.tap(fix=fix(world))
    world.clock.at = NOON + timedelta(minutes=10)

    response = await world.tap(
        station=far.id, fix={"lat": 38.0, "lon": 102.0, "accuracy_m": 9.0, "coord_type": "wgs84"}
    )

    assert (response.status_code, response.json()["grade"]) == (201, "D")


async def test_the_position_is_kept_as_wgs84_with_the_declared_type(world: World, session: AsyncSession):
    await world.tap(fix=fix(world))

    visit = (await session.scalars(select(Visit))).one()
    assert visit.lat == pytest.approx(world.station.lat, abs=1e-7)
    assert visit.coord_type is CoordType.GCJ02


async def test_own_visits_newest_first_page_by_page(world: World, new_rider):
    stranger = await new_rider()
    ids = []
    for minutes in range(5):
        world.clock.at = NOON + timedelta(minutes=minutes)
        ids.append((await world.tap()).json()["id"])
    await world.tap(rider=stranger)

    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await world.rider.get("/v1/checkins/mine", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == ids[::-1]
    bad = await world.rider.get("/v1/checkins/mine", params={"cursor": "WyJ4IiwieSJd"})
    assert bad.json()["code"] == "bad_cursor"


async def test_the_old_code_of_a_merged_station_counts_for_its_heir_where_the_person_stands(
    world: World, session: AsyncSession
):
    beside = await make_station(
        session, status=StationStatus.REMOVED, merged_into_id=world.station.id, name="旧站"
    )
    code = PrintedCode(station_id=beside.id, issued_at=NOON)
    session.add(code)
    far_point = Point(world.station.lat + 0.02, world.station.lon)
    far = await make_station(
        session, at=far_point, status=StationStatus.REMOVED, merged_into_id=world.station.id
    )
    await session.commit()

    tap = {"id": str(uuid4()), "code": printed_code(beside.code_secret, beside.id, code.id)}
    first, again = [await world.tap(station=beside.id, **tap) for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["station_id"] == str(world.station.id)
    assert await world.inside() == 1
    refused = await world.tap(station=far.id)
    assert (refused.status_code, refused.json()["code"]) == (409, "checkin.station_moved")
    assert refused.json()["moved_to_id"] == str(world.station.id)
    assert world.station.name in refused.json()["detail"]
    there = await world.tap(station=far.id, fix=fix(world))
    assert (there.status_code, there.json()["station_id"]) == (201, str(world.station.id))
    assert there.json()["grade"] == "C"


async def test_a_tap_keeps_its_answer_when_its_station_is_merged_or_it_waited_too_long(
    world: World, session: AsyncSession
):
    beside = await make_station(session, name="旧站")
    await session.commit()
    tap = {"id": str(uuid4()), "captured_at": NOON.isoformat()}
    first = await world.tap(station=beside.id, **tap)
    beside.status, beside.merged_into_id = StationStatus.REMOVED, world.station.id
    await session.commit()
    after = await world.tap(station=beside.id, **tap)
    assert (first.status_code, after.status_code) == (201, 200)
    assert after.json()["station_id"] == first.json()["station_id"] == str(beside.id)

    at_the_heir = {"id": str(uuid4()), "captured_at": NOON.isoformat()}
    there = await world.tap(station=beside.id, **at_the_heir)
    world.clock.at = NOON + timedelta(hours=25)
    late = await world.tap(station=beside.id, **at_the_heir)
    assert (there.status_code, late.status_code, late.json()["id"]) == (201, 200, at_the_heir["id"])
    assert late.json()["station_id"] == str(world.station.id)
    other = await world.tap(station=(await make_station(session)).id, **at_the_heir)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_clock_that_runs_ahead_ends_nothing_in_the_future(world: World, session: AsyncSession):
    first = (await world.tap(captured_at=(NOON - timedelta(minutes=10)).isoformat())).json()["id"]
    ahead = (NOON + timedelta(minutes=4)).isoformat()

    second = (await world.tap(captured_at=ahead)).json()["id"]
    visit = await session.get_one(Visit, first)
    assert (visit.ended_at, visit.captured_at) == (NOON, NOON - timedelta(minutes=10))
    answer = await world.rider.post(f"/v1/checkins/{first}/end", json={"captured_at": ahead})
    assert answer.json()["ended_at"] == "2026-11-20T04:00:00Z"

    late = (await world.tap(captured_at=(NOON - timedelta(minutes=5)).isoformat())).json()
    assert late["ended_at"] == "2026-11-20T04:00:00Z"
    third = await world.rider.post(f"/v1/checkins/{second}/end", json={"captured_at": ahead})
    assert third.json()["ended_at"] == "2026-11-20T04:04:00Z"  # it began there: it lasted no time
