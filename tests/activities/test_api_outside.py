"""What leaves the room: tasks for who passes, a calendar at a secret address, figures that name nobody."""

import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from icalendar import Calendar
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from app.core.actor import Actor
from app.core.geo import CoordType, Point, from_wgs84
from app.models import ActivityFeedback, ActivityState, SignUpState
from tests.activities.world import ACTIVITIES, NOW, SIGN_UPS, activity, heard, make_world, ok, react, rider
from tests.factories.stations import COMMUNITY, SUZHOU
from tests.factories.volunteering import make_activity, make_role, make_shift, make_sign_up


def at(point: Point, datum: CoordType = CoordType.GCJ02) -> dict:
    lat, lon = from_wgs84(point, datum)
    return {"lat": lat, "lon": lon, "coord_type": datum.value}


async def test_a_task_is_found_by_who_passes_and_never_ends_in_a_meal_peak(
    session, client_for, clock, monkeypatch
):
    clock.at = NOW + timedelta(hours=1)  # 10:00 in China
    world, volunteer = await make_world(session), await rider(session)
    await session.commit()
    runs, passes = client_for(world.coordinator), client_for(volunteer)
    path = f"{ACTIVITIES}/on-the-way"
    task = {
        "id": str(uuid4()),
        "team_id": str(world.team.id),
        "kind": "care",
        "title": "给独居老人捎药",
        "position": at(SUZHOU),
        "minutes": 10,
        "open_until": (clock.at + timedelta(minutes=90)).isoformat(),  # 11:30: in the peak
    }
    offered = await ok(await runs.post(path, json=task), 201)
    assert offered["open_until"] == "2026-11-23T05:30:00Z"  # 13:30 in China
    assert await ok(await runs.post(path, json=task), 201) == offered
    await ok(
        await runs.post(path, json=task | {"id": str(uuid4()), "position": at(Point(39.79, 98.5083))}), 201
    )
    assert (await passes.post(path, json=task | {"id": str(uuid4())})).status_code == 404
    for wrong in ({"minutes": 61}, {"open_until": clock.at.isoformat()}, {"kind": "relief"}):
        assert (await runs.post(path, json=task | wrong | {"id": str(uuid4())})).status_code == 422, wrong

    # The same place by any datum; nothing of where the rider is stays anywhere.
    for datum in CoordType:
        here = {"position": at(Point(39.7441, 98.5083), datum)}
        (near,) = (await ok(await passes.post(f"{path}/nearby", json=here)))["items"]
        assert (near["title"], near["minutes"], 100 <= near["distance_m"] <= 115) == (task["title"], 10, True)
    withheld = client_for(Actor(volunteer.account_id, withholds_position=True))
    assert (await ok(await withheld.post(f"{path}/nearby", json=here)))["items"] == []
    kept = await session.execute(text("SELECT count(*) FROM volunteer_activities WHERE lat = 39.7441"))
    assert kept.scalar() == 0
    assert (await ok(await passes.get(ACTIVITIES)))["items"] == []  # not among what is planned for

    # One place: who takes it has it, nobody waits; it can be given back until the end.
    mine = {"id": str(uuid4()), "role_id": near["role_id"]}
    assert (await ok(await passes.post(SIGN_UPS, json=mine), 201))["state"] == "booked"
    assert (await ok(await passes.post(f"{path}/nearby", json=here)))["items"] == []
    full = await runs.post(SIGN_UPS, json=mine | {"id": str(uuid4())})
    assert full.json()["code"] == "activity.closed"
    given_back = await ok(await passes.post(f"{SIGN_UPS}/{mine['id']}/withdraw"))
    assert given_back["state"] == "withdrawn"
    # However many there are, the nearest is among those that are looked at.
    there = {"position": at(Point(39.7471, 98.5083))}
    await ok(await runs.post(path, json=task | there | {"id": str(uuid4()), "title": "后来的"}), 201)
    with monkeypatch.context() as few:
        few.setattr("app.services.activities.passing._MOST_LOOKED_AT", 1)
        (nearest,) = (await ok(await passes.post(f"{path}/nearby", json=there)))["items"]
    assert nearest["title"] == "后来的"
    clock.at = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
    assert (await ok(await passes.post(f"{path}/nearby", json=here)))["items"] == []


async def test_a_task_that_was_sent_back_stays_a_task(session, client_for, clock):
    clock.at = NOW + timedelta(hours=1)
    world = await make_world(session)
    task = await make_activity(
        session, world.team, is_on_the_way=True, state=ActivityState.DRAFT, published_at=None
    )
    await session.commit()

    plain = {name: each for name, each in activity(world.team).items() if name != "id"}
    refused = await client_for(world.coordinator).put(
        f"{ACTIVITIES}/{task.id}", json=plain | {"version": task.version}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "activity.illegal_move")


async def test_a_calendar_opens_by_its_secret_alone(session, client_for, clock):
    clock.at = NOW
    world, volunteer = await make_world(session), await rider(session, "马师傅")
    activity = await make_activity(session, world.team, title="清扫楼道", lat=39.7431, lon=98.5083)
    role = await make_role(session, await make_shift(session, activity, NOW + timedelta(days=2)))
    own = await make_sign_up(session, role, volunteer.account_id)
    await make_sign_up(session, role)
    await session.commit()
    mine, anyone = client_for(volunteer), client_for()

    path = (await ok(await mine.post(f"{ACTIVITIES}/calendar"), 201))["path"]
    answer = await anyone.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"  # taken back, it is gone from browsers, too
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event["summary"], event["status"], event["dtstart"].dt) == (
        "清扫楼道", "CONFIRMED", NOW + timedelta(days=2)
    )  # fmt: skip
    assert "马师傅" not in answer.text
    await ok(await mine.post(f"{SIGN_UPS}/{own.id}/withdraw"))
    (event,) = Calendar.from_ical((await anyone.get(path)).content).walk("VEVENT")
    assert event["status"] == "CANCELLED"

    newer = (await ok(await mine.post(f"{ACTIVITIES}/calendar"), 201))["path"]
    assert (await anyone.get(path)).status_code == 404
    assert (await anyone.get(newer)).status_code == 200
    secrets = await session.execute(text("SELECT encode(secret_hash, 'escape') FROM calendar_feeds"))
    assert newer.removesuffix(".ics").rsplit("/", 1)[1] not in str(secrets.all())
    assert (await mine.delete(f"{ACTIVITIES}/calendar")).status_code == 204
    assert (await anyone.get(newer)).status_code == 404


async def test_a_month_in_figures_and_lines(session, runtime, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    activity = await make_activity(session, world.team, title="=1+1")
    inside = await make_shift(session, activity, datetime(2026, 10, 31, 16, 0, tzinfo=UTC))  # 1 November
    outside = await make_shift(session, activity, datetime(2026, 11, 30, 16, 0, tzinfo=UTC))  # 1 December
    await make_shift(session, activity, NOW, cancelled_at=NOW, cancel_reason="大风")
    role = await make_role(session, inside, places=9)
    await make_sign_up(session, await make_role(session, outside))
    rows = [await make_sign_up(session, role) for _ in range(5)]
    await make_sign_up(session, role, state=SignUpState.NO_SHOW)
    await make_sign_up(session, role, state=SignUpState.WITHDRAWN)
    for number, row in enumerate(rows[:4]):
        session.add(_said(row, 5 - number % 2))
    await session.commit()
    desk = client_for(world.clerk)
    asked = {"area": COMMUNITY, "month": "2026-11"}

    (month,) = (await ok(await desk.get(f"{ACTIVITIES}/figures", params=asked)))["items"]
    assert [month[name] for name in ("activities", "shifts", "cancelled", "places_taken", "people")] == [
        1, 2, 1, 6, 5
    ]  # fmt: skip
    assert (month["no_shows"], month["answers"], month["satisfaction"]) == (1, 4, None)
    session.add(_said(rows[4], 3))
    await session.commit()
    (month,) = (await ok(await desk.get(f"{ACTIVITIES}/figures", params=asked)))["items"]
    assert month["satisfaction"] == 4.2

    lines = (await desk.get(f"{ACTIVITIES}/export.csv", params=asked)).text
    assert lines.startswith("\ufeff组织名称,")
    assert ",'=1+1," in lines
    assert len(lines.strip().splitlines()) == 3
    book = await desk.get(f"{ACTIVITIES}/export.xlsx", params=asked)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert (len(sheet), sheet[1][4], sheet[1][12], sheet[1][13]) == (3, "=1+1", 9, 6)
    assert "小蜂" not in lines + str(sheet)
    assert (await desk.get(f"{ACTIVITIES}/figures", params=asked | {"month": "2026-13"})).status_code == 422
    await react(runtime, NOW)
    assert await heard(session, world.clerk.account_id) == []


def _said(row, score: int) -> ActivityFeedback:
    return ActivityFeedback(
        sign_up_id=row.id, activity_id=row.activity_id, account_id=row.account_id, score=score, given_at=NOW
    )
