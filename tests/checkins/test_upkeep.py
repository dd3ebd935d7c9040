"""What the clock does: ends, resets, history, forgetting, reconciling; twice at once is once."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.geo import CoordType
from app.models import EndReason, EvidenceGrade, Occupancy, OccupancyQuarter, StationStatus, Visit
from app.runtime import Runtime
from app.services.checkins import closing, upkeep
from app.services.checkins.writer import CheckinWriter
from tests.checkins.conftest import NOON, World
from tests.checkins.test_closing import closed
from tests.factories.accounts import make_account
from tests.factories.checkins import make_visit, new_visit
from tests.factories.stations import make_station

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def reasons(session: AsyncSession) -> list[tuple[str | None, datetime | None]]:
    rows = await session.execute(select(Visit.end_reason, Visit.ended_at).order_by(Visit.captured_at))
    return [tuple(row) for row in rows]


async def test_four_hours_end_a_visit(world: World, session: AsyncSession):
    await world.tap()

    assert await upkeep.end_due_visits(session, now=NOON + 4 * HOUR - MINUTE) == 0
    assert await upkeep.end_due_visits(session, now=NOON + 4 * HOUR + 7 * MINUTE) == 1
    assert await reasons(session) == [(EndReason.MAX_STAY, NOON + 4 * HOUR)]
    await session.commit()
    world.clock.at = NOON + 4 * HOUR + 7 * MINUTE
    assert await world.inside() == 0


async def test_closing_time_and_a_quarter_of_an_hour_end_a_visit(world: World, session: AsyncSession):
    world.clock.at = NOON + 7 * HOUR
    await world.tap()

    assert await upkeep.end_due_visits(session, now=NOON + 8 * HOUR + 14 * MINUTE) == 0
    assert await upkeep.end_due_visits(session, now=NOON + 8 * HOUR + 15 * MINUTE) == 1
    assert await reasons(session) == [(EndReason.CLOSED, NOON + 8 * HOUR + 15 * MINUTE)]


async def test_a_headcount_after_the_end_but_before_the_job_holds(world: World, session: AsyncSession):
    await world.tap()
    world.clock.at = NOON + 4 * HOUR + MINUTE
    await world.correct("headcount", 3)

    await upkeep.end_due_visits(session, now=NOON + 4 * HOUR + 2 * MINUTE)
    await session.commit()

    assert await world.inside() == 3


async def test_the_night_sweeps_what_closed_stations_left_and_lets_the_open_ones_sleep(
    world: World, session: AsyncSession
):
    four = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    allday = await make_station(session)
    removed = await make_station(session, status=StationStatus.REMOVED)
    for station, hours in ((allday.id, 5), (world.station.id, 3), (allday.id, 2), (removed.id, 1)):
        person = await make_account(session)
        await make_visit(session, station, person.id, captured_at=four - hours * HOUR)

    assert await upkeep.sweep_nightly(session, now=four) == 3

    assert await reasons(session) == [
        (EndReason.MAX_STAY, four - HOUR),
        (EndReason.NIGHTLY, four),
        (None, None),
        (EndReason.NIGHTLY, four),
    ]


async def test_the_night_leaves_those_their_quarter_of_an_hour_whose_station_has_just_closed(
    world: World, session: AsyncSession
):
    four = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    allday = await make_station(session)
    await make_visit(session, allday.id, (await make_account(session)).id, captured_at=four - HOUR)
    await closed(session, allday.id, four - 14 * MINUTE)

    assert await upkeep.sweep_nightly(session, now=four) == 0
    assert await upkeep.sweep_nightly(session, now=four + MINUTE) == 1


async def test_the_counter_starts_at_zero_after_closing(world: World, session: AsyncSession):
    world.clock.at = NOON + 7 * HOUR + 50 * MINUTE  # 19:50
    await world.tap()
    await world.correct("headcount", 9)

    for minutes, expected in ((8 * 60 + 5, 0), (8 * 60 + 16, 1), (8 * 60 + 17, 0)):
        assert await upkeep.reset_after_closing(session, now=NOON + minutes * MINUTE) == expected
    # The visit is still open, and ending it later takes nobody below zero.
    await upkeep.end_due_visits(session, now=NOON + 9 * HOUR)
    await session.commit()
    counter = await session.get_one(Occupancy, world.station.id, populate_existing=True)
    assert (counter.open_visits, counter.correction, counter.headcount_by) == (0, 0, None)


async def test_a_quarter_of_an_hour_keeps_its_peak(world: World, session: AsyncSession, new_rider):
    world.clock.at = NOON + MINUTE
    second = await new_rider()
    await world.tap()
    visit = (await world.tap(rider=second)).json()
    await second.post(f"/v1/checkins/{visit['id']}/end", json={"captured_at": world.clock.at.isoformat()})

    after = NOON + 15 * MINUTE + timedelta(seconds=5)
    assert [await upkeep.record_quarter(session, now=after) for _ in range(2)] == [1, 0]
    assert await upkeep.record_quarter(session, now=after + 15 * MINUTE) == 1

    rows = (await session.scalars(select(OccupancyQuarter).order_by(OccupancyQuarter.starts_at))).all()
    assert [(row.starts_at, row.occupancy, row.peak, row.was_open) for row in rows] == [
        (NOON, 1, 2, True),
        (NOON + 15 * MINUTE, 1, 1, True),
    ]


async def test_positions_are_forgotten_after_thirty_days(world: World, session: AsyncSession):
    where = {"lat": 39.7, "lon": 98.5, "accuracy_m": 9.0, "coord_type": CoordType.GCJ02}
    ended = {"ended_at": NOON, "end_reason": EndReason.TAP}
    for days in (29, 31):
        at = NOON - timedelta(days=days)
        await make_visit(session, world.station.id, world.account_id, captured_at=at, **where, **ended)

    assert [await upkeep.purge_positions(session, now=NOON) for _ in range(2)] == [1, 0]

    ordered = select(Visit).order_by(Visit.captured_at).execution_options(populate_existing=True)
    old, young = (await session.scalars(ordered)).all()
    assert (old.lat, old.lon, old.accuracy_m, old.coord_type) == (None, None, None, None)
    assert (young.lat, young.coord_type) == (39.7, CoordType.GCJ02)
    assert old.station_id == world.station.id


async def test_a_position_that_is_the_same_for_days_is_less_evidence(world: World, session: AsyncSession):
    """Three days to the last decimal; a second time, trembling fixes and two days are as good as before."""
    ended = {"ended_at": NOON, "end_reason": EndReason.TAP, "accuracy_m": 9.0, "coord_type": CoordType.WGS84}
    riders = [(await make_account(session)).id for _ in range(3)]
    (invented, trembling, twice), tremble = riders, iter(range(9))
    grades = (EvidenceGrade.A, EvidenceGrade.C, EvidenceGrade.B)
    for rider, days in ((invented, 3), (trembling, 3), (twice, 2)):
        for day in range(days):
            at, lat = NOON - day * 24 * HOUR, 39.7325461 + (next(tremble) * 1e-7 if rider == trembling else 0)
            where = {"lat": lat, "lon": 98.4943217, "received_at": at, "captured_at": at}
            await make_visit(session, world.station.id, rider, grade=grades[day], **where, **ended)

    assert [await upkeep.doubt_same_fixes(session, now=NOON) for _ in range(2)] == [2, 0]

    found = select(Visit.grade).order_by(Visit.captured_at.desc()).execution_options(populate_existing=True)
    of = {rider: list(await session.scalars(found.where(Visit.account_id == rider))) for rider in riders}
    assert of == {
        invented: [EvidenceGrade.B, EvidenceGrade.D, EvidenceGrade.B],
        trembling: list(grades),
        twice: list(grades[:2]),
    }


async def test_reconciling_corrects_counters_that_differ(world: World, session: AsyncSession):
    await world.tap()
    forgotten = await make_station(session)
    await make_visit(session, forgotten.id, (await make_account(session)).id)
    await session.execute(update(Occupancy).values(open_visits=7))

    assert [await upkeep.reconcile(session, now=NOON) for _ in range(2)] == [2, 0]
    assert (await session.scalars(select(Occupancy.open_visits))).all() == [1, 1]


@pytest.fixture
async def crowd(own_runtime: Runtime) -> list[UUID]:
    """Three stations with sixty people inside, written by the writer."""
    async with own_runtime.db.writing() as session:
        stations = [(await make_station(session)).id for _ in range(3)]
        people = [(await make_account(session)).id for _ in range(60)]
    writer = CheckinWriter(own_runtime.db)
    await asyncio.gather(*(writer.write(new_visit(stations[n % 3], who)) for n, who in enumerate(people)))
    return stations


async def in_own_transaction(runtime: Runtime, job, **given) -> int:
    async with runtime.db.writing() as session:
        return await job(session, **given)


async def state(runtime: Runtime) -> tuple[int, int]:
    async with runtime.db.reading() as session:
        still_open = await session.scalar(select(func.count()).where(Visit.ended_at.is_(None)))
        counted = await session.scalar(select(func.sum(Occupancy.open_visits)))
    return int(still_open or 0), int(counted or 0)


async def test_two_workers_end_each_visit_once(own_runtime: Runtime, crowd: list[UUID]):
    now = NOON + 5 * HOUR
    ended = await asyncio.gather(
        *(in_own_transaction(own_runtime, upkeep.end_due_visits, now=now) for _ in range(4))
    )

    assert sum(ended) == 60
    assert await state(own_runtime) == (0, 0)


async def test_jobs_and_check_ins_at_once_lose_no_count(own_runtime: Runtime, crowd: list[UUID]):
    now = NOON + 5 * HOUR
    async with own_runtime.db.writing() as session:
        people = [(await make_account(session)).id for _ in range(40)]
    writers = [CheckinWriter(own_runtime.db) for _ in range(2)]
    jobs = (
        upkeep.end_due_visits, upkeep.sweep_nightly, upkeep.record_quarter, upkeep.reconcile,
        upkeep.reset_after_closing,
    )  # fmt: skip
    async with own_runtime.db.writing() as session:
        closures = [await closed(session, station, now) for station in crowd]
    await asyncio.gather(
        *(
            writers[n % 2].write(new_visit(crowd[n % 3], who, captured_at=now, received_at=now))
            for n, who in enumerate(people)
        ),
        *(in_own_transaction(own_runtime, job, now=now) for job in jobs for _ in range(2)),
        *(
            in_own_transaction(own_runtime, closing.tell_occupants, event=event, now=now)
            for event in closures
        ),
    )

    assert await state(own_runtime) == (40, 40)


async def test_two_workers_record_a_quarter_once(own_runtime: Runtime, crowd: list[UUID]):
    after = NOON + 16 * MINUTE
    recorded = await asyncio.gather(
        *(in_own_transaction(own_runtime, upkeep.record_quarter, now=after) for _ in range(3))
    )

    assert sum(recorded) == 3
