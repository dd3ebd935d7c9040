"""A check-in is judged by its station as it is when the visit is written, whatever memory still says."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app.core.actor import Actor, Grant, Role
from app.models import Amenity, AmenityState, Visit
from app.runtime import Runtime
from app.services import checkins, stations
from app.services.checkins.commands import CheckIn
from app.services.checkins.desk import CheckinDesk
from app.services.checkins.errors import Busy, StationClosed
from app.services.stations.facts import StationFacts, load_facts
from tests.checkins.conftest import NOON
from tests.factories.accounts import make_account
from tests.factories.stations import make_station

STAFF = Actor(None, (Grant(Role.SYSADMIN),))
SECOND = timedelta(seconds=1)


class Door:
    """A station in a database of its own, and a process whose memory of it stands still."""

    def __init__(self, runtime: Runtime, station_id: UUID, rider: Actor, memory: StationFacts) -> None:
        self.db, self.id, self.rider = runtime.db, station_id, rider
        self.desk = CheckinDesk(runtime.db, runtime.checkins.writer, known=lambda _: memory)

    async def tap(self, visit_id: UUID | None = None) -> checkins.Written:
        tap = CheckIn(
            visit_id or uuid4(), self.id, NOON + SECOND, captured_offline=False, fix=None, code=None
        )
        return await checkins.check_in(self.desk, tap, by=self.rider, now=NOON + SECOND)

    async def close(self) -> None:
        async with self.db.writing() as session:
            await stations.close(
                session, self.id, starts_at=NOON, ends_at=None, reason="停水", by=STAFF, now=NOON
            )

    async def break_the_microwave(self) -> None:
        said = {"note": "", "photo_url": "", "photo_id": None, "by": STAFF, "now": NOON}
        async with self.db.writing() as session:
            await stations.set_amenity_state(session, self.id, Amenity.MICROWAVE, AmenityState.BROKEN, **said)

    async def visits(self) -> int:
        async with self.db.reading() as session:
            return await session.scalar(select(func.count()).select_from(Visit)) or 0


@pytest.fixture
async def door(own_runtime: Runtime) -> Door:
    async with own_runtime.db.writing() as session:
        station = await make_station(session, amenities={Amenity.MICROWAVE: AmenityState.WORKS})
        rider = Actor((await make_account(session)).id)
    async with own_runtime.db.reading() as session:
        (memory,) = await load_facts(session, now=NOON, ids=[station.id])
    return Door(own_runtime, station.id, rider, memory)


async def test_a_closure_counts_from_its_commit_and_not_from_when_memory_hears_of_it(door: Door):
    await door.close()
    with pytest.raises(StationClosed):
        await door.tap()
    assert await door.visits() == 0


async def test_an_edit_that_closes_nothing_turns_nobody_away(door: Door):
    await door.break_the_microwave()
    assert not (await door.tap()).replayed
    assert await door.visits() == 1


async def test_what_was_answered_before_the_closure_is_answered_again_after_it(door: Door):
    first = await door.tap()
    await door.close()
    again = await door.tap(first.id)
    assert (again.id, again.replayed, again.due_at) == (first.id, True, first.due_at)
    assert await door.visits() == 1


async def test_a_station_that_changes_faster_than_it_is_read_keeps_nobody_waiting_for_ever(
    door: Door, monkeypatch
):
    read = CheckinDesk.station

    async def overtaken(desk: CheckinDesk, *given, **named) -> StationFacts:
        found = await read(desk, *given, **named)
        await door.break_the_microwave()
        return found

    monkeypatch.setattr(CheckinDesk, "station", overtaken)
    with pytest.raises(Busy):
        await door.tap()
    assert await door.visits() == 0
