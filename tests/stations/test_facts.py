"""The facts of many stations in a fixed number of queries."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import event

from app.models import Amenity, AmenityState, HolidayPolicy
from app.services.stations.facts import load_facts
from tests.factories.stations import make_closure, make_exception, make_station

NOW = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)  # a Wednesday noon


async def test_facts_carry_what_a_row_shows(session):
    made = await make_station(
        session,
        opening_hours="Mo-Fr 08:30-18:00",
        holiday_policy=HolidayPolicy.CLOSED,
        amenities={Amenity.WIFI: AmenityState.WORKS, Amenity.HOT_WATER: AmenityState.BROKEN},
        entry_requirements=["qr_scan"],
        floor_text="B1",
    )

    (facts,) = await load_facts(session, now=NOW)

    assert facts.id == made.id
    assert (facts.point.lat, facts.point.lon) == (39.7431, 98.5083)
    assert dict(facts.amenities) == {Amenity.WIFI: AmenityState.WORKS, Amenity.HOT_WATER: AmenityState.BROKEN}
    assert facts.entry_requirements == ("qr_scan",)
    assert facts.seats == 12
    state = facts.timetable.at(NOW)
    assert state.is_open
    assert state.changes_at == datetime(2026, 6, 3, 10, 0, tzinfo=UTC)


async def test_an_empty_calendar_makes_every_answer_provisional(session):
    await make_station(session, opening_hours="Mo-Fr 08:30-18:00", holiday_policy=HolidayPolicy.CLOSED)
    await make_station(session)

    by_calendar, round_the_clock = await load_facts(session, now=NOW)

    assert by_calendar.timetable.at(NOW).provisional
    assert not round_the_clock.timetable.at(NOW).provisional


async def test_closures_exceptions_and_shelter_reach_the_timetable(session):
    closed = await make_station(session)
    await make_closure(session, closed, NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    short = await make_station(session)
    await make_exception(session, short, date(2026, 6, 3), date(2026, 6, 3), "08:00-12:30", entered_at=NOW)
    sheltering = await make_station(
        session, opening_hours="off", shelter_until=NOW + timedelta(hours=5), shelter_seats=80
    )

    found = {each.id: each for each in await load_facts(session, now=NOW)}

    state = found[closed.id].timetable.at(NOW)
    assert (state.is_open, state.changes_at) == (False, NOW + timedelta(hours=1))
    state = found[short.id].timetable.at(NOW)
    assert (state.is_open, state.changes_at) == (True, datetime(2026, 6, 3, 4, 30, tzinfo=UTC))
    state = found[sheltering.id].timetable.at(NOW)
    assert (state.is_open, state.changes_at) == (True, NOW + timedelta(hours=5))
    assert found[sheltering.id].seats == 80


async def test_only_the_chosen_are_read(session):
    old = await make_station(session, changed_at=NOW - timedelta(days=1))
    new = await make_station(session, changed_at=NOW)

    assert [each.id for each in await load_facts(session, now=NOW, ids=[old.id])] == [old.id]
    assert [each.id for each in await load_facts(session, now=NOW, changed_since=NOW)] == [new.id]
    assert await load_facts(session, now=NOW, ids=[]) == []


async def test_the_number_of_queries_does_not_grow(session):
    engine = (await session.connection()).sync_engine
    asked = []

    def listen(*given):
        asked.append(given[2])

    counts = []
    for _ in range(2):
        for _ in range(5):
            await make_station(session)
        asked.clear()
        event.listen(engine, "before_cursor_execute", listen)
        await load_facts(session, now=NOW)
        event.remove(engine, "before_cursor_execute", listen)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 6


async def test_stations_with_the_same_hours_share_a_schedule(session):
    for _ in range(3):
        await make_station(session, opening_hours="Mo-Fr 08:30-18:00")
    timetables = {id(each.timetable) for each in await load_facts(session, now=NOW)}
    assert len(timetables) == 1
