"""Signing in and out over HTTP: by code, by position, from a queue, by list; what counts is in the ledger."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor
from app.jobs.delivery import deliver
from app.jobs.reactions import REACTIONS
from app.models import (
    Attendance,
    LedgerBook,
    LedgerEntry,
    NoShow,
    Notification,
    PlaceKind,
    SignUp,
    SignUpState,
)
from app.services import attendance
from app.services.attendance import Tap, TapKind
from app.services.checkins import codes
from tests.attendance.scene import EVENING, HERE, MINUTES, Evening
from tests.factories.accounts import make_account
from tests.factories.stations import COMMUNITY, make_station
from tests.reports.desks import staff_of


@pytest.fixture
async def evening(session, client_for, clock) -> Evening:
    return await Evening(session, client_for, clock).set_up(break_minutes=37)


def refusal(response):
    return response.status_code, response.json()["code"]


async def test_an_evening_past_midnight_counts_for_its_first_day_and_month(evening, session):
    rider = await evening.join()
    made = await rider.stay(-10, MINUTES + 40, fix=HERE, code=None)
    # From 18:20 to 00:55, less the break of 37 minutes.
    assert made["minutes"] == 10 + MINUTES + 15 - 37
    [entry] = (await rider.client.get("/v1/ledger/me/entries")).json()["items"]
    assert (entry["served_on"], entry["provenance"], entry["grade"]) == ("2026-11-30", "geofence", "C")
    assert (entry["activity"], entry["book_id"]) == ("清扫楼道", str(evening.organisation.id))
    # No name was needed for it, and the organisation's book says who answers for it.
    book = await session.get_one(LedgerBook, evening.organisation.id)
    assert (book.name, book.responsible) == (evening.organisation.name, evening.organisation.responsible)
    certified = {"id": str(uuid4()), "book_id": entry["book_id"]}
    assert (
        refusal(await rider.client.post("/v1/certificates", json=certified))[1] == "certificate.name_needed"
    )
    await rider.client.put("/v1/ledger/me", json={"name": "马小蜂"})
    certificate = (await rider.client.post("/v1/certificates", json=certified)).json()
    assert (certificate["minutes"], certificate["until"]) == (made["minutes"], "2026-11-30")
    [mine] = (await rider.client.get("/v1/attendance/mine")).json()["attendances"]
    assert (mine["title"], mine["minutes"]) == ("清扫楼道", made["minutes"])


async def test_who_comes_early_for_a_shift_after_midnight_serves_on_its_day(evening, session):
    # From 00:05 to 04:05.
    evening.shift.starts_at, evening.shift.ends_at = (EVENING + timedelta(minutes=at) for at in (335, 575))
    await session.commit()
    rider = await evening.join()

    made = await rider.stay(325, 575)

    assert made["minutes"] == 10 + 240 - 37
    [entry] = (await rider.client.get("/v1/ledger/me/entries")).json()["items"]
    assert (entry["served_on"], entry["starts_at"]) == ("2026-12-01", "2026-11-30T15:55:00Z")


async def test_who_comes_after_midnight_serves_on_the_evening_of_the_shift(evening, session):
    # From 23:05 to 03:05; she comes at 00:05.
    evening.shift.starts_at, evening.shift.ends_at = (EVENING + timedelta(minutes=at) for at in (275, 515))
    await session.commit()
    rider = await evening.join()

    made = await rider.stay(335, 515)

    [entry] = (await rider.client.get("/v1/ledger/me/entries")).json()["items"]
    assert (entry["served_on"], entry["starts_at"]) == ("2026-11-30", "2026-11-30T16:05:00Z")
    assert entry["minutes"] == made["minutes"] > 0


async def test_the_code_on_site_is_the_best_evidence_and_lives_half_a_minute(evening, session):
    rider, other = await evening.join("甲"), await evening.join("乙")
    evening.at(0)
    code = await evening.code()
    assert (await rider.tap("in", 0.4, code=code, fix=HERE)).status_code == 200
    assert refusal(await other.tap("in", 1, code=code)) == (409, "attendance.evidence_needed")
    # A photograph of the code from home, and a position elsewhere.
    elsewhere = {**HERE, "lat": 39.9}
    assert refusal(await other.tap("in", 2, code=code, fix=elsewhere)) == (409, "attendance.evidence_needed")
    assert refusal(await other.tap("in", 2, code=None, fix={**HERE, "is_mock": True})) == (
        409,
        "attendance.evidence_needed",
    )
    assert (await other.tap("in", 2, fix=elsewhere)).status_code == 200
    for each in (rider, other):
        assert (await each.tap("out", 300, fix=HERE)).status_code == 200
    assert await rider.hours() == [(299 - 30, "code", "A")]
    # Two minutes late, and worth the weaker of both ends.
    assert await other.hours() == [(298 - 30, "code", "B")]
    told = (await evening.organiser.get(evening.path)).json()["people"]
    assert [(each["name"], each["in_grade"], each["minutes"]) for each in told] == [
        ("乙", "B", 268),
        ("甲", "A", 269),
    ]


async def test_a_stations_tablet_shows_the_code_of_a_shift_held_there(session, client_for, clock):
    station = await make_station(session, area_code=COMMUNITY)
    evening = await Evening(session, client_for, clock).set_up(
        place_kind=PlaceKind.STATION, station_id=station.id, lat=None, lon=None
    )
    rider = await evening.join()
    evening.at(5)
    code = codes.rotating_code(station.code_secret, station.id, clock.at)
    assert (await rider.tap("in", 5, code=code)).status_code == 200
    printed = codes.printed_code(station.code_secret, station.id, uuid4())
    assert refusal(await rider.tap("out", 300, code=printed)) == (409, "attendance.evidence_needed")


async def test_a_tap_counts_once_however_often_it_is_sent(evening):
    rider = await evening.join()
    given = {"id": str(uuid4())}
    first = await rider.tap("in", 0, **given)
    again = await rider.tap("in", 3, **given)
    another = await rider.tap("in", 9)
    assert first.json() == again.json() == another.json()
    assert refusal(await rider.tap("out", 200, **given)) == (422, "idempotency_key_reused")
    out = {"id": str(uuid4())}
    done = [await rider.tap("out", minutes, **out) for minutes in (300, 310)]
    late = await rider.tap("out", 330)
    assert done[0].json() == done[1].json() == late.json()
    assert len(await rider.hours()) == 1


async def test_who_has_no_place_comes_too_early_or_goes_without_coming_is_refused(evening):
    rider = await evening.join()
    stranger = evening.client_for(Actor((await make_account(evening.session)).id))
    await evening.session.commit()
    evening.at(0)
    body = {"id": str(uuid4()), "kind": "in", "captured_at": evening.clock.at.isoformat(), "fix": HERE}
    assert refusal(await stranger.post(f"{evening.path}/taps", json=body)) == (404, "attendance.not_booked")
    assert refusal(await rider.tap("in", -61)) == (409, "attendance.not_now")
    assert refusal(await rider.tap("in", MINUTES + 1)) == (409, "attendance.not_now")
    assert refusal(await rider.tap("out", 10)) == (409, "attendance.not_signed_in")
    evening.at(30)
    old = (EVENING - timedelta(days=1)).isoformat()
    assert refusal(await rider.tap("in", 30, captured_at=old)) == (409, "checkin.too_old")
    coarse = {**HERE, "accuracy_m": 900.0}
    assert refusal(await rider.tap("in", 30, code=None, fix=coarse)) == (409, "checkin.code_needed")
    for path in (f"{evening.path}/code", evening.path):
        assert refusal(await rider.client.get(path)) == (404, "not_found")
    short = await rider.stay(60, 100)
    assert (short["minutes"], await rider.hours()) == (0, [])


async def test_a_queue_without_network_keeps_both_clocks(evening, session):
    rider = await evening.join()
    evening.at(0)
    code_in = await evening.code()
    evening.at(MINUTES)
    code_out = await evening.code()
    shift_id = str(evening.shift.id)
    taps = [
        {
            "id": str(uuid4()), "shift_id": shift_id, "kind": kind, "code": code,
            "captured_at": (EVENING + timedelta(minutes=minutes)).isoformat(),
        }
        for kind, minutes, code in (("out", MINUTES, code_out), ("in", 0, code_in))
    ]  # fmt: skip
    taps.append({"id": str(uuid4()), "kind": "dance"})
    evening.at(MINUTES + 600)
    first, again = [await rider.client.post("/v1/attendance/sync", json={"taps": taps}) for _ in range(2)]
    assert first.json() == again.json()
    assert [each["status"] for each in first.json()["outcomes"]] == [200, 200, 422]
    assert await rider.hours() == [(MINUTES - 37, "code", "B")]
    kept = await session.get_one(Attendance, rider.sign_up.id)
    assert (kept.in_at, kept.in_received_at) == (EVENING, EVENING + timedelta(minutes=MINUTES + 600))
    assert kept.in_offline


async def test_the_organiser_lists_who_has_no_phone_and_nobody_lists_themselves(evening, session):
    old_man, forgetful = await evening.join("老周"), await evening.join("忘签退")
    organiser = await make_account(session)
    await forgetful.tap("in", 0)
    evening.at(MINUTES + 30)

    def row(sign_up_id, since=0, until=300):
        at = [(EVENING + timedelta(minutes=each)).isoformat() for each in (since, until)]
        return {"id": str(uuid4()), "sign_up_id": str(sign_up_id), "in_at": at[0], "out_at": at[1]}

    rows = [
        row(old_man.sign_up.id, 5),
        row(forgetful.sign_up.id, 60, 350),
        row(uuid4()),
        row(old_man.sign_up.id, 0, 200),
    ]
    first, again = [
        await evening.organiser.post(f"{evening.path}/list", json={"people": rows}) for _ in range(2)
    ]
    assert first.json() == again.json()
    assert [(each["status"], each["code"]) for each in first.json()["outcomes"]] == [
        (200, None),
        (200, None),
        (404, "attendance.not_booked"),
        (409, "attendance.already_settled"),
    ]
    assert await old_man.hours() == [(295 - 30, "organiser_list", "D")]
    # Their own tap stands for the beginning; the whole is worth its weaker end.
    assert await forgetful.hours() == [(350 - 35, "organiser_list", "D")]
    backwards = row((await evening.join("丙")).sign_up.id, 200, 100)
    told = await evening.organiser.post(f"{evening.path}/list", json={"people": [backwards]})
    assert told.json()["outcomes"][0]["code"] == "attendance.times_impossible"
    themselves = await evening.join("自己")
    staff = evening.client_for(await staff_of(session, COMMUNITY))
    own = Actor(themselves.account.id, (await staff_of(session, COMMUNITY)).grants)
    await session.commit()
    given = {"people": [row(themselves.sign_up.id)]}
    told = await evening.client_for(own).post(f"{evening.path}/list", json=given)
    assert told.json()["outcomes"][0]["code"] == "ledger.own_hours"
    assert (await staff.post(f"{evening.path}/list", json=given)).json()["outcomes"][0]["status"] == 200
    stranger = evening.client_for(Actor(organiser.id))
    assert refusal(await stranger.post(f"{evening.path}/list", json=given)) == (404, "not_found")
    # Who is remembered after more than a week is typed in, for a second person; what was listed stays.
    remembered = await evening.join("想起来")
    too_late = await evening.join("太晚")
    for minutes, named, code in ((0, remembered, None), (1, too_late, "attendance.listed_late")):
        evening.at(MINUTES + 7 * 1440 + minutes)
        told = await evening.organiser.post(
            f"{evening.path}/list", json={"people": [rows[0], row(named.sign_up.id)]}
        )
        assert [each["code"] for each in told.json()["outcomes"]] == [None, code]


async def test_who_is_there_when_it_is_called_off_keeps_what_they_served(evening):
    """A storm after two hours of six: nobody's hours go with the shift."""
    rider, forgetful, late = [await evening.join(name) for name in ("小蜂", "忘签退", "迟到")]
    await rider.tap("in", 0)
    await forgetful.tap("in", 0)
    evening.at(120)
    off = await evening.organiser.post(
        f"/v1/activities/shifts/{evening.shift.id}/cancel", json={"reason": "大风"}
    )
    assert off.status_code == 200, off.text

    assert refusal(await late.tap("in", 125)) == (404, "attendance.not_booked")
    gone = await rider.tap("out", 150)
    # A quarter of an hour to leave, and twelve minutes of the break of 37, in proportion.
    assert gone.json()["minutes"] == 120 + 15 - 12
    evening.at(160)
    row = {"id": str(uuid4()), "sign_up_id": str(forgetful.sign_up.id)}
    times = {"in_at": EVENING.isoformat(), "out_at": (EVENING + timedelta(minutes=125)).isoformat()}
    await evening.organiser.post(f"{evening.path}/list", json={"people": [row | times]})
    assert await forgetful.hours() == [(125 - 12, "organiser_list", "D")]
    assert len((await evening.organiser.get(evening.path)).json()["people"]) == 2


async def test_who_was_marked_absent_too_early_and_comes_is_marked_no_more(evening, session, runtime):
    rider, unlucky = [await evening.join(name) for name in ("迟到", "老周")]
    evening.at(5)
    for each in (rider, unlucky):
        path = f"/v1/activities/sign-ups/{each.sign_up.id}"
        assert (await evening.organiser.post(f"{path}/no-show", json={})).status_code == 200
    assert (await rider.tap("in", 20)).status_code == 200
    assert (await rider.tap("out", 300)).status_code == 200
    times = {"in_at": EVENING.isoformat(), "out_at": evening.at(320).isoformat()}
    row = {"id": str(uuid4()), "sign_up_id": str(unlucky.sign_up.id), **times}
    await evening.organiser.post(f"{evening.path}/list", json={"people": [row]})

    for each in (rider, unlucky):
        sign_up = await session.get_one(SignUp, each.sign_up.id, populate_existing=True)
        absence = await session.get_one(NoShow, each.sign_up.id, populate_existing=True)
        assert (sign_up.state, absence.is_struck) == (SignUpState.BOOKED, True)
    while await deliver(runtime.db, REACTIONS, now=evening.clock.at):
        pass
    told = select(Notification.kind).where(Notification.account_id == rider.account.id)
    assert (await session.scalars(told.order_by(Notification.id))).all()[-1] == "activity.absence_struck"


async def test_many_sign_in_and_out_at_once_each_once(own_runtime, client_for, clock):
    db, shown = own_runtime.db, own_runtime.shift_codes
    async with db._sessions() as session:
        evening = await Evening(session, client_for, clock).set_up()
        crowd = [await evening.join(f"骑手{number}") for number in range(12)]

    async def tap(who, kind, minutes):
        at = EVENING + timedelta(minutes=minutes)
        code = shown.show(evening.shift.id, at).path
        given = Tap(uuid4(), evening.shift.id, kind, at, captured_offline=False, code=code, fix=None)
        async with db.writing() as session:
            return await attendance.tap(session, given, shown=shown, by=Actor(who.account.id), now=at)

    for kind, minutes in ((TapKind.IN, 0), (TapKind.OUT, 300)):
        await asyncio.gather(*(tap(who, kind, minutes) for who in crowd for _ in range(2)))
    async with db.reading() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(each)) for each in (Attendance, LedgerEntry)
        ]
    assert counts == [12, 12]
