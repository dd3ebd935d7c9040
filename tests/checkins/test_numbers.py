"""A station's month: promised against kept, visits, peak, popular times."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from app.core.actor import Actor, Grant, Role
from app.core.clock import SHANGHAI
from app.models import (
    EndReason,
    EvidenceGrade,
    FlagKind,
    HolidayPolicy,
    OccupancyQuarter,
    StationFlag,
    Visit,
)
from app.services.checkins.numbers import joined, month_until, overlap, popular_times, promised_spans
from app.services.stations.hours import Schedule
from tests.factories.accounts import make_account
from tests.factories.stations import make_closure, make_exception, make_station


def local(day: int, hour: int = 0, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
async def station(session):
    return await make_station(
        session,
        opening_hours="Mo-Fr 08:00-18:00",
        holiday_policy=HolidayPolicy.SAME,
        created_at=local(1, month=1),
    )


@pytest.fixture
def numbers(session, station, client_for, clock):
    clock.at = local(22, 10, 7)

    async def ask(**query):
        account = await make_account(session)
        await session.commit()
        client = client_for(Actor(account.id, (Grant(Role.STATION_MANAGER, station_id=station.id),)))
        response = await client.get(f"/v1/stations/{station.id}/numbers", params=query)
        assert response.status_code == 200, response.text
        return response.json()

    return ask


async def visit(session, station, at: datetime, account=None) -> None:
    account = account or await make_account(session)
    session.add(
        Visit(
            id=uuid4(), station_id=station.id, account_id=account.id, area_code=station.area_code,
            captured_at=at, received_at=at, captured_offline=False, grade=EvidenceGrade.D,
            due_at=at, due_reason=EndReason.MAX_STAY, ended_at=at, end_reason=EndReason.TAP,
        )
    )  # fmt: skip


def quarter(station, at: datetime, peak: int) -> OccupancyQuarter:
    return OccupancyQuarter(station_id=station.id, starts_at=at, occupancy=0, peak=peak, was_open=True)


async def test_a_quiet_month_so_far_is_all_promise(numbers):
    found = await numbers()
    # 2 to 20 November: fifteen workdays of ten hours.
    assert found["month"] == "2026-11"
    assert found["opening"] == {
        "promised_minutes": 15 * 600, "closed_minutes": 0, "kept_minutes": 15 * 600, "kept_share": 1.0,
        "flagged_closed": 0, "flagged_days": 0, "promised_quarters": 15 * 40, "seen_quarters": 0,
    }  # fmt: skip
    assert (found["visits"], found["visitors"], found["peak"]) == (0, 0, None)
    assert found["popular_times"] == [None] * 168
    assert datetime.fromisoformat(found["since"]) == local(1)
    assert datetime.fromisoformat(found["until"]) == local(22, 10)


async def test_closures_within_the_promise_are_not_kept(session, station, numbers):
    await make_closure(session, station, local(3, 16), local(4, 9))  # two hours, and one
    await make_closure(session, station, local(3, 17), local(3, 20))  # one of them again
    await make_closure(session, station, local(7, 8), local(7, 18))  # a Saturday: nothing promised
    opening = (await numbers())["opening"]
    assert (opening["closed_minutes"], opening["kept_minutes"]) == (180, 15 * 600 - 180)
    assert opening["kept_share"] == 0.98


async def test_a_closure_without_an_end_lasts(session, station, numbers):
    await make_closure(session, station, local(20, 8))
    assert (await numbers())["opening"]["closed_minutes"] == 600


async def test_exceptions_and_holidays_change_the_promise(session, station, numbers, clock):
    await make_exception(session, station, date(2026, 11, 2), date(2026, 11, 2), "", entered_at=local(1))
    await make_exception(
        session, station, date(2026, 11, 7), date(2026, 11, 7), "10:00-12:00", entered_at=local(1)
    )
    assert (await numbers())["opening"]["promised_minutes"] == 14 * 600 + 120


@pytest.fixture
def officer(session, client_for):
    async def act(method, path, now_is, clock, **body):
        clock.at = now_is
        account = await make_account(session)
        await session.commit()
        client = client_for(Actor(account.id, (Grant(Role.DISTRICT_OFFICER, ("620902",)),)))
        response = await client.request(method, f"/v1/stations/{path}", json=body or None)
        assert response.status_code < 300, response.text
        return response

    return act


async def test_hours_that_change_now_leave_the_months_gone_by_as_they_were(station, numbers, officer, clock):
    before = (await numbers(month="2026-10"))["opening"]

    await officer(
        "PATCH", f"{station.id}?coord_type=wgs84", local(16), clock,
        version=1, opening_hours="Mo-Fr 08:00-12:00",
    )  # fmt: skip
    clock.at = local(22, 10, 7)

    assert (await numbers(month="2026-10"))["opening"] == before
    # Ten workdays of ten hours before the change, five of four hours after it.
    assert (await numbers())["opening"]["promised_minutes"] == 10 * 600 + 5 * 240


async def test_a_station_that_was_removed_promises_nothing_any_more(station, numbers, officer, clock):
    await officer("DELETE", str(station.id), local(16), clock)
    clock.at = local(22, 10, 7)

    assert (await numbers())["opening"]["promised_minutes"] == 10 * 600


async def test_dated_hours_cannot_unsay_or_promise_days_gone_by(session, station, numbers, officer, clock):
    kept = await make_exception(
        session, station, date(2026, 11, 2), date(2026, 11, 20), "08:00-09:00", entered_at=local(1)
    )
    late = {"from_on": "2026-11-09", "to_on": "2026-11-30", "hours": "08:00-20:00"}

    await officer("DELETE", f"{station.id}/hours-exceptions/{kept.id}", local(16), clock)
    await officer("POST", f"{station.id}/hours-exceptions", local(19), clock, **late)
    clock.at = local(22, 10, 7)

    # An hour a day until the 15th, weekends too; three weekdays; three long days, and two hours of today.
    assert (await numbers())["opening"]["promised_minutes"] == 14 * 60 + 3 * 600 + 3 * 720 + 120


async def test_riders_before_a_closed_door_count_when_open_was_promised(session, station, numbers):
    for at in (local(3, 9), local(3, 10), local(4, 9), local(4, 7, 59), local(8, 9), local(5, 18)):
        session.add(
            StationFlag(
                station_id=station.id, kind=FlagKind.WAS_CLOSED, flagged_at=at, sender_hash=uuid4().bytes
            )
        )
    session.add(
        StationFlag(station_id=station.id, kind=FlagKind.WAS_FULL, flagged_at=local(3, 9), sender_hash=b"x")
    )
    opening = (await numbers())["opening"]
    assert (opening["flagged_closed"], opening["flagged_days"]) == (3, 2)


async def test_visits_and_people_are_counted_inside_the_month(session, station, numbers):
    regular = await make_account(session)
    for at in (local(1), local(3, 9), local(21, 23, 59)):
        await visit(session, station, at, regular)
    await visit(session, station, local(4))
    await visit(session, station, local(1) - timedelta(seconds=1), regular)
    await visit(session, await make_station(session), local(4), regular)
    found = await numbers()
    assert (found["visits"], found["visitors"]) == (4, 2)
    october = await numbers(month="2026-10")
    assert (october["visits"], october["visitors"]) == (1, 1)
    assert datetime.fromisoformat(october["until"]) == local(1)


async def test_the_peak_and_the_quarters_in_which_somebody_was_seen(session, station, numbers):
    session.add_all(
        [
            quarter(station, local(3, 12), 4),
            quarter(station, local(3, 12, 15), 7),
            quarter(station, local(4, 12), 7),
            quarter(station, local(4, 13), 0),
            quarter(station, local(7, 12), 2),
        ]
    )
    found = await numbers()
    assert found["peak"]["occupancy"] == 7
    assert datetime.fromisoformat(found["peak"]["starts_at"]) == local(3, 12, 15)
    assert found["opening"]["seen_quarters"] == 3


async def test_popular_times_hide_hours_of_fewer_than_three(session, station, numbers):
    for week in range(3):  # three Tuesdays have gone by
        session.add(quarter(station, local(3 + 7 * week, 12), 5))
        session.add(quarter(station, local(3 + 7 * week, 12, 15), 9))
        session.add(quarter(station, local(3 + 7 * week, 14), 2))
    session.add(quarter(station, local(4, 12), 9))  # one Wednesday of three: three on average
    session.add(quarter(station, local(5, 12), 8))
    popular = (await numbers())["popular_times"]
    shown = {number: count for number, count in enumerate(popular) if count is not None}
    assert shown == {24 + 12: 9, 48 + 12: 3, 72 + 12: 2.7}


async def test_popular_times_show_three_people_who_never_met(session, station, numbers):
    for week in range(3):
        day = local(3 + 7 * week, 12)
        await visit(session, station, day + timedelta(minutes=20 * week))
        session.add(quarter(station, day, 1))
    regular = await make_account(session)
    for week in range(3):
        await visit(session, station, local(3 + 7 * week, 15), regular)
        session.add(quarter(station, local(3 + 7 * week, 15), 1))
    popular = (await numbers())["popular_times"]
    assert {number: count for number, count in enumerate(popular) if count is not None} == {24 + 12: 1}


async def test_a_station_that_began_later_promised_nothing_before(session, station, numbers):
    station.created_at = local(18, 12)
    session.add(station)
    found = await numbers()
    assert datetime.fromisoformat(found["since"]) == local(18, 12)
    assert found["opening"]["promised_minutes"] == (6 + 10 + 10) * 60


async def test_an_unchanged_month_is_not_sent_again(session, station, client_for, clock):
    clock.at = local(22, 10)
    account = await make_account(session)
    await session.commit()
    client = client_for(Actor(account.id, (Grant(Role.COMMUNITY_STAFF, (station.area_code,)),)))
    url = f"/v1/stations/{station.id}/numbers?month=2026-10"
    first = await client.get(url)
    again = await client.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "202611", "1999-01", "2100-01", "x"])
async def test_a_month_that_is_none_or_has_not_begun_is_refused(session, station, client_for, clock, month):
    clock.at = local(22, 10)
    account = await make_account(session)
    await session.commit()
    client = client_for(Actor(account.id, (Grant(Role.SYSADMIN),)))
    assert (await client.get(f"/v1/stations/{station.id}/numbers?month={month}")).status_code == 422


async def test_the_first_minutes_of_a_month_are_empty_but_answered(numbers, clock):
    clock.at = local(1, 0, 5)
    found = await numbers()
    assert found["opening"]["kept_share"] is None
    assert found["since"] == found["until"]


def test_a_month_ends_where_the_next_begins():
    assert month_until(date(2026, 12, 1), datetime(2027, 5, 1, tzinfo=UTC)) == (
        local(1, month=12),
        datetime(2027, 1, 1, tzinfo=SHANGHAI),
    )


def test_hours_by_telephone_promise_nothing_and_nights_count_to_the_month_s_end():
    spans = list(promised_spans(Schedule('Mo-Su 22:00-06:00; Su unknown "电话"'), local(1), local(3)))
    assert sum((end - start for start, end in spans), timedelta()) <= timedelta(hours=16)
    assert all(local(1) <= start < end <= local(3) for start, end in spans)
    assert list(promised_spans(Schedule("24/7"), local(1), local(3))) == [(local(1), local(3))]


def test_spans_that_overlap_count_once():
    a, b, c, d = (local(1, hour) for hour in (8, 9, 10, 11))
    assert joined([(b, d), (a, c)]) == [(a, d)]
    assert overlap([(a, c)], [(b, d)]) == timedelta(hours=1)
    assert overlap([(a, b)], [(c, d)]) == timedelta()


def test_popular_times_of_no_time_are_unknown():
    assert popular_times({}, {}, local(1), local(1)) == (None,) * 168
