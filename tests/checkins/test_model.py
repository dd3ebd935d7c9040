"""Any sequence of taps, queues, corrections and jobs keeps the counters true to a model of plain sums."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.actor import Actor, Grant, Role
from app.core.ids import new_id
from app.models import CorrectionKind, Occupancy, Visit
from app.runtime import Runtime
from app.services import checkins
from app.services.checkins import upkeep
from app.services.stations.occupancy_level import inside_of
from tests.checkins.conftest import NOON
from tests.factories.accounts import make_account
from tests.factories.checkins import new_visit
from tests.factories.stations import make_station

MINUTE = timedelta(minutes=1)
PEOPLE, STATIONS = 3, 2
SYSADMIN = (Grant(Role.SYSADMIN),)

# (what, minutes that pass, who, where, how many minutes the phone waited before it told)
steps = st.tuples(
    st.sampled_from(["in", "in", "in", "out", "delta", "headcount", "due", "again"]),
    st.integers(0, 90),
    st.integers(0, PEOPLE - 1),
    st.integers(0, STATIONS - 1),
    st.integers(0, 120),
)


@dataclass
class Model:
    """What everybody did, as a list; how many are inside follows by counting."""

    runtime: Runtime
    stations: list[UUID]
    people: list[Actor]
    now: datetime = NOON
    visits: list[UUID] = field(default_factory=list)
    last: list[checkins.Written | None] = field(default_factory=lambda: [None] * PEOPLE)
    deltas: list[tuple[int, datetime, int]] = field(default_factory=list)
    counts: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    sent: list = field(default_factory=list)

    async def step(self, what: str, minutes: int, who: int, where: int, waited: int) -> None:
        self.now += minutes * MINUTE
        at = self.now - waited * MINUTE
        match what:
            case "in":
                person = self.people[who].account_id
                assert person is not None
                visit = new_visit(self.stations[where], person, captured_at=at, received_at=self.now)
                self.sent.append(visit)
                self.last[who] = await self.runtime.checkins.writer.write(visit)
            case "again" if self.sent:
                visit = self.sent[waited % len(self.sent)]
                assert (await self.runtime.checkins.writer.write(visit)).replayed
            case "out" if (visit := self.last[who]) is not None:
                by = self.people[who]
                async with self.runtime.db.writing() as session:
                    await checkins.check_out(session, visit.id, captured_at=at, by=by, now=self.now)
            case "delta" | "headcount":
                await self.correct(CorrectionKind(what), at, where, waited)
            case "due":
                async with self.runtime.db.writing() as session:
                    await upkeep.end_due_visits(session, now=self.now)
                    assert await upkeep.reconcile(session, now=self.now) == 0

    async def correct(self, kind: CorrectionKind, at: datetime, where: int, value: int) -> None:
        value = value % 7 - 3 if kind is CorrectionKind.DELTA else value % 20
        tap = checkins.Tap(new_id(), kind, value, at)
        async with self.runtime.db.writing() as session:
            await checkins.correct(session, self.stations[where], [tap, tap], by=self.people[0], now=self.now)
        if kind is CorrectionKind.DELTA:
            self.deltas.append((where, at, value))
        elif where not in self.counts or at >= self.counts[where][0]:
            self.counts[where] = (at, value)

    async def check(self) -> None:
        for where, station_id in enumerate(self.stations):
            async with self.runtime.db.reading() as session:
                visits = (await session.scalars(select(Visit).where(Visit.station_id == station_id))).all()
                counter = await session.get(Occupancy, station_id) or Occupancy(open_visits=0, correction=0)
            still_open = sum(visit.ended_at is None for visit in visits)
            assert counter.open_visits == still_open
            assert counter.open_visits + counter.correction == self.expected(where, visits)
            assert inside_of(counter.open_visits, counter.correction) >= 0
        async with self.runtime.db.reading() as session:
            per_person = select(func.count()).where(Visit.ended_at.is_(None)).group_by(Visit.account_id)
            assert set(await session.scalars(per_person)) <= {1}

    def expected(self, where: int, visits: list[Visit]) -> int:
        """Heads at the last count, and everybody who came, went or was tapped since."""
        since, heads = self.counts.get(where, (datetime.min.replace(tzinfo=NOON.tzinfo), 0))
        came = sum(visit.captured_at > since for visit in visits)
        went = sum(visit.ended_at is not None and visit.ended_at > since for visit in visits)
        return heads + came - went + sum(n for place, at, n in self.deltas if place == where and at > since)


@given(st.lists(steps, min_size=1, max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
async def test_counters_stay_true(own_runtime: Runtime, actions: list) -> None:
    async with own_runtime.db.writing() as session:
        stations = [(await make_station(session)).id for _ in range(STATIONS)]
        accounts = [(await make_account(session)).id for _ in range(PEOPLE)]
    model = Model(own_runtime, stations, [Actor(account, SYSADMIN) for account in accounts])

    for action in actions:
        await model.step(*action)
        await model.check()
