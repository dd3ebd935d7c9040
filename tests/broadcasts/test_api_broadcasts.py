"""A broadcast's whole way over HTTP: written, approved by a second person, sent once, counted, withdrawn."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.urgency import PushChannel
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import (
    Account,
    Broadcast,
    BroadcastState,
    MemberState,
    Notification,
    NotificationText,
    PushDelivery,
    PushState,
)
from app.ports import RetryLater
from app.services import broadcasts
from tests.factories.accounts import make_account
from tests.factories.broadcasts import COUNTY, NOW, TEXT, body, make_broadcast, make_officer, make_people
from tests.factories.checkins import make_visit
from tests.factories.notifications import make_device, make_preference
from tests.factories.stations import COMMUNITY, make_area, make_station
from tests.factories.volunteering import make_member, make_team
from tests.notifications.fakes import FakePush, push

URL = "/v1/broadcasts"
JPUSH = PushChannel.JPUSH
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


async def send_all(runtime, now=NOW) -> None:
    while await broadcasts.send_next(runtime.db, lambda: now):
        pass


async def tell_all(runtime, now=NOW) -> None:
    while await deliver(runtime.db, REACTIONS, now=now):
        pass


async def read_all(client) -> None:
    assert (await client.post("/v1/notifications/read", json={"until": None})).status_code == 200


async def post(client, path: str, status: int = 200, **given):
    answer = await client.post(f"{URL}{path}", json=given)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_broadcast_to_many_is_approved_sent_once_counted_and_withdrawn(
    session, runtime, client_for, clock
):
    clock.at = NOW
    author, chief = await make_officer(session), await make_officer(session, COMMUNITY[:4])
    await make_people(session, 1000)
    phones = [await make_account(session, area_code=COMMUNITY) for _ in range(8)]
    for person in phones[:7]:
        await make_device(session, person.id)
    await make_preference(session, phones[0].id, topics={"notices": "off"}, quiet_from=None)
    await make_preference(session, phones[1].id, quiet_from=11 * 60, quiet_to=13 * 60)
    await session.commit()
    mine, theirs = client_for(author), client_for(chief)
    reader = client_for(Actor(phones[2].id))

    seen = await post(mine, "/preview", audience={"kind": "area", "area_code": COMMUNITY})
    assert (seen["people"], seen["needs_second_person"]) == (1008, True)
    given = body()
    first = await post(mine, "", 201, **given)
    one = f"/{given['id']}"
    asked = await post(mine, f"{one}/submit", version=first["version"])
    assert (asked["state"], asked["people"]) == ("waiting", 1008)
    refused = await post(mine, f"{one}/approve", 403, version=asked["version"])
    assert refused["code"] == "broadcast.second_person_needed"
    await send_all(runtime)
    await tell_all(runtime)
    assert await session.scalar(select(func.count()).select_from(Notification)) == 1
    approved = await post(theirs, f"{one}/approve", version=asked["version"])
    assert approved["state"] == "scheduled"
    await send_all(runtime)
    await send_all(runtime)

    told = await mine.get(f"{URL}{one}")
    assert (told.json()["state"], told.json()["told"]) == ("sent", 1008)
    assert [(step["move"], step["by"]) for step in told.json()["steps"]] == [
        ("write", "负责人620902"), ("ask", "负责人620902"), ("approve", "负责人6209"),
        ("begin", None), ("finish", None),
    ]  # fmt: skip
    vendor = FakePush()
    await push(runtime, {JPUSH: vendor}, NOW + 10 * SECOND)
    # Switched off, at lunch, and without a phone: everybody else has a copy, and it says nothing.
    assert len(vendor.sent) == 5
    assert {parcel.message.body for parcel in vendor.sent} == {"您有一条社区通知"}
    assert "MARK" not in str(vendor.sent)
    (row,) = (await reader.get("/v1/notifications")).json()["notifications"]
    assert (row["topic"], row["zh"], row["en"]) == ("notices", TEXT["zh"], TEXT["en"])
    assert row["subject"] == {"type": "broadcast", "id": given["id"]}
    for person in phones[2:]:
        await read_all(client_for(Actor(person.id)))
    figures = (await mine.get(f"{URL}{one}/figures")).json()
    assert figures | {"as_of": None} == {
        "people": 1008, "told": 1008, "pushed": 5, "failed": 0, "waiting": None, "opened": 6, "as_of": None,
    }  # fmt: skip

    for _ in range(2):
        assert (await post(theirs, f"{one}/cancel", reason="日期写错"))["state"] == "cancelled"
    await push(runtime, {JPUSH: vendor}, NOW + 3 * HOUR)
    assert len(vendor.sent) == 5
    (row,) = (await reader.get("/v1/notifications")).json()["notifications"]
    assert row["zh"] == {"title": "通知已撤回", "body": "发布单位已撤回这条通知。"}
    assert (await mine.get(f"{URL}{one}/figures")).json()["waiting"] == 0
    await tell_all(runtime)
    for officer, heard in ((theirs, ["desk.broadcast_waiting"]), (mine, ["desk.broadcast_cancelled"])):
        inbox = (await officer.get("/v1/notifications")).json()["notifications"]
        assert [each["kind"] for each in inbox] == heard


async def test_an_id_is_one_broadcast(session, client_for):
    officer = client_for(await make_officer(session))
    await make_area(session)
    await session.commit()
    given = body()

    first = await post(officer, "", 201, **given)

    assert (await post(officer, "", 201, **given)) == first
    reused = await post(officer, "", 422, **body(id=given["id"], en=TEXT["zh"]))
    assert reused["code"] == "idempotency_key_reused"


async def test_cancelled_midway_the_rest_is_not_told_and_no_copy_goes(
    session, runtime, client_for, clock, monkeypatch
):
    clock.at = NOW
    monkeypatch.setattr(broadcasts.sending, "BATCH", 10)
    officer = client_for(await make_officer(session))
    await make_people(session, 25)
    await session.commit()
    given = body()
    made = await post(officer, "", 201, **given)
    await post(officer, f"/{given['id']}/submit", version=made["version"])
    for _ in range(3):  # begun, and two batches
        await broadcasts.send_next(runtime.db, lambda: NOW)
    for person in await session.scalars(select(Notification.account_id)):
        await make_device(session, person)
    await session.commit()

    busy = FakePush(RetryLater("429"))
    await push(runtime, {JPUSH: busy}, NOW + 10 * SECOND)
    halfway = (await officer.get(f"{URL}/{given['id']}")).json()
    assert (halfway["state"], halfway["told"], halfway["people"]) == ("sending", 20, 25)
    await post(officer, f"/{given['id']}/cancel", reason="写错了")
    await send_all(runtime)
    vendor = FakePush()
    await push(runtime, {JPUSH: vendor}, NOW + HOUR)

    assert await session.scalar(select(func.count()).select_from(Notification)) == 20
    assert (busy.calls, vendor.sent) == (1, [])
    copies = (await session.execute(select(PushDelivery.state, PushDelivery.error))).all()
    assert {tuple(row) for row in copies} == {(PushState.SKIPPED, "withdrawn")}


async def test_whom_each_audience_holds(session, runtime, client_for, clock):
    clock.at = NOW
    officer = client_for(await make_officer(session))
    station = await make_station(session)
    here = await make_area(session, f"{COUNTY}005002")
    await make_people(session, 6, area_code=here, worker_kind="courier")
    for number in range(7):
        guest = await make_account(session, worker_kind="truck_driver", area_code=here if number else None)
        for ago in (2, 3):
            await make_visit(
                session, station.id, guest.id, captured_at=NOW - ago * DAY, ended_at=NOW - ago * DAY,
                end_reason="tap",
            )  # fmt: skip
    long_ago = await make_account(session)
    await make_visit(
        session,
        station.id,
        long_ago.id,
        captured_at=NOW - 40 * DAY,
        ended_at=NOW - 40 * DAY,
        end_reason="tap",
    )
    gone = await make_account(session, area_code=here)
    gone.status = "deleted"
    await session.commit()

    async def people(**audience) -> int | None:
        return (await post(officer, "/preview", audience=audience))["people"]

    assert await people(kind="area", area_code=COUNTY) == 13
    assert await people(kind="area", area_code=COMMUNITY) == 7
    assert await people(kind="area", area_code=COUNTY, days=60) == 14
    assert await people(kind="worker_kind", area_code=COUNTY, worker_kind="courier") == 6
    assert await people(kind="worker_kind", area_code=COUNTY, worker_kind="other") == 0
    assert await people(kind="station", station_id=str(station.id)) == 7
    assert await people(kind="station", station_id=str(station.id), days=1) == 0
    team = await make_team(session, area_code=here)
    for number in range(6):
        state = MemberState.REQUESTED if number == 0 else MemberState.ACTIVE
        await make_member(session, team, state=state)
    await session.commit()
    assert await people(kind="team", team_id=str(team.id)) == 5
    # One to four are not counted out.
    lonely = await make_account(session, area_code=COUNTY, worker_kind="other")
    await session.commit()
    assert lonely.worker_kind == "other"
    assert await people(kind="worker_kind", area_code=COUNTY, worker_kind="other") is None


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"audience": {"kind": "area", "area_code": "620921"}}, 404, "not_found"),
        ({"audience": {"kind": "station", "station_id": str(UUID(int=1))}}, 404, "not_found"),
        ({"audience": {"kind": "everybody"}}, 422, "invalid_input"),
        ({"urgency": "emergency"}, 422, "invalid_input"),
        ({"zh": {"title": " ", "body": "x"}}, 422, "invalid_input"),
        ({"en": {"title": "x", "body": "a\0b"}}, 422, "invalid_input"),
        ({"send_at": (NOW + 61 * DAY).isoformat()}, 422, "broadcast.invalid"),
        ({"ends_at": NOW.isoformat()}, 422, "broadcast.invalid"),
        ({"send_at": (NOW + DAY).isoformat(), "ends_at": (NOW + HOUR).isoformat()}, 422, "broadcast.invalid"),
    ],
    ids=[
        "other area",
        "no station",
        "no such kind",
        "emergency",
        "blank",
        "nul",
        "too far",
        "over",
        "reversed",
    ],
)
async def test_what_cannot_be_meant_is_refused(session, client_for, clock, change, status, code):
    clock.at = NOW
    officer = client_for(await make_officer(session))
    for area_code in ("620921", COMMUNITY):
        await make_area(session, area_code)
    await session.commit()

    answer = await officer.post(URL, json=body(**change))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await session.scalar(select(func.count()).select_from(Broadcast)) == 0


async def test_what_was_approved_is_what_is_sent(session, runtime, client_for, clock):
    clock.at = NOW
    author, chief = await make_officer(session), await make_officer(session, COMMUNITY[:4])
    await make_people(session, 990)
    await session.commit()
    mine, theirs = client_for(author), client_for(chief)
    given = body(send_at=(NOW + HOUR).isoformat(), ends_at=(NOW + DAY).isoformat())
    one = f"/{given['id']}"
    made = await post(mine, "", 201, **given)
    asked = await post(mine, f"{one}/submit", version=made["version"], ask_second_person=True)
    assert (asked["state"], asked["people"]) == ("waiting", 990)
    back = await post(theirs, f"{one}/hand-back", version=asked["version"], reason="不必问我")
    alone = await post(mine, f"{one}/submit", version=back["version"])
    assert (alone["state"], alone["people"]) == ("scheduled", 990)
    await send_all(runtime)
    assert (await mine.get(f"{URL}{one}")).json()["state"] == "scheduled"

    # By then it would reach more than one officer may speak to alone.
    await make_people(session, 20)
    await session.commit()
    await send_all(runtime, NOW + HOUR)
    held = (await mine.get(f"{URL}{one}")).json()
    assert (held["state"], held["people"], held["steps"][-1]["move"]) == ("waiting", 1010, "hold")
    back = await post(theirs, f"{one}/hand-back", version=held["version"], reason="请写明地点")
    changed = {key: value for key, value in body().items() if key != "id"}
    stale = await mine.put(f"{URL}{one}", json={**changed, "version": held["version"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "edit_conflict")
    edited = await mine.put(f"{URL}{one}", json={**changed, "version": back["version"]})
    assert (edited.json()["state"], edited.json()["people"]) == ("draft", 0)
    again = await post(mine, f"{one}/submit", version=edited.json()["version"])
    # Edited while the other reads: what they read is not what they would approve.
    moved = await mine.put(f"{URL}{one}", json={**changed, "version": again["version"]})
    late = await post(theirs, f"{one}/approve", 409, version=again["version"])
    assert late["code"] == "edit_conflict"
    refused = await post(theirs, f"{one}/approve", 409, version=moved.json()["version"])
    assert (refused["code"], refused["possible"]) == (
        "broadcast.moved",
        ["edit", "ask", "schedule", "cancel"],
    )


async def test_what_ended_before_it_began_is_not_sent_and_old_figures_are_kept(
    session, runtime, client_for, clock
):
    officer = client_for(await make_officer(session))
    await make_people(session, 6)
    late = await make_broadcast(session, state=BroadcastState.SCHEDULED, ends_at=NOW + HOUR)
    sent = await make_broadcast(session, state=BroadcastState.SCHEDULED)
    await session.commit()
    await send_all(runtime, NOW + 2 * HOUR)
    session.expire_all()
    states = {row.id: row.state for row in await session.scalars(select(Broadcast))}
    assert states == {late.id: BroadcastState.CANCELLED, sent.id: BroadcastState.SENT}
    assert await session.scalar(select(func.count()).select_from(NotificationText)) == 1
    person = await session.scalar(select(Account.id).join(Notification))
    await read_all(client_for(Actor(person)))

    assert await broadcasts.keep_figures(session, now=NOW + 26 * DAY) == 1
    assert await broadcasts.keep_figures(session, now=NOW + 26 * DAY) == 0
    await session.execute(Notification.__table__.delete())
    await session.commit()
    clock.at = NOW + 200 * DAY
    figures = (await officer.get(f"{URL}/{sent.id}/figures")).json()
    assert (figures["told"], figures["pushed"], figures["opened"]) == (6, 0, None)
    assert figures["as_of"].startswith("2026-12-16")
    listed = (await officer.get(f"{URL}?state=sent")).json()["items"]
    assert [each["id"] for each in listed] == [str(sent.id)]
    assert (await officer.get(f"{URL}/{uuid4()}")).status_code == 404
