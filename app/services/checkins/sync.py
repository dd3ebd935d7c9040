"""The offline queue: up to a hundred records at once, each judged and answered for itself.

A record's decision is kept, so a phone that never saw the answer gets the very same one. "Try again" is
no decision and is not kept. Each record is a transaction of its own: the ones before a failure stay.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import AppError, KeyReused, TooMany, Unavailable
from app.services import idempotency
from app.services.checkins.commands import CheckIn, check_in, check_out, report_fix
from app.services.checkins.desk import CheckinDesk
from app.services.checkins.evidence import Fix
from app.services.checkins.writer import Written

log = structlog.get_logger(__name__)

MOST_RECORDS = 100
_SERVER_FAULT = 500


@dataclass(frozen=True, slots=True)
class CheckOut:
    """A tap that ends a visit."""

    id: UUID
    visit_id: UUID
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class FixReport:
    """Where the phone was during a visit."""

    id: UUID
    visit_id: UUID
    captured_at: datetime
    fix: Fix


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that does not fit its schema, or cannot be meant; its place in the queue is kept."""

    id: UUID | None
    refusal: AppError


Record = CheckIn | CheckOut | FixReport
_RECORD = TypeAdapter[Record](Record)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: 200 with the visit, or a refusal with its code and sentences."""

    id: UUID | None
    status: int
    code: str | None = None
    zh: str | None = None
    en: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    visit: Written | None = None

    @classmethod
    def refused(cls, record_id: UUID | None, error: AppError) -> "Outcome":
        """Return what a refusal tells the phone."""
        sentences = error.sentence("zh"), error.sentence("en")
        return cls(record_id, error.status, error.code, *sentences, facts=error.facts)

    @property
    def is_decision(self) -> bool:
        """Tell whether it stands, or the phone should try again."""
        return self.status < _SERVER_FAULT and self.status != TooMany.status


_OUTCOME = TypeAdapter(Outcome)


async def sync(
    desk: CheckinDesk, records: Sequence[Record | Unreadable], *, by: Actor, now: datetime
) -> list[Outcome]:
    """Take a phone's queue in the order in which it was recorded; answer in the order in which it came."""
    readable = [record for record in records if not isinstance(record, Unreadable)]
    async with desk.db.reading() as session:
        kept = await _kept(session, readable, by)
    made: dict[UUID, tuple[bytes, Outcome]] = {}
    for record in sorted(readable, key=lambda record: record.captured_at):
        mark = _fingerprint(record)
        known = kept.get(record.id) or made.get(record.id)
        if known is None:
            made[record.id] = mark, await _outcome(desk, record, by=by, now=now)
    decisions = {key: each for key, each in made.items() if each[1].is_decision}
    if decisions:
        async with desk.db.writing() as session:
            await _keep(session, decisions, by, now)
    return [_answer(record, {**made, **kept}) for record in records]


def _answer(record: Record | Unreadable, known: Mapping[UUID, tuple[bytes, Outcome]]) -> Outcome:
    if isinstance(record, Unreadable):
        return Outcome.refused(record.id, record.refusal)
    mark, outcome = known[record.id]
    return outcome if mark == _fingerprint(record) else Outcome.refused(record.id, KeyReused())


async def _outcome(desk: CheckinDesk, record: Record, *, by: Actor, now: datetime) -> Outcome:
    try:
        visit = await _do(desk, record, by=by, now=now)
    except AppError as error:
        return Outcome.refused(record.id, error)
    except Exception:
        # One record must not cost the phone its whole queue; it will send this one again.
        log.exception("offline record", kind=type(record).__name__)
        return Outcome.refused(record.id, Unavailable())
    # Whether this one was the first to arrive is not for the phone: every answer is the same.
    return Outcome(record.id, 200, visit=replace(visit, replayed=False))


async def _do(desk: CheckinDesk, record: Record, *, by: Actor, now: datetime) -> Written:
    if isinstance(record, CheckIn):
        return await check_in(desk, record, by=by, now=now)
    async with desk.db.writing() as session:
        if isinstance(record, CheckOut):
            at = record.captured_at
            return Written.of(await check_out(session, record.visit_id, captured_at=at, by=by, now=now))
        return Written.of(
            await report_fix(
                session, record.visit_id, record.fix, captured_at=record.captured_at, by=by, now=now
            )
        )


def _fingerprint(record: Record) -> bytes:
    return hashlib.sha256(type(record).__name__.encode() + _RECORD.dump_json(record)).digest()


async def _kept(
    session: AsyncSession, records: Iterable[Record], by: Actor
) -> dict[UUID, tuple[bytes, Outcome]]:
    rows = await idempotency.kept(session, actor=_owner(by), keys=[record.id for record in records])
    return {key: (mark, _OUTCOME.validate_python(body)) for key, (mark, body) in rows.items()}


async def _keep(
    session: AsyncSession, decisions: Mapping[UUID, tuple[bytes, Outcome]], by: Actor, now: datetime
) -> None:
    answers = {
        key: (mark, outcome.status, _OUTCOME.dump_python(outcome, mode="json"))
        for key, (mark, outcome) in decisions.items()
    }
    await idempotency.keep(session, answers, actor=_owner(by), now=now)


def _owner(by: Actor) -> str:
    # A record's id may also be an Idempotency-Key of the same person: two shelves.
    return f"{by.account_id}/sync"
