"""Group commit: everything acknowledged is there once, whoever else writes."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app.core.errors import KeyReused, Unavailable
from app.core.geo import CoordType
from app.models import EndReason, EvidenceGrade, Occupancy, OutboxEvent, Visit
from app.runtime import Runtime
from app.services.checkins import statements
from app.services.checkins.errors import Busy, StationUnknown
from app.services.checkins.writer import CheckinWriter, Written
from tests.factories.accounts import make_account
from tests.factories.checkins import NOON, new_visit
from tests.factories.stations import make_station

HOUR = timedelta(hours=1)


class Place:
    """A database of its own with stations and people, and a look into it."""

    def __init__(self, runtime: Runtime) -> None:
        self.db = runtime.db
        self.writer = CheckinWriter(runtime.db)
        self.stations: list[UUID] = []
        self.people: list[UUID] = []

    async def furnish(self, *, stations: int, people: int) -> "Place":
        async with self.db.writing() as session:
            self.stations = [(await make_station(session)).id for _ in range(stations)]
            self.people = [(await make_account(session)).id for _ in range(people)]
        return self

    async def visit(self, visit_id: UUID) -> Visit:
        async with self.db.reading() as session:
            return await session.get_one(Visit, visit_id)

    async def open_visits(self) -> dict[UUID, int]:
        async with self.db.reading() as session:
            rows = await session.execute(select(Occupancy.station_id, Occupancy.open_visits))
            return {station: count for station, count in rows if count}

    async def counted(self) -> dict[UUID, int]:
        async with self.db.reading() as session:
            rows = await session.execute(
                select(Visit.station_id, func.count())
                .where(Visit.ended_at.is_(None))
                .group_by(Visit.station_id)
            )
            return dict(map(tuple, rows))


@pytest.fixture
async def place(own_runtime: Runtime) -> Place:
    return await Place(own_runtime).furnish(stations=3, people=40)


async def test_a_visit_its_occupancy_and_its_event_are_written_together(place: Place):
    visit = new_visit(place.stations[0], place.people[0])

    written = await place.writer.write(visit)

    assert not written.replayed
    assert written.ended_at is None
    assert await place.open_visits() == {place.stations[0]: 1}
    async with place.db.reading() as session:
        event = (await session.scalars(select(OutboxEvent))).one()
    assert event.name == "visit.started"
    assert event.payload == {"visit_id": str(visit.id), "station_id": str(visit.station_id)}


async def test_the_same_id_again_is_the_same_visit(place: Place):
    visit = new_visit(place.stations[0], place.people[0])

    first, *again = [await place.writer.write(visit) for _ in range(3)]

    assert [each.replayed for each in again] == [True, True]
    assert again[0].due_at == first.due_at
    assert await place.open_visits() == {place.stations[0]: 1}


async def test_an_id_of_somebody_else_or_with_another_content_is_refused(place: Place):
    visit = new_visit(place.stations[0], place.people[0])
    await place.writer.write(visit)

    for other in (
        new_visit(place.stations[0], place.people[1], id=visit.id),
        new_visit(place.stations[1], place.people[0], id=visit.id),
        new_visit(place.stations[0], place.people[0], id=visit.id, captured_at=NOON - HOUR),
    ):
        with pytest.raises(KeyReused):
            await place.writer.write(other)
    assert await place.open_visits() == {place.stations[0]: 1}


async def test_a_new_visit_ends_the_one_before(place: Place):
    first = new_visit(place.stations[0], place.people[0], captured_at=NOON - HOUR)
    await place.writer.write(first)
    await place.writer.write(new_visit(place.stations[1], place.people[0]))

    ended = await place.visit(first.id)
    assert (ended.ended_at, ended.end_reason) == (NOON, EndReason.NEW_VISIT)
    assert await place.open_visits() == {place.stations[1]: 1}


async def test_an_older_tap_that_arrives_later_does_not_end_the_newer_visit(place: Place):
    newer = new_visit(place.stations[1], place.people[0])
    await place.writer.write(newer)

    older = await place.writer.write(new_visit(place.stations[0], place.people[0], captured_at=NOON - HOUR))

    assert (older.ended_at, older.end_reason) == (NOON, EndReason.NEW_VISIT)
    assert (await place.visit(newer.id)).ended_at is None
    assert await place.open_visits() == {place.stations[1]: 1}


async def test_a_tap_between_two_known_ones_ends_the_first_and_is_ended_by_the_last(place: Place):
    person = place.people[0]
    first = new_visit(place.stations[0], person, captured_at=NOON - 2 * HOUR)
    last = new_visit(place.stations[2], person)
    await place.writer.write(first)
    await place.writer.write(last)

    between = await place.writer.write(new_visit(place.stations[1], person, captured_at=NOON - HOUR))

    assert between.ended_at == NOON
    assert (await place.visit(first.id)).ended_at == NOON - HOUR
    assert await place.open_visits() == {place.stations[2]: 1}


@pytest.mark.parametrize("order", [1, -1])
async def test_of_two_visits_at_one_instant_the_open_one_is_ended(place: Place, order: int):
    person, ids = place.people[0], [UUID(int=1), UUID(int=2)][::order]
    for station, visit_id in zip(place.stations, ids, strict=False):
        await place.writer.write(new_visit(station, person, id=visit_id))

    await place.writer.write(new_visit(place.stations[2], person, captured_at=NOON + HOUR))

    assert (await place.visit(ids[1])).ended_at == NOON + HOUR
    assert await place.open_visits() == {place.stations[2]: 1}


@pytest.mark.parametrize(
    "statement", [statements.CHECK_IN, statements.SIGHTINGS], ids=["check in", "sightings"]
)
async def test_one_persons_past_is_looked_up_by_person_also_while_statistics_are_old(
    place: Place, statement: str
):
    """When they were made nobody was inside, so indexes of open visits or of positions look empty."""
    async with place.db.driver() as connection:
        await connection.execute(
            "INSERT INTO visits (id, station_id, account_id, area_code, captured_at, received_at, "
            "captured_offline, grade, due_at, due_reason, ended_at, end_reason) "
            f"SELECT gen_random_uuid(), '{place.stations[0]}', '{place.people[0]}', '620102001001', at, at, "
            "false, 'C', at, 'max_stay', at, 'tap' FROM generate_series(1, 5000) AS n, "
            "LATERAL (SELECT now() - n * interval '1 minute' AS at) AS past"
        )
        await connection.execute("ANALYZE visits")
        async with connection.transaction():
            await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            count = len(set(re.findall(r"\$\d+", statement)))
            await connection.execute(f"PREPARE look AS {statement}")
            plan = await connection.fetch(f"EXPLAIN EXECUTE look({', '.join(['NULL'] * count)})")
            await connection.execute("DEALLOCATE look")

    used = set(re.findall(r"using (\w+) on visits", "\n".join(row[0] for row in plan)))
    assert "ix_visits_account_captured" in used
    assert used <= {"ix_visits_account_captured", "pk_visits"}


async def test_a_visit_whose_time_is_over_arrives_ended(place: Place):
    visit = new_visit(place.stations[0], place.people[0], captured_at=NOON - 10 * HOUR)

    written = await place.writer.write(visit)

    assert (written.ended_at, written.end_reason) == (NOON - 6 * HOUR, EndReason.MAX_STAY)
    assert await place.open_visits() == {}


async def test_thirty_two_at_once_into_one_station(place: Place):
    visits = [new_visit(place.stations[0], person) for person in place.people[:32]]

    written = await asyncio.gather(*(place.writer.write(visit) for visit in visits))

    assert not any(each.replayed for each in written)
    assert await place.open_visits() == {place.stations[0]: 32}


async def test_one_person_in_many_places_at_once_is_in_one(place: Place):
    """From several processes, in any order: one open visit, and the counters agree."""
    writers = [CheckinWriter(place.db) for _ in range(4)]
    taps = [
        new_visit(place.stations[n % 3], person, captured_at=NOON - timedelta(seconds=n))
        for person in place.people[:6]
        for n in range(8)
    ]

    await asyncio.gather(*(writers[n % 4].write(tap) for n, tap in enumerate(taps)))

    assert await place.open_visits() == await place.counted()
    assert sum((await place.counted()).values()) == 6
    async with place.db.reading() as session:
        open_since = set(await session.scalars(select(Visit.captured_at).where(Visit.ended_at.is_(None))))
    assert open_since == {NOON}


async def test_the_same_tap_through_several_processes_at_once_is_written_once(place: Place):
    writers = [CheckinWriter(place.db) for _ in range(4)]
    visits = [new_visit(place.stations[n % 3], person) for n, person in enumerate(place.people)]

    written = await asyncio.gather(*(writer.write(visit) for visit in visits for writer in writers))

    assert sum(not each.replayed for each in written) == len(visits)
    assert await place.open_visits() == await place.counted()
    assert sum((await place.counted()).values()) == len(visits)


async def test_a_bad_row_fails_alone(place: Place):
    good = [new_visit(place.stations[0], person) for person in place.people[:5]]
    nowhere = new_visit(uuid4(), place.people[6])

    *written, refused = await asyncio.gather(
        *(place.writer.write(visit) for visit in (*good, nowhere)), return_exceptions=True
    )

    assert all(isinstance(each, Written) for each in written)
    assert isinstance(refused, StationUnknown)
    assert await place.open_visits() == {place.stations[0]: 5}


async def test_a_full_line_is_told_to_come_back(place: Place):
    writer = CheckinWriter(place.db, most_waiting=3)
    visits = [new_visit(place.stations[0], person) for person in place.people[:5]]

    answers = await asyncio.gather(*(writer.write(visit) for visit in visits), return_exceptions=True)

    assert [type(each) for each in answers] == [Written] * 3 + [Busy] * 2
    assert await place.open_visits() == {place.stations[0]: 3}


async def test_a_client_that_hangs_up_harms_nobody(place: Place):
    hangs_up = asyncio.create_task(place.writer.write(new_visit(place.stations[0], place.people[0])))
    stays = asyncio.create_task(place.writer.write(new_visit(place.stations[0], place.people[1])))
    await asyncio.sleep(0)
    hangs_up.cancel()

    assert not (await stays).replayed
    assert await place.open_visits() == {place.stations[0]: 2}


async def test_a_database_that_goes_away_is_an_answer_and_the_next_one_works(place: Place):
    async with place.db.driver() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        waiting = asyncio.create_task(place.writer.write(new_visit(place.stations[0], place.people[0])))
        while await connection.fetchval("SELECT count(*) FROM visits") == 0 and not waiting.done():
            await connection.execute(f"{others} AND datname = current_database()")
        outcome = (await asyncio.gather(waiting, return_exceptions=True))[0]
    assert isinstance(outcome, Unavailable | Written)

    assert not (await place.writer.write(new_visit(place.stations[0], place.people[1]))).replayed


async def test_a_jump_across_the_country_lowers_the_grade(place: Place):
    person, fix = place.people[0], {"lon": 98.5083, "accuracy_m": 10.0, "coord_type": CoordType.WGS84}
    await place.writer.write(new_visit(place.stations[0], person, lat=39.7431, **fix))

    later = NOON + timedelta(minutes=1)
    jumped = await place.writer.write(
        new_visit(place.stations[1], person, lat=38.0, captured_at=later, received_at=later, **fix)
    )

    assert jumped.grade is EvidenceGrade.D


async def test_one_notice_a_batch(place: Place, own_url: str):
    heard: list[str] = []
    async with place.db.driver() as listener:
        await listener.add_listener("nuanfeng_occupancy", lambda *args: heard.append(args[3]))
        await place.writer.write(new_visit(place.stations[0], place.people[0]))
        await asyncio.gather(
            *(place.writer.write(new_visit(place.stations[n % 3], p)) for n, p in enumerate(place.people[1:]))
        )
        await listener.execute("SELECT 1")
        await listener.reset()
    assert heard[0] == str(place.stations[0])
    assert {station for notice in heard for station in notice.split(",")} == set(map(str, place.stations))
    assert len(heard) <= 4
