"""Activities: written, approved where the area says so, insured where dangerous, called off with all told."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.core.actor import Role
from tests.activities.world import (
    ACTIVITIES,
    NOW,
    SIGN_UPS,
    activity,
    heard,
    make_world,
    ok,
    publish,
    react,
    rider,
    shift,
)
from tests.factories.stations import COMMUNITY, make_area, make_staff, make_station


async def test_an_activitys_way_to_the_public_and_back(session, runtime, client_for, clock):
    clock.at = NOW
    world, volunteer = await make_world(session), await rider(session)
    await session.commit()
    runs, desk, officer = client_for(world.coordinator), client_for(world.clerk), client_for(world.officer)
    policy = f"{ACTIVITIES}/policies/{COMMUNITY[:6]}"
    assert (await ok(await officer.get(policy)))["version"] == 0
    wants = {"version": 0, "needs_approval": True, "most_shifts_a_week": 3}
    assert (await ok(await officer.put(policy, json=wants)))["version"] == 1
    assert (await officer.put(policy, json=wants)).json()["code"] == "edit_conflict"

    described = activity(world.team, shift(), shift(NOW + timedelta(days=3)))
    written = await ok(await runs.post(ACTIVITIES, json=described), 201)
    assert await ok(await runs.post(ACTIVITIES, json=described), 201) == written
    path, nobody = f"{ACTIVITIES}/{written['id']}", client_for(volunteer)
    assert (await nobody.get(path)).status_code == 404
    assert (await ok(await nobody.get(ACTIVITIES)))["items"] == []
    edit = {name: each for name, each in described.items() if name != "id"}
    changed = await ok(
        await runs.put(path, json=edit | {"version": 1, "title": "扫楼道", "shifts": [shift()]})
    )
    assert (changed["title"], len(changed["shifts"])) == ("扫楼道", 1)

    # The district wants to approve: it comes to the community's staff, who send it back once.
    state = await ok(await runs.post(f"{path}/submit", json={"version": changed["version"]}))
    assert state["state"] == "submitted"
    refused = await runs.put(path, json=edit | {"version": state["version"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "activity.illegal_move")
    back = {"version": state["version"], "approves": False, "reason": "请写明集合地点"}
    state = await ok(await desk.post(f"{path}/decide", json=back))
    assert (state["state"], state["reason"]) == ("draft", "请写明集合地点")
    state = await ok(await runs.post(f"{path}/submit", json={"version": state["version"]}))
    assert [
        each["id"] for each in (await ok(await desk.get(f"{ACTIVITIES}/run?state=submitted")))["items"]
    ] == [written["id"]]
    yes = {"version": state["version"], "approves": True}
    assert (await runs.post(f"{path}/decide", json=yes)).status_code == 403
    state = await ok(await desk.post(f"{path}/decide", json=yes))
    assert state["state"] == "published"
    (coming,) = (await ok(await client_for().get(ACTIVITIES, params={"area": COMMUNITY[:6]})))["items"]
    assert (coming["title"], coming["free"]) == ("扫楼道", 2)
    await react(runtime, NOW)
    assert await heard(session, world.clerk.account_id) == ["activity.to_approve", "activity.to_approve"]
    assert await heard(session, world.coordinator.account_id) == ["activity.sent_back", "activity.published"]

    # Called off with a reason: who signed up is told, and the place is nobody's any more.
    role = (await ok(await nobody.get(path)))["shifts"][0]["roles"][0]
    mine = {"id": str(uuid4()), "role_id": role["id"]}
    await ok(await nobody.post(SIGN_UPS, json=mine), 201)
    assert (await nobody.post(f"{path}/cancel", json={"version": 1, "reason": "x"})).status_code == 404
    cancelled = {"version": state["version"], "reason": "大风"}
    assert (await ok(await runs.post(f"{path}/cancel", json=cancelled)))["state"] == "cancelled"
    await react(runtime, NOW)
    assert await heard(session, volunteer.account_id) == ["activity.shift_cancelled"]
    (own,) = (await ok(await nobody.get(f"{SIGN_UPS}/mine")))["items"]
    assert own["state"] == "cancelled"
    seen = await ok(await nobody.get(path))
    assert (seen["shifts"][0]["cancel_reason"], seen["shifts"][0]["roles"][0]["free"]) == ("大风", 2)
    assert (await ok(await nobody.get(ACTIVITIES)))["items"] == []


async def test_what_may_be_dangerous_is_insured_and_for_adults(session, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    await session.commit()
    runs = client_for(world.coordinator)
    night = shift(NOW + timedelta(days=2, hours=13), hours=4)  # across midnight in China
    described = activity(world.team, night, kind="night_patrol")
    written = await ok(await runs.post(ACTIVITIES, json=described), 201)
    assert (written["is_dangerous"], written["shifts"][0]["roles"][0]["adults_only"]) == (True, True)

    path = f"{ACTIVITIES}/{written['id']}"
    refused = await runs.post(f"{path}/submit", json={"version": 1})
    assert (refused.status_code, refused.json()["code"]) == (422, "activity.insurance_needed")
    edit = {name: each for name, each in described.items() if name != "id"}
    insured = {"insurer": "某保险(示例)", "policy_number": "P1", "insured_from": "2026-11-25"}
    version = 1
    for until, code in (("2026-11-25", 422), ("2026-11-26", 200)):
        body = edit | {"version": version, "insurance": insured | {"insured_to": until}}
        version = (await ok(await runs.put(path, json=body)))["version"]
        assert (await runs.post(f"{path}/submit", json={"version": version})).status_code == code
    # Who runs it has the policy before their eyes, as an edit writes it again; nobody else sees it.
    assert (await ok(await runs.get(f"{ACTIVITIES}/run/{written['id']}")))["policy_number"] == "P1"
    assert "policy_number" not in await ok(await client_for().get(path))


async def test_shifts_recur_and_one_of_them_is_called_off(session, client_for, clock):
    clock.at = NOW
    world, station = await make_world(session), await make_station(session, area_code=COMMUNITY)
    await session.commit()
    runs = client_for(world.coordinator)
    place = {"kind": "station", "station_id": str(station.id)}
    found = await publish(runs, activity(world.team, place=place, rrule="FREQ=WEEKLY;COUNT=3"))
    starts = [each["starts_at"] for each in found["shifts"]]
    assert starts == ["2026-11-25T01:00:00Z", "2026-12-02T01:00:00Z", "2026-12-09T01:00:00Z"]
    pages, cursor = [], None
    while not pages or cursor:
        page = await ok(
            await runs.get(ACTIVITIES, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        )
        pages.append([each["starts_at"] for each in page["items"]])
        cursor = page["next_cursor"]
    assert pages == [starts[:2], starts[2:]]

    second = f"{ACTIVITIES}/shifts/{found['shifts'][1]['id']}/cancel"
    for _ in range(2):
        seen = await ok(await runs.post(second, json={"reason": "停电"}))
    assert [each["cancel_reason"] for each in seen["shifts"]] == ["", "停电", ""]
    assert len((await ok(await runs.get(ACTIVITIES)))["items"]) == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"rrule": "FREQ=HOURLY"}, "activity.recurrence_unreadable"),
        ({"shifts": [shift(), shift()], "rrule": "FREQ=DAILY;COUNT=2"}, "activity.invalid"),
        ({"shifts": [shift(hours=0)]}, "activity.invalid"),
        ({"shifts": [shift(hours=17)]}, "activity.invalid"),
        ({"shifts": [shift(NOW - timedelta(days=2))]}, "activity.invalid"),
        ({"shifts": [shift() | {"break_minutes": 120}]}, "activity.invalid"),
        (
            {"place": {"kind": "station", "station_id": "00000000-0000-0000-0000-000000000001"}},
            "activity.invalid",
        ),
        ({"place": {"kind": "station"}}, "validation_failed"),
        ({"place": {"kind": "point"}}, "validation_failed"),
        (
            {"place": {"kind": "point", "position": {"lat": 98.5, "lon": 39.7, "coord_type": "gcj02"}}},
            "validation_failed",
        ),
        (
            {"place": {"kind": "point", "position": {"lat": 60.0, "lon": 39.7, "coord_type": "gcj02"}}},
            "position.foreign",
        ),
        ({"area_code": "620921001001"}, "not_found"),
        ({"title": "a\0b"}, "validation_failed"),
        ({"shifts": []}, "validation_failed"),
    ],
)
async def test_what_no_activity_is(session, client_for, clock, given, code):
    clock.at = NOW
    world = await make_world(session)
    await session.commit()

    refused = await client_for(world.coordinator).post(ACTIVITIES, json=activity(world.team, **given))

    assert refused.status_code in {404, 422}
    if code != "validation_failed":
        assert refused.json()["code"] == code


async def test_outside_their_scope_nobody_runs_it(session, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    elsewhere = await make_staff(session, Role.COMMUNITY_STAFF, "620921001001")
    await session.commit()
    found = await publish(client_for(world.coordinator), activity(world.team))
    path, shift_id = f"{ACTIVITIES}/{found['id']}", found["shifts"][0]["id"]
    for stranger in (elsewhere, await rider(session)):
        await session.commit()
        client = client_for(stranger)
        answers = [
            await client.post(f"{path}/submit", json={"version": 2}),
            await client.post(f"{path}/cancel", json={"version": 2, "reason": "x"}),
            await client.get(f"{ACTIVITIES}/run/{found['id']}"),
            await client.get(f"{ACTIVITIES}/shifts/{shift_id}/sign-ups"),
            await client.post(f"{ACTIVITIES}/shifts/{shift_id}/cancel", json={"reason": "x"}),
            await client.post(ACTIVITIES, json=activity(world.team)),
        ]
        assert [answer.status_code for answer in answers] == [404] * 6
        assert (await ok(await client.get(f"{ACTIVITIES}/run")))["items"] == []


async def test_a_draft_that_was_called_off_was_never_public_and_is_in_no_figure(session, client_for, clock):
    clock.at = NOW
    world, volunteer = await make_world(session), await rider(session)
    await session.commit()
    runs, desk, nobody = (client_for(each) for each in (world.coordinator, world.clerk, volunteer))
    for is_public in (False, True):
        draft = await ok(await runs.post(ACTIVITIES, json=activity(world.team)), 201)
        path, version = f"{ACTIVITIES}/{draft['id']}", draft["version"]
        if is_public:
            version = (await ok(await runs.post(f"{path}/submit", json={"version": version})))["version"]
        await ok(await runs.post(f"{path}/cancel", json={"version": version, "reason": "不办了"}))
        assert (await nobody.get(path)).status_code == (200 if is_public else 404)

    (month,) = (
        await ok(await desk.get(f"{ACTIVITIES}/figures", params={"area": COMMUNITY, "month": f"{NOW:%Y-%m}"}))
    )["items"]
    assert (month["activities"], month["cancelled"]) == (1, 1)
    rolled = await ok(
        await desk.get(
            "/v1/statistics/volunteering", params={"area_code": COMMUNITY, "month": f"{NOW:%Y-%m}"}
        )
    )
    assert (rolled["total"]["activities"], rolled["total"]["cancelled"]) == (1, 1)


async def test_a_team_holds_nothing_at_the_stations_of_another_district(session, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    await make_area(session, "620921001001")
    far = await make_station(session, area_code="620921001001")
    near = await make_station(session, area_code=COMMUNITY)
    await session.commit()
    runs = client_for(world.coordinator)

    there = {"place": {"kind": "station", "station_id": str(far.id)}}
    assert (await runs.post(ACTIVITIES, json=activity(world.team, **there))).status_code == 404
    here = {"place": {"kind": "station", "station_id": str(near.id)}}
    assert (await runs.post(ACTIVITIES, json=activity(world.team, **here))).status_code == 201


async def test_nothing_of_a_team_that_was_dissolved_is_published(session, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    await session.commit()
    runs = client_for(world.clerk)
    draft = await ok(await runs.post(ACTIVITIES, json=activity(world.team)), 201)
    world.team.ended_at = NOW
    await session.commit()

    late = await runs.post(f"{ACTIVITIES}/{draft['id']}/submit", json={"version": draft["version"]})
    assert (late.status_code, late.json()["code"]) == (409, "team.ended")
