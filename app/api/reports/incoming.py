"""What riders said of cases, for the desk: what waits, and that somebody saw to it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.deps import CaseStaff, Now, ReadDep, SessionDep
from app.api.errors import problems
from app.api.reports.schemas import number_of
from app.api.schemas import AreaCodeText, Cursor, Limit, Out, PageOut
from app.core.errors import BadCursor, NotFound
from app.models import ReportState
from app.services.reports import incoming
from app.services.reports.incoming import Waiting
from app.services.reports.masking import masked

router = APIRouter(prefix="/reports", tags=["reports"])


class CaseUpdateOut(Out):
    """What somebody said of a case; who it was is not told, photos are in the case's album."""

    id: UUID
    report_id: UUID
    number: str
    category_id: str
    area_code: str
    state: ReportState
    is_still_there: bool
    is_from_reporter: bool
    text: str
    at: datetime
    is_handled: bool
    handled_at: datetime | None
    handled_by: str | None

    @classmethod
    def of(cls, waiting: Waiting) -> "CaseUpdateOut":
        """Return it."""
        update, report = waiting.update, waiting.report
        return cls(
            id=update.id,
            report_id=report.id,
            number=number_of(report),
            category_id=report.category_id,
            area_code=report.area_code,
            state=report.state,
            is_still_there=update.is_still_there,
            is_from_reporter=update.is_from_reporter,
            text=masked(update.text),
            at=update.at,
            is_handled=update.is_handled,
            handled_at=update.handled_at,
            handled_by=waiting.handler,
        )


class CaseUpdatesOut(Out):
    """All that was said of one case, the oldest first."""

    updates: list[CaseUpdateOut]


class WaitingPage(PageOut):
    """A page of what waits on one's desk, the oldest first; ``total`` counts up to a thousand."""

    items: list[CaseUpdateOut]
    total: int


@router.get("/updates", responses=problems(BadCursor))
async def list_waiting_updates(
    by: CaseStaff,
    session: ReadDep,
    *,
    area_code: Annotated[AreaCodeText | None, Query(description="only of this area")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> WaitingPage:
    """List what riders added to cases and nobody has seen to yet."""
    page = await incoming.waiting(session, area_code=area_code, by=by, cursor=cursor, limit=limit)
    total = await incoming.count_waiting(session, area_code=area_code, by=by)
    items = [CaseUpdateOut.of(each) for each in page.items]
    return WaitingPage(items=items, next_cursor=page.next_cursor, total=total)


@router.get("/cases/{report_id:uuid}/updates", responses=problems(NotFound))
async def list_case_updates(report_id: UUID, by: CaseStaff, session: SessionDep, now: Now) -> CaseUpdatesOut:
    """Read what riders added to a case, seen to or not."""
    found = await incoming.of_case(session, report_id, by=by, now=now)
    return CaseUpdatesOut(updates=[CaseUpdateOut.of(each) for each in found])


@router.post("/cases/{report_id:uuid}/updates/{update_id:uuid}/handle", responses=problems(NotFound))
async def handle_update(
    report_id: UUID, update_id: UUID, by: CaseStaff, session: SessionDep, now: Now
) -> CaseUpdateOut:
    """Keep that one saw to an update; who was first stays who did."""
    return CaseUpdateOut.of(await incoming.handle(session, report_id, update_id, by=by, now=now))
