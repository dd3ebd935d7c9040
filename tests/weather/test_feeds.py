"""A bureau's own system posts alerts, and who reads one finds an open door."""

from collections import Counter
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import select

from app.core.actor import Actor, Grant, Role
from app.core.clock import local_day
from app.core.geo import Point
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import Area, Notification, WeatherFeed
from tests.factories.accounts import make_account, make_grant
from tests.factories.areas import make_succession
from tests.factories.stations import COMMUNITY, SUZHOU, make_area, make_closure, make_station
from tests.factories.weather import MORNING, cap_message, make_alert, make_feed, make_watch

COUNTY, OTHER = COMMUNITY[:6], "620102001001"
FEEDS = "/v1/weather-alerts/feeds"
CAP = {"content-type": "application/cap+xml"}


async def test_a_bureaus_system_posts_alerts_of_its_area_until_it_is_shut_out(
    session, runtime, client_for, clock
):
    clock.at = MORNING
    for code in (COUNTY, COMMUNITY, OTHER):
        await make_area(session, code)
    officer = Actor((await make_account(session)).id, (Grant(Role.DISTRICT_OFFICER, (COUNTY,)),))
    neighbour = Actor((await make_account(session)).id, (Grant(Role.DISTRICT_OFFICER, (OTHER[:6],)),))
    rider = await make_account(session)
    await make_watch(session, rider.id, COMMUNITY)
    await session.commit()
    desk, anybody = client_for(officer), client_for()

    async def post(path: str, content: bytes):
        return await anybody.post(path, content=content, headers=CAP)

    assert (await desk.post(FEEDS, json={"name": "台", "area_code": OTHER})).status_code == 404
    opened = (await desk.post(FEEDS, json={"name": "肃州区气象台", "area_code": COUNTY})).json()
    path, feed = opened["path"], opened["feed"]
    assert (feed["area_code"], feed["heard_at"], len(path)) == (COUNTY, None, len(f"{FEEDS}/") + 43)

    posted = await post(path, cap_message(COMMUNITY, OTHER))
    assert [each["area_code"] for each in posted.json()["items"]] == [COMMUNITY]
    assert (await post(path, cap_message(COMMUNITY))).json() == {"items": []}
    # The county wholly below it is the feed's, what is not in it is nobody's here.
    assert (await post(path, cap_message(OTHER, identifier="B1"))).status_code == 404
    assert (await post(path, b"<alert/>")).json()["code"] == "weather.cap_unreadable"
    assert (await post(f"{FEEDS}/{uuid4().hex}", cap_message(COMMUNITY))).status_code == 404
    while await deliver(runtime.db, REACTIONS, now=MORNING):
        pass
    told = (await session.execute(select(Notification.account_id, Notification.kind))).all()
    assert [tuple(each) for each in told] == [(rider.id, "weather.alert")]
    taken_back = await post(path, cap_message(identifier="C1", said="Cancel", references=("A1",)))
    assert taken_back.json() == {"items": []}
    assert (await desk.get(f"/v1/weather-alerts?area={COUNTY}")).json()["items"] == []

    [listed] = (await desk.get(FEEDS)).json()["items"]
    assert (listed["heard_at"], listed["closed_at"]) == (MORNING.isoformat().replace("+00:00", "Z"), None)
    assert (await client_for(neighbour).get(FEEDS)).json()["items"] == []
    assert (await client_for(neighbour).delete(f"{FEEDS}/{feed['id']}")).status_code == 404
    for _ in range(2):
        assert (await desk.delete(f"{FEEDS}/{feed['id']}")).status_code == 204
    assert (await post(path, cap_message(COMMUNITY, identifier="D1"))).status_code == 404
    kept = await session.scalar(select(WeatherFeed))
    assert path.rpartition("/")[2].encode() not in kept.key_hash


async def test_a_feed_follows_its_division_wherever_it_went(session, runtime, client_for, clock):
    clock.at = MORNING
    merged, heir = "620998", "620998001001"
    for code in (COMMUNITY, OTHER):
        await make_area(session, code)
    names = ("新台", "旧台", "别台")
    feeds = [
        await make_feed(session, area_code=code, name=name)
        for code, name in zip((merged, COUNTY, OTHER), names, strict=True)
    ]
    key = "k" * 43
    feeds[1].key_hash = sha256(key.encode()).digest()
    await make_area(session, heir)
    await make_succession(session, COUNTY, merged)
    await make_succession(session, COMMUNITY, heir)
    for code in (COUNTY, COMMUNITY):
        (await session.get_one(Area, code)).valid_to = local_day(MORNING) - timedelta(days=1)
    asked_once, asked_now, manager, stranger = [await make_account(session) for _ in range(4)]
    await make_watch(session, asked_once.id, COMMUNITY)
    await make_watch(session, asked_now.id, heir)
    await make_watch(session, stranger.id, OTHER)
    station = await make_station(session, area_code=COMMUNITY)
    await make_grant(session, manager, Role.STATION_MANAGER, station_id=station.id)
    officer = Actor((await make_account(session)).id, (Grant(Role.DISTRICT_OFFICER, (merged,)),))
    await session.commit()
    desk, path = client_for(officer), f"{FEEDS}/{key}"

    # The bureau may name the new code, or go on with the one it knows.
    new = await client_for().post(path, content=cap_message(heir), headers=CAP)
    old = await client_for().post(path, content=cap_message(COUNTY, identifier="B1"), headers=CAP)

    assert [each["area_code"] for each in new.json()["items"] + old.json()["items"]] == [heir, merged]
    while await deliver(runtime.db, REACTIONS, now=MORNING):
        pass
    told = (await session.execute(select(Notification.account_id, Notification.kind))).all()
    riders = [(each.id, "weather.alert") for each in (asked_once, asked_now)]
    assert Counter(map(tuple, told)) == Counter([*riders, (manager.id, "weather.open_longer")] * 2)
    for code in (COMMUNITY, heir):
        listed = await client_for().get(f"/v1/weather-alerts?area={code}")
        assert len(listed.json()["items"]) == 2
    # Its new officers see it, page by page, and may shut it; of others' nothing.
    first = (await desk.get(f"{FEEDS}?limit=1")).json()
    second = (await desk.get(f"{FEEDS}?limit=1&cursor={first['next_cursor']}")).json()
    assert [each["name"] for each in first["items"] + second["items"]] == ["新台", "旧台"]
    assert second["next_cursor"] is None
    assert (await desk.get(f"{FEEDS}?cursor=x")).json()["code"] == "bad_cursor"
    assert [(await desk.delete(f"{FEEDS}/{each.id}")).status_code for each in feeds] == [204, 204, 404]
    assert (await client_for().post(path, content=cap_message(heir), headers=CAP)).status_code == 404


async def test_who_reads_an_alert_finds_the_nearest_open_doors(session, runtime, client_for, clock):
    clock.at = noon = MORNING + timedelta(hours=6)
    alert = await make_alert(session, area_code=COMMUNITY)
    hours = "Mo-Su 08:00-20:00"
    for number, km in enumerate((3, 1, 2, 4, 30)):
        there = Point(SUZHOU.lat + km / 111, SUZHOU.lon)
        await make_station(session, code=f"s{number}", name=f"{km} km", at=there, opening_hours=hours)
    near = await make_station(session, code="shut", name="shut", at=SUZHOU, opening_hours=hours)
    await make_closure(session, near, noon - timedelta(hours=1), noon + timedelta(hours=1))
    await session.commit()
    runtime.realtime.board._clock = clock
    await runtime.realtime.board.load()
    path = f"/v1/weather-alerts/{alert.id}"
    here = f"lat={SUZHOU.lat}&lon={SUZHOU.lon}&coord_type=wgs84"

    shelter = (await client_for().get(f"{path}/shelter?{here}")).json()

    assert shelter["alert"] == (await client_for().get(path)).json()
    assert shelter["alert"]["id"] == str(alert.id)
    assert [each["name"] for each in shelter["stations"]] == ["1 km", "2 km", "3 km"]
    first = shelter["stations"][0]
    assert (abs(first["distance_m"] - 1000) < 10, first["closes_at"]) == (True, "2026-12-21T12:00:00Z")
    turned = await client_for().get(f"{path}/shelter?lat={SUZHOU.lon}&lon={SUZHOU.lat}&coord_type=wgs84")
    assert turned.json()["code"] == "position.swapped"
    assert (await client_for().get(f"/v1/weather-alerts/{uuid4()}")).status_code == 404
