"""Updates by mySociety's extension: our steps to others, others' words to our staff."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import func, select, tuple_
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


@dataclass(frozen=True, slots=True)
class UpdateSearch:
    """Which updates are wanted; instants are inclusive."""

    area_code: str | None
    start: datetime
    end: datetime
    page: int = 1
    page_size: int = shown.MOST
    after: tuple[datetime, int] | None = None  # the last of the page before; numbered pages are short ways


async def updates(session: AsyncSession, wanted: UpdateSearch) -> list[tuple[ReportStep, Report]]:
    """Return a page of the steps of shown cases between two instants, the oldest first."""
    query = (
        select(ReportStep, Report)
        .join(Report, Report.id == ReportStep.report_id)
        .where(shown.is_shown(), *shown.lies_in(wanted.area_code))
        .where(ReportStep.at >= wanted.start, ReportStep.at <= wanted.end)
        .where(ReportStep.move.not_in({Move.SUBMIT, *UNTOLD}))
        .order_by(ReportStep.at, ReportStep.id)
        .limit(wanted.page_size)
    )
    if wanted.after is not None:
        query = query.where(tuple_(ReportStep.at, ReportStep.id) > tuple_(*wanted.after))
    elif wanted.page > 1:
        query = query.offset((wanted.page - 1) * wanted.page_size)
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
