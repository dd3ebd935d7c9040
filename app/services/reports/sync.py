"""The offline queue of reports: up to fifty at once, see :mod:`app.services.offline`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from app.core.actor import Actor
from app.core.db import Database
from app.models import ReportState, Urgency
from app.services import offline
from app.services.areas import GridMap
from app.services.offline import Outcome, Shelf, Unreadable
from app.services.reports.book import RuleBook
from app.services.reports.submission import NewReport, submit

MOST_RECORDS = 50


@dataclass(frozen=True, slots=True)
class Taken:
    """A report out of the queue, as it was when it was taken in; ``phones`` are whom to call now."""

    id: UUID
    number: int
    category_id: str
    urgency: Urgency
    state: ReportState
    area_code: str
    submitted_at: datetime
    phones: list[dict[str, Any]]


_RECORD = TypeAdapter(NewReport)
_OUTCOME = TypeAdapter(Outcome[Taken])


async def sync(
    db: Database,
    records: Sequence[NewReport | Unreadable],
    *,
    grids: GridMap,
    rules: RuleBook,
    by: Actor,
    now: datetime,
) -> list[Outcome[Taken]]:
    """Take a phone's queue of reports; each is answered for itself, and always the same."""

    async def do(new: NewReport) -> Taken:
        async with db.writing() as session:
            submitted = await submit(session, new, grids=grids, rules=rules, by=by, now=now)
            report = submitted.report
            return Taken(
                report.id,
                report.number,
                report.category_id,
                report.urgency,
                ReportState.SUBMITTED,
                report.area_code,
                report.submitted_at,
                submitted.phones,
            )

    shelf = Shelf.REPORTS.of(by.account_id)
    return await offline.Queue(db, shelf, _mark, _OUTCOME, do).take(records, now=now)


def _mark(record: NewReport) -> bytes:
    return hashlib.sha256(_RECORD.dump_json(record)).digest()
