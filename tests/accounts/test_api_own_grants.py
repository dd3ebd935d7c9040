"""What an app is told that the caller may look after."""

from uuid import uuid4

from app.core.actor import Actor, Grant, Role


async def test_a_manager_is_told_of_the_own_station(client_for):
    station_id = uuid4()
    manager = Actor(uuid4(), (Grant(Role.STATION_MANAGER, station_id=station_id),))

    response = await client_for(manager).get("/v1/accounts/me/grants")

    assert response.json() == {
        "grants": [
            {"role": "station_manager", "area_codes": [], "station_id": str(station_id), "unit_id": None}
        ]
    }


async def test_staff_are_told_of_their_area_and_its_successors(client_for):
    staff = Actor(uuid4(), (Grant(Role.COMMUNITY_STAFF, ("620902001001", "620902099001")),))

    response = await client_for(staff).get("/v1/accounts/me/grants")

    assert response.json()["grants"][0]["area_codes"] == ["620902001001", "620902099001"]


async def test_a_rider_looks_after_nothing(client_for):
    response = await client_for(Actor(uuid4())).get("/v1/accounts/me/grants")

    assert response.json() == {"grants": []}


async def test_nobody_is_asked_to_sign_in(client):
    response = await client.get("/v1/accounts/me/grants")

    assert (response.status_code, response.json()["code"]) == (401, "sign_in_required")
