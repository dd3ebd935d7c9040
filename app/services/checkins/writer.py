"""Group commit: check-ins that arrive while a batch commits form the next batch.

One statement, one commit, one notice a batch, and an answer only after the commit. A counter row that
thirty people hit at once is then written once, not thirty times in a queue.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from logging import ERROR, WARNING
from operator import attrgetter
from typing import Self
from uuid import UUID

import asyncpg
import structlog

from app.core.db import Database
from app.core.errors import KeyReused, Unavailable
from app.core.geo import CoordType, Point
from app.core.trouble import trouble_of
from app.models import CodeKind, EndReason, EvidenceGrade, Visit
from app.services.checkins import evidence, statements
from app.services.checkins.errors import Busy, StationUnknown

log = structlog.get_logger(__name__)

MOST_WAITING = 2000
LARGEST_BATCH = 64
_MOST_TRIES = 8


class StationChangedError(Exception):
    """The station changed after the check-in was judged, so that nothing was written."""


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A check-in that passed the rules; the fields are the statement's parameters, in order."""

    id: UUID
    station_id: UUID
    account_id: UUID
    area_code: str
    captured_at: datetime
    received_at: datetime
    captured_offline: bool
    grade: EvidenceGrade
    code_kind: CodeKind | None
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    coord_type: CoordType | None
    due_at: datetime
    due_reason: EndReason
    station_version: int  # of the station as it was judged


_parameters = attrgetter(*(each.name for each in fields(NewVisit)))


@dataclass(frozen=True, slots=True)
class Written:
    """A visit as it stands in the database."""

    id: UUID
    station_id: UUID
    captured_at: datetime
    received_at: datetime
    captured_offline: bool
    grade: EvidenceGrade
    due_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    replayed: bool

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """Return a visit that was there before."""
        return cls(
            id=visit.id,
            station_id=visit.station_id,
            captured_at=visit.captured_at,
            received_at=visit.received_at,
            captured_offline=visit.captured_offline,
            grade=visit.grade,
            due_at=visit.due_at,
            ended_at=visit.ended_at,
            end_reason=visit.end_reason,
            replayed=True,
        )


@dataclass(slots=True)
class _Waiting:
    visit: NewVisit
    answer: asyncio.Future[Written]
    tries: int = 0

    def settle(self, outcome: Written | Exception) -> None:
        # A client that hung up has cancelled its future; its visit is written all the same.
        if self.answer.done():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class CheckinWriter:
    """Writes check-ins of one process in batches, one after the other on one connection."""

    def __init__(self, db: Database, *, most_waiting: int = MOST_WAITING) -> None:
        """Take the database; past ``most_waiting`` check-ins in line the next is refused."""
        self._db = db
        self._most_waiting = most_waiting
        self._waiting: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None

    async def write(self, visit: NewVisit) -> Written:
        """Write a visit; it is committed when this returns.

        Raises:
            KeyReused: the id stands for another check-in, or for somebody else's.
            StationUnknown: the station is not in the database.
            StationChangedError: it is not any more as it was when the visit was judged.
            Busy: too many wait already.
            Unavailable: the database is away; whether the visit was written is not known, and asking
                again with the same id is safe.
        """
        if len(self._waiting) >= self._most_waiting:
            raise Busy(retry_after_s=1)
        waiting = _Waiting(visit, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        return await waiting.answer

    async def close(self) -> None:
        """Wait until everything that was taken is written."""
        while self._task is not None:
            await self._task

    async def _work(self) -> None:
        """Write batches until nobody waits; a connection is held no longer than that."""
        batch: Sequence[_Waiting] = ()
        try:
            while self._waiting:
                async with self._db.driver() as connection:
                    outcomes = await self._write_batch(connection, batch := self._next_batch())
                    while self._waiting:
                        self._settle(batch, outcomes)
                        outcomes = await self._write_batch(connection, batch := self._next_batch())
                self._settle(batch, outcomes)
        except Exception as error:
            may_pass = trouble_of(error).may_pass
            log.log(WARNING if may_pass else ERROR, "check-in writer", exc_info=error)
            for waiting in (*batch, *self._waiting):
                waiting.settle(Unavailable())
            self._waiting.clear()
        self._task = None

    def _next_batch(self) -> list[_Waiting]:
        """Take the next in line: one a person and one an id, the others keep their places."""
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        people: set[UUID] = set()
        ids: set[UUID] = set()
        while self._waiting and len(batch) < LARGEST_BATCH:
            waiting = self._waiting.popleft()
            visit = waiting.visit
            if visit.account_id in people or visit.id in ids:
                later.append(waiting)
                continue
            people.add(visit.account_id)
            ids.add(visit.id)
            batch.append(waiting)
        self._waiting.extendleft(reversed(later))
        return batch

    async def _write_batch(
        self, connection: asyncpg.Connection, batch: Sequence[_Waiting]
    ) -> list[asyncpg.Record | Exception]:
        """Return what became of each; a bad row fails alone."""
        visits = [waiting.visit for waiting in batch]
        try:
            return list(await _write(connection, visits))
        except asyncpg.PostgresConnectionError:
            raise
        except asyncpg.PostgresError as error:
            if len(batch) == 1:
                return [_refusal(error)]
            log.warning("check-in batch split", error=type(error).__name__, rows=len(batch))
        return [(await self._write_batch(connection, [waiting]))[0] for waiting in batch]

    def _settle(self, batch: Sequence[_Waiting], outcomes: Sequence[asyncpg.Record | Exception]) -> None:
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exception):
                waiting.settle(outcome)
            elif outcome["account_id"] is not None:
                waiting.settle(_answer(waiting.visit, outcome))
            elif not outcome["is_current"]:
                waiting.settle(StationChangedError())
            elif waiting.tries < _MOST_TRIES:  # another process holds this id or person just now
                waiting.tries += 1
                self._waiting.append(waiting)
            else:
                waiting.settle(Unavailable())


async def _write(connection: asyncpg.Connection, visits: Sequence[NewVisit]) -> list[asyncpg.Record]:
    visits = await _without_impossible_fixes(connection, visits)
    columns = zip(*map(_parameters, visits), strict=True)
    rows = await connection.fetch(statements.CHECK_IN, *map(list, columns))
    by_id = {row["id"]: row for row in rows}
    return [by_id[visit.id] for visit in visits]


async def _without_impossible_fixes(
    connection: asyncpg.Connection, visits: Sequence[NewVisit]
) -> Sequence[NewVisit]:
    """Lower the grade of those who cannot have come from where they were last seen."""
    sent_a_fix = [visit for visit in visits if visit.lat is not None]
    if not sent_a_fix:
        return visits
    before = await connection.fetch(
        statements.SIGHTINGS,
        [visit.id for visit in sent_a_fix],
        [visit.account_id for visit in sent_a_fix],
        [visit.captured_at for visit in sent_a_fix],
    )
    impossible = _impossible(sent_a_fix, before)
    if not impossible:
        return visits
    return [
        replace(visit, grade=evidence.lowered(visit.grade)) if visit.id in impossible else visit
        for visit in visits
    ]


def _impossible(visits: Iterable[NewVisit], before: Collection[asyncpg.Record]) -> set[UUID]:
    seen = {
        row["id"]: evidence.Sighting(Point(row["lat"], row["lon"]), row["accuracy_m"], row["captured_at"])
        for row in before
    }
    return {
        visit.id
        for visit in visits
        if visit.id in seen
        and visit.lat is not None
        and visit.lon is not None
        and evidence.is_too_fast(
            seen[visit.id],
            evidence.Sighting(Point(visit.lat, visit.lon), visit.accuracy_m or 0.0, visit.captured_at),
        )
    }


def _answer(visit: NewVisit, row: asyncpg.Record) -> Written | KeyReused:
    mine = (visit.account_id, visit.station_id, visit.captured_at)
    if mine != (row["account_id"], row["station_id"], row["captured_at"]):
        return KeyReused()
    return Written(
        id=visit.id,
        station_id=visit.station_id,
        captured_at=visit.captured_at,
        received_at=row["received_at"],
        captured_offline=row["captured_offline"],
        grade=EvidenceGrade(row["grade"]),
        due_at=row["due_at"],
        ended_at=row["ended_at"],
        end_reason=None if row["end_reason"] is None else EndReason(row["end_reason"]),
        replayed=not row["is_new"],
    )


def _refusal(error: Exception) -> Exception:
    """Return what a check-in that fails alone is answered: its station or account is gone, or a fault."""
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return StationUnknown()
    return Unavailable() if trouble_of(error).may_pass else error
