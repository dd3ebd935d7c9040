"""The offline queue of check-ins: up to a hundred records at once, see :mod:`app.services.offline`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from app.core.actor import Actor
from app.services import offline
from app.services.checkins.commands import CheckIn, check_in, check_out, report_fix
from app.services.checkins.desk import CheckinDesk
from app.services.checkins.evidence import Fix
from app.services.checkins.writer import Written
from app.services.offline import Outcome, Shelf, Unreadable

MOST_RECORDS = 100


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


Record = CheckIn | CheckOut | FixReport
_RECORD = TypeAdapter[Record](Record)
_OUTCOME = TypeAdapter(Outcome[Written])


async def sync(
    desk: CheckinDesk, records: Sequence[Record | Unreadable], *, by: Actor, now: datetime
) -> list[Outcome[Written]]:
    """Take a phone's queue in the order in which it was recorded; answer in the order in which it came."""

    async def do(record: Record) -> Written:
        # Whether this one was the first to arrive is not for the phone: every answer is the same.
        return replace(await _do(desk, record, by=by, now=now), replayed=False)

    queue = offline.Queue(desk.db, Shelf.CHECKINS.of(by.account_id), _fingerprint, _OUTCOME, do)
    return await queue.take(records, now=now)


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
