"""A published activity is changed: all are told, whom it does not suit may leave, places are kept."""

from datetime import timedelta

import pytest

from app.models import AgeBand
from app.services import activities
from tests.activities.test_api_sign_ups import roles_of, sign_up
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

DAY = NOW + timedelta(days=2)


def changed(found, *shifts, **given):
    """Describe a published activity as it is to be: as it is, but for what is given."""
    return {
        "version": found["version"],
        "reason": "场地检修",
        "title": found["title"],
        "content": found["content"],
        "service_objects": found["service_objects"],
        "risks": found["risks"],
        "place": {"kind": "area", "text": found["place_text"]},
        "shifts": list(shifts),
        **given,
    }


def moved(each, hours=0, **role):
    """Describe a shift as it is but for its hour and its first role."""
    first = {
        **shift()["roles"][0],
        "id": each["roles"][0]["id"],
        "places": each["roles"][0]["places"],
        **role,
    }
    return {**shift(DAY + timedelta(hours=hours), hours=2), "id": each["id"], "roles": [first]}


async def test_who_signed_up_hears_of_a_change_and_may_leave(session, runtime, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    fine, double, minor, waits = [
        await rider(session, f"骑手{n}", age_band=AgeBand.FROM_14_TO_17 if n == 2 else AgeBand.ADULT)
        for n in range(4)
    ]
    await session.commit()
    runs = client_for(world.coordinator)
    found = await publish(runs, activity(world.team, shift(DAY, places=3)))
    later = await publish(runs, activity(world.team, shift(DAY + timedelta(hours=2)), title="接着"))
    path, [role_id] = f"{ACTIVITIES}/{found['id']}/change", roles_of(found)
    rows = [await sign_up(client_for(each), role_id) for each in (fine, double, minor, waits)]
    assert [row["state"] for row in rows] == ["booked", "booked", "booked", "waiting"]
    other = await sign_up(client_for(double), roles_of(later)[0])
    [one] = found["shifts"]

    # Words alone tell nobody; fewer places than are taken there cannot be; another's version is refused.
    said = await ok(await runs.post(path, json=changed(found, content="带手套")))
    assert (said["content"], said["reason"]) == ("带手套", "场地检修")
    stale = await runs.post(path, json=changed(found))
    assert (stale.status_code, stale.json()["code"]) == (409, "edit_conflict")
    full = await runs.post(path, json=changed(said, moved(one, places=2)))
    assert (full.status_code, full.json()["code"], full.json()["taken"]) == (409, "activity.places_taken", 3)
    await react(runtime, NOW)
    assert await heard(session, fine.account_id) == []

    # An hour later, for adults, elsewhere, and with one more place for who waits.
    wanted = changed(said, moved(one, 1, places=4, adults_only=True), place={"kind": "area", "text": "后院"})
    now_is = await ok(await runs.post(path, json=wanted))
    assert (now_is["place_text"], now_is["shifts"][0]["starts_at"]) == ("后院", "2026-11-25T02:00:00Z")
    assert now_is["shifts"][0]["roles"][0]["free"] == 0
    await react(runtime, NOW)
    assert [await heard(session, each.account_id) for each in (fine, double, minor)] == [
        ["activity.changed"],
        ["activity.changed_overlapping"],
        ["activity.changed_unfit"],
    ]
    assert sorted(await heard(session, waits.account_id)) == ["activity.changed", "activity.offered"]
    seen = await ok(await runs.get(f"{ACTIVITIES}/shifts/{one['id']}/sign-ups"))
    assert [(row["state"], row["concern"]) for row in seen["items"]] == [
        ("booked", None), ("booked", "overlapping"), ("booked", "unfit"), ("offered", None),
    ]  # fmt: skip

    # The deadline is over: they may leave all the same, of the other activity they may not.
    clock.at = DAY + timedelta(minutes=50)
    left = await ok(await client_for(double).post(f"{SIGN_UPS}/{rows[1]['id']}/withdraw"))
    assert (left["state"], left["free_to_leave_since"]) == ("withdrawn", "2026-11-23T01:00:00Z")
    bound = await client_for(double).post(f"{SIGN_UPS}/{other['id']}/withdraw")
    assert bound.json()["code"] == "activity.withdraw_too_late"
    # Whom it does not suit the organiser may refuse, nobody else who has a place.
    no = {"accepts": False, "reason": "须年满十八岁"}
    assert (await ok(await runs.post(f"{SIGN_UPS}/{rows[2]['id']}/decide", json=no)))["state"] == "refused"
    kept = await runs.post(f"{SIGN_UPS}/{rows[0]['id']}/decide", json=no)
    assert (kept.status_code, kept.json()["code"]) == (409, "activity.illegal_move")
    clock.at = DAY + timedelta(minutes=61)
    late = await client_for(fine).post(f"{SIGN_UPS}/{rows[0]['id']}/withdraw")
    assert late.json()["code"] == "activity.withdraw_too_late"
    begun = await runs.post(path, json=changed(now_is, moved(one, 3)))
    assert (begun.status_code, begun.json()["code"]) == (422, "activity.invalid")


async def test_a_shift_is_added_an_offer_ends_sooner_and_a_reminder_comes_again(
    session, runtime, client_for, clock
):
    clock.at = NOW
    world = await make_world(session)
    first, second = [await rider(session) for _ in range(2)]
    await session.commit()
    runs = client_for(world.coordinator)
    found = await publish(runs, activity(world.team, shift(DAY, places=1)))
    [one], [role_id] = found["shifts"], roles_of(found)
    rows = [await sign_up(client_for(each), role_id) for each in (first, second)]
    await ok(await client_for(first).post(f"{SIGN_UPS}/{rows[0]['id']}/withdraw"))
    offered = await ok(await client_for(second).get(f"{SIGN_UPS}/mine"))
    assert offered["items"][0]["offer_ends_at"] == "2026-11-23T13:00:00Z"
    new = shift(DAY + timedelta(days=1))
    now_is = await ok(
        await runs.post(f"{ACTIVITIES}/{found['id']}/change", json=changed(found, moved(one, -44), new))
    )
    assert [each["starts_at"] for each in now_is["shifts"]] == [
        "2026-11-23T05:00:00Z",
        "2026-11-26T01:00:00Z",
    ]
    row = (await ok(await client_for(second).get(f"{SIGN_UPS}/mine")))["items"][0]
    assert (row["offer_ends_at"], row["free_to_leave_since"]) == ("2026-11-23T04:30:00Z", None)
    await ok(await client_for(second).post(f"{SIGN_UPS}/{row['id']}/confirm"))
    clock.at = NOW + timedelta(hours=2)
    assert await activities.remind(session, now=clock.at) == 1
    await session.commit()
    back = await ok(
        await runs.post(f"{ACTIVITIES}/{found['id']}/change", json=changed(now_is, moved(one, 0)))
    )
    assert back["version"] == now_is["version"] + 1
    assert await activities.remind(session, now=DAY - timedelta(hours=3)) == 1


async def test_what_an_area_approved_its_staff_changes_and_danger_stays_insured(session, client_for, clock):
    clock.at = NOW
    world = await make_world(session)
    await session.commit()
    runs, desk = client_for(world.coordinator), client_for(world.clerk)
    insured = {"insurer": "某保险(示例)", "policy_number": "P1"}
    days = {"insured_from": "2026-11-25", "insured_to": "2026-11-25"}
    risky = activity(world.team, shift(DAY), kind="traffic", insurance=insured | days)
    found = await publish(runs, risky)
    [one], path = found["shifts"], f"{ACTIVITIES}/{found['id']}/change"
    tomorrow = {
        **moved(one),
        "id": None,
        **{k: shift(DAY + timedelta(days=1))[k] for k in ("starts_at", "ends_at")},
    }
    tomorrow["roles"] = shift()["roles"]
    uninsured = await runs.post(path, json=changed(found, tomorrow, insurance=insured | days))
    assert (uninsured.status_code, uninsured.json()["code"]) == (422, "activity.insurance_needed")
    longer = insured | days | {"insured_to": "2026-11-26"}
    found = await ok(await runs.post(path, json=changed(found, tomorrow, insurance=longer)))
    assert found["shifts"][1]["roles"][0]["adults_only"] is True

    policy = {"version": 0, "needs_approval": True}
    await ok(
        await client_for(world.officer).put(f"{ACTIVITIES}/policies/{world.team.area_code}", json=policy)
    )
    wanted = changed(found, moved(one, 1), insurance=longer)
    refused = await runs.post(path, json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (409, "activity.change_needs_approval")
    assert (await ok(await desk.post(path, json=wanted)))["version"] == found["version"] + 1
    draft = await ok(await runs.post(ACTIVITIES, json=activity(world.team)), 201)
    early = await runs.post(f"{ACTIVITIES}/{draft['id']}/change", json=changed(draft))
    assert (early.status_code, early.json()["code"]) == (409, "activity.illegal_move")


@pytest.mark.parametrize(
    "given",
    [
        {"hours": -60},
        {"id": "00000000-0000-0000-0000-000000000001"},
        {"role_id": "00000000-0000-0000-0000-000000000001"},
        {"break_minutes": 120},
    ],
    ids=["past", "no_such_shift", "no_such_role", "all_break"],
)
async def test_what_no_change_is(session, client_for, clock, given):
    clock.at = NOW
    world = await make_world(session)
    await session.commit()
    runs = client_for(world.coordinator)
    found = await publish(runs, activity(world.team, shift(DAY)))
    wanted = moved(found["shifts"][0], given.pop("hours", 0))
    if "role_id" in given:
        wanted["roles"][0]["id"] = given.pop("role_id")
    refused = await runs.post(f"{ACTIVITIES}/{found['id']}/change", json=changed(found, wanted | given))
    assert (refused.status_code, refused.json()["code"]) == (422, "activity.invalid")
    again = await ok(await runs.get(f"{ACTIVITIES}/{found['id']}"))
    assert again == found
