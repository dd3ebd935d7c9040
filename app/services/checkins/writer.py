"""Group commit: check-ins that arrive while a batch commits form the next batch.

One statement, one commit, one notice a batch, and an answer only after the commit. A counter row that
thirty people hit at once is then written once, not thirty times in a queue.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import Database
from app.core.errors import KeyReused, Unavailable
from app.core.geo import CoordType, Point
from app.models import EndReason, EvidenceGrade
from app.services.checkins import evidence, statements
from app.services.checkins.errors import Busy, StationUnknown

log = structlog.get_logger(__name__)

MOST_WAITING = 2000
LARGEST_BATCH = 64
_MOST_TRIES = 8
# What a connection that went away, or a pool without one, raises; the phone asks again.
_AWAY = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, SQLAlchemyError, OSError, TimeoutError)


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
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    coord_type: CoordType | None
    due_at: datetime
    due_reason: EndReason


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
            async with self._db.driver() as connection:
                while batch := self._next_batch():
                    await self._write_batch(connection, batch)
        except Exception as error:
            if isinstance(error, _AWAY):
                log.warning("check-in writer", error=type(error).__name__)
            else:
                log.exception("check-in writer")
            for waiting in (*batch, *self._waiting):
                waiting.settle(Unavailable())
            self._waiting.clear()
        # Who came while the connection was given back starts the next round.
        self._task = asyncio.create_task(self._work()) if self._waiting else None

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

    async def _write_batch(self, connection: asyncpg.Connection, batch: Sequence[_Waiting]) -> None:
        try:
            rows = await _write(connection, [waiting.visit for waiting in batch])
        except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError):
            raise
        except asyncpg.PostgresError as error:
            await self._write_apart(connection, batch, error)
            return
        for waiting, row in zip(batch, rows, strict=True):
            self._settle(waiting, row)

    async def _write_apart(
        self, connection: asyncpg.Connection, batch: Sequence[_Waiting], error: asyncpg.PostgresError
    ) -> None:
        """Write a batch that failed one by one, so that a bad row fails alone."""
        if len(batch) == 1:
            batch[0].settle(_refusal(error))
            return
        log.warning("check-in batch split", error=type(error).__name__, rows=len(batch))
        for waiting in batch:
            await self._write_batch(connection, [waiting])

    def _settle(self, waiting: _Waiting, row: asyncpg.Record) -> None:
        if row["account_id"] is None:  # another process holds this id or person just now
            waiting.tries += 1
            if waiting.tries < _MOST_TRIES:
                self._waiting.append(waiting)
            else:
                waiting.settle(Unavailable())
            return
        waiting.settle(_answer(waiting.visit, row))


async def _write(connection: asyncpg.Connection, visits: Sequence[NewVisit]) -> list[asyncpg.Record]:
    visits = await _without_impossible_fixes(connection, visits)
    columns = zip(*(astuple(visit) for visit in visits), strict=True)
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
    if isinstance(error, asyncpg.DeadlockDetectedError | asyncpg.QueryCanceledError):
        return Unavailable()
    return error
