"""An alert's whole life: entered or imported, told once, replaced, ended, over."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.core.urgency import Urgency
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Notification, WeatherAlert
from app.services import weather
from app.services.weather import CapUnreadable, read_cap
from tests.factories.accounts import make_account, make_grant
from tests.factories.checkins import make_visit
from tests.factories.stations import COMMUNITY, make_area, make_station
from tests.factories.weather import MORNING, cap_message, make_alert, make_watch
from tests.realtime.waiting import until_one_waits

COUNTY, OTHER = COMMUNITY[:6], "620102001001"
OPERATOR = Actor(None, (Grant(Role.SYSADMIN),))
CAP = {"content-type": "application/cap+xml"}


async def staff(session, area_code: str = COUNTY, role: Role = Role.DISTRICT_OFFICER) -> Actor:
    await make_area(session, area_code)
    return Actor((await make_account(session)).id, (Grant(role, (area_code,)),))


def draft(**given) -> dict:
    return {
        "id": str(uuid4()),
        "kind": "road_ice",
        "colour": "orange",
        "area_code": COUNTY,
        "starts_at": MORNING.isoformat(),
        "ends_at": (MORNING + timedelta(hours=12)).isoformat(),
        "source": "气象台",
        **given,
    }


async def told(session) -> list[tuple[UUID, str]]:
    query = select(Notification.account_id, Notification.kind).order_by(Notification.kind)
    return [(account_id, kind) for account_id, kind in await session.execute(query)]


async def react(runtime, now) -> None:
    while await deliver(runtime.db, REACTIONS, now=now):
        pass


async def test_riders_of_the_area_and_those_who_asked_are_told_once(session, runtime, client_for, clock):
    clock.at = MORNING
    officer = await staff(session)
    station = await make_station(session)
    away = await make_station(session, area_code=OTHER, code="away")
    inside, watching, gone, elsewhere, manager = [await make_account(session) for _ in range(5)]
    await make_visit(session, station.id, inside.id, area_code=COMMUNITY)
    ended = {"ended_at": MORNING, "end_reason": "tap", "end_received_at": MORNING}
    await make_visit(session, station.id, gone.id, area_code=COMMUNITY, **ended)
    await make_visit(session, away.id, elsewhere.id, area_code=OTHER)
    await make_watch(session, watching.id, COMMUNITY)
    await make_watch(session, inside.id, COUNTY)
    await make_grant(session, manager, Role.STATION_MANAGER, station_id=station.id)
    await session.commit()
    client = client_for(officer)
    entered = draft()

    first = await client.post("/v1/weather-alerts", json=entered)
    again = await client.post("/v1/weather-alerts", json=entered)
    other = await client.post("/v1/weather-alerts", json={**entered, "colour": "red"})
    await react(runtime, MORNING)

    assert (first.status_code, again.status_code, other.json()["code"]) == (
        201,
        201,
        "idempotency_key_reused",
    )
    assert sorted(await told(session)) == sorted(
        [
            (inside.id, "weather.alert"),
            (watching.id, "weather.alert"),
            (manager.id, "weather.open_longer"),
        ]
    )
    row = await session.scalar(select(Notification).where(Notification.account_id == inside.id))
    assert (row.expires_at, row.urgency) == (MORNING + timedelta(hours=12), Urgency.URGENT)
    shown = (await client_for(Actor(inside.id)).get("/v1/notifications")).json()["notifications"][0]
    assert shown["zh"]["title"] == "道路结冰橙色预警"

    worse = draft(colour="red", replaces_id=entered["id"])
    assert (await client.post("/v1/weather-alerts", json=worse)).status_code == 201
    listed = (await client_for(Actor(None)).get(f"/v1/weather-alerts?area={COMMUNITY}")).json()["items"]
    assert [each["colour"] for each in listed] == ["red"]
    assert (await client_for(Actor(None)).get(f"/v1/weather-alerts?area={OTHER}")).json()["items"] == []
    ended_one = await client.post(f"/v1/weather-alerts/{worse['id']}/end")
    late = await client.post(f"/v1/weather-alerts/{worse['id']}/end")
    assert (ended_one.status_code, late.json()["code"]) == (200, "weather.alert_over")
    before = await told(session)
    await react(runtime, MORNING)  # it ended before anybody was told
    assert await told(session) == before


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ends_at": MORNING.isoformat()}, "weather.alert_invalid"),
        ({"ends_at": (MORNING + timedelta(days=8)).isoformat()}, "weather.alert_invalid"),
        ({"area_code": OTHER}, "not_found"),
        ({"replaces_id": str(uuid4())}, "not_found"),
    ],
)
async def test_what_staff_may_not_enter(session, client_for, clock, given, code):
    clock.at = MORNING
    await make_area(session, OTHER)
    officer = await staff(session)

    answer = await client_for(officer).post("/v1/weather-alerts", json=draft(**given))

    assert answer.json()["code"] == code


async def test_cap_messages_come_replace_each_other_and_are_taken_back(session, runtime, client_for, clock):
    clock.at = MORNING
    officer = await staff(session)
    await make_area(session, OTHER)
    await make_area(session, COMMUNITY)
    rider = await make_account(session)
    await make_watch(session, rider.id, COUNTY)
    await session.commit()
    client = client_for(officer)

    async def send(content: bytes) -> list[dict]:
        answer = await client.post("/v1/weather-alerts/cap", content=content, headers=CAP)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def active() -> list[str]:
        found = (await client.get(f"/v1/weather-alerts?area={COUNTY}")).json()["items"]
        return [each["colour"] for each in found]

    # A town and its county in one message, and a district that is not the officer's.
    (one, two) = await send(cap_message(COUNTY, COMMUNITY, OTHER))
    assert {one["area_code"], two["area_code"]} == {COUNTY, COMMUNITY}
    assert (one["kind"], one["colour"], one["source"]) == ("road_ice", "orange", "兰州市气象台")
    assert await send(cap_message(COUNTY, COMMUNITY)) == []
    await react(runtime, MORNING)
    assert await told(session) == [(rider.id, "weather.alert")]  # once, though both divisions concern them

    red = cap_message(COUNTY, identifier="A2", said="Update", references=("A1",), headline="道路结冰红色预警")
    await send(red)
    assert await active() == ["red"]
    # The update of an alert that comes later than it: what it replaced is over when it arrives.
    await send(
        cap_message(COUNTY, identifier="B2", said="Update", references=("B1",), headline="大风蓝色预警")
    )
    (late,) = await send(cap_message(COUNTY, identifier="B1", headline="大风黄色预警"))
    assert late["ended_at"] is not None
    assert sorted(await active()) == ["blue", "red"]
    await send(cap_message(identifier="C1", said="Cancel", references=("A2", "B2")))
    assert await active() == []

    outside = await client.post(
        "/v1/weather-alerts/cap", content=cap_message(OTHER, identifier="D1"), headers=CAP
    )
    assert outside.status_code == 404


async def test_the_same_message_twice_at_once_is_one_alert(own_runtime):
    async with own_runtime.db.writing() as session:
        await make_area(session, COUNTY)
    message = read_cap(cap_message(COUNTY))

    async def take() -> int:
        async with own_runtime.db.writing() as session:
            return len(await weather.take_cap(session, message, by=OPERATOR, now=MORNING))

    assert sorted(await asyncio.gather(*(take() for _ in range(5)))) == [0, 0, 0, 0, 1]


_ENTITY = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert>&x;</alert>'
_GOOD = cap_message(COUNTY)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "XML"),
        (b"{}", "XML"),
        (_ENTITY, "XML"),
        (_GOOD.replace(b"cap:1.2", b"cap:1.1"), "alert"),
        (_GOOD.replace(b"Actual", b"Exercise"), "status"),
        (_GOOD.replace(b"<msgType>Alert", b"<msgType>Ack"), "msgType"),
        (_GOOD.replace(b"<msgType>Alert", b"<msgType>Update"), "references"),
        (_GOOD.replace(b"A1", b""), "identifier"),
        (_GOOD.replace(b"+00:00</sent>", b"</sent>"), "sent"),
        (_GOOD.replace(b"<expires>2026", b"<expires>soon"), "expires"),
        (_GOOD.replace("道路结冰".encode(), "地质灾害".encode()), "event"),
        (_GOOD.replace("橙色".encode(), b"").replace(b"Severe", b"Unknown"), "severity"),
        (_GOOD.replace(COUNTY.ljust(12, "0").encode(), b"somewhere"), "geocode"),
        (cap_message(), "info"),
    ],
)
def test_what_is_no_cap_alert_is_refused_and_named(content: bytes, what: str):
    with pytest.raises(CapUnreadable) as caught:
        read_cap(content)

    assert caught.value.facts == {"what": what}


def test_the_colour_is_read_from_severity_where_the_words_name_none():
    message = read_cap(_GOOD.replace("橙色".encode(), b"").replace(b"Severe", b"Extreme"))

    assert (message.colour, message.area_codes) == ("red", (COUNTY,))


async def test_a_rider_watches_twenty_areas_at_most(session, client_for):
    rider = await make_account(session)
    codes = [f"6209020060{number:02}" for number in range(1, 23)]
    for code in codes:
        await make_area(session, code)
    client = client_for(Actor(rider.id))

    answers = [(await client.put(f"/v1/weather-alerts/watches/{code}")).status_code for code in codes[:20]]
    assert set(answers) == {204}
    assert (await client.put(f"/v1/weather-alerts/watches/{codes[0]}")).status_code == 204
    refused = await client.put(f"/v1/weather-alerts/watches/{codes[20]}")
    assert refused.json()["code"] == "weather.too_many_watches"
    assert (await client.put("/v1/weather-alerts/watches/999999")).status_code == 404
    assert (await client.delete(f"/v1/weather-alerts/watches/{codes[0]}")).status_code == 204
    assert len((await client.get("/v1/weather-alerts/watches")).json()["area_codes"]) == 19


async def test_an_alert_that_is_over_is_in_no_list(session, client_for, clock):
    clock.at = MORNING
    await make_alert(session, starts_at=MORNING - timedelta(days=1))
    upcoming = await make_alert(session, starts_at=MORNING + timedelta(hours=3))

    items = (await client_for(Actor(None)).get(f"/v1/weather-alerts?area={COMMUNITY[:2]}")).json()["items"]

    assert [each["id"] for each in items] == [str(upcoming.id)]
    assert await session.get(WeatherAlert, upcoming.id) is not None


async def test_of_two_taps_at_once_one_is_the_twentieth_area(own_runtime):
    codes = [f"6209020060{number:02}" for number in range(1, 22)]
    async with own_runtime.db.writing() as session:
        rider = await make_account(session)
        for code in codes:
            await make_area(session, code)
        for code in codes[:19]:
            await make_watch(session, rider.id, code)
    by = Actor(rider.id)

    async with own_runtime.db.writing() as session:
        await weather.watch(session, codes[19], by=by, now=MORNING)
        second = asyncio.create_task(_watch(own_runtime, codes[20], by))
        waits = asyncio.create_task(until_one_waits(own_runtime.db))
        await asyncio.wait([second, waits], return_when=asyncio.FIRST_COMPLETED)
        assert waits.done()
        await waits

    with pytest.raises(weather.TooManyWatches):
        await second


async def _watch(runtime, code: str, by: Actor) -> None:
    async with runtime.db.writing() as session:
        await weather.watch(session, code, by=by, now=MORNING)
