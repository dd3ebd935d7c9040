"""The process's own view of all stations, kept fresh by notices, polls and the clock.

Requests read it without a query and never wait for it. Two things move it: the database (the listener
calls :meth:`StationBoard.hear` and :meth:`StationBoard.catch_up`) and the clock (openings, closings, news
that grow old), which is why every row knows when it is *due*. Whoever listens to a station or an area hears
of each visible change through the hub.

Timetables are compiled for a day, so once a day, and when the calendar changes, all stations are read anew:
beside everything else, a few at a time, into the table in use.
"""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from h3.api.basic_int import latlng_to_cell
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import local_day, utc_now
from app.core.db import Database
from app.core.errors import Unavailable
from app.core.running import longest_running
from app.models import Occupancy, Station
from app.realtime.hub import Hub, area_topic, prefixes, station_topic
from app.realtime.rows import Count
from app.realtime.stream import state_event, state_of
from app.realtime.table import StationTable
from app.services.stations.facts import StationFacts, load_facts
from app.services.stations.index import Executor
from app.services.stations.occupancy_level import inside_of

log = structlog.get_logger(__name__)

# A change is stamped before it commits, perhaps by another host's clock: look back further than that.
OVERLAP = timedelta(seconds=60)
# How many stations are read at once, at start and while serving, and made ready between two breaths.
_AT_START, _WHILE_SERVING, _A_BREATH = 2000, 100, 10
_AT_A_REQUEST, _AT_A_TICK = 32, 200
_TICK_S = 0.5
_NEIGHBOURHOOD = 11  # H3 cells of 50 m, whose numbers are alike where the cells are near


class StationBoard:
    """Every station as it looks now, and word to those who listen when that changes."""

    def __init__(
        self,
        db: Database,
        hub: Hub[bytes],
        *,
        clock: Callable[[], datetime] = utc_now,
        executor: Executor | None = None,
    ) -> None:
        """Prepare an empty board; it answers once :meth:`load` has run."""
        self._db = db
        self._hub = hub
        self._clock = clock
        self._executor = executor
        self._table: StationTable | None = None
        self.loaded = asyncio.Event()
        self._looked_at = clock()
        self._ticking: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()  # what was read first is shown first
        self._day = local_day(self._looked_at)
        self._is_stale = False  # whether all stations have to be read anew
        self._renewing: asyncio.Task[None] | None = None

    def table(self, now: datetime) -> StationTable:
        """Return the stations, brought up to an instant.

        Raises:
            Unavailable: the process has not read them yet.
        """
        return self.table_at(now.timestamp())

    def table_at(self, at: float) -> StationTable:
        """Return :meth:`table` for an instant in seconds since 1970."""
        if self._table is None:
            raise Unavailable
        self._table.settle(at, most=_AT_A_REQUEST)
        return self._table

    def get(self, station_id: UUID) -> StationFacts | None:
        """Return a station's facts, or ``None`` when there is none or nothing is loaded."""
        row = None if self._table is None else self._table.row_of(station_id)
        return None if self._table is None or row is None else self._table.facts[row]

    def start(self) -> None:
        """Follow the clock in a task of the running loop."""
        self._ticking = asyncio.create_task(self._tick(), name="station board")

    async def stop(self) -> None:
        """Stop following the clock and reading."""
        for task in (self._ticking, self._renewing):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def load(self) -> None:
        """Read every station: at first into a table that is shown when it is whole, later into that."""
        now, is_first = self._clock(), self._table is None
        table = self._table or StationTable(executor=self._executor)
        async with self._db.reading() as session:
            writing_for = await longest_running(session)
        gone = table.ids()
        with _without_collections() if is_first else contextlib.nullcontext():
            async for ids in self._neighbours() if is_first else self._pages():
                await self._read(table, ids)
                gone.difference_update(ids)
        table.forget(gone)
        if is_first:
            table.on_change = self._announce
            self._table, self._looked_at, self._day = table, now - writing_for, local_day(now)
            self.loaded.set()

    async def _neighbours(self) -> AsyncIterator[Sequence[UUID]]:
        """Yield the ids of all stations, neighbours together.

        Rows come to lie in memory in this order, and an answer is made of neighbours: from all over a large
        memory they would cost a third more.
        """
        async with self._db.reading() as session:
            places = (await session.execute(select(Station.id, Station.lat, Station.lon))).all()
        places = sorted(places, key=lambda each: latlng_to_cell(each.lat, each.lon, _NEIGHBOURHOOD))
        for chunk in _chunks([station_id for station_id, _, _ in places], _AT_START):
            yield chunk

    async def _pages(self) -> AsyncIterator[Sequence[UUID]]:
        """Yield the ids of all stations: a hundred thousand at once would hold the event loop."""
        query = select(Station.id).order_by(Station.id).limit(_WHILE_SERVING)
        after = UUID(int=0)
        while True:
            async with self._db.reading() as session:
                ids = (await session.scalars(query.where(Station.id > after))).all()
            if not ids:
                return
            yield ids
            after = ids[-1]

    async def hear(self, ids: Collection[UUID] | None) -> None:
        """Take in that some stations' facts changed; given ``None``, look which."""
        if ids is None or self._table is None:
            await self.catch_up()
        else:
            await self._refresh(self._table, ids)

    async def hear_counts(self, ids: Collection[UUID] | None) -> None:
        """Take in that the number of people inside some stations changed; given ``None``, look where."""
        if ids is None or self._table is None:
            await self.catch_up()
        else:
            await self._count(self._table, Occupancy.station_id.in_(ids))

    async def reload(self, _: Collection[UUID] | None) -> None:
        """Take in that something changed which every station depends on."""
        self._is_stale = True
        await self.catch_up()

    async def catch_up(self) -> None:
        """Look for what changed since the last look, whether or not anybody told."""
        now = self._clock()
        if self._table is None:
            await self.load()
            _keep_out_of_collections()
            return
        self._renew(local_day(now))
        since = self._looked_at - OVERLAP
        # Nobody announces that a shelter's time is over, but it takes the extra seats away.
        shelter_ended = func.coalesce(Station.shelter_until.between(since, now), False)
        moved = select(Station.id, Station.changed_at, shelter_ended).where(
            or_(Station.changed_at >= since, shelter_ended)
        )
        async with self._db.reading() as session:
            writing_for = await longest_running(session)
            rows = (await session.execute(moved)).all()
        # What the look before took in already is passed over: after an import that is every station.
        ids = [station_id for station_id, at, ended in rows if ended or not self._has(station_id, at)]
        await self._refresh(self._table, ids)
        await self._count(self._table, Occupancy.changed_at >= since)
        self._looked_at = now - writing_for

    def _has(self, station_id: UUID, changed_at: datetime) -> bool:
        """Tell whether the board shows a station as it was changed at an instant."""
        facts = self.get(station_id)
        return facts is not None and facts.changed_at == changed_at

    def _renew(self, day: date) -> None:
        """Begin to read all stations anew if that is due; news is heard meanwhile."""
        if (day != self._day or self._is_stale) and (self._renewing is None or self._renewing.done()):
            self._renewing = asyncio.create_task(self._load_for(day), name="all stations anew")

    async def _load_for(self, day: date) -> None:
        """Load; when that fails, or everything changes again meanwhile, the next look will."""
        self._is_stale = False
        try:
            await self.load()
            self._day = day
            _keep_out_of_collections()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next look tries again
            self._is_stale = True
            log.warning("not all stations could be read anew", error=type(error).__name__)

    async def _refresh(self, table: StationTable, ids: Collection[UUID]) -> None:
        for chunk in _chunks(list(ids), _WHILE_SERVING):
            await self._read(table, chunk)

    async def _read(self, table: StationTable, ids: Collection[UUID]) -> None:
        async with self._reading:
            now = self._clock()
            async with self._db.reading() as session:
                facts = await load_facts(session, now=now, ids=ids)
                counts = await _counts(session, Occupancy.station_id.in_(ids))
            known = {each.id: each for each in facts}
            for number, station_id in enumerate(ids):
                if station_id in known:
                    table.put(known[station_id], counts.get(station_id), now)
                if number % _A_BREATH == 0:
                    await asyncio.sleep(0)

    async def _count(self, table: StationTable, which: ColumnElement[bool]) -> None:
        async with self._reading:
            async with self._db.reading() as session:
                counts = await _counts(session, which)
            now = self._clock()
            for station_id, count in counts.items():
                table.count(station_id, count, now)

    async def _tick(self) -> None:
        while True:
            now, was_due = self._clock(), 0
            if self._table is not None:
                was_due = self._table.settle(now.timestamp(), most=_AT_A_TICK)
            await asyncio.sleep(0 if was_due == _AT_A_TICK else self._pause(now))

    def _pause(self, now: datetime) -> float:
        next_due = float("inf") if self._table is None else self._table.next_due
        return min(max(next_due - now.timestamp(), 0.001), _TICK_S)

    def _announce(self, row: int) -> None:
        """Tell those who listen what a row looks like now."""
        table = self._table
        assert table is not None
        facts = table.facts[row]
        topics = [station_topic(facts.id), *(area_topic(code) for code in prefixes(facts.area_code))]
        wanted = [topic for topic in topics if self._hub.is_heard(topic)]
        if wanted:
            event = state_event([state_of(table, row)], at=table.changed_at[row])
            for topic in wanted:
                self._hub.publish(topic, event)


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    """Look for no garbage meanwhile: what is loaded stays, and walking over it takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _keep_out_of_collections() -> None:
    """Let no full garbage collection walk over what is in memory now: it would hold requests for a second."""
    gc.collect(1)
    gc.freeze()


def _chunks(ids: Sequence[UUID], size: int) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


async def _counts(session: AsyncSession, which: ColumnElement[bool]) -> dict[UUID, Count]:
    columns = Occupancy.station_id, Occupancy.open_visits, Occupancy.correction, Occupancy.observed_at
    return {
        station_id: Count(inside_of(open_visits, correction), observed_at)
        for station_id, open_visits, correction, observed_at in await session.execute(
            select(*columns).where(which)
        )
    }
