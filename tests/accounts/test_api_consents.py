"""Consents are kept with the text that was read, taken back at any time, and then nothing more is taken."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import AccountStatus, Consent, OutboxEvent, Visit
from app.services.accounts import policy
from tests.accounts.conftest import NUMBER, Phone
from tests.factories.stations import SUZHOU, make_station

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
OURS = "/v1/accounts/me/consents/precise_location"
READ = {"text_version": policy.current().version}
FIX = {"lat": SUZHOU.lat, "lon": SUZHOU.lon, "accuracy_m": 8.0, "coord_type": "wgs84"}


@pytest.fixture(autouse=True)
def noon(clock):
    clock.at = NOW


async def tap(phone: Phone, station_id: UUID, at: datetime) -> dict:
    body = {"id": str(uuid4()), "captured_at": at.isoformat(), "fix": FIX}
    response = await phone.client.post(f"/v1/stations/{station_id}/checkins", json=body)
    assert response.status_code in {200, 201}, response.text
    return response.json()


async def test_the_policy_says_what_each_purpose_needs_and_how_long_it_is_kept(client):
    response = await client.get("/v1/accounts/policy")

    told = response.json()
    assert {each["purpose"]: each["kept_days"] for each in told["purposes"]} == {
        "precise_location": 30,
        "guardian": None,
    }
    again = await client.get("/v1/accounts/policy", headers={"if-none-match": response.headers["etag"]})
    assert again.status_code == 304
    old = await client.get(f"/v1/accounts/policy?version={told['version']}")
    assert old.json() == told
    assert (await client.get("/v1/accounts/policy?version=1999-01")).status_code == 404


async def test_a_consent_is_a_row_with_its_text_and_time(phone, session):
    await phone.sign_in()

    first = await phone.client.put(OURS, json=READ)
    again = await phone.client.put(OURS, json=READ)

    assert first.status_code == 200
    assert first.json() == again.json()
    kept = (await session.scalars(select(Consent))).one()
    assert (kept.purpose, kept.text_version, kept.given_at) == ("precise_location", READ["text_version"], NOW)
    listed = (await phone.client.get("/v1/accounts/me/consents")).json()["consents"]
    assert [each["id"] for each in listed] == [str(kept.id)]


async def test_after_taking_it_back_no_position_is_looked_at_and_the_old_ones_go(
    phone, session, runtime, clock
):
    account_id = (await phone.sign_in())["account"]["id"]
    station = await make_station(session)
    await session.commit()
    await runtime.realtime.board.load()
    await phone.client.put(OURS, json=READ)
    before = await tap(phone, station.id, clock.at)
    clock.at += timedelta(minutes=1)

    assert (await phone.client.delete(OURS)).status_code == 204
    assert (await phone.client.delete(OURS)).status_code == 204
    after = await tap(phone, station.id, clock.at)
    await deliver(runtime.db, REACTIONS, now=clock.at)

    assert (before["grade"], after["grade"]) == ("C", "D")
    visits = (await session.scalars(select(Visit).execution_options(populate_existing=True))).all()
    assert len(visits) == 2
    assert {(visit.lat, visit.lon, visit.accuracy_m) for visit in visits} == {(None, None, None)}
    events = select(OutboxEvent).where(OutboxEvent.name == "accounts.consent_withdrawn")
    assert (await session.scalars(events)).one().payload == {
        "account_id": account_id,
        "purpose": "precise_location",
    }
    await phone.client.put(OURS, json=READ)
    clock.at += timedelta(minutes=1)
    assert (await tap(phone, station.id, clock.at))["grade"] == "C"


async def test_who_never_agreed_may_refuse_all_the_same(phone, session, clock, runtime):
    await phone.sign_in()
    station = await make_station(session)
    await session.commit()
    await runtime.realtime.board.load()

    await phone.client.delete(OURS)

    kept = (await session.scalars(select(Consent))).one()
    assert (kept.given_at, kept.withdrawn_at) == (None, NOW)
    assert (await tap(phone, station.id, clock.at))["grade"] == "D"


async def test_a_text_that_is_not_in_force_is_read_first(phone):
    await phone.sign_in()

    response = await phone.client.put(OURS, json={"text_version": "1999-01"})

    assert (response.status_code, response.json()["code"]) == (409, "account.policy_changed")
    assert response.json()["version"] == policy.current().version


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (OURS, {}),
        (OURS, {"text_version": "x\0"}),
        (OURS, {"text_version": None}),
        ("/v1/accounts/me/consents/everything", READ),
        ("/v1/accounts/me/consents/guardian", READ),
    ],
)
async def test_what_cannot_be_meant_is_refused(phone, path, body):
    await phone.sign_in()

    assert (await phone.client.put(path, json=body)).status_code == 422


async def test_a_guardians_consent_is_not_taken_back_alone(phone):
    await phone.sign_in()

    assert (await phone.client.delete("/v1/accounts/me/consents/guardian")).status_code == 422


async def test_agreeing_many_times_at_once_is_one_row(own_phone):
    await own_phone.sign_in(NUMBER)

    answers = await asyncio.gather(*(own_phone.client.put(OURS, json=READ) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {200}
    async with own_phone.runtime.db.reading() as session:
        assert len((await session.scalars(select(Consent))).all()) == 1


async def test_a_banned_person_may_still_take_it_back(phone, session):
    account = (await phone.sign_in())["account"]
    await phone.client.put(OURS, json=READ)
    held = (await session.scalars(select(Consent))).one()
    await session.execute(
        Consent.__table__.metadata.tables["accounts"].update().values(status=AccountStatus.BANNED)
    )
    await session.commit()
    phone.runtime.callers.forget([UUID(account["id"])])

    assert (await phone.client.put(OURS, json=READ)).json()["code"] == "account.banned"
    assert (await phone.client.delete(OURS)).status_code == 204
    await session.refresh(held)
    assert held.withdrawn_at == NOW


async def test_nobody_sees_the_consents_of_others(phone, second_phone, session):
    await phone.sign_in()
    await second_phone.sign_in("13900000000")
    await phone.client.put(OURS, json=READ)

    assert (await second_phone.client.get("/v1/accounts/me/consents")).json() == {"consents": []}
