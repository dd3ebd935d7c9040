"""Updates by mySociety's extension: our steps to others, others' words to our staff."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Move, Open311Key, Open311Request, Report, ReportStep, ReportUpdate
from app.services import outbox
from app.services.open311 import shown
from app.services.open311.errors import ArgumentWrong
from app.services.outbox import Channel
from app.services.reports.publishing import UNTOLD

# What says that nothing is left to do there.
_DONE = frozenset(
    {"CLOSED", "FIXED", "DUPLICATE", "NOT_COUNCILS_RESPONSIBILITY", "NO_FURTHER_ACTION", "CANCELLED"}
)
_OPEN = frozenset(
    {
        *("OPEN", "IN_PROGRESS", "PLANNED", "ACTION_SCHEDULED", "INVESTIGATING"),
        *("INTERNAL_REFERRAL", "REOPEN", "FOR_TRIAGE"),
    }
)


@dataclass(frozen=True, slots=True)
class NewUpdate:
    """What a partner says of a request; ``update_id`` is the partner's, stable over retries."""

    request_id: str
    update_id: str
    status: str
    text: str
    at: datetime


async def updates(
    session: AsyncSession, *, area_code: str | None, start: datetime, end: datetime
) -> list[tuple[ReportStep, Report]]:
    """Return the steps of shown cases between two instants, the oldest first, at most a thousand."""
    query = (
        select(ReportStep, Report)
        .join(Report, Report.id == ReportStep.report_id)
        .where(shown.is_shown(), *shown.lies_in(area_code))
        .where(ReportStep.at >= start, ReportStep.at <= end)
        .where(ReportStep.move.not_in({Move.SUBMIT, *UNTOLD}))
        .order_by(ReportStep.at, ReportStep.id)
        .limit(shown.MOST)
    )
    return [(step, report) for step, report in (await session.execute(query)).all()]


async def send_update(session: AsyncSession, new: NewUpdate, *, key: Open311Key, now: datetime) -> UUID:
    """Put a partner's word on the desk of the case's staff and return its id; twice is once.

    It moves nothing by itself: whether a case is done is checked here, not there.

    Raises:
        NotFound: there is no such request in the key's area.
        ArgumentWrong: the status is none of the extension's.
    """
    if new.status not in _DONE | _OPEN:
        raise ArgumentWrong(argument="status")
    found = await shown.find(session, new.request_id, area_code=key.area_code)
    # Some number the updates of each request from one on.
    update_id = uuid5(key.id, f"{found.report.id}|{new.update_id}")
    sent = select(func.count()).where(
        Open311Request.key_id == key.id, Open311Request.report_id == found.report.id
    )
    values = {
        "id": update_id,
        "report_id": found.report.id,
        "is_still_there": new.status not in _DONE,
        "is_from_reporter": bool(await session.scalar(sent)),
        "text": new.text,
        "at": min(new.at, now),
        "is_handled": False,
    }
    await session.execute(insert(ReportUpdate).values(values).on_conflict_do_nothing())
    await outbox.announce(session, Channel.REPORTS, [found.report.id])
    return update_id
