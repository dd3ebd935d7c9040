"""Facts leave through the outbox: recorded with the change that made them true, delivered after it.

What a transaction records and announces is kept beside its session and written by one statement as it
commits: a fact costs its cause part of one round trip, however many there are. So are the jobs that it asks
for, by one more: they are in the queue when, and only when, it commits.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import orjson
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.queries import SyncQueries
from pgqueuer.types import Channel as QueueChannel
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction


@dataclass(frozen=True, slots=True)
class Event:
    """A fact in the past tense. Its fields are ids, codes and numbers: nothing personal."""

    name: ClassVar[str]


def as_json(value: Any) -> str:
    """Return an event, or rows with ids, instants and codes, as JSON.

    Raises:
        TypeError: something else is in it.
    """
    return orjson.dumps(value, default=_id).decode()


def _id(value: object) -> str:
    """Return an id of the driver's own kind, a subclass of ``UUID``."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError


class Channel(StrEnum):
    """What PostgreSQL tells every process about, by NOTIFY, once a transaction has committed."""

    STATIONS = "nuanfeng_stations"  # a station's facts changed: hours, closure, amenities, …
    OCCUPANCY = "nuanfeng_occupancy"  # how many are inside changed
    GRIDS = "nuanfeng_grids"
    CALENDAR = "nuanfeng_calendar"
    PHOTOS = "nuanfeng_photos"  # a photo is all here, or its copies were made
    REPORTS = "nuanfeng_reports"  # a case was taken in or moved
    RULES = "nuanfeng_rules"  # routing rules, units, time limits, office hours or the catalogue changed
    NOTIFICATIONS = "nuanfeng_notifications"  # somebody was told something, or read it
    GRANTS = "nuanfeng_grants"  # an account's grants, sign-ins or status changed
    FACTS = "nuanfeng_facts"  # facts wait for who reacts to them, and nothing else was announced with them


# A notice holds 8000 bytes; past this many ids it says "everything" instead.
MOST_IDS = 150
EVERYTHING = "*"

# Identities are drawn in the order of recording: it is the order of delivery within an area.
_WRITE = """
WITH recorded AS (
  INSERT INTO outbox_events (name, area_code, payload, recorded_at, tries)
  SELECT name, area_code, payload, recorded_at, 0
  FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::timestamptz[])
    WITH ORDINALITY AS fact (name, area_code, payload, recorded_at, number)
  ORDER BY number
)
SELECT pg_notify(channel, said) FROM unnest($5::text[], $6::text[]) AS notice (channel, said)
"""
# Most transactions say one fact; the columns need not be taken apart for it.
_WRITE_ONE = """
WITH recorded AS (
  INSERT INTO outbox_events (name, area_code, payload, recorded_at, tries) VALUES ($1, $2, $3::jsonb, $4, 0)
)
SELECT pg_notify($5, $6)
"""
_WAKE = (Channel.FACTS.value, EVERYTHING)
_SAID = "said"
_ANNOUNCED = "announced"


# The library would take these names from the environment, by words such as CHANNEL and DURABILITY too.
QUEUE = DBSettings(
    prefix="",
    db_schema=None,
    channel=QueueChannel("ch_pgqueuer"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.balanced,
    widen_id=False,
)


@dataclass(frozen=True, slots=True)
class _Job:
    """What a worker is to do, and how much later than the transaction's beginning."""

    name: str
    payload: bytes
    after: timedelta
    priority: int


@dataclass(slots=True)
class _Said:
    """What waits for the commit, and the transaction or savepoint without which it is void."""

    within: SessionTransaction | None
    facts: list[tuple[str, str | None, str, datetime]] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    jobs: dict[_Job, None] = field(default_factory=dict)


def _said(session: Session) -> _Said:
    """Return what waits within the innermost savepoint."""
    waiting: list[_Said] = session.info.setdefault(_SAID, [])
    within = session.get_nested_transaction() or session.get_transaction() or session.begin()
    if not waiting or waiting[-1].within is not within:
        waiting.append(_Said(within))
    return waiting[-1]


def record(session: AsyncSession, event: Event, *, now: datetime, area_code: str | None = None) -> None:
    """Write a fact with the change; it is delivered after their common commit, at least once."""
    _said(session.sync_session).facts.append((event.name, area_code, as_json(event), now))


async def announce(session: AsyncSession, channel: Channel, ids: Collection[UUID] = ()) -> None:
    """Send the changes to the database, and tell every process after commit which rows they are.

    Without ids: all of them. A notice may get lost with a connection, so readers also poll; it is speed,
    not truth.
    """
    await session.flush()
    session.info.setdefault(_ANNOUNCED, {}).setdefault(channel, []).append(frozenset(ids))
    said = ",".join(map(str, ids)) if 0 < len(ids) <= MOST_IDS else EVERYTHING
    _said(session.sync_session).notices.append((channel.value, said))


def ask(
    session: AsyncSession,
    job: str,
    payload: bytes = b"",
    *,
    after: timedelta = timedelta(),
    priority: int = 0,
) -> None:
    """Have a worker do a job once the transaction has committed, at least once; who does it: ``app.jobs``.

    Asked for twice in one transaction it is one job. ``payload`` holds ids, or nothing; ``after`` is counted
    by the database's clock. Of jobs of one name those of a higher ``priority`` go first.
    """
    _said(session.sync_session).jobs[_Job(job, payload, max(after, timedelta()), priority)] = None


def announced(session: AsyncSession, channel: Channel) -> frozenset[UUID] | None:
    """Return the rows that this session's transaction announced, or ``None`` for all of them.

    The process that made the change need not wait for its own notice.
    """
    said: list[frozenset[UUID]] = session.info.get(_ANNOUNCED, {}).get(channel, [])
    return None if frozenset() in said else frozenset().union(*said)


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    """Write all that waits; what a savepoint said belongs, as it ends well, to what is around it."""
    if not (waiting := session.info.get(_SAID)):
        return
    if savepoint := session.get_nested_transaction():
        for said in waiting:
            said.within = savepoint.parent if said.within is savepoint else said.within
        return
    facts = [fact for said in waiting for fact in said.facts]
    notices = [notice for said in waiting for notice in said.notices]
    connection = session.connection()
    if facts or notices:
        # Any notice wakes who delivers facts.
        _write_facts(connection, facts, notices or [_WAKE])
    if jobs := list(dict.fromkeys(job for said in waiting for job in said.jobs)):
        _write_jobs(connection, jobs)


def _write_facts(
    connection: Connection, facts: list[tuple[str, str | None, str, datetime]], notices: list[tuple[str, str]]
) -> None:
    if len(facts) == len(notices) == 1:
        connection.exec_driver_sql(_WRITE_ONE, (*facts[0], *notices[0]))
    else:
        connection.exec_driver_sql(_WRITE, (*_columns(facts, 4), *_columns(notices, 2)))


class _WithinTransaction:
    """What the job library needs of a database: here it writes by the connection that is about to commit."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Run a statement with the driver's ``$1`` placeholders."""
        rows = self._connection.exec_driver_sql(query, tuple(args)).mappings()
        return [dict(row) for row in rows]


def _write_jobs(connection: Connection, jobs: list[_Job]) -> None:
    SyncQueries(_WithinTransaction(connection), QueryQueueBuilder(QUEUE)).enqueue(
        [job.name for job in jobs],
        [job.payload for job in jobs],
        [job.priority for job in jobs],
        [job.after for job in jobs],
    )


def _columns(rows: list[Any], count: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(count)]


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, ended: SessionTransaction) -> None:
    """Drop what was said within what has ended: it is written by now, or void."""
    if waiting := session.info.get(_SAID):
        session.info[_SAID] = [said for said in waiting if said.within is not ended]
