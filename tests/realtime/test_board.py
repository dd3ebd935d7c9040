"""The board of every process shows what any of them has committed, and what the clock has done."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import utc_now
from app.core.errors import Unavailable
from app.core.geo import CoordType, Point
from app.models import (
    CalendarDay,
    CalendarYear,
    DayKind,
    HolidayPolicy,
    Occupancy,
    Station,
    StationAmenity,
    StationHours,
    StationStatus,
)
from app.realtime import board as board_module
from app.realtime.board import StationBoard
from app.realtime.hub import Hub
from app.realtime.nearby import Question, answer
from app.realtime.table import StationTable
from app.runtime import Runtime
from app.services.outbox import Channel, announce
from app.services.stations.facts import StationFacts, load_facts
from app.services.stations.index import LISTED, OPEN, Wish
from tests.clients import TestClock
from tests.factories.stations import SUZHOU, make_closure, make_station
from tests.realtime.conftest import StartRealtime
from tests.realtime.waiting import until

OPEN_NOW = Question(CoordType.WGS84, Wish(LISTED | OPEN), None, 10)


def listed(board: StationBoard) -> list[UUID]:
    """The ids of the open stations around, nearest first."""
    now = utc_now()
    table = board.table(now)
    found = table.index.nearest(SUZHOU, OPEN_NOW.wish, limit=10)
    return [table.facts[row].id for row, _ in found]


async def arrange(runtime: Runtime, count: int = 1) -> list[Station]:
    async with runtime.db.writing() as session:
        return [
            await make_station(session, at=Point(SUZHOU.lat + number * 0.001, SUZHOU.lon))
            for number in range(count)
        ]


async def close(runtime: Runtime, station: Station, *, tell: bool) -> None:
    now = utc_now()
    async with runtime.db.writing() as session:
        await make_closure(session, station, now - timedelta(seconds=1))
        await session.execute(update(Station).where(Station.id == station.id).values(changed_at=now))
        if tell:
            await announce(session, Channel.STATIONS, [station.id])


async def test_a_closure_shows_in_every_process_at_once(
    own_runtime: Runtime, start_realtime: StartRealtime
) -> None:
    near, far = await arrange(own_runtime, 2)
    boards = [(await start_realtime()).board for _ in range(2)]
    assert [listed(board) for board in boards] == [[near.id, far.id]] * 2

    await close(own_runtime, near, tell=True)

    await until(lambda: all(listed(board) == [far.id] for board in boards))  # long before a poll


async def test_a_closure_whose_notice_was_lost_shows_after_the_next_poll(
    own_runtime: Runtime, start_realtime: StartRealtime
) -> None:
    (station,) = await arrange(own_runtime)
    realtime = await start_realtime()
    await close(own_runtime, station, tell=False)
    assert listed(realtime.board) == [station.id]

    await realtime.board.catch_up()  # what every poll does

    assert listed(realtime.board) == []


async def test_what_was_being_written_when_a_process_began_shows_after_the_next_poll(
    own_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long import bears the instant at which it began; its notice may be lost, too."""
    monkeypatch.setattr(board_module, "OVERLAP", timedelta())
    own_board = StationBoard(own_runtime.db, Hub())
    async with own_runtime.db.writing() as importing:
        await importing.execute(text("SELECT pg_sleep(0.01)"))
        station = await make_station(importing, changed_at=utc_now())
        await importing.flush()
        await own_board.load()
    assert listed(own_board) == []

    await own_board.catch_up()

    assert listed(own_board) == [station.id]


async def test_a_look_reads_only_what_was_not_seen_yet(
    own_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    near, _ = await arrange(own_runtime, 2)
    async with own_runtime.db.writing() as session:  # as after an import: a look finds both
        await session.execute(update(Station).values(changed_at=utc_now()))
    own_board = StationBoard(own_runtime.db, Hub())
    await own_board.load()
    read: list[UUID] = []

    async def load(session: AsyncSession, *, now: datetime, ids: Collection[UUID]) -> list[StationFacts]:
        read.extend(ids)
        return await load_facts(session, now=now, ids=ids)

    monkeypatch.setattr(board_module, "load_facts", load)
    await own_board.catch_up()
    assert read == []

    await close(own_runtime, near, tell=False)
    await own_board.catch_up()
    assert read == [near.id]


async def test_new_moved_and_removed_stations_follow(
    own_runtime: Runtime, start_realtime: StartRealtime
) -> None:
    board = (await start_realtime()).board
    assert listed(board) == []
    near, far = await arrange(own_runtime, 2)
    await board.hear([near.id, far.id])
    assert listed(board) == [near.id, far.id]

    async with own_runtime.db.writing() as session:
        values = {"lat": SUZHOU.lat + 0.5, "changed_at": utc_now()}
        await session.execute(update(Station).where(Station.id == near.id).values(values))
    await board.hear([near.id])
    assert listed(board) == [far.id, near.id]
    assert board.get(near.id).point.lat == SUZHOU.lat + 0.5

    async with own_runtime.db.writing() as session:
        values = {"status": StationStatus.REMOVED, "changed_at": utc_now()}
        await session.execute(update(Station).where(Station.id == far.id).values(values))
    await board.hear(None)
    assert listed(board) == [near.id]


async def test_people_inside_show_at_once_and_a_check_in_to_nowhere_does_no_harm(
    own_runtime: Runtime, start_realtime: StartRealtime
) -> None:
    (station,) = await arrange(own_runtime)
    board = (await start_realtime()).board
    async with own_runtime.db.writing() as session:
        now = utc_now()
        session.add(Occupancy(station_id=station.id, open_visits=9, observed_at=now, changed_at=now))
        await announce(session, Channel.OCCUPANCY, [station.id])

    await until(lambda: board.table(utc_now()).count_of(station.id) is not None)

    assert board.table(utc_now()).count_of(station.id).inside == 9
    assert board.table(utc_now()).count_of(UUID(int=1)) is None


async def test_a_shelters_seats_go_when_its_time_is_over(own_runtime: Runtime, clock: TestClock) -> None:
    clock.at = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    until_then = clock.at + timedelta(hours=1)
    async with own_runtime.db.writing() as session:
        station = await make_station(session, seats=12, shelter_until=until_then, shelter_seats=40)
    board = StationBoard(own_runtime.db, Hub(), clock=clock)
    await board.load()
    assert board.get(station.id).seats == 40

    clock.at = until_then + timedelta(seconds=5)
    await board.catch_up()
    assert board.get(station.id).seats == 12


async def test_a_calendar_closes_stations_for_the_holiday(
    own_runtime: Runtime, start_realtime: StartRealtime
) -> None:
    async with own_runtime.db.writing() as session:
        station = await make_station(session, opening_hours="24/7", holiday_policy=HolidayPolicy.CLOSED)
    board = (await start_realtime()).board
    assert listed(board) == [station.id]

    today = utc_now() + timedelta(hours=8)
    async with own_runtime.db.writing() as session:
        session.add(CalendarYear(year=today.year, source="test", is_official=True))
        session.add(CalendarDay(on=today.date(), kind=DayKind.HOLIDAY, name="测试节"))
        await announce(session, Channel.CALENDAR)

    await until(lambda: listed(board) == [])


async def test_a_board_reads_anew_every_day(own_runtime: Runtime, clock: TestClock) -> None:
    (station,) = await arrange(own_runtime)
    clock.at = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)  # 23:59 in China
    board = StationBoard(own_runtime.db, Hub(), clock=clock)
    await board.load()
    await board.catch_up()
    facts, table = board.get(station.id), board.table(clock())
    changed_at = table.changed_at[table.row_of(station.id)]

    clock.at += timedelta(minutes=1)
    await board.catch_up()

    await until(lambda: board.get(station.id) is not facts)
    assert table.changed_at[table.row_of(station.id)] == changed_at
    await board.stop()


async def test_news_is_heard_while_everything_is_read_anew(
    own_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closure shows within a second on every day, also while a hundred thousand stations are read."""
    near, far = await arrange(own_runtime, 2)
    board = StationBoard(own_runtime.db, Hub())
    await board.load()
    enough, read = asyncio.Event(), board._read

    async def slow_read(table: StationTable, ids: Collection[UUID]) -> None:
        if len(ids) == 2:  # all of them
            await enough.wait()
        await read(table, ids)

    monkeypatch.setattr(board, "_read", slow_read)
    async with own_runtime.db.writing() as session:
        await session.execute(update(Station).where(Station.id == far.id).values(name="renamed"))
    await board.reload(None)  # far's new name is not announced: reading all of them finds it
    await close(own_runtime, near, tell=False)
    await board.hear([near.id])
    assert listed(board) == [far.id]
    assert board.get(far.id).name != "renamed"

    enough.set()
    await until(lambda: board.get(far.id).name == "renamed")
    assert listed(board) == [far.id]
    await board.stop()


async def test_reading_anew_goes_on_after_a_failure_and_forgets_what_is_gone(
    own_runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = await arrange(own_runtime, 2)
    board = StationBoard(own_runtime.db, Hub())
    await board.load()
    async with own_runtime.db.writing() as session:
        for part in (StationAmenity, StationHours):
            await session.execute(delete(part).where(part.station_id == near.id))
        await session.execute(delete(Station).where(Station.id == near.id))
    with monkeypatch.context() as broken:
        broken.setattr(board, "_pages", None)
        await board.reload(None)
        await until(board._renewing.done)
        assert listed(board) == [near.id, far.id]

    await board.catch_up()

    await until(lambda: listed(board) == [far.id])
    await board.stop()


async def test_neighbours_lie_side_by_side_in_memory(own_runtime: Runtime) -> None:
    """An answer is made of neighbours, and from all over a large memory it takes a third longer."""
    beijing = Point(39.9, 116.4)
    async with own_runtime.db.writing() as session:
        for number in range(6):
            await make_station(session, at=beijing if number % 2 else SUZHOU, name=str(number))
    board = StationBoard(own_runtime.db, Hub())

    await board.load()

    names = [int(facts.name) for facts in board.table(utc_now()).facts]
    assert sorted(names) == [0, 1, 2, 3, 4, 5]
    assert {frozenset(names[:3]), frozenset(names[3:])} == {frozenset([0, 2, 4]), frozenset([1, 3, 5])}


async def test_nobody_is_answered_before_the_first_look(own_runtime: Runtime) -> None:
    board = StationBoard(own_runtime.db, Hub())
    with pytest.raises(Unavailable):
        board.table(utc_now())
    assert board.get(UUID(int=1)) is None


async def test_the_clock_opens_and_closes_without_anybody_asking(own_runtime: Runtime) -> None:
    """A thousand stations open at eight: asked at once, each answer is already right."""
    now = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
    async with own_runtime.db.writing() as session:
        for number in range(40):
            at = Point(SUZHOU.lat + number * 0.001, SUZHOU.lon)
            await make_station(session, at=at, opening_hours="08:00-20:00")
    clock = TestClock()
    clock.at = now
    hub: Hub[bytes] = Hub()
    board = StationBoard(own_runtime.db, hub, clock=clock)
    await board.load()
    table: StationTable = board.table(now)
    assert table.index.nearest(SUZHOU, OPEN_NOW.wish, limit=50) == []

    clock.at = now + timedelta(seconds=1)
    board.start()
    try:
        with hub.subscribe("area:620902") as heard:
            await until(lambda: len(table.index.nearest(SUZHOU, OPEN_NOW.wish, limit=50)) == 40)
            assert len(await heard.next(patience_s=1)) == 40
    finally:
        await board.stop()


async def test_requests_are_answered_while_everything_is_read_anew(own_runtime: Runtime) -> None:
    await arrange(own_runtime, 3)
    board = StationBoard(own_runtime.db, Hub())
    await board.load()
    loading = asyncio.create_task(board.load())
    answers = 0
    while not loading.done():
        now = utc_now()
        body = answer(board.table(now), OPEN_NOW, SUZHOU)
        assert body.count(b'"id"') == 3
        answers += 1
        await asyncio.sleep(0)
    await loading
    assert answers > 1


async def test_a_clock_set_back_is_followed(own_runtime: Runtime, clock: TestClock) -> None:
    clock.at = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    async with own_runtime.db.writing() as session:
        await make_station(session, opening_hours="08:00-20:00")
    board = StationBoard(own_runtime.db, Hub(), clock=clock)
    await board.load()
    night = clock.at + timedelta(hours=10)
    found = [
        len(board.table(at).index.nearest(SUZHOU, OPEN_NOW.wish, limit=1))
        for at in (clock.at, night, clock.at)
    ]
    assert found == [1, 0, 1]


async def test_the_database_itself_can_go_and_come(
    own_runtime: Runtime, start_realtime: StartRealtime
) -> None:
    """Cutting every connection, the pool's too, is followed by a notice that is heard."""
    (station,) = await arrange(own_runtime)
    realtime = await start_realtime()
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    lost = asyncio.create_task(until(lambda: not realtime.listener.is_connected))
    async with own_runtime.db.writing() as session:
        await session.execute(cut)
    await lost
    await until(lambda: realtime.listener.is_connected)

    await close(own_runtime, station, tell=True)

    await until(lambda: listed(realtime.board) == [])  # before the next poll
