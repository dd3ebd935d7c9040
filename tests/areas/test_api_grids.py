"""Grids over HTTP: drawn by officers inside their scope, redrawn with history, found by point."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Grant, Role
from app.core.clock import local_day
from app.core.geo import CoordType, Point
from app.models import Grid
from app.services import areas
from app.services.areas.gridmap import AssignedBy
from tests.factories.areas import make_area
from tests.factories.grids import collection, drawn, square

COMMUNITY = "620902006001"
HERE = {"lat": 39.7405, "lon": 98.5005, "coord_type": "wgs84"}  # in the square of (0, 0)
QUERY = {"scheme": "civil", "coord_type": "wgs84"}


@pytest.fixture
async def officer(session: AsyncSession, client_for) -> AsyncClient:
    await make_area(session, COMMUNITY, "示例社区")
    await session.commit()
    return client_for(Actor(uuid4(), (Grant(Role.DISTRICT_OFFICER, ("620902",)),)))


async def draw(client: AsyncClient, *features, **query):
    return await client.post("/v1/areas/grids/import", params=QUERY | query, json=collection(*features))


async def count(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Grid))


async def test_grids_are_drawn_listed_and_found(officer: AsyncClient, client: AsyncClient):
    response = await draw(officer, drawn(1, square(0, 0)), drawn(2, square(1, 0)))

    assert response.status_code == 200, response.text
    assert response.json() == {
        "dry_run": False, "new": 2, "redrawn": 0, "renamed": 0, "unchanged": 0, "ended": 0, "problems": [],
    }  # fmt: skip
    listed = (await client.get("/v1/areas/grids", params={"area": "620902"})).json()
    assert [grid["code"][-3:] for grid in listed["items"]] == ["001", "002"]
    assert listed["items"][0]["coord_type"] == "wgs84"
    found = (await client.get("/v1/areas/locate", params=HERE)).json()["items"]
    assert [(grid["code"], grid["assigned_by"]) for grid in found] == [(f"{COMMUNITY}001", "inside")]


async def test_a_dry_run_writes_nothing(officer: AsyncClient, session: AsyncSession):
    report = (await draw(officer, drawn(1, square(0, 0)), dry_run=True)).json()

    assert (report["dry_run"], report["new"]) == (True, 1)
    assert await count(session) == 0


async def test_overlaps_name_each_pair_in_the_list_and_with_what_is_there(
    officer: AsyncClient, session: AsyncSession
):
    await draw(officer, drawn(1, square(0, 0)))

    given = (drawn(2, square(0.5, 0)), drawn(3, square(1.2, 0)), drawn(4, square(5, 0)))
    response = await draw(officer, *given)

    assert (response.status_code, response.json()["code"]) == (422, "area.grids_refused")
    pairs = [[code[-3:] for code in each["grids"]] for each in response.json()["problems"]]
    assert pairs == [["002", "003"], ["002", "001"]]
    assert await count(session) == 1
    dry = await draw(officer, *given, dry_run=True)
    assert (dry.status_code, dry.json()["problems"]) == (200, response.json()["problems"])


async def test_a_redrawn_grid_keeps_its_old_version(officer: AsyncClient, client: AsyncClient, clock):
    clock.at = datetime(2026, 11, 1, 20, 0, tzinfo=UTC)  # already the 2nd in China
    await draw(officer, drawn(1, square(0, 0)))
    old = (await client.get("/v1/areas/grids", params={"area": COMMUNITY})).json()["items"][0]
    clock.at = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

    report = (await draw(officer, drawn(1, square(3, 0)))).json()

    assert (report["redrawn"], report["new"]) == (1, 0)
    kept = (await client.get(f"/v1/areas/grids/{old['id']}")).json()
    assert (kept["valid_from"], kept["valid_to"]) == ("2026-11-02", "2026-11-20")
    assert kept["polygon"] == old["polygon"]
    now, then = [
        (await client.get("/v1/areas/grids", params={"area": COMMUNITY, **on})).json()["items"]
        for on in ({}, {"on": "2026-11-19"})
    ]
    assert [grid["id"] for grid in then] == [old["id"]]
    assert (now[0]["valid_from"], now[0]["id"] != old["id"]) == ("2026-11-20", True)


async def test_a_grid_redrawn_twice_on_a_day_keeps_every_version(officer: AsyncClient, session: AsyncSession):
    for step in range(3):
        assert (await draw(officer, drawn(1, square(step * 2, 0)))).status_code == 200

    versions = (await session.scalars(select(Grid).order_by(Grid.id))).all()
    assert [grid.valid_to is None for grid in versions] == [False, False, True]


async def test_the_same_list_again_changes_nothing_and_a_new_name_draws_nothing(officer: AsyncClient):
    await draw(officer, drawn(1, square(0, 0)), drawn(2, square(1, 0)))

    report = (await draw(officer, drawn(1, square(0, 0)), drawn(2, square(1, 0), name="新名"))).json()

    assert (report["unchanged"], report["renamed"], report["redrawn"]) == (1, 1, 0)


async def test_grids_that_a_whole_list_leaves_out_end_when_asked(officer: AsyncClient, client: AsyncClient):
    await draw(officer, drawn(1, square(0, 0)), drawn(2, square(1, 0)))

    assert (await draw(officer, drawn(1, square(0, 0)))).json()["ended"] == 0
    merged = await draw(officer, drawn(1, square(0, 0, 2)), end_missing=True)

    assert (merged.json()["redrawn"], merged.json()["ended"]) == (1, 1)
    left = (await client.get("/v1/areas/grids", params={"area": COMMUNITY})).json()["items"]
    assert [grid["code"][-3:] for grid in left] == ["001"]


async def test_schemes_may_overlap_and_both_are_found(officer: AsyncClient, client: AsyncClient):
    await draw(officer, drawn(1, square(0, 0)))

    assert (await draw(officer, drawn(1, square(0, 0, 3)), scheme="police")).status_code == 200

    found = (await client.get("/v1/areas/locate", params=HERE)).json()["items"]
    assert [grid["scheme"] for grid in found] == ["civil", "police"]
    one = (await client.get("/v1/areas/locate", params={**HERE, "scheme": "police"})).json()["items"]
    assert [grid["scheme"] for grid in one] == ["police"]


@pytest.mark.parametrize("codes", [(), ("620903",), ("620902007",)])
async def test_outside_the_officers_scope_the_community_is_unknown(client_for, session, codes):
    await make_area(session, COMMUNITY)
    await session.commit()
    other = client_for(Actor(uuid4(), (Grant(Role.DISTRICT_OFFICER, codes),)))

    response = await draw(other, drawn(1, square(0, 0)))

    assert response.status_code == 422
    assert [each["kind"] for each in response.json()["problems"]] == ["unknown_community"]
    assert await count(session) == 0


@pytest.mark.parametrize("role", [Role.STATION_MANAGER, Role.COMMUNITY_STAFF, Role.WORKER])
async def test_other_roles_may_not_draw(client_for, role):
    response = await draw(client_for(Actor(uuid4(), (Grant(role, ("62",)),))), drawn(1, square(0, 0)))

    assert (response.status_code, response.json()["code"]) == (403, "role_missing")


async def test_nobody_may_draw_without_signing_in(client: AsyncClient):
    assert (await draw(client, drawn(1, square(0, 0)))).status_code == 401


async def test_a_community_that_ended_takes_no_grids(officer: AsyncClient, session: AsyncSession):
    await make_area(session, "620902006002", valid_to=local_day(datetime.now(UTC)))
    await session.commit()

    response = await draw(officer, drawn(1, square(0, 0), community="620902006002"))

    assert [each["kind"] for each in response.json()["problems"]] == ["unknown_community"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"coord_type": None}, "coord_type"),
        ({"coord_type": "cgcs2000"}, "coord_type"),
        ({"lat": "nan"}, "lat"),
        ({"lat": 198.5, "lon": 39.7}, "lat"),
        ({"lat": 98.5, "lon": 39.7}, "position.swapped"),
        ({"lat": 75.9, "lon": 39.4}, "position.swapped"),
        ({"lat": 51.5, "lon": -0.1}, "position.foreign"),
        ({"lat": -33.9, "lon": 151.2}, "position.foreign"),
        ({"scheme": "X"}, "scheme"),
    ],
)
async def test_a_position_that_cannot_be_meant_is_refused(client: AsyncClient, change, said):
    params = {key: value for key, value in (HERE | change).items() if value is not None}

    response = await client.get("/v1/areas/locate", params=params)

    assert response.status_code == 422
    assert said in response.text


@pytest.mark.parametrize("body", [b"[]", b"1", b"{", b'{"type":"FeatureCollection","features":{}}'])
async def test_a_body_that_is_no_collection_is_refused(officer: AsyncClient, body):
    response = await officer.post(
        "/v1/areas/grids/import", params=QUERY, content=body, headers={"content-type": "application/json"}
    )

    assert response.status_code == 422


async def test_an_unknown_grid_is_not_found(client: AsyncClient):
    assert (await client.get(f"/v1/areas/grids/{uuid4()}")).status_code == 404


async def test_two_officers_drawing_the_same_ground_at_once_leave_one(own_runtime):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
    by = Actor(None, (Grant(Role.SYSADMIN),))

    async def attempt(number: int) -> bool:
        reading = areas.read_grids(collection(drawn(number, square(0, 0))), CoordType.WGS84)
        try:
            async with own_runtime.db.writing() as session:
                await areas.import_grids(session, reading, scheme="civil", by=by, now=datetime.now(UTC))
        except areas.GridsRefused:
            return False
        return True

    done = await asyncio.gather(*(attempt(number) for number in range(1, 6)))

    assert sorted(done) == [False, False, False, False, True]


async def test_a_process_learns_of_grids_that_another_drew(own_runtime):
    async with own_runtime.db.writing() as session:
        await make_area(session, COMMUNITY)
    live, idle = areas.LiveGrids(own_runtime.db), areas.LiveGrids(own_runtime.db)
    assert (await live.current()).locate_all(Point(39.7405, 98.5005)) == []
    by = Actor(None, (Grant(Role.SYSADMIN),))
    reading = areas.read_grids(collection(drawn(1, square(0, 0))), CoordType.WGS84)
    async with own_runtime.db.writing() as session:
        await areas.import_grids(session, reading, scheme="civil", by=by, now=datetime.now(UTC))

    for learn in (live.catch_up, live.refresh):
        await learn()
        (found,) = (await live.current()).locate_all(Point(39.7405, 98.5005))
        assert found.assigned_by is AssignedBy.INSIDE
    before = await live.current()
    await live.catch_up()  # nothing new: nothing read
    assert await live.current() is before
    await idle.catch_up()
    await idle.refresh()
    assert idle._map is None  # who never asked reads nothing
