"""Submitting: once, whatever the network does; refused only for what cannot be meant."""

import asyncio
import json
from datetime import timedelta, timezone
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select, update

from app.core.actor import Actor
from app.core.clock import utc_now
from app.main import create_app
from app.models import (
    Category,
    DeadlineStep,
    Move,
    OutboxEvent,
    Report,
    ReportDeadline,
    ReportFollower,
    ReportOrigin,
    ReportStep,
    Urgency,
)
from tests.clients import ClientFor
from tests.factories.accounts import make_account
from tests.factories.reports import make_category
from tests.factories.stations import COMMUNITY, make_area


def a_report(**given):
    return {
        "id": str(uuid4()),
        "category_id": "road_damage",
        "position": {"lat": 39.7431, "lon": 98.5083, "coord_type": "gcj02", "accuracy_m": 12},
        "area_code": COMMUNITY,
        "description": "路面有个坑",
        "captured_at": utc_now().isoformat(),
        **given,
    }


@pytest.fixture
async def rider(session, client_for):
    await make_area(session, COMMUNITY)
    await make_category(session)
    account = await make_account(session)
    await session.commit()
    return client_for(Actor(account.id))


async def test_a_rider_gets_a_number_at_once(rider, session):
    response = await rider.post("/v1/reports", json=(given := a_report()))

    assert response.status_code == 201, response.text
    answer = response.json()
    assert answer["number"].startswith("NF")
    assert (answer["state"], answer["area_code"]) == ("submitted", COMMUNITY)
    assert (answer["lat"], answer["lon"], answer["coord_type"]) == (39.7431, 98.5083, "gcj02")
    report = await session.get_one(Report, UUID(given["id"]))
    assert abs(report.lat - 39.7431) > 1e-5  # inside it is WGS-84
    assert await session.scalar(select(func.count()).select_from(ReportStep)) == 1
    names = set(await session.scalars(select(OutboxEvent.name)))
    assert {"report.submitted", "report.moved"} <= names


async def test_what_begins_with_a_case_is_written_with_it(rider, session):
    given = a_report()

    report_id = UUID((await rider.post("/v1/reports", json=given)).json()["id"])

    report = await session.get_one(Report, report_id)
    step = (await session.scalars(select(ReportStep))).one()
    follower = (await session.scalars(select(ReportFollower))).one()
    promises = (await session.scalars(select(ReportDeadline).order_by(ReportDeadline.due_at))).all()
    assert (step.report_id, step.move, step.details) == (report_id, Move.SUBMIT, {"routing": report.proposal})
    assert (follower.report_id, follower.is_reporter) == (report_id, True)
    assert [each.step for each in promises] == [DeadlineStep.ACCEPTANCE, DeadlineStep.WHOLE]
    assert (report.next_due_at, report.due_at) == (promises[0].due_at, promises[1].due_at)
    news = (await session.scalars(select(OutboxEvent).order_by(OutboxEvent.id))).all()
    assert [each.name for each in news] == ["report.promised", "report.moved", "report.submitted"]
    assert {each.payload["report_id"] for each in news} == {str(report_id)}
    assert {each.area_code for each in news} == {COMMUNITY}
    assert news[1].payload["step_id"] == step.id


async def test_a_report_costs_three_statements_where_no_grid_is_drawn(rider, runtime):
    await rider.post("/v1/reports", json=a_report())  # the rules are read
    said: list[str] = []

    def hear(*given: object) -> None:
        said.append(str(given[2]).split(maxsplit=1)[0])

    event.listen(runtime.db.engine.sync_engine, "before_cursor_execute", hear)
    try:
        assert (await rider.post("/v1/reports", json=a_report())).status_code == 201
    finally:
        event.remove(runtime.db.engine.sync_engine, "before_cursor_execute", hear)

    assert [each for each in said if each not in {"SAVEPOINT", "RELEASE"}] == [
        "SELECT",
        "SELECT",
        "WITH",
    ]


async def test_a_catalogue_changed_behind_the_process_is_not_believed(rider, session):
    assert (await rider.post("/v1/reports", json=a_report())).json()["urgency"] == "normal"

    changed = update(Category).values(urgency=Urgency.URGENT, version=2)
    await session.execute(changed)
    await session.commit()
    answer = (await rider.post("/v1/reports", json=a_report())).json()
    assert answer["urgency"] == "urgent"
    assert (await session.get_one(Report, UUID(answer["id"]))).category_version == 2

    await session.execute(update(Category).values(is_active=False, version=3))
    await session.commit()
    refused = await rider.post("/v1/reports", json=a_report())
    assert refused.json()["code"] == "report.category_unknown"


async def test_a_replay_gives_the_same_number(rider, session):
    given = a_report()
    first, again = [await rider.post("/v1/reports", json=given) for _ in range(2)]

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert await session.scalar(select(func.count()).select_from(Report)) == 1
    another = (await rider.post("/v1/reports", json=a_report())).json()
    assert int(another["number"][2:]) == int(first.json()["number"][2:]) + 1  # a replay uses none up


@pytest.mark.parametrize(
    "change",
    [
        {"category_id": "gas_smell"},
        {"address": "别处"},
        {"photo_ids": [str(uuid4())]},
        {"is_pin_moved": True},
    ],
    ids=["category", "address", "photos", "pin"],
)
async def test_another_report_under_the_same_id_is_not_swallowed(rider, session, change):
    given = a_report()
    await rider.post("/v1/reports", json=given)

    other = await rider.post("/v1/reports", json=given | change)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    waited = await rider.post("/v1/reports", json=given | {"captured_offline": True})
    assert waited.status_code == 200  # the same, by the queue this time


async def test_a_clock_of_another_zone_says_the_same_instant(rider, session):
    at = utc_now().replace(microsecond=0)
    given = a_report(captured_at=at.astimezone(timezone(timedelta(hours=6))).isoformat())

    answer = (await rider.post("/v1/reports", json=given)).json()

    assert given["captured_at"].endswith("+06:00")
    assert answer["captured_at"] == at.isoformat().replace("+00:00", "Z")
    assert (await session.get_one(Report, UUID(given["id"]))).captured_at == at


async def test_the_same_id_with_another_content_is_refused(rider):
    given = a_report()
    await rider.post("/v1/reports", json=given)

    response = await rider.post("/v1/reports", json={**given, "description": "另一个坑"})

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")


async def test_somebody_elses_id_is_refused_and_shows_nothing(rider, session, client_for):
    given = a_report()
    await rider.post("/v1/reports", json=given)
    other = client_for(Actor((await make_account(session)).id))
    await session.commit()

    response = await other.post("/v1/reports", json=given)

    assert response.json()["code"] == "idempotency_key_reused"
    assert (await other.get(f"/v1/reports/mine/{given['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category_id": "no_such"}, "report.category_unknown"),
        ({"area_code": None}, "report.place_unknown"),
        ({"position": {"lat": 198.5, "lon": 39.7, "coord_type": "gcj02"}}, "invalid_input"),
        ({"position": {"lat": 35.5, "lon": 22.7, "coord_type": "gcj02"}}, "position.foreign"),
        ({"position": {"lat": 39.7, "lon": 98.5}}, "invalid_input"),
        ({"description": "x" * 2001}, "invalid_input"),
        ({"is_pin_moved": "no"}, "invalid_input"),
        ({"captured_at": 1_790_000_000}, "invalid_input"),
    ],
)
async def test_what_cannot_be_meant_is_refused(rider, change, code):
    response = await rider.post("/v1/reports", json=a_report(**change))

    assert (response.status_code, response.json()["code"]) == (422, code)


async def test_half_a_character_is_no_text(rider):
    torn = json.dumps(a_report(description="\ud83d"))  # the first half of an emoji, cut off by a phone

    response = await rider.post("/v1/reports", content=torn, headers={"content-type": "application/json"})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize(("lat", "lon"), [(74.0, 40.0), (105.89, 34.57)])  # the second is no latitude at all
async def test_swapped_coordinates_are_refused_with_their_own_code(rider, lat, lon):
    swapped = {"lat": lat, "lon": lon, "coord_type": "wgs84"}

    response = await rider.post("/v1/reports", json=a_report(position=swapped))

    assert response.json()["code"] == "position.swapped"


async def test_nobody_reports_without_signing_in(client):
    assert (await client.post("/v1/reports", json=a_report())).json()["code"] == "sign_in_required"


async def test_an_old_report_is_taken_with_both_clocks(rider):
    response = await rider.post(
        "/v1/reports", json=a_report(captured_at="2026-01-02T03:04:05+08:00", captured_offline=True)
    )

    assert response.status_code == 201
    assert response.json()["captured_at"] == "2026-01-01T19:04:05Z"
    assert response.json()["submitted_at"] > "2026-01-02"


async def test_where_the_device_was_is_kept_apart_from_the_case(rider, session):
    given = a_report(
        is_pin_moved=True,
        device={"lat": 39.75, "lon": 98.51, "coord_type": "wgs84", "accuracy_m": 20, "is_mock": True},
    )
    await rider.post("/v1/reports", json=given)

    origin = await session.get_one(ReportOrigin, UUID(given["id"]))
    assert (origin.device_lat, origin.device_accuracy_m, origin.is_mock) == (39.75, 20, True)


async def test_ten_at_once_make_one_report(own_runtime):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
        await make_category(session)
        account = await make_account(session)
    app = create_app(own_runtime)
    clients = ClientFor(app, utc_now)
    rider = clients(Actor(account.id))
    given = a_report()

    answers = await asyncio.gather(*(rider.post("/v1/reports", json=given) for _ in range(10)))

    await clients.close()
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["number"] for answer in answers}) == 1
    async with own_runtime.db.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ReportStep)) == 1
