"""Who keeps a station keeps the one that takes its place."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.core.actor import Role
from app.models import Account, OutboxEvent, RoleGrant
from tests.factories.accounts import make_grant
from tests.factories.stations import COMMUNITY, make_staff, make_station

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


async def test_a_managers_role_moves_to_the_heir_at_once(phone, session, client_for):
    old, heir = await make_station(session), await make_station(session)
    manager = await session.get_one(Account, (await phone.sign_in())["account"]["id"])
    await make_grant(session, manager, Role.STATION_MANAGER, station_id=old.id, valid_to=date(2026, 12, 31))
    officer = client_for(await make_staff(session, Role.DISTRICT_OFFICER, COMMUNITY[:6]))
    await session.commit()
    assert (await phone.client.get("/v1/accounts/me/grants")).json()["grants"][0]["station_id"] == str(old.id)

    merged = await officer.post(f"/v1/stations/{old.id}/merge", json={"into_id": str(heir.id)})

    assert merged.status_code == 204, merged.text
    held = (await phone.client.get("/v1/accounts/me/grants")).json()["grants"]
    assert [each["station_id"] for each in held] == [str(heir.id)]
    ended, new = await session.scalars(
        select(RoleGrant).order_by(RoleGrant.granted_at).execution_options(populate_existing=True)
    )
    if ended.station_id == heir.id:
        ended, new = new, ended
    assert (ended.station_id, ended.revoked_at) == (old.id, NOW)
    assert (new.station_id, new.valid_to, new.revoked_at) == (heir.id, date(2026, 12, 31), None)
    names = sorted(event.name for event in await session.scalars(select(OutboxEvent)))
    assert names == ["accounts.role_granted", "accounts.role_revoked", "station.merged"]


async def test_who_keeps_the_heir_already_gets_nothing_twice_and_what_is_over_stays(
    session, client_for, phone
):
    old, heir = await make_station(session), await make_station(session)
    manager = await session.get_one(Account, (await phone.sign_in())["account"]["id"])
    for station in (old, heir):
        await make_grant(session, manager, Role.STATION_MANAGER, station_id=station.id)
    past = await make_grant(
        session, manager, Role.STATION_MANAGER, station_id=old.id, valid_to=date(2026, 1, 31)
    )
    officer = client_for(await make_staff(session, Role.DISTRICT_OFFICER, COMMUNITY[:6]))
    await session.commit()

    await officer.post(f"/v1/stations/{old.id}/merge", json={"into_id": str(heir.id)})

    held = (await phone.client.get("/v1/accounts/me/grants")).json()["grants"]
    assert [each["station_id"] for each in held] == [str(heir.id)]
    await session.refresh(past)
    assert past.revoked_at is None
    assert len((await session.scalars(select(RoleGrant))).all()) == 3


async def test_nobody_is_given_a_station_that_another_replaced(session, client_for):
    old, heir = await make_station(session), await make_station(session)
    officer = client_for(await make_staff(session, Role.DISTRICT_OFFICER, COMMUNITY[:6]))
    await session.commit()
    await officer.post(f"/v1/stations/{old.id}/merge", json={"into_id": str(heir.id)})
    given = {"phone": "13812345678", "role": "station_manager"}

    late = await officer.post("/v1/accounts/grants", json={**given, "station_id": str(old.id)})
    right = await officer.post("/v1/accounts/grants", json={**given, "station_id": str(heir.id)})

    assert (late.status_code, right.status_code) == (404, 201)
